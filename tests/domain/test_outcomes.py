"""Outcomes by hand: what the machine's answers, and people's, give to each item of a form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.interaction import Channel
from qa_service.domain.moments import ItemKind, Moments, Outcome
from qa_service.domain.outcomes import Figures, Seen, Told, by_people, items, outcomes, pack_seen, pack_told, seen, told, unpack
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft, score

FORM = {
    "rubric": "chat-support", "version": 1, "channel": "chat", "title": "Chat",
    "settings": {"auto_fail": "cap", "auto_fail_cap": 60},
    "sections": [
        {
            "id": "opening", "title": "Opening", "weight": 1,
            "criteria": [
                {"id": "greeting", "question": "Greeted?", "weight": 2},
                {
                    "id": "tone", "question": "Tone?", "weight": 1,
                    "options": [
                        {"id": "warm", "title": "Warm", "value": 1}, {"id": "flat", "title": "Flat", "value": 0.25},
                        {"id": "cold", "title": "Cold", "value": 0},
                    ],
                },
            ],
        },
        {
            "id": "closing", "title": "Closing", "weight": 3,
            "criteria": [
                {"id": "identity", "question": "Identity?", "weight": 4, "severity": "compliance"},
                {"id": "why", "question": "Told why not?", "weight": 1, "asked_when": {"identity": "no"}},
                {"id": "extra", "question": "More?", "weight": 5, "bonus": True},
            ],
        },
    ],
}  # fmt: skip
RUBRIC = Rubric.model_validate(FORM)
NAMES = [f"{one.kind.value} {one.id}".strip() for one in items(RUBRIC)]
ABSTAINS, CLOSED = Seen(0.5, 1, 1), Seen(0, 0)


def by_name(found: Any) -> dict[str, Any]:
    return dict(zip(NAMES, found, strict=True))


def card(answers: dict[str, str] | None = None, *, status: Status = Status.DRAFT, automatic: bool = False, **heard: str) -> Scorecard:
    suggestions = {name: Suggestion(answer=answer, confidence=0.9, why="said") for name, answer in heard.items()}
    reference = InteractionRef(id="c-1", channel=Channel.CHAT, agent="a1", language="en")
    made = draft(RUBRIC, interaction=reference, engine=Engines(analysis="x"), suggestions=suggestions)
    given_ = {name: Answer(answer=answer, by="rita") for name, answer in (answers or {}).items()}
    return score(made.answering(given_), RUBRIC).model_copy(update={"status": status, "automatic": automatic})


def test_the_items_of_a_form() -> None:
    """A bonus is none: nobody misses it."""
    assert NAMES == ["total", "section opening", "section closing", "criterion greeting", "criterion tone", "criterion identity",
                     "criterion why"]  # fmt: skip
    assert {one.rubric for one in items(RUBRIC)} == {"chat-support"}


SEEN = {
    # Opening (2 + 0.25) / 3 = 75 %, closing 100 %: (75 + 3 x 100) / 4 = 93.75.
    "all decided": (
        {"greeting": "yes", "tone": "flat", "identity": "yes", "extra": "no"},
        {"total": (0.9375, 1), "section opening": (0.75, 1), "section closing": (1, 1), "criterion greeting": (1, 1),
         "criterion tone": (0.25, 1), "criterion identity": (1, 1), "criterion why": CLOSED},
    ),
    # The bonus lifts 93.75 to 98.75.
    "a bonus": ({"greeting": "yes", "tone": "flat", "identity": "yes", "extra": "yes"}, {"total": (0.9875, 1), "section closing": (1, 1)}),
    # Closing 0 of 5 points, and the critical miss caps the total, which is (100 + 0) / 4 = 25 anyway.
    "a critical miss": (
        {"greeting": "yes", "tone": "warm", "identity": "no", "why": "no"},
        {"total": (0.25, 1), "section closing": (0, 1), "criterion identity": (0, 1), "criterion why": (0, 1)},
    ),
    # What it asks is undecided while that is; the total is of what is decided.
    "partly undecided": (
        {"greeting": "yes", "tone": "undecided", "identity": "undecided"},
        {"total": (1, 1), "section opening": (1, 1), "section closing": ABSTAINS, "criterion tone": ABSTAINS, "criterion why": ABSTAINS},
    ),
    "nothing said": ({}, dict.fromkeys(NAMES, ABSTAINS)),
    "no such option": ({"greeting": "perhaps"}, {"criterion greeting": ABSTAINS}),
    "no opportunity at all": (dict.fromkeys((one.id for one in RUBRIC.criteria), "not_applicable"), dict.fromkeys(NAMES, CLOSED)),
    "no opportunity in a section": (
        {"greeting": "not_applicable", "tone": "not_applicable", "identity": "yes"}, {"section opening": CLOSED, "total": (1, 1)}
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "wanted"), SEEN.values(), ids=SEEN.keys())
def test_what_the_machine_sees(answers: dict[str, str], wanted: dict[str, Any]) -> None:
    found = by_name(seen(RUBRIC, answers))
    assert {name: found[name] for name in wanted} == {name: Seen(*one) for name, one in wanted.items()}


def test_what_people_answered_is_told_beside_it() -> None:
    """The machine's part stays as its suggestions have it."""
    heard = {"greeting": "yes", "tone": "undecided", "identity": "yes"}
    done = card({"greeting": "no", "tone": "cold", "identity": "no", "why": "not_applicable"}, status=Status.FINAL, **heard)
    found = by_name(outcomes(done, RUBRIC, weight=8))
    assert found["criterion greeting"] == Outcome(expected=1, open=1, abstains=0, met=0, asked=1, weight=8)
    assert found["criterion tone"] == Outcome(expected=0.5, open=1, abstains=1, met=0, asked=1, weight=8)
    assert found["criterion why"] == Outcome(expected=0, open=0, abstains=0, met=0, asked=0, weight=8)
    # The machine: opening 100 %, closing 100 %; people: nothing.
    assert found["total"] == Outcome(expected=1, open=1, abstains=0, met=0, asked=1, weight=8)


