"""The whole story over HTTP: a plan draws, reviewers finalise, some blindly, the agent disputes, a lead opens again, all replays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
PASSWORD = "باران آرام روی شیروانی"
PLAN = {"name": "هر هفته", "rule": {"kind": "random", "n": 2}, "seed": "winter"}
PEOPLE: tuple[dict[str, Any], ...] = (
    {"login": "lena", "role": "qa_lead", "name": "لنا کریمی"},
    {"login": "rita", "role": "reviewer", "name": "Rita", "languages": ["en"]},
    {"login": "omid", "role": "reviewer", "name": "امید", "languages": ["fa", "ar"]},
    {"login": "sara", "role": "agent", "name": "سارا", "agent": "a17"},
    {"login": "carl", "role": "coach", "name": "Carl", "teams": ["billing"]},
)


class People:
    """Callers by login; what is not as expected fails at once."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self._secrets: dict[str, str] = {}
        for one in PEOPLE:
            self("admin", "POST", "/users", one, status=201)
            self._secrets[one["login"]] = self("admin", "POST", "/keys", {"user": one["login"], "name": "journey"}, status=201)["secret"]

    def __call__(self, who: str, method: str, path: str, body: Any = None, *, status: int = 200, tag: str | None = None) -> Any:
        answer = self.answer(who, method, path, body, tag=tag)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def answer(self, who: str, method: str, path: str, body: Any = None, *, tag: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._secrets[who]}"} if who in self._secrets else {}
        told = {} if body is None else {"json": body}
        return self._api.call(method, f"/v1{path}", headers=headers | ({} if tag is None else {"If-Match": tag}), **told)

    def save(self, who: str, card: str, *answers: dict[str, Any], **words: str) -> Any:
        tag = self.answer(who, "GET", f"/scorecards/{card}").headers["etag"]
        return self(who, "PATCH", f"/scorecards/{card}/answers", {"answers": answers, **words}, tag=tag)

    def finish(self, who: str, card: str) -> dict[str, Any]:
        """Answer what needs a person with yes, and finalise."""
        while needed := self(who, "GET", f"/scorecards/{card}/needed")["needed"]:
            self.save(who, card, *({"criterion": one["criterion"], "answer": "yes"} for one in needed))
        done: dict[str, Any] = self(who, "POST", f"/scorecards/{card}/finalize")
        return done


@pytest.fixture(scope="module")
def people(api: Any) -> People:
    for number in range(4):
        api.chat(f"j-{number}", started_at="2026-11-03T09:14:05Z", customer={"id": f"k-{number}"}, queue=("normal", "blind")[number % 2])
    return People(api)


