"""Review over HTTP: partial saves, undo, blind reviews, versions and acknowledgement; every refusal is a problem with a code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from qa_service.api.review import AcknowledgeIn, AnswersIn, ReopenIn
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User

Problem = Callable[..., dict[str, Any]]
URL = "/v1/scorecards"
TONE = {"criterion": "tone", "answer": "yes"}
PEOPLE: dict[str, dict[str, Any]] = {
    "rita": {"role": Role.REVIEWER},
    "omid": {"role": Role.REVIEWER},
    "self": {"role": Role.REVIEWER, "agent": "a17"},
    "boss": {"role": Role.ADMIN, "agent": "a17"},
    "lena": {"role": Role.QA_LEAD},
    "carl": {"role": Role.COACH, "teams": ("billing",)},
    "sara": {"role": Role.AGENT, "agent": "a17"},
    "reza": {"role": Role.AGENT, "agent": "a18"},
    "feed": {"role": Role.SERVICE},
}


class Person(NamedTuple):
    """Somebody with a key."""

    client: Any
    secret: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        told = {"Authorization": f"Bearer {self.secret}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.request(method, f"{URL}/{path}", headers=told, **({} if body is None else {"json": body}))

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def answer(self, card: str, *given: dict[str, Any], tag: str = "*", **words: Any) -> Any:
        return self.call("PATCH", f"{card}/answers", {"answers": list(given), **words}, If_Match=tag)


@pytest.fixture(scope="module")
def people(client: Any) -> dict[str, Person]:
    services = client.app.state.services
    for name, more in PEOPLE.items():
        services.users.create(User(id=name, login=name, name=name.title(), **more), by=SYSTEM)
    return {name: Person(client, services.keys.issue("tests", by=SYSTEM, user=name)[1]) for name in PEOPLE}


@pytest.fixture
def rita(people: dict[str, Person]) -> Person:
    return people["rita"]


@pytest.fixture
def card(api: Any, request: pytest.FixtureRequest) -> str:
    """A draft of a fresh chat of a17: greeting and apology yes, tone undecided."""
    name = "".join(sign if sign.isalnum() else "-" for sign in request.node.name)
    return str(api.chat(f"w-{name[:150]}"))


@pytest.fixture
def blind(client: Any, card: str) -> str:
    """The same, to be reviewed blindly."""
    with client.app.state.services.database.unit() as unit:
        assert unit.scorecards.make_blind([card]) == (card,)
    return card


@pytest.fixture
def final(rita: Person, card: str) -> str:
    """The same, finalised by Rita."""
    assert rita.post(f"{card}/claim").status_code == 200
    assert rita.answer(card, {**TONE, "note": "she is new"}, comment="good").status_code == 200
    assert rita.post(f"{card}/finalize").status_code == 200
    return card


def by_id(answer: Any) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["criteria"]}


def test_every_reply_tells_the_tag_that_the_next_change_needs(rita: Person, card: str) -> None:
    tag = rita.post(f"{card}/claim").headers["etag"]
    assert tag == '"2"'
    for expected in ('"3"', '"4"', '"5"'):
        saved = rita.answer(card, TONE, tag=tag)
        tag = saved.headers["etag"]
        assert (saved.status_code, tag, saved.json()["revision"]) == (200, expected, int(expected.strip('"')))
        assert rita.get(card).headers["etag"] == tag
    assert rita.post(f"{card}/claim", If_Match=tag).headers["etag"] == tag, "held longer, nothing else"
    undone = rita.post(f"{card}/undo", If_Match=tag)
    assert undone.headers["etag"] == '"6"'
    assert rita.post(f"{card}/redo", If_Match='"6"').headers["etag"] == '"7"'
    assert rita.post(f"{card}/release").headers["etag"] == '"8"'
    assert rita.post(f"{card}/claim", If_Match='"8"').headers["etag"] == '"9"'
    assert rita.post(f"{card}/finalize", If_Match='"9"').headers["etag"] == '"10"'


def test_answers_with_words_are_saved_all_or_none(rita: Person, problem: Problem, card: str) -> None:
    rita.post(f"{card}/claim")
    told = {**TONE, "reason": "calm", "comment": "دستت درد نکند", "note": "x", "evidence": [{"turn": 1}, {"quote": "new one"}]}
    saved = rita.answer(card, told, comment="A good chat\nthroughout", note="for the next calibration")
    given = by_id(saved)["tone"]["answered"]
    assert (given["by"], given["reason"], given["comment"], given["note"]) == ("rita", "calm", "دستت درد نکند", "x")
    assert [one["quote"] for one in given["evidence"]] == ["Hello, I am sorry about that. I will send you a new one.", "new one"]
    assert (saved.json()["comment"], saved.json()["note"]) == ("A good chat\nthroughout", "for the next calibration")
    before = rita.get(card).json()
    problem(rita.answer(card, {**TONE, "answer": "no"}, {"criterion": "greeting", "answer": "maybe"}, comment="z"), 422, "answer")
    assert rita.get(card).json() == before
    only = rita.answer(card, note=None)
    assert (only.json()["comment"], "note" in only.json()) == ("A good chat\nthroughout", False)


@pytest.mark.parametrize(
    ("evidence", "code", "told"),
    [
        ({"quote": "never said"}, "answer", "nobody says 'never said'"),
        ({"turn": 2}, "answer", "there is no turn 2"),
        ({"turn": 0, "quote": "Hello,"}, "answer", "turn 0 does not say 'Hello,'"),
        ({"start_ms": 0, "end_ms": 10}, "answer", "a chat contact has no times"),
        ({}, "invalid_request", "either a quote"),
        ({"start_ms": 5}, "invalid_request", "either a quote"),
        ({"turn": 1, "start_ms": 0, "end_ms": 5}, "invalid_request", "either a quote"),
        ({"turn": -1}, "invalid_request", "greater than or equal to 0"),
        ({"start_ms": 0, "end_ms": 10**12}, "invalid_request", "less than or equal"),
        ({"quote": ""}, "invalid_request", "at least 1 character"),
        ({"quote": "x" * 10_001}, "invalid_request", "at most 10000"),
        ({"quote": "sorry", "interaction": "another"}, "invalid_request", "not permitted"),
    ],
)
def test_evidence_that_is_none(rita: Person, problem: Problem, card: str, evidence: dict[str, Any], code: str, told: str) -> None:
    rita.post(f"{card}/claim")
    found = problem(rita.answer(card, {**TONE, "evidence": [evidence]}), 422, code)
    assert told in found["detail"]
    assert rita.get(card).headers["etag"] == '"2"'


def test_evidence_of_another_interaction_is_refused(api: Any, rita: Person, problem: Problem, card: str) -> None:
    other = api.chat("w-another")
    for one in (card, other):
        rita.post(f"{one}/claim")
    quote = {"quote": "it is number w-another"}
    assert rita.answer(other, {**TONE, "evidence": [quote]}).status_code == 200
    assert "nobody says" in problem(rita.answer(card, {**TONE, "evidence": [quote]}), 422, "answer")["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answers": [{**TONE, "reason": "x" * 10_001}]}, "answers[0].reason"),
        ({"answers": [{**TONE, "comment": "x" * 10_001}]}, "answers[0].comment"),
        ({"answers": [{**TONE, "note": "x" * 10_001}]}, "answers[0].note"),
        ({"answers": [{**TONE, "note": "a\0b"}]}, "answers[0].note"),
        ({"answers": [{**TONE, "reason": "\0"}]}, "answers[0].reason"),
        ({"comment": "a\0b"}, "comment"),
        ({"note": "x" * 10_001}, "note"),
        ({"answers": [], "words": "x"}, "words"),
        ({"answers": [TONE] * 501}, "answers"),
        ({}, "body"),
    ],
)
def test_words_that_are_none(rita: Person, problem: Problem, body: dict[str, Any], field: str) -> None:
    assert problem(rita.call("PATCH", "x/answers", body, If_Match="*"), 422, "invalid_request")["field"] == field


@pytest.mark.parametrize("text", ["a\0b", "\0"])
def test_names_and_quotes_with_nul_are_refused_by_name(rita: Person, problem: Problem, card: str, text: str) -> None:
    rita.post(f"{card}/claim")
    for given in ({"criterion": text, "answer": "yes"}, {**TONE, "answer": text}, {**TONE, "evidence": [{"quote": text}]}):
        problem(rita.answer(card, given), 422, "answer")


@pytest.mark.parametrize("reason", ["", "  \n ", "a\0b", "x" * 10_001, None, 5])
def test_opening_again_needs_a_reason(people: dict[str, Person], problem: Problem, reason: Any) -> None:
    assert problem(people["lena"].post("x/reopen", {"reason": reason}), 422, "invalid_request")["field"] == "reason"


def test_undo_and_what_another_saved(rita: Person, people: dict[str, Person], problem: Problem, card: str) -> None:
    problem(rita.post(f"{card}/undo"), 409, "claim")
    rita.post(f"{card}/claim")
    assert "nothing to be taken back" in problem(rita.post(f"{card}/undo"), 409, "conflict")["detail"]
    rita.answer(card, TONE)
    rita.answer(card, {**TONE, "answer": "no"})
    problem(rita.post(f"{card}/undo", If_Match='"3"'), 412, "stale_version")
    assert by_id(rita.post(f"{card}/undo"))["tone"]["answer"] == "yes"
    assert by_id(rita.post(f"{card}/undo"))["tone"]["answer"] is None
    assert by_id(rita.post(f"{card}/redo"))["tone"]["answer"] == "yes"
    rita.post(f"{card}/release")
    omid = people["omid"]
    assert by_id(omid.post(f"{card}/claim"))["tone"]["answered"]["by"] == "rita"
    assert "rita's" in problem(omid.post(f"{card}/undo"), 409, "conflict")["detail"]
    problem(rita.post(f"{card}/undo"), 409, "claim")


def test_the_same_request_again_undoes_once(rita: Person, card: str) -> None:
    rita.post(f"{card}/claim")
    for given in ("yes", "no"):
        rita.answer(card, {**TONE, "answer": given})
    first, second = (rita.post(f"{card}/undo", Idempotency_Key="once") for _ in range(2))
    assert (second.json(), second.headers["idempotency-replayed"], second.headers["etag"]) == (first.json(), "true", first.headers["etag"])
    assert by_id(rita.get(card))["tone"]["answer"] == "yes"


@pytest.mark.parametrize("name", ["self", "boss"])
def test_nobody_reviews_themselves(people: dict[str, Person], rita: Person, problem: Problem, card: str, name: str) -> None:
    rita.post(f"{card}/claim")
    me = people[name]
    for refused in (me.post(f"{card}/claim"), me.answer(card, TONE), me.post(f"{card}/undo"), me.post(f"{card}/finalize")):
        assert problem(refused, 403, "own_review")["detail"] == "this scorecard is about yourself"


@pytest.mark.parametrize("name", ["carl", "sara", "feed"])
def test_other_roles_do_not_review(people: dict[str, Person], problem: Problem, card: str, name: str) -> None:
    who = people[name]
    for act in ("claim", "release", "undo", "redo", "finalize"):
        problem(who.post(f"{card}/{act}"), 403, "permission_denied")
    problem(who.answer(card, TONE), 403, "permission_denied")
    problem(who.get(f"{card}/needed"), 403, "permission_denied")
    problem(who.post(f"{card}/reopen", {"reason": "x"}), 403, "permission_denied")


def test_a_reviewer_neither_opens_again_nor_acknowledges(rita: Person, people: dict[str, Person], problem: Problem, final: str) -> None:
    problem(rita.post(f"{final}/reopen", {"reason": "x"}), 403, "permission_denied")
    for name in ("rita", "lena", "carl", "feed"):
        problem(people[name].post(f"{final}/acknowledge"), 403, "permission_denied")


def test_what_it_still_needs_is_told_beforehand(rita: Person, problem: Problem, card: str) -> None:
    why = "the machine leaves it open: for a person to decide"
    assert rita.get(f"{card}/needed").json() == {"needed": [{"criterion": "tone", "why": why}]}
    rita.post(f"{card}/claim")
    found = problem(rita.post(f"{card}/finalize"), 409, "undecided")
    assert (found["criteria"], found["reasons"]) == (["tone"], {"tone": why})
    rita.answer(card, TONE)
    assert rita.get(f"{card}/needed").json() == {"needed": []}
    problem(rita.get("nobody/needed"), 404, "not_found")


def withheld(answer: Any) -> None:
    """No reply to a blind reviewer tells what the machine thinks."""
    told = answer.json()
    assert (told["blind"], told["score"], told["raw_score"], told["passed"], told["critical_misses"]) == (True, None, None, None, [])
    assert {one["score"] for one in told["sections"]} == {None}
    assert {(one["suggestion"], one["points"]) for one in told["criteria"]} == {(None, None)}


def test_a_blind_review_shows_nothing_until_it_is_final(rita: Person, problem: Problem, blind: str) -> None:
    withheld(rita.get(blind))
    withheld(rita.post(f"{blind}/claim"))
    assert [one["criterion"] for one in rita.get(f"{blind}/needed").json()["needed"]] == ["greeting", "tone", "apology"]
    withheld(rita.answer(blind, TONE, {"criterion": "greeting", "answer": "no"}))
    withheld(rita.post(f"{blind}/undo"))
    withheld(rita.post(f"{blind}/redo"))
    assert problem(rita.post(f"{blind}/finalize"), 409, "undecided")["criteria"] == ["apology"]
    withheld(rita.answer(blind, {"criterion": "apology", "answer": "yes"}))
    withheld(rita.post(f"{blind}/release"))
    rita.post(f"{blind}/claim")
    final = rita.post(f"{blind}/finalize")
    assert (final.json()["blind"], final.json()["status"]) == (True, "final")
    assert final.json()["score"] == pytest.approx(66.667)
    told = {name: one["suggestion"]["answer"] for name, one in by_id(final).items()}
    assert told == {"greeting": "yes", "tone": "undecided", "apology": "yes"}


def test_from_one_version_to_the_next(api: Any, people: dict[str, Person], rita: Person, problem: Problem, final: str) -> None:
    lena = people["lena"]
    opened = lena.post(f"{final}/reopen", {"reason": "listen again"}, Idempotency_Key="again")
    assert opened.status_code == 201, opened.text
    second = opened.json()
    assert (second["version"], second["replaces"], second["status"], second["reviewer"]) == (2, final, "draft", None)
    assert opened.headers["etag"] == '"1"'
    assert lena.post(f"{final}/reopen", {"reason": "listen again"}, Idempotency_Key="again").json() == second
    assert second["id"] in problem(lena.post(f"{final}/reopen", {"reason": "me too"}), 409, "conflict")["hint"]
    problem(lena.post(f"{second['id']}/reopen", {"reason": "too early"}), 409, "conflict")

    def counted() -> list[str]:
        return [one["id"] for one in api.json(f"{URL}?limit=500")["items"] if one["id"] in (final, second["id"])]

    assert counted() == [final]
    assert [one["status"] for one in rita.get(f"{final}/versions").json()["versions"]] == ["final", "draft"]
    rita.post(f"{second['id']}/claim")
    rita.answer(second["id"], {**TONE, "answer": "no"})
    assert rita.post(f"{second['id']}/finalize").status_code == 200
    assert counted() == [second["id"]]
    versions = rita.get(f"{second['id']}/versions").json()["versions"]
    assert [(one["id"], one.get("version", 1), one["status"]) for one in versions] == [(final, 1, "final"), (second["id"], 2, "final")]
    acts = [one["action"] for one in api.json(f"/v1/audit?subject=scorecard/{final}")["items"]]
    assert acts[-2:] == ["scorecard.reopened", "scorecard.superseded"]


def test_agents_see_their_own_final_versions_without_notes(people: dict[str, Person], problem: Problem, final: str) -> None:
    people["lena"].post(f"{final}/reopen", {"reason": "listen again"})
    (mine,) = people["sara"].get(f"{final}/versions").json()["versions"]
    assert (mine["id"], mine["comment"]) == (final, "good")
    assert "she is new" not in str(mine)
    problem(people["reza"].get(f"{final}/versions"), 404, "not_found")
    assert len(people["carl"].get(f"{final}/versions").json()["versions"]) == 2


def test_an_agent_acknowledges_once(people: dict[str, Person], problem: Problem, final: str) -> None:
    sara = people["sara"]
    read = sara.post(f"{final}/acknowledge", {"comment": "understood"})
    told = read.json()["acknowledged"]
    assert (read.status_code, told["by"], told["comment"]) == (200, "sara", "understood")
    again = sara.post(f"{final}/acknowledge")
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, read.json(), read.headers["etag"])
    problem(people["reza"].post(f"{final}/acknowledge"), 404, "not_found")
    problem(sara.post("nobody/acknowledge"), 404, "not_found")
    problem(sara.post(f"{final}/acknowledge", {"comment": "x" * 10_001}), 422, "invalid_request")


def test_what_is_not_final_or_does_not_count_is_not_acknowledged(
    people: dict[str, Person], rita: Person, problem: Problem, final: str
) -> None:
    sara = people["sara"]
    second = people["lena"].post(f"{final}/reopen", {"reason": "listen again"}).json()["id"]
    problem(sara.post(f"{second}/acknowledge"), 404, "not_found")
    rita.post(f"{second}/claim")
    rita.post(f"{second}/finalize")
    assert "another version" in problem(sara.post(f"{final}/acknowledge"), 409, "conflict")["detail"]
    assert sara.post(f"{second}/acknowledge").status_code == 200


def expire(client: Any, card: str) -> None:
    """The claim ran out a minute ago."""
    services = client.app.state.services
    with services.database.unit() as unit:
        over = {"at": services.clock() - timedelta(minutes=1), "id": card}
        told = sa.text("UPDATE scorecards SET claim_expires_at = :at WHERE id = :id")
        unit.scorecards._session.execute(told.bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True))), over)


def test_a_claim_that_ran_out(client: Any, people: dict[str, Person], rita: Person, problem: Problem, card: str) -> None:
    tag = rita.post(f"{card}/claim").headers["etag"]
    assert "until" in problem(people["omid"].post(f"{card}/claim"), 409, "claim")["detail"]
    expire(client, card)
    tag = rita.answer(card, TONE, tag=tag).headers["etag"]
    problem(people["omid"].post(f"{card}/claim"), 409, "claim")
    expire(client, card)
    taken = people["omid"].post(f"{card}/claim")
    assert by_id(taken)["tone"]["answered"]["by"] == "rita"
    problem(rita.answer(card, TONE, tag=tag), 412, "stale_version")
    assert "omid holds it" in problem(rita.answer(card, TONE), 409, "claim")["detail"]
    problem(rita.post(f"{card}/finalize"), 409, "claim")
    problem(rita.post(f"{card}/release"), 409, "claim")


@pytest.mark.parametrize("cursor", ["WyJ4Il0", "e30", "!", "WzEsMl0", "x" * 300])
def test_forged_cursors(api: Any, problem: Problem, cursor: str) -> None:
    found = api.get(f"{URL}?cursor={cursor}")
    assert found.status_code == 422
    assert problem(found, 422, found.json()["code"])["field"] == "cursor"


def test_mistyped_criteria_are_told_with_what_was_meant(rita: Person, problem: Problem, card: str) -> None:
    rita.post(f"{card}/claim")
    found = problem(rita.answer(card, {"criterion": "greting", "answer": "yes"}), 422, "answer")
    assert (found["field"], found["hint"]) == ("greting", "did you mean 'greeting'?")


DOC = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
BODIES: dict[str, type[BaseModel]] = {"answers": AnswersIn, "reopen": ReopenIn, "acknowledge": AcknowledgeIn}


def test_the_requests_in_the_docs_are_requests(client: Any) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    shown = re.findall(r"^\$ curl (.*?\$QA/v1/scorecards/\$ID/(\w+).*?)(?=^\$|^```)", DOC, flags=re.MULTILINE | re.DOTALL)
    for command, act in shown:
        method = re.match(r"-X (\w+)", command)
        assert ("get" if method is None else method[1].lower()) in paths[f"/v1/scorecards/{{scorecard}}/{act}"], command
        body = re.search(r"-d '(.*)'", command, flags=re.DOTALL)
        assert (body is not None) is (act in BODIES), command
        if body is not None:
            BODIES[act].model_validate(json.loads(body[1]))
    every = "claim answers undo redo needed finalize reopen versions acknowledge"
    assert {act for _, act in shown} == set(every.split())


ACTS = "suggested claimed released answered undone redone finalized reopened opened superseded acknowledged"


@pytest.mark.parametrize("act", ACTS.split())
def test_every_act_is_told_in_the_docs(act: str) -> None:
    assert re.search(rf"^\| .*`(?:scorecard)?\.{act}`", DOC, flags=re.MULTILINE)