@pytest.mark.parametrize(
    ("status", "automatic", "wanted"),
    [(Status.DRAFT, False, False), (Status.IN_REVIEW, False, False), (Status.FINAL, False, True), (Status.DISPUTED, False, True),
     (Status.FINAL, True, False)],
)  # fmt: skip
def test_who_finished_it(status: Status, automatic: bool, wanted: bool) -> None:
    one = card({"greeting": "no"}, status=status, automatic=automatic, greeting="yes", tone="warm", identity="yes")
    assert by_people(one) is wanted
    assert all((outcome.met is not None) is wanted for outcome in outcomes(one, RUBRIC))


_HEARD = st.fixed_dictionaries(
    {one.id: st.sampled_from([*(option.id for option in one.options), "not_applicable", "undecided"]) for one in RUBRIC.criteria}
)
_DECIDED = st.fixed_dictionaries(
    {one.id: st.sampled_from([*(option.id for option in one.options), "not_applicable"]) for one in RUBRIC.criteria}
)


@given(heard=_HEARD, answers=_DECIDED, weight=st.floats(1, 1000))
def test_any_scorecard(heard: dict[str, str], answers: dict[str, str], weight: float) -> None:
    """What moments rely on: shares within 0 and 1, and nothing earned where nothing was asked; packed and unpacked, nothing changes."""
    found = outcomes(card(answers, status=Status.FINAL, **heard), RUBRIC, weight=weight)
    for one in found:
        assert one.met is not None
        assert 0 <= one.met <= one.asked <= 1
        assert 0 <= one.expected <= one.open <= 1
    packed = pack_seen([Seen(*one[:3]) for one in found]) + pack_told([Told(one.met or 0.0, one.asked) for one in found])
    assert unpack(packed, len(found), weight=weight) == found


@given(heard=_HEARD)
def test_a_draft_packed_and_unpacked(heard: dict[str, str]) -> None:
    found = seen(RUBRIC, heard)
    assert unpack(pack_seen(found), len(found)) == tuple(Outcome(*one) for one in found)


@given(part=st.integers(0, 16), whole=st.integers(1, 16), thousandths=st.integers(0, 100_000))
def test_shares_come_out_as_they_went_in(part: int, whole: int, thousandths: int) -> None:
    for share in (min(part, whole) / whole, thousandths / 100_000):
        assert unpack(pack_seen([Seen(share, 1)]), 1)[0].expected == share


def test_figures_that_a_scorecard_does_not_have() -> None:
    """A criterion that the stored figures lack was not asked."""
    assert told(RUBRIC, Figures(None, {}, {})) == (Told(0, 0),) * len(NAMES)
    assert [one.kind for one in items(RUBRIC)].count(ItemKind.SECTION) == 2
    assert Moments.of(Outcome(*CLOSED, met=0.0, asked=0.0)).people == 1
