"""Replays: what the acts give, in today's words and in those of the first versions, and every place where something else is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.ledger import GENESIS, LedgerEntry
from qa_service.domain.replay import Differing, replay
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft, score

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORM: dict[str, Any] = {
    "rubric": "phone-support", "version": 1, "channel": "phone", "title": "Phone",
    "sections": [
        {
            "id": "all", "title": "All", "weight": 1,
            "criteria": [
                {"id": "greeting", "question": "Greeted?", "weight": 2},
                {"id": "identity", "question": "Identity checked?", "weight": 1, "severity": "compliance"},
                {"id": "helped", "question": "Helped?", "weight": 1},
            ],
        }
    ],
}
SUGGESTED = {"greeting": "no", "identity": "yes", "helped": "undecided"}
#: 0 of 2, 1 of 1; then with help; then with a greeting, too.
DRAFT, HELPED, ALL = 33_333, 50_000, 100_000


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return Rubric.model_validate(FORM)


def card(rubric: Rubric, *, identifier: str = "s1", status: Status = Status.DRAFT, suggested: Any = None, **answers: str) -> Scorecard:
    suggestions = {name: Suggestion(answer=one, confidence=0.8, why="said") for name, one in (suggested or SUGGESTED).items()}
    given = {name: Answer(answer=answer, by="rita") for name, answer in answers.items()}
    made = draft(
        rubric, interaction=InteractionRef(id="c1", channel=Channel.PHONE), engine=Engines(analysis="rules/1"), suggestions=suggestions,
        answers=given,
    )
    return made.model_copy(update={"id": identifier, "status": status})


def history(rubric: Rubric, *acts: tuple[str, dict[str, Any] | None], subject: str = "scorecard/s1") -> list[LedgerEntry]:
    """Entries about one thing; the first is the suggestion, unless told."""
    made = {"suggestions": SUGGESTED, "rubric": {"fingerprint": rubric.fingerprint}, "score": DRAFT}
    return [
        LedgerEntry(
            sequence=number, at=AT + timedelta(minutes=number), actor="rita", action=action, subject=subject,
            content=made if content == {} else content, previous=GENESIS, hash=GENESIS,
        )
        for number, (action, content) in enumerate(acts, start=1)
    ]


SUGGEST = ("scorecard.suggested", dict[str, Any]())


def test_a_draft(rubric: Rubric) -> None:
    found = replay(card(rubric), rubric, first="s1", history=history(rubric, SUGGEST))
    assert (found.entries, found.erased_by, found.score, found.differences) == ((1,), None, DRAFT, ())


def test_answers_as_the_first_versions_wrote_them(rubric: Rubric) -> None:
    acts = (
        SUGGEST, ("scorecard.claimed", {"revision": 2}),
        ("scorecard.answered", {"answers": [{"criterion": name, "answer": "yes"} for name in ("helped", "greeting")], "score": ALL}),
        ("scorecard.answered", {"answers": [{"criterion": "greeting", "answer": None}], "score": HELPED}),
        (
            "scorecard.finalized",
            {"answers": {"greeting": "no", "identity": "yes", "helped": "yes"}, "score": HELPED, "rubric": rubric.fingerprint},
        ),
    )
    final = card(rubric, status=Status.FINAL, greeting="no", identity="yes", helped="yes")
    found = replay(final, rubric, first="s1", history=history(rubric, *acts))
    assert (found.entries, found.score, found.differences) == ((1, 3, 4, 5), HELPED, ())


def test_answers_taken_back_and_given_again(rubric: Rubric) -> None:
    given = {"changes": [{"criterion": "helped", "after": {"answer": "yes", "by": "rita", "reason": "he said so"}}], "score": HELPED}
    back = {"of": 2, "changes": [{"criterion": "helped", "before": {"answer": "yes", "by": "rita"}}], "score": DRAFT}
    acts = (SUGGEST, ("scorecard.answered", given), ("scorecard.undone", back), ("scorecard.redone", given))
    entries = history(rubric, *acts)
    for end, stored in ((2, card(rubric, helped="yes")), (3, card(rubric)), (4, card(rubric, helped="yes"))):
        assert replay(stored, rubric, first="s1", history=entries[:end]).differences == ()


def test_a_version_that_was_opened_again(rubric: Rubric) -> None:
    opened = {"answers": {"helped": "yes", "greeting": {"answer": "yes", "by": "rita"}}, "score": ALL}
    entries = [*history(rubric, SUGGEST), *history(rubric, ("scorecard.opened", opened), subject="scorecard/s2")]
    stored = card(rubric, identifier="s2", helped="yes", greeting="yes")
    assert replay(stored, rubric, first="s1", history=entries).differences == ()


def test_what_an_erasure_kept(rubric: Rubric) -> None:
    kept = {
        "suggestions": SUGGESTED, "answers": {"greeting": "no", "identity": "yes", "helped": "yes"}, "score": HELPED, "status": "final",
        "rubric": {"fingerprint": rubric.fingerprint},
    }
    acts = (("scorecard.suggested", None), ("scorecard.finalized", None), ("interaction.erased", {"emptied": [1, 2], "kept": {"s1": kept}}))
    final = card(rubric, status=Status.FINAL, greeting="no", identity="yes", helped="yes")
    found = replay(final, rubric, first="s1", history=history(rubric, *acts))
    assert (found.entries, found.erased_by, found.differences) == ((3,), 3, ())
    assert replay(final, rubric, first="s1", history=history(rubric, *acts[:2])).differences != ()


@pytest.mark.parametrize(
    ("entries", "stored", "place"),
    [
        ((), {}, "suggestions"),
        ((SUGGEST,), {"suggested": {**SUGGESTED, "greeting": "yes"}}, "greeting.suggestion"),
        ((SUGGEST,), {"helped": "yes"}, "helped.answer"),
        ((SUGGEST,), {"status": Status.FINAL}, "status"),
        ((("scorecard.suggested", {"suggestions": SUGGESTED, "rubric": {"fingerprint": "x"}, "score": DRAFT}),), {}, "entry 1: rubric"),
        ((("scorecard.suggested", {"suggestions": SUGGESTED, "rubric": {"fingerprint": None}, "score": 1}),), {}, "entry 1: score"),
        (
            (SUGGEST, ("scorecard.answered", {"changes": [{"criterion": "helped", "before": "no", "after": "yes"}], "score": HELPED})),
            {"helped": "yes"}, "entry 2: helped",
        ),
        (
            (SUGGEST, ("scorecard.finalized", {"answers": {"greeting": "yes", "identity": "yes", "helped": "yes"}, "score": ALL})),
            {"greeting": "yes", "identity": "yes", "helped": "yes", "status": Status.FINAL}, "entry 2: greeting",
        ),
    ],
)
def test_whatever_does_not_follow_is_named(rubric: Rubric, entries: Any, stored: dict[str, Any], place: str) -> None:
    found = replay(card(rubric, **stored), rubric, first="s1", history=history(rubric, *entries))
    assert place in [one.place for one in found.differences]


@pytest.mark.parametrize(
    ("changes", "place", "ledger", "kept"),
    [
        ({"score": 50_001}, "score", 50.0, 50.001),
        ({"raw_score": None}, "raw_score", 50.0, None),
        ({"passed": True}, "passed", False, True),
        ({"undecided": 1}, "undecided", 0, 1),
        ({"critical_misses": ("identity",)}, "critical_misses", [], ["identity"]),
        ({"sections": ()}, "sections", [{"id": "all", "score": 50.0}], []),
    ],
)
def test_figures_that_were_changed_are_named(rubric: Rubric, changes: dict[str, Any], place: str, ledger: Any, kept: Any) -> None:
    final = score(card(rubric, status=Status.FINAL, greeting="no", identity="yes", helped="yes"), rubric)
    told = {"answers": {"greeting": "no", "identity": "yes", "helped": "yes"}, "score": HELPED}
    acts = (SUGGEST, ("scorecard.answered", {"answers": [{"criterion": "helped", "answer": "yes"}]}), ("scorecard.finalized", told))
    found = replay(final.model_copy(update=changes), rubric, first="s1", history=history(rubric, *acts))
    assert found.differences == (Differing(place=place, ledger=ledger, stored=kept),)