def taken(people: People, who: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What the queue hands out until nothing waits: items with their scorecards."""
    while (found := people(who, "POST", "/queue/next"))["item"] is not None:
        yield found["item"], found["scorecard"]


def test_from_a_plan_to_a_replay(api: Any, client: Any, people: People, problem: Problem) -> None:
    signs_in(client, people, problem)
    for queue, share in (("normal", 0), ("blind", 1)):
        plan = people("lena", "POST", "/sampling/plans", PLAN | {"queues": [queue], "blind_share": share}, status=201)
        run = people("lena", "POST", f"/sampling/plans/{plan['id']}/runs", {"period": "2026-W45"})["run"]
        assert (run["picked"], run["blind"], [one["verdict"] for one in run["figures"]["fairness"]]) == (2, 2 * share, ["fair"])
    assert list(taken(people, "omid")) == [], "nothing in his languages"
    finals = reviews(people, problem)
    shown, again = finals["normal"]
    corrected = disputes(people, problem, shown["id"])
    version = opens_again(people, problem, again["id"])
    people("sara", "POST", f"/scorecards/{version}/acknowledge", {"comment": "دیدم، ممنون"})
    counted = {one["id"] for one in people("sara", "GET", "/scorecards")["items"]}
    assert counted == {corrected, version, *(one["id"] for one in finals["blind"])}
    assert people("carl", "GET", "/agents/a17/profile?basis=final")["finals"] == 4
    figures_follow(people)
    nothing_is_lost(people, problem, [shown["id"], again["id"], *counted])


def signs_in(client: Any, people: People, problem: Problem) -> None:
    """With a one-time password, which only serves to choose another."""
    secret = people("admin", "POST", "/users/lena/password")["password"]
    session = client.post("/v1/sessions", json={"login": "LENA", "password": secret}).json()
    token = {"X-CSRF-Token": session["csrf_token"]}
    assert "one-time password" in problem(client.get("/v1/queue"), 403, "permission_denied")["hint"]
    changed = client.put("/v1/me/password", json={"old": secret, "new": PASSWORD}, headers=token)
    assert changed.status_code == 204, changed.text
    assert client.get("/v1/queue").status_code == 200
    client.cookies.clear()


def reviews(people: People, problem: Problem) -> dict[str, list[dict[str, Any]]]:
    """All four by one reviewer, who sees no suggestion on the blind ones, nor does anybody else; finals by lane."""
    finals: dict[str, list[dict[str, Any]]] = {"blind": [], "normal": []}
    for item, card in taken(people, "rita"):
        at = f"/scorecards/{card['id']}"
        blind = item["lane"] == "blind"
        for seen in (card, people("lena", "GET", at)):
            assert (seen["score"] is None, any(one["suggestion"] for one in seen["criteria"])) == (blind, not blind)
        assert (item["priority"] is None, item["reasons"] == []) == (blind, blind)
        refused = problem(people.answer("rita", "POST", f"{at}/finalize"), 409, "undecided")
        assert refused["criteria"] == (["greeting", "tone", "apology"] if blind else ["tone"])
        problem(people.answer("lena", "POST", f"{at}/claim"), 409, "claim")
        problem(people.answer("sara", "GET", at), 404, "not_found")
        people.save(
            "rita", card["id"],
            {"criterion": "greeting", "answer": "no", "reason": "سلام نمی‌کند", "comment": "با سلام شروع کن", "evidence": [{"turn": 1}]},
            note="فقط برای ما",
        )  # fmt: skip
        people("rita", "POST", f"{at}/undo")
        if not blind:
            people("rita", "POST", f"{at}/redo")
        finals[item["lane"]].append(people.finish("rita", card["id"]))
    assert [len(finals["blind"]), len(finals["normal"])] == [2, 2]
    assert all(one["blind"] and one["score"] == 100.0 and one["criteria"][0]["suggestion"] for one in finals["blind"])
    assert all(one["score"] < 100 and one["note"] == "فقط برای ما" for one in finals["normal"])
    return finals


def disputes(people: People, problem: Problem, card: str) -> str:
    """In part rightly so; the id of the version that follows."""
    seen = people("sara", "GET", f"/scorecards/{card}")
    assert "note" not in seen
    assert seen["criteria"][0]["answered"]["comment"] == "با سلام شروع کن"
    items = [{"criterion": "greeting", "wanted": "yes", "reason": "من که سلام کردم"}, {"criterion": "tone", "wanted": "no", "reason": "x"}]
    problem(people.answer("sara", "POST", f"/scorecards/{card}/disputes", {"items": [items[0] | {"reason": "\0"}]}), 422, "invalid_request")
    made = people("sara", "POST", f"/scorecards/{card}/disputes", {"items": items}, status=201)
    problem(people.answer("lena", "POST", f"/scorecards/{card}/reopen", {"reason": "x"}), 409, "conflict")
    rulings = [
        {"criterion": "greeting", "outcome": "accepted", "words": "بله"}, {"criterion": "tone", "outcome": "rejected", "words": "no"},
    ]  # fmt: skip
    at = f"/disputes/{made['id']}"
    problem(people.answer("rita", "POST", f"{at}/decide", {"rulings": rulings}), 403, "permission_denied")
    people("lena", "POST", f"{at}/route", {"handler": "omid"})
    done = people("omid", "POST", f"{at}/decide", {"rulings": rulings})
    assert (done["outcome"], people("sara", "GET", f"/scorecards/{done['successor']}")["score"]) == ("partly", 100.0)
    return str(done["successor"])


def opens_again(people: People, problem: Problem, card: str) -> str:
    problem(people.answer("rita", "POST", f"/scorecards/{card}/reopen", {"reason": "x"}), 403, "permission_denied")
    version = str(people("lena", "POST", f"/scorecards/{card}/reopen", {"reason": "دوباره گوش کنید"}, status=201)["id"])
    problem(people.answer("sara", "GET", f"/scorecards/{version}"), 404, "not_found")
    people("omid", "POST", f"/scorecards/{version}/claim")
    people.save("omid", version, {"criterion": "apology", "answer": "no", "reason": "سرسری بود"})
    assert people.finish("omid", version)["version"] == 2
    return version


def figures_follow(people: People) -> None:
    """Accuracy from the two blind ones alone; what the decision of the dispute made is no review of whoever decided."""
    found = {one["criterion"]: one for one in people("lena", "GET", "/accuracy?rubric=chat-small")["items"]}
    audited, left = found["greeting"]["audited"], found["greeting"]["anchoring"]["untouched"]
    assert (audited["answers"], audited["accuracy"]["value"], left["n"], left["value"]) == (2, 1.0, 2, 0.0)
    rita, omid = (people("lena", "GET", f"/reviewers/{who}") for who in ("rita", "omid"))
    assert (rita["done"], rita["done_blind"], rita["overridden"]["n"], rita["overridden"]["value"]) == (4, 2, 4, 0.5)
    assert (omid["done"], omid["overridden"]["n"]) == (1, 0)


def nothing_is_lost(people: People, problem: Problem, cards: list[str]) -> None:
    """Every version gives its score again from the ledger, before and after a customer's words were erased; the chain stays whole."""
    head = people("lena", "GET", "/audit/head")["anchor"]

    def replayed() -> list[tuple[bool, float, str]]:
        found = (people("lena", "GET", f"/scorecards/{card}/replay") for card in cards)
        return [(one["identical"], one["stored_score"], one["read"]["outcome"]) for one in found]

    before = replayed()
    assert {(identical, outcome) for identical, _, outcome in before} == {(True, "identical")}
    gone = people("lena", "GET", f"/scorecards/{cards[0]}")["interaction"]["id"]
    people("admin", "POST", f"/interactions/{gone}/erase", {"reason": "درخواست مشتری"})
    after = replayed()
    assert [one[:2] for one in after] == [one[:2] for one in before]
    assert [one[2] for one in after].count("erased") == 2
    problem(people.answer("rita", "GET", f"/interactions/{gone}/transcript"), 410, "erased")
    (latest,) = [one for one in people("sara", "GET", "/scorecards")["items"] if one["interaction"]["id"] == gone]
    objection = {"items": [{"criterion": "tone", "reason": "x"}]}
    problem(people.answer("sara", "POST", f"/scorecards/{latest['id']}/disputes", objection), 410, "erased")
    verified = people("lena", "GET", f"/audit/verify?head={head}")
    assert (verified["valid"], verified["emptied"] > 0) == (True, True)
