"""Calibration over HTTP: a whole session from invitation to gold, what everybody may see when, and every refusal as a problem."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.domain.permission import SYSTEM, Right, Role
from qa_service.domain.user import User
from qa_service.services.lint import load_rubric
from qa_service.services.rubric_test import measure

Problem = Callable[..., dict[str, Any]]
URL = "/v1/calibrations"
PEOPLE: dict[str, dict[str, Any]] = {
    "rita": {"role": Role.REVIEWER},
    "omid": {"role": Role.REVIEWER},
    "amal": {"role": Role.REVIEWER},
    "saba": {"role": Role.REVIEWER, "agent": "a17"},
    "nora": {"role": Role.REVIEWER},
    "yara": {"role": Role.REVIEWER},
    "lena": {"role": Role.QA_LEAD},
    "ella": {"role": Role.QA_LEAD},
    "carl": {"role": Role.COACH, "teams": ("billing",)},
}
CHATS = ("talk-1", "talk-2", "talk-3", "talk-4")
#: What rita, omid and amal answer to tone; all else is yes.
TONES = {"talk-1": "yny", "talk-2": "yyy", "talk-3": "nnn", "talk-4": "yny"}


class Person(NamedTuple):
    client: Any
    secret: str

    def call(self, method: str, path: str, *, body: Any = None, **headers: str) -> Any:
        named = {"Authorization": f"Bearer {self.secret}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.request(method, f"{URL}{path}", headers=named, **({} if body is None else {"json": body}))

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == status, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body=body, **headers)

    def save(self, session: str, chat: str, *, if_match: str = "*", **answers: str) -> Any:
        given = [{"criterion": name, "answer": answer, "reason": f"{name} as heard"} for name, answer in answers.items()]
        return self.call("PUT", f"/{session}/answers/{chat}", body={"answers": given}, If_Match=if_match)

    def hand_in(self, session: str, chat: str, **answers: str) -> None:
        saved = self.save(session, chat, **answers)
        assert saved.status_code == 200, saved.text
        done = self.post(f"/{session}/answers/{chat}/submit")
        assert done.status_code == 200, done.text


@pytest.fixture(scope="module")
def people(client: Any, api: Any) -> dict[str, Person]:
    services = client.app.state.services
    found = {}
    for name, more in PEOPLE.items():
        services.users.create(User(id=name, login=name, name=name.title(), **more), by=SYSTEM)
        _, secret = services.keys.issue("tests", by=SYSTEM, user=name)
        found[name] = Person(client, secret)
    for name in CHATS:
        api.chat(name)
    api.chat("of-another", agent={"id": "a18", "name": "Reza", "team": "billing"})
    return found


def session_of(people: dict[str, Person], **changes: Any) -> dict[str, Any]:
    body = {"title": "March", "rubric": "chat-small", "interactions": list(CHATS), "participants": ["rita", "omid", "amal"], **changes}
    answer = people["lena"].post("", body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def opened(people: dict[str, Person]) -> str:
    """A session with an expert in which nobody has answered; each test that uses it leaves it open."""
    return str(session_of(people, expert="ella")["session"]["id"])


def answered(people: dict[str, Person], session: str, chats: tuple[str, ...] = CHATS) -> None:
    for chat in chats:
        for who, tone in zip(("rita", "omid", "amal"), TONES[chat], strict=True):
            people[who].hand_in(session, chat, greeting="yes", apology="yes", tone="yes" if tone == "y" else "no")


@pytest.fixture(scope="module")
def revealed(people: dict[str, Person]) -> str:
    session = str(session_of(people, expert="ella")["session"]["id"])
    answered(people, session)
    for chat in CHATS:
        people["ella"].hand_in(session, chat, greeting="yes", apology="yes", tone="yes" if TONES[chat][0] == "y" else "no")
    answer = people["lena"].post(f"/{session}/reveal", {})
    assert answer.status_code == 200, answer.text
    return session


def test_nobody_sees_anybody_before_the_session_is_revealed(people: dict[str, Person], opened: str, api: Any) -> None:
    people["rita"].hand_in(opened, "talk-1", greeting="no", tone="no", apology="not_applicable")
    for who in ("omid", "lena", "ella"):
        sheet = people[who].get(f"/{opened}")
        assert sheet["reviews"] == []
        assert sheet["settled"] == {}
    assert people["omid"].get(f"/{opened}")["waiting"] == {"omid": 4}
    assert people["lena"].get(f"/{opened}")["waiting"] == {"rita": 3, "omid": 4, "amal": 4, "ella": 4}
    own = people["rita"].get(f"/{opened}")["reviews"]
    assert [(one["reviewer"], one["interaction"], len(one["answers"])) for one in own] == [("rita", "talk-1", 3)]
    assert "suggestion" not in json.dumps(people["rita"].get(f"/{opened}"))
    acts = [one for one in entries(api) if one["subject"] == f"calibration/{opened}"]
    assert {one["action"] for one in acts} == {"calibration.created", "calibration.answered", "calibration.submitted"}
    assert "greeting as heard" not in json.dumps(acts)
    assert all(len(one["content"]["seal"]) == 64 for one in acts[1:])


def test_scorecards_of_what_one_is_to_answer_show_no_answers(people: dict[str, Person], opened: str, client: Any) -> None:
    def read(who: str, path: str) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {people[who].secret}"}
        answer = client.get(f"/v1/{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        cards = found.get("scorecards") or found.get("items") or found.get("versions") or [found]
        return [one for card in cards if card["interaction"]["id"] in CHATS for one in card["criteria"]]

    known = {"Authorization": f"Bearer {people['nora'].secret}"}
    (card,) = client.get("/v1/interactions/talk-1/scorecards", headers=known).json()["scorecards"]
    paths = ("interactions/talk-1/scorecards", "scorecards", f"scorecards/{card['id']}", f"scorecards/{card['id']}/versions")
    for path in paths:
        assert all(one["suggestion"] is None and one["points"] is None for one in read("omid", path)), path
        assert all(one["suggestion"] is not None for one in read("nora", path)), path


def test_a_key_made_for_less_shows_no_more(people: dict[str, Person], opened: str, client: Any) -> None:
    services = client.app.state.services
    _, secret = services.keys.issue("dashboard", by=SYSTEM, user="omid", rights=frozenset({Right.READ_SCORECARDS}))
    (card,) = client.get("/v1/interactions/talk-1/scorecards", headers={"Authorization": f"Bearer {secret}"}).json()["scorecards"]
    assert all(one["suggestion"] is None and one["answer"] is None for one in card["criteria"])


@pytest.mark.parametrize("figures", ["min_score=0", "max_score=100", "undecided=true"])
def test_filters_by_figures_do_not_tell_what_one_is_to_answer(people: dict[str, Person], opened: str, client: Any, figures: str) -> None:
    def found(who: str) -> set[str]:
        headers = {"Authorization": f"Bearer {people[who].secret}"}
        answer = client.get(f"/v1/scorecards?limit=500&{figures}", headers=headers)
        assert answer.status_code == 200, answer.text
        return {card["interaction"]["id"] for card in answer.json()["items"]}.intersection(CHATS)

    assert found("nora")
    assert found("omid") == set()


def entries(api: Any) -> list[dict[str, Any]]:
    found, cursor = [], ""
    while cursor is not None:
        page = api.json(f"/v1/audit?limit=500{f'&cursor={cursor}' if cursor else ''}")
        found += page["items"]
        cursor = page["next"]
    return found


def test_partial_saves_with_revisions(people: dict[str, Person], opened: str, problem: Problem) -> None:
    amal = people["amal"]
    first = amal.call("GET", f"/{opened}/answers/talk-2")
    assert first.headers["etag"] == '"1"'
    assert first.json()["answers"] == []
    saved = amal.save(opened, "talk-2", if_match='"1"', greeting="yes")
    assert saved.headers["etag"] == '"2"'
    problem(amal.save(opened, "talk-2", if_match='"1"', greeting="no"), 412, "stale_version")
    problem(amal.call("PUT", f"/{opened}/answers/talk-2", body={"answers": []}), 428, "precondition_required")
    told = problem(amal.post(f"/{opened}/answers/talk-2/submit"), 409, "undecided")
    assert set(told["criteria"]) == {"tone", "apology"}
    assert amal.save(opened, "talk-2", if_match='"2"').json()["answers"] == []
    problem(amal.post(f"/{opened}/answers/talk-2/submit"), 409, "conflict")


@pytest.mark.parametrize(
    ("who", "chat", "answers", "status", "code"),
    [
        ("omid", "talk-1", {"greeting": "maybe"}, 422, "answer"),
        ("omid", "talk-1", {"smile": "yes"}, 422, "answer"),
        ("omid", "of-another", {"greeting": "yes"}, 404, "not_found"),
        ("lena", "talk-1", {"greeting": "yes"}, 403, "permission_denied"),
        ("nora", "talk-1", {"greeting": "yes"}, 404, "not_found"),
        ("carl", "talk-1", {"greeting": "yes"}, 403, "permission_denied"),
    ],
)
def test_answers_that_are_refused(
    people: dict[str, Person], opened: str, problem: Problem, who: str, chat: str, answers: dict[str, str], status: int, code: str
) -> None:
    problem(people[who].save(opened, chat, **answers), status, code)


def test_answering_twice_and_after_handing_in_is_refused(people: dict[str, Person], opened: str, problem: Problem) -> None:
    omid = people["omid"]
    twice = [{"criterion": "tone", "answer": "yes"}, {"criterion": "tone", "answer": "no"}]
    problem(omid.call("PUT", f"/{opened}/answers/talk-3", body={"answers": twice}, If_Match="*"), 422, "answer")
    omid.hand_in(opened, "talk-3", greeting="yes", tone="yes", apology="yes")
    problem(omid.save(opened, "talk-3", greeting="no"), 409, "conflict")
    assert omid.post(f"/{opened}/answers/talk-3/submit").status_code == 200, "handing in again changes nothing"


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"interactions": ["nowhere"]}, 422, "interactions"),
        ({"interactions": ["talk-1", "talk-1"]}, 422, "interactions"),
        ({"interactions": []}, 422, "interactions"),
        ({"rubric": "email-small"}, 422, "interactions"),
        ({"rubric": "nothing"}, 404, "rubric"),
        ({"version": 7}, 404, "rubric"),
        ({"participants": ["rita"]}, 422, "participants"),
        ({"participants": ["rita", "rita"]}, 422, "participants"),
        ({"participants": ["rita", "nobody"]}, 422, "participants"),
        ({"participants": ["rita", "carl"]}, 422, "participants"),
        ({"participants": ["rita", "saba"]}, 422, "participants"),
        ({"expert": "saba"}, 422, "expert"),
        ({"expert": "rita"}, 422, "expert"),
        ({"due": "2020-01-01T00:00:00Z"}, 422, "due"),
        ({"title": "  "}, 422, "title"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
def test_sessions_that_are_refused(people: dict[str, Person], problem: Problem, changes: dict[str, Any], status: int, field: str) -> None:
    body = {"title": "x", "rubric": "chat-small", "interactions": ["talk-1"], "participants": ["rita", "omid"], **changes}
    answer = people["lena"].post("", body)
    assert answer.status_code == status, answer.text
    assert answer.json()["field"] == field


def test_agent_of_one_interaction_may_answer_others(people: dict[str, Person]) -> None:
    made = session_of(people, interactions=["of-another"], participants=["rita", "saba"])
    assert made["session"]["participants"] == ["rita", "saba"]


def test_who_turns_out_to_be_the_agent_does_not_answer(people: dict[str, Person], client: Any, problem: Problem) -> None:
    session = session_of(people, interactions=["of-another"], participants=["rita", "yara"])["session"]["id"]
    client.app.state.services.users.change("yara", {"agent": "a18"}, by=SYSTEM)
    told = problem(people["yara"].save(session, "of-another", greeting="yes"), 403, "permission_denied")
    assert "you are the agent" in told["detail"]


def test_only_leads_set_up_and_reveal_and_close(people: dict[str, Person], opened: str, problem: Problem) -> None:
    body = {"title": "x", "rubric": "chat-small", "interactions": ["talk-1"], "participants": ["rita", "omid"]}
    problem(people["rita"].post("", body), 403, "permission_denied")
    for act, sent in (("reveal", {}), ("close", None), ("gold", {}), ("agreed", {"answers": []})):
        problem(people["rita"].post(f"/{opened}/{act}", sent), 403, "permission_denied")


def test_open_session_shows_no_results_and_takes_no_notes(people: dict[str, Person], opened: str, problem: Problem) -> None:
    lena = people["lena"]
    problem(lena.call("GET", f"/{opened}/results"), 409, "conflict")
    problem(lena.post(f"/{opened}/notes", {"text": "hm"}), 409, "conflict")
    problem(lena.post(f"/{opened}/close"), 409, "conflict")
    problem(lena.post(f"/{opened}/gold", {}), 409, "conflict")
    told = problem(lena.post(f"/{opened}/reveal", {}), 409, "conflict")
    assert "rita (" in told["detail"]
    problem(lena.post(f"/{opened}/reveal", {}, If_Match='"7"'), 412, "stale_version")
    assert {"session", "reviews"} <= set(lena.get(f"/{opened}"))


def test_results_after_the_reveal(people: dict[str, Person], revealed: str, client: Any) -> None:
    """Tone by hand: pairs agree in 1/3, 1, 1, 1/3 of each chat: 2/3. Rita and amal agree always, omid with either in two of four."""
    found = people["omid"].get(f"/{revealed}/results")
    assert found["handed_in"] == {"rita": 4, "omid": 4, "amal": 4, "ella": 4}
    tone = next(one for one in found["criteria"] if one["criterion"] == "tone")
    assert tone["agreement"]["value"] == pytest.approx(2 / 3, abs=1e-6)
    assert tone["counts"] == {"no": 5, "yes": 7}
    pairs = {(one["first"], one["second"]): one["agreement"]["value"] for one in tone["pairs"]}
    assert pairs == {("rita", "omid"): 0.5, ("rita", "amal"): 1.0, ("omid", "amal"): 0.5}
    greeting = next(one for one in found["criteria"] if one["criterion"] == "greeting")
    assert (greeting["kappa"]["value"], greeting["kappa"]["untold"], greeting["ac1"]["value"]) == (None, "one_answer", 1.0)
    expert = {one["reviewer"]: one["overall"]["agreement"]["value"] for one in found["expert"]}
    assert expert == {"rita": 1.0, "omid": pytest.approx(10 / 12, abs=1e-6), "amal": 1.0}
    # a miss of tone costs a third of the form's points
    gaps = {one["interaction"]: one["gap"] for one in found["gaps"]}
    assert gaps == {"talk-1": pytest.approx(33.333, abs=0.01), "talk-2": 0.0, "talk-3": 0.0, "talk-4": pytest.approx(33.333, abs=0.01)}
    assert found["severity"]["effects"][0]["reviewer"] == "omid"
    assert "ella" not in {one["reviewer"] for one in found["severity"]["effects"]}
    services = client.app.state.services
    assert services.calibrating.replay(revealed, by=SYSTEM), "the stored figures can be made again"


def test_answers_are_open_and_fixed_after_the_reveal(people: dict[str, Person], revealed: str, api: Any, problem: Problem) -> None:
    sheet = people["rita"].get(f"/{revealed}")
    assert len(sheet["reviews"]) == 16
    assert sheet["session"]["state"] == "revealed"
    problem(people["rita"].save(revealed, "talk-1", tone="no"), 409, "conflict")
    problem(people["rita"].post(f"/{revealed}/answers/talk-1/submit"), 409, "conflict")
    problem(people["lena"].post(f"/{revealed}/reveal", {}), 409, "conflict")
    problem(people["nora"].call("GET", f"/{revealed}"), 404, "not_found")
    problem(people["nora"].call("GET", f"/{revealed}/results"), 404, "not_found")
    own = [one for one in entries(api) if one["subject"] == f"calibration/{revealed}"]
    acts = [one for one in own if one["action"] == "calibration.answers_revealed"]
    seals = {one["content"]["seal"] for one in own if one["action"] == "calibration.submitted"}
    opened = [answer for act in acts for answer in act["content"]["answers"].values()]
    assert len(opened) == 16
    assert {one["seal"] for one in opened} <= seals, "what was sealed before is what was opened"


def test_notes_agreement_gold_and_its_measure(
    people: dict[str, Person], revealed: str, problem: Problem, data_dir: Path, settings: Any
) -> None:
    lena, rita = people["lena"], people["rita"]
    noted = rita.post(f"/{revealed}/notes", {"text": "Is 'Hello' alone enough?", "interaction": "talk-1", "criterion": "tone"})
    assert noted.status_code == 201, noted.text
    assert noted.json()["session"]["notes"][0]["by"] == "rita"
    problem(rita.post(f"/{revealed}/notes", {"text": "x", "interaction": "of-another"}), 404, "not_found")
    problem(rita.post(f"/{revealed}/notes", {"text": "x", "criterion": "smile"}), 422, "answer")
    agreed = {"interaction": "talk-1", "criterion": "tone", "answer": "yes", "why": "warm enough"}
    for wrong, status, code in (
        ({"answer": "maybe"}, 422, "answer"), ({"criterion": "smile"}, 422, "answer"), ({"interaction": "of-another"}, 404, "not_found"),
    ):  # fmt: skip
        problem(lena.post(f"/{revealed}/agreed", {"answers": [agreed | wrong]}), status, code)
    problem(lena.post(f"/{revealed}/agreed", {"answers": [agreed, agreed]}), 422, "input")
    stale = lena.post(f"/{revealed}/agreed", {"answers": [agreed]}, If_Match='"1"')
    problem(stale, 412, "stale_version")
    done = lena.post(f"/{revealed}/agreed", {"answers": [agreed]})
    assert done.status_code == 200, done.text
    settled = {chat: {one["criterion"]: one["answer"] for one in some} for chat, some in done.json()["settled"].items()}
    assert settled["talk-1"] == {"greeting": "yes", "tone": "yes", "apology": "yes"}
    assert settled["talk-4"] == {"greeting": "yes", "apology": "yes"}, "what nobody settled is not agreed"
    problem(lena.post(f"/{revealed}/gold", {}), 409, "conflict")
    assert lena.post(f"/{revealed}/close").status_code == 200
    problem(rita.post(f"/{revealed}/notes", {"text": "too late"}), 409, "conflict")
    gold(people, revealed, data_dir, problem)
    assert people["lena"].get(f"/{revealed}")["session"]["gold_at"] is not None
    measured(data_dir, settings)


def gold(people: dict[str, Person], session: str, data_dir: Path, problem: Problem) -> None:
    lena = people["lena"]
    written = lena.post(f"/{session}/gold", {})
    assert written.status_code == 200, written.text
    counts = {"talk-1": 3, "talk-2": 3, "talk-3": 3, "talk-4": 2}
    assert written.json() == {"session": session, "split": "train", "written": counts, "left_out": {}, "left_out_because": {}}
    card = json.loads((data_dir / "gold" / "chat" / "talk-1.scorecard.json").read_text())
    answers = {one["id"]: one["answer"] for one in card["criteria"]}
    assert answers == {"greeting": "yes", "tone": "yes", "apology": "yes"}
    tone = next(one for one in card["criteria"] if one["id"] == "tone")
    assert tone["answered"]["reason"] == "blind: no 1, yes 2; agreed: warm enough"
    assert tone["suggestion"] is None
    assert card["gold"]["split"] == "train"
    assert set(card["gold"]["second"]) == {"greeting", "tone", "apology"}
    assert lena.post(f"/{session}/gold", {}).json() == written.json(), "again: nothing changes"
    edited = data_dir / "gold" / "chat" / "talk-2.scorecard.json"
    before = edited.read_text()
    edited.write_text(before.replace('"yes"', '"no"'))
    told = problem(lena.post(f"/{session}/gold", {}), 409, "duplicate")
    assert "talk-2" in told["detail"]
    assert '"no"' in edited.read_text(), "nothing is overwritten"
    edited.write_text(before)


def measured(data_dir: Path, settings: Any) -> None:
    """``qa-service rubric test --gold DIR`` runs on what calibration wrote."""
    analysis = Analysis()
    rubric = load_rubric(settings.rubrics_dir / "chat.yaml", catalogue=analysis.catalogue)
    found = measure([rubric], analysis=analysis, gold=data_dir / "gold", recordings=data_dir, decide_at=0.5)
    (report,) = found.reports
    assert report.scorecards == 4
    assert {one.name: one.n for one in report.criteria} == {"greeting": 4, "tone": 3, "apology": 4}
    assert report.ceiling is not None


def test_early_reveal_counts_what_is_missing_as_missing(people: dict[str, Person], problem: Problem) -> None:
    session = session_of(people)["session"]["id"]
    answered(people, session, CHATS[:3])
    people["rita"].save(session, "talk-4", greeting="no", tone="no", apology="no")
    problem(people["lena"].post(f"/{session}/reveal", {"early": False}), 409, "conflict")
    key = {"Idempotency_Key": "reveal-early"}
    first = people["lena"].post(f"/{session}/reveal", {"early": True}, **key)
    assert first.status_code == 200, first.text
    assert people["lena"].post(f"/{session}/reveal", {"early": True}, **key).json() == first.json()
    found = people["lena"].get(f"/{session}/results")
    assert found["handed_in"] == {"rita": 3, "omid": 3, "amal": 3}
    assert {one["agreement"]["n"] for one in found["criteria"]} == {3}
    assert found["gaps"][3] == {"interaction": "talk-4", "scores": {}, "gap": None, "expert": None}
    assert "talk-4" not in people["lena"].get(f"/{session}")["settled"]


def test_gold_goes_with_the_interaction_that_is_erased(
    people: dict[str, Person], api: Any, client: Any, data_dir: Path, problem: Problem
) -> None:
    api.chat("to-be-gone")
    session = session_of(people, interactions=["to-be-gone"], participants=["rita", "omid"])["session"]["id"]
    for who in ("rita", "omid"):
        people[who].hand_in(session, "to-be-gone", greeting="yes", apology="yes", tone="yes")
    assert people["lena"].post(f"/{session}/reveal", {}).status_code == 200
    assert people["lena"].post(f"/{session}/close").status_code == 200
    assert people["lena"].post(f"/{session}/gold", {"split": "test"}).json()["split"] == "test"
    assert len(list((data_dir / "gold").rglob("to-be-gone.*"))) == 2
    client.app.state.services.retaining.erase("to-be-gone", reason="the customer wants it", by=SYSTEM)
    assert list((data_dir / "gold").rglob("to-be-gone.*")) == []
    (review, *_) = people["lena"].get(f"/{session}")["reviews"]
    assert {one["reason"] for one in review["answers"]} == {None}
    told = problem(people["lena"].post(f"/{session}/gold", {"split": "test"}), 409, "conflict")
    assert "it was erased" in told["detail"]
    assert api.json("/v1/audit/verify")["entries"] > 0


def test_lists_show_leads_all_and_others_their_own(people: dict[str, Person], opened: str) -> None:
    everything = {one["id"] for one in people["lena"].get("")["items"]}
    assert opened in everything
    assert {one["id"] for one in people["amal"].get("")["items"]} < everything
    assert people["nora"].get("")["items"] == []
    assert opened in {one["id"] for one in people["ella"].get("?state=open")["items"]}
    assert opened not in {one["id"] for one in people["ella"].get("?state=closed")["items"]}


def test_severity_in_everyday_work(people: dict[str, Person], problem: Problem) -> None:
    found = people["lena"].get("/severity")
    assert (found["scores"], found["too_little"]) == (0, "one_reviewer")
    problem(people["rita"].call("GET", "/severity"), 403, "permission_denied")


def test_unknown_session(people: dict[str, Person], problem: Problem) -> None:
    for method, path in (("GET", "/none"), ("GET", "/none/results"), ("GET", "/none/answers/talk-1")):
        problem(people["lena"].call(method, path), 404, "not_found")
    for act, body in (("reveal", {}), ("close", None), ("gold", {}), ("notes", {"text": "x"})):
        problem(people["lena"].post(f"/none/{act}", body), 404, "not_found")
    problem(people["lena"].call("GET", "?cursor=forged"), 422, "input")
