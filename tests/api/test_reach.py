"""Who sees whose things: two teams, two agents, a contact of nobody; what is out of reach looks as if it was not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.scorecard import Answer, Status
from qa_service.domain.user import User

Problem = Callable[..., dict[str, Any]]
AT = datetime(2026, 11, 3, tzinfo=UTC)
SARA = {"id": "a17", "name": "Sara", "team": "billing"}
TARIQ = {"id": "b2", "name": "Tariq", "team": "sales"}
#: Agent and whether a person has finished the scorecard.
CHATS: dict[str, tuple[dict[str, str] | None, bool]] = {
    "sara-final": (SARA, True), "sara-draft": (SARA, False), "tariq-final": (TARIQ, True), "tariq-draft": (TARIQ, False),
    "nobody-final": (None, True),
}  # fmt: skip
ALL, NONE = set(CHATS), set[str]()
BILLING = {"sara-final", "sara-draft"}
#: What each user sees.
SEEN: Mapping[str, set[str]] = {
    "admin": ALL, "lead": ALL, "reviewer": ALL, "coach-billing": BILLING, "coach-both": ALL - {"nobody-final"}, "coach-none": NONE,
    "sara": {"sara-final"}, "tariq": {"tariq-final"}, "agent-none": NONE, "coach-support": NONE, "dora": NONE,
}  # fmt: skip
USERS: tuple[tuple[str, Role, tuple[str, ...], str | None], ...] = (
    ("lead", Role.QA_LEAD, (), None), ("reviewer", Role.REVIEWER, (), None), ("coach-billing", Role.COACH, ("billing",), None),
    ("coach-both", Role.COACH, ("sales", "billing"), None), ("coach-none", Role.COACH, (), None), ("sara", Role.AGENT, (), "a17"),
    ("tariq", Role.AGENT, (), "b2"), ("agent-none", Role.AGENT, (), None), ("coach-support", Role.COACH, ("support",), None),
    ("dora", Role.AGENT, (), "d4"),
)  # fmt: skip


class House:
    """Everything that came in, and everybody's way to ask for it."""

    def __init__(self, api: Any) -> None:
        self.services = api.client.app.state.services
        self.client = api.client
        self.headers = {"admin": api.headers}
        self.cards: dict[str, str] = {}

    def get(self, who: str, path: str, **options: Any) -> Any:
        return self.client.get(f"/v1{path}", headers=self.headers[who], **options)

    def json(self, who: str, path: str, **options: Any) -> Any:
        answer = self.get(who, path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def finish(self, card: str) -> None:
        with self.services.database.unit() as unit:
            now = unit.scorecards.get(card)
            answered = Answer(answer="yes", by="rita", at=AT, comment="well done", note="between us: again")
            done = now.answering({one.id: answered for one in now.criteria})
            done = done.model_copy(update={"status": Status.FINAL, "reviewer": "rita", "note": "between us: all"})
            unit.scorecards.save(done, expected_revision=now.revision, at=AT)


@pytest.fixture(scope="module")
def house(api: Any) -> House:
    made = House(api)
    for name, (agent, finished) in CHATS.items():
        made.cards[name] = api.chat(name, agent=agent, customer={"id": "k-1"})
        if finished:
            made.finish(made.cards[name])
    for name, role, teams, agent_id in USERS:
        made.services.users.create(User(id=name, login=name, name=name, role=role, teams=teams, agent=agent_id), by=SYSTEM)
        secret = made.services.keys.issue("test", by=SYSTEM, user=name)[1]
        made.headers[name] = {"Authorization": f"Bearer {secret}"}
    return made


@pytest.mark.parametrize("who", SEEN)
def test_lists_leave_out_what_is_out_of_reach(house: House, who: str) -> None:
    assert {one["id"] for one in house.json(who, "/interactions?customer=k-1")["items"]} == SEEN[who]
    assert {one["interaction"]["id"] for one in house.json(who, "/scorecards?channel=chat")["items"]} & ALL == SEEN[who]
    for path in ("/interactions?agent=b2", "/interactions?team=sales", "/scorecards?agent=b2", "/scorecards?team=sales"):
        told = {item.get("interaction", item)["id"] for item in house.json(who, path)["items"]}
        assert told == {name for name in SEEN[who] if name.startswith("tariq")}


@pytest.mark.parametrize("who", SEEN)
@pytest.mark.parametrize("path", ["", "/transcript", "/signals", "/scorecards"])
def test_an_interaction_out_of_reach_is_not_there(house: House, problem: Problem, who: str, path: str) -> None:
    for name in CHATS:
        answer = house.get(who, f"/interactions/{name}{path}")
        if name in SEEN[who]:
            assert answer.status_code == 200, answer.text
            continue
        told, unknown = problem(answer, 404, "not_found"), problem(house.get(who, f"/interactions/no-such{path}"), 404, "not_found")
        # Word for word as of one that never was.
        assert str(told).replace(name, "no-such") == str(unknown)


@pytest.mark.parametrize("who", SEEN)
def test_a_scorecard_out_of_reach_is_not_there(house: House, problem: Problem, who: str) -> None:
    for name, card in house.cards.items():
        for path in ("", "/versions"):
            answer = house.get(who, f"/scorecards/{card}{path}")
            if name in SEEN[who]:
                assert answer.status_code == 200, answer.text
            else:
                problem(answer, 404, "not_found")
        # Not even that it has not changed.
        again = house.get(who, f"/scorecards/{card}", params={}).headers.get("etag")
        assert (again is not None) is (name in SEEN[who])


def test_a_recording_out_of_reach_is_not_there(
    house: House, api: Any, problem: Problem, recording: Callable[..., bytes], sidecar: Callable[..., bytes]
) -> None:
    dora = {"id": "d4", "name": "Dora", "team": "support"}
    files = {"file": ("c.wav", recording(71), "audio/wav"), "sidecar": ("c.json", sidecar(agent=dora), "application/json")}
    taken = api.post("/v1/recordings", files=files)
    assert taken.status_code == 202, taken.text
    assert api.done(taken.headers["location"])["state"] == "done"
    call = taken.json()["interaction"]["id"] if isinstance(taken.json()["interaction"], dict) else taken.json()["interaction"]
    for path in ("audio", "channels"):
        assert house.get("coach-support", f"/interactions/{call}/{path}").status_code == 200
        for who in ("coach-billing", "sara", "dora"):
            problem(house.get(who, f"/interactions/{call}/{path}"), 404, "not_found")
    heads = {who: house.client.head(f"/v1/interactions/{call}/audio", headers=house.headers[who]).status_code for who in SEEN}
    assert {who for who, status in heads.items() if status == 200} == {"admin", "lead", "reviewer", "coach-support"}
    assert set(heads.values()) == {200, 404}
    tag = house.get("admin", f"/interactions/{call}/audio").headers["etag"]
    answer = house.client.get(f"/v1/interactions/{call}/audio", headers={**house.headers["coach-billing"], "If-None-Match": tag})
    problem(answer, 404, "not_found")
    house.finish(api.json(f"/v1/interactions/{call}/scorecards")["scorecards"][0]["id"])
    assert house.get("dora", f"/interactions/{call}/audio").status_code == 200


def test_cursors_of_other_lists_lead_nowhere_else(house: House) -> None:
    for path in ("/interactions", "/scorecards"):
        cursor = house.json("admin", f"{path}?limit=1")["next"]
        for who in ("coach-billing", "sara", "coach-none"):
            found = {item.get("interaction", item)["id"] for item in house.json(who, path, params={"cursor": cursor})["items"]}
            assert found <= SEEN[who]
    first = house.json("coach-billing", "/interactions?limit=1")
    second = house.json("coach-billing", "/interactions", params={"limit": 1, "cursor": first["next"]})
    assert {one["id"] for one in (*first["items"], *second["items"])} == BILLING
    assert second["next"] is None


@pytest.mark.parametrize(
    ("who", "agents"),
    [
        ("lead", {"a17", "b2"}), ("coach-billing", {"a17"}), ("coach-both", {"a17", "b2"}), ("coach-none", NONE), ("sara", {"a17"}),
        ("agent-none", NONE),
    ],
)  # fmt: skip
def test_agents_and_their_profiles(house: House, problem: Problem, who: str, agents: set[str]) -> None:
    assert {one["id"] for one in house.json(who, "/agents")["items"]} & {"a17", "b2"} == agents
    for agent in ("a17", "b2"):
        for path in ("", "/profile", "/profile?basis=all"):
            answer = house.get(who, f"/agents/{agent}{path}")
            if agent in agents:
                assert answer.status_code == 200, answer.text
            else:
                problem(answer, 404, "not_found")


def test_an_agent_s_own_profile_is_made_of_what_is_final(house: House) -> None:
    own = house.json("sara", "/agents/a17/profile?basis=all")
    assert {one["interaction"] for one in own["scores"]} == {"sara-final"}
    assert (own["finals"], own["drafts"]) == (1, 0)
    assert all(one["share"]["n"] <= 1 for one in own["criteria"])
    assert {example["interaction"] for one in own["criteria"] for example in (*one["best"], *one["worst"])} <= {"sara-final"}
    # What others did is told of the whole house, without a name.
    lead = house.json("lead", "/agents/a17/profile?basis=all")
    assert {one["criterion"]: one["others"] for one in own["criteria"]} == {one["criterion"]: one["others"] for one in lead["criteria"]}
    assert lead["drafts"] == 1
    text = house.get("sara", "/agents/a17/profile?basis=all").text
    assert '"b2"' not in text
    assert "tariq" not in text.lower()


def test_agents_never_read_private_notes(house: House) -> None:
    card = house.cards["sara-final"]
    for path in (f"/scorecards/{card}", "/scorecards", "/interactions/sara-final/scorecards", f"/scorecards/{card}/versions"):
        assert "between us" not in house.get("sara", path).text, path
        assert "well done" in house.get("sara", path).text
        for who in ("coach-billing", "reviewer", "lead"):
            assert "between us: all" in house.get(who, path).text


def test_history_is_as_wide_as_the_reach(house: House, problem: Problem) -> None:
    everything = house.json("lead", "/contacts/figures")["total"]["contacts"]
    assert house.json("coach-billing", "/contacts/figures")["total"]["contacts"] == 2
    assert house.json("coach-none", "/contacts/figures")["total"]["contacts"] == 0
    assert everything >= 5
    linked = house.json("lead", "/contacts/sara-draft")
    assert {*linked["earlier"], linked["later"]} - {None, "sara-final", "sara-draft"}, "the case needs a link to another team's contact"
    for name in BILLING:
        found = house.json("coach-billing", f"/contacts/{name}")
        assert {*found["earlier"], *filter(None, [found["later"]])} <= BILLING
    problem(house.get("coach-billing", "/contacts/tariq-final"), 404, "not_found")
    agents = {one["agent"] for one in house.json("lead", "/promises")["items"]}
    assert agents >= {"a17", "b2"}
    assert {one["agent"] for one in house.json("coach-billing", "/promises")["items"]} & {"a17", "b2", "d4", None} == {"a17"}
    assert house.json("coach-none", "/promises")["items"] == []


def test_while_a_scorecard_is_reviewed_blindly_nothing_tells_its_figures(house: House, api: Any) -> None:
    card = api.chat("blind-one", agent={"id": "c3", "name": "Chen", "team": "billing"})
    before = house.json("lead", "/agents/c3/profile?basis=all")
    assert before["drafts"] == 1
    assert before["criteria"]
    with house.services.database.unit() as unit:
        assert unit.scorecards.make_blind([card]) == (card,)
    for who in ("admin", "lead", "reviewer", "coach-billing"):
        shown = [
            house.json(who, f"/scorecards/{card}"), house.json(who, "/interactions/blind-one/scorecards")["scorecards"][0],
            next(one for one in house.json(who, "/scorecards")["items"] if one["id"] == card),
        ]  # fmt: skip
        for one in shown:
            assert (one["blind"], one["score"], one["passed"], one["undecided"]) == (True, None, None, len(one["criteria"]))
            assert {(criterion["suggestion"], criterion["points"]) for criterion in one["criteria"]} == {(None, None)}
        for query in ("min_score=0", "max_score=100", "undecided=true", "undecided=false", "min_score=0&undecided=true"):
            assert card not in {one["id"] for one in house.json(who, f"/scorecards?{query}")["items"]}, query
        profile = house.json(who, "/agents/c3/profile?basis=all")
        assert (profile["criteria"], profile["scores"], profile["mean_score"], profile["drafts"]) == ([], [], None, 0)
    # Nor does what other engines made of the same interaction.
    with house.services.database.unit() as unit:
        blind = unit.scorecards.get(card)
        anew = blind.model_copy(update={"id": None, "blind": False, "engine": blind.engine.model_copy(update={"analysis": "rules/0"})})
        other = unit.scorecards.add(anew, at=AT).id
    shown = [house.json("reviewer", f"/scorecards/{other}"), *house.json("reviewer", "/interactions/blind-one/scorecards")["scorecards"]]
    assert {(one["id"], one["score"], one["criteria"][0]["suggestion"]) for one in shown} == {(card, None, None), (other, None, None)}
    house.finish(card)
    assert house.json("reviewer", f"/scorecards/{card}")["criteria"][0]["suggestion"] is not None
    assert card in {one["id"] for one in house.json("lead", "/scorecards?min_score=0")["items"]}


def test_what_one_is_to_answer_blind_is_in_no_figure_either(house: House, problem: Problem) -> None:
    """Of no period at all: the difference of two would tell it."""
    rubric = house.json("admin", f"/scorecards/{house.cards['tariq-final']}")["rubric"]["id"]
    body = {"title": "March", "rubric": rubric, "interactions": ["tariq-final", "tariq-draft"], "participants": ["reviewer", "lead"]}
    made = house.client.post("/v1/calibrations", json={**body, "due": "2030-01-01T00:00:00Z"}, headers=house.headers["admin"])
    assert made.status_code == 201, made.text

    def told(who: str) -> dict[str, Any]:
        profiles = [house.json(who, f"/agents/b2/profile?basis={basis}") for basis in ("final", "all")]
        team, swot = house.json(who, "/teams/sales/profile"), house.json(who, "/agents/b2/swot")
        assert house.json(who, "/teams/sales/swot")["subject"] == "sales"
        file = house.get(who, "/exports/figures?format=csv").text if who != "reviewer" else ""
        return {
            "scores": {one["interaction"] for profile in profiles for one in profile["scores"]},
            "counts": [(one["finals"], one["drafts"], one["mean_score"]) for one in profiles],
            "figures": [bool(one["criteria"] or one["totals"] or one["families"]) for one in profiles], "subject": swot["subject"],
            "team": bool(team["criteria"] or team["boards"] or team["families"]), "file": [one for one in CHATS if one in file],
        }

    for who in ("reviewer", "lead"):
        seen = told(who)
        assert seen["scores"] == set()
        assert seen["counts"] == [(0, 0, None), (0, 0, None)]
        assert (seen["figures"], seen["team"]) == ([False, False], False)
        assert not {"tariq-final", "tariq-draft"} & set(seen["file"])
    whole = told("admin")
    assert whole["scores"] == {"tariq-final", "tariq-draft"}
    assert (whole["figures"], whole["team"]) == ([True, True], True)
    assert {"tariq-final", "tariq-draft"} <= set(whole["file"])
    for path in ("/agents/b2/profile", "/teams/sales/profile", "/teams/sales/swot"):
        problem(house.get("coach-billing", path), 404, "not_found")
