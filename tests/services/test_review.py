"""Review: who holds a scorecard, what an answer needs, and that final is final."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from qa_service.domain.evidence import Evidence
from qa_service.domain.review import GivenAnswer
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.domain.transcript import Speaker
from qa_service.errors import AnswerError, ClaimError, ConflictError, NotFoundError, StaleVersionError, UndecidedError
from qa_service.services.review import CLAIM, Reviewing

HELPED = GivenAnswer(criterion="helped", answer="yes")
NUMBERS = count()


@pytest.fixture
def card(shop: Any, write_chat: Any, tmp_path: Any) -> Scorecard:
    """A fresh draft: greeting no, manners yes, helped undecided."""
    identifier = f"r-{next(NUMBERS)}"
    (row,) = shop.score(write_chat(tmp_path, identifier, "Good day, I am Sara.", "My lamp broke.", "Bring it back, any day."))
    assert {one.id: one.effective for one in row.scorecard.criteria} == {"greeting": "no", "manners": "yes", "helped": "undecided"}
    return row.scorecard  # type: ignore[no-any-return]


@pytest.fixture
def desk(shop: Any) -> Reviewing:
    return shop.services.reviewing  # type: ignore[no-any-return]


def acts(shop: Any, card: Scorecard) -> list[str]:
    with shop.services.database.reading() as unit:
        return [entry.action.removeprefix("scorecard.") for entry in unit.ledger.entries(subject=f"scorecard/{card.id}")]


def test_from_draft_to_final(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    claimed = desk.claim(card.id, reviewer="rita", expected=card.revision)
    assert (claimed.status, claimed.reviewer) == (Status.IN_REVIEW, "rita")
    override = GivenAnswer(criterion="greeting", answer="yes", reason="'Good day' greets")
    answered = desk.answer(card.id, [HELPED, override], reviewer="rita", expected=claimed.revision)
    assert (answered.score, answered.undecided) == (100_000, 0)
    final = desk.finalize(card.id, reviewer="rita", expected=answered.revision)
    assert (final.status, final.score) == (Status.FINAL, 100_000)
    assert {one.id: one.answer for one in final.criteria} == {"greeting": "yes", "manners": "yes", "helped": "yes"}
    suggested = {one.id: one.suggestion.answer for one in final.criteria}
    assert suggested == {"greeting": "no", "manners": "yes", "helped": "undecided"}, "what the machine said stays beside it"
    assert all(one.answered.by == "rita" for one in final.criteria)
    assert acts(shop, card) == ["suggested", "claimed", "answered", "finalized"]
    assert shop.services.audit.verify().valid


def test_undecided_is_refused_naming_the_criteria(desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, reviewer="rita")
    with pytest.raises(UndecidedError) as caught:
        desk.finalize(card.id, reviewer="rita", expected=None)
    assert caught.value.criteria == ("helped",)


@pytest.mark.parametrize("act", ["claim", "answer", "finalize"])
def test_stale_revision_changes_nothing(shop: Any, desk: Reviewing, card: Scorecard, act: str) -> None:
    desk.claim(card.id, reviewer="rita")
    desk.answer(card.id, [HELPED], reviewer="rita", expected=None)
    before = (shop.services.scorecards.get(card.id), acts(shop, card))
    calls: dict[str, Callable[[], object]] = {
        "claim": lambda: desk.claim(card.id, reviewer="rita", expected=card.revision),
        "answer": lambda: desk.answer(card.id, [HELPED], reviewer="rita", expected=card.revision),
        "finalize": lambda: desk.finalize(card.id, reviewer="rita", expected=card.revision),
    }
    with pytest.raises(StaleVersionError, match="changed meanwhile"):
        calls[act]()
    assert (shop.services.scorecards.get(card.id), acts(shop, card)) == before


def test_nobody_answers_what_another_holds(desk: Reviewing, card: Scorecard) -> None:
    with pytest.raises(ClaimError, match="have not claimed"):
        desk.answer(card.id, [HELPED], reviewer="omid", expected=None)
    desk.claim(card.id, reviewer="rita")
    with pytest.raises(ClaimError, match="rita"):
        desk.claim(card.id, reviewer="omid")
    with pytest.raises(ClaimError, match="rita holds it"):
        desk.answer(card.id, [HELPED], reviewer="omid", expected=None)
    with pytest.raises(ClaimError, match="rita holds it"):
        desk.finalize(card.id, reviewer="omid", expected=None)
    with pytest.raises(ClaimError):
        desk.release(card.id, reviewer="omid")


def test_released_keeps_answers_for_the_next(desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, reviewer="rita")
    desk.answer(card.id, [HELPED], reviewer="rita", expected=None)
    released = desk.release(card.id, reviewer="rita")
    assert (released.status, released.reviewer) == (Status.DRAFT, None)
    taken = desk.claim(card.id, reviewer="omid")
    assert taken.criterion("helped").answered.by == "rita"  # type: ignore[union-attr]
    assert desk.finalize(card.id, reviewer="omid", expected=taken.revision).reviewer == "omid"


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_override_needs_a_reason(desk: Reviewing, card: Scorecard, reason: str | None) -> None:
    desk.claim(card.id, reviewer="rita")
    with pytest.raises(AnswerError, match="suggested as 'no': say why it is 'yes'"):
        desk.answer(card.id, [GivenAnswer(criterion="greeting", answer="yes", reason=reason)], reviewer="rita", expected=None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (GivenAnswer(criterion="greting", answer="yes"), r"no criterion 'greting' \(did you mean 'greeting'"),
        (GivenAnswer(criterion="helped", answer="maybe"), "one of: yes, no, not_applicable"),
        (GivenAnswer(criterion="helped", answer="undecided"), "'undecided' is no answer"),
    ],
)
def test_answer_outside_the_form_saves_nothing(shop: Any, desk: Reviewing, card: Scorecard, given: GivenAnswer, told: str) -> None:
    claimed = desk.claim(card.id, reviewer="rita")
    with pytest.raises(AnswerError, match=told):
        desk.answer(card.id, [GivenAnswer(criterion="manners", answer="yes"), given], reviewer="rita", expected=None)
    assert shop.services.scorecards.get(card.id) == claimed


def test_answer_is_taken_back(desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, reviewer="rita")
    desk.answer(card.id, [HELPED], reviewer="rita", expected=None)
    back = desk.answer(card.id, [GivenAnswer(criterion="helped", answer=None)], reviewer="rita", expected=None)
    assert (back.undecided, back.criterion("helped").answered) == (1, None)  # type: ignore[union-attr]


def quoting(quote: str, turn: int | None) -> GivenAnswer:
    piece = Evidence(turn=turn, quote=quote, rule="made up", confidence=0.1, start_ms=7, speaker=Speaker.CUSTOMER)
    return HELPED.model_copy(update={"evidence": (piece,)})


@pytest.mark.parametrize("turn", [2, None])
def test_quote_is_found_in_the_transcript_and_told_with_its_place(desk: Reviewing, card: Scorecard, turn: int | None) -> None:
    desk.claim(card.id, reviewer="rita")
    answered = desk.answer(card.id, [quoting("Bring it back", turn)], reviewer="rita", expected=None)
    (piece,) = answered.criterion("helped").answered.evidence  # type: ignore[union-attr]
    assert (piece.turn, piece.speaker, piece.quote, piece.rule, piece.confidence) == (2, "agent", "Bring it back", "reviewer", 1.0)
    assert (piece.start, piece.end, piece.start_ms) == (0, 13, None)


@pytest.mark.parametrize(
    ("quote", "turn", "told"),
    [
        ("bring it back", 2, "turn 2 does not say 'bring it back'.*verbatim"),
        ("Bring it back", 0, "turn 0 does not say"),
        ("Bring it back", 3, r"there is no turn 3 \(turns are numbered 0 to 2\)"),
        ("", 9, "there is no turn 9"),
        ("Throw it away", None, "nobody says 'Throw it away'"),
    ],
)
def test_quote_that_nobody_said_is_refused(desk: Reviewing, card: Scorecard, quote: str, turn: int | None, told: str) -> None:
    desk.claim(card.id, reviewer="rita")
    with pytest.raises(AnswerError, match=told):
        desk.answer(card.id, [quoting(quote, turn)], reviewer="rita", expected=None)


def test_final_is_final(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, reviewer="rita")
    desk.answer(card.id, [HELPED], reviewer="rita", expected=None)
    final = desk.finalize(card.id, reviewer="rita", expected=None)
    for call in (
        lambda: desk.claim(card.id, reviewer="rita"),
        lambda: desk.answer(card.id, [GivenAnswer(criterion="helped", answer="no", reason="really")], reviewer="rita", expected=None),
        lambda: desk.finalize(card.id, reviewer="rita", expected=None),
        lambda: desk.release(card.id, reviewer="rita"),
    ):
        with pytest.raises(ConflictError):
            call()
    assert shop.services.scorecards.get(card.id) == final


def test_unknown_scorecard(desk: Reviewing) -> None:
    for call in (
        lambda: desk.claim("nobody", reviewer="rita"),
        lambda: desk.release("nobody", reviewer="rita"),
        lambda: desk.answer("nobody", [HELPED], reviewer="rita", expected=None),
        lambda: desk.finalize("nobody", reviewer="rita", expected=None),
    ):
        with pytest.raises(NotFoundError, match="nobody"):
            call()


def test_claim_ends_unless_its_holder_acts(shop: Any, card: Scorecard) -> None:
    now = [datetime(2027, 1, 4, 9, tzinfo=UTC)]
    desk = Reviewing(database=shop.services.database, clock=lambda: now[0])
    desk.claim(card.id, reviewer="rita")
    now[0] += CLAIM - timedelta(seconds=1)
    desk.answer(card.id, [HELPED], reviewer="rita", expected=None)
    now[0] += CLAIM - timedelta(seconds=1)
    with pytest.raises(ClaimError):
        desk.claim(card.id, reviewer="omid")
    now[0] += timedelta(seconds=1)
    assert desk.claim(card.id, reviewer="omid").reviewer == "omid"
    with pytest.raises(ClaimError, match="omid holds it"):
        desk.answer(card.id, [HELPED], reviewer="rita", expected=None)
