"""Review: who holds a scorecard, what an answer needs, and that final is final."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from qa_service.domain.evidence import Evidence
from qa_service.domain.permission import Actor, Role, Scope
from qa_service.domain.policy import Policy
from qa_service.domain.review import GivenAnswer, Words
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.domain.transcript import Speaker
from qa_service.domain.user import User
from qa_service.errors import (
    AnswerError,
    ClaimError,
    ConflictError,
    NotFoundError,
    OwnReviewError,
    StaleVersionError,
    UndecidedError,
)
from qa_service.services.review import Reviewing

HELPED = GivenAnswer(criterion="helped", answer="yes")
NUMBERS = count()
RITA, OMID = (Actor(id=name, role=Role.REVIEWER) for name in ("rita", "omid"))
CLAIM = timedelta(minutes=Policy().claim_minutes)


@pytest.fixture
def card(shop: Any, write_chat: Any, tmp_path: Any) -> Scorecard:
    """A fresh draft: greeting no, manners yes, helped undecided."""
    identifier = f"r-{next(NUMBERS)}"
    (row,) = shop.score(write_chat(tmp_path, identifier, "Good day, I am Sara.", "My lamp broke.", "Bring it back, any day."))
    assert {one.id: one.effective for one in row.scorecard.criteria} == {"greeting": "no", "manners": "yes", "helped": "undecided"}
    return row.scorecard  # type: ignore[no-any-return]


def content(shop: Any, card: Scorecard, action: str) -> dict[str, Any]:
    """Of the last such act, as it stands in the ledger."""
    with shop.services.database.reading() as unit:
        found = [entry for entry in unit.ledger.entries(subject=f"scorecard/{card.id}") if entry.action == f"scorecard.{action}"]
    assert found[-1].interaction == card.interaction.id, "it can be forgotten with its interaction"
    return found[-1].content  # type: ignore[no-any-return]


@pytest.fixture
def clock() -> list[datetime]:
    """The time; tests put it forward."""
    return [datetime(2027, 1, 4, 9, tzinfo=UTC)]


@pytest.fixture
def timed(shop: Any, clock: list[datetime]) -> Reviewing:
    """A desk with a clock of its own."""
    return Reviewing(database=shop.services.database, clock=lambda: clock[0])


@pytest.fixture
def blind(shop: Any, card: Scorecard) -> Scorecard:
    """The fresh draft, to be reviewed blindly."""
    with shop.services.database.unit() as unit:
        assert unit.scorecards.make_blind([card.id]) == (card.id,)
        return unit.scorecards.get(card.id)  # type: ignore[no-any-return]


def finished(desk: Reviewing, card: Scorecard, *, by: Actor = RITA) -> Scorecard:
    """The draft, answered and final."""
    desk.claim(card.id, by=by)
    desk.answer(card.id, [HELPED], by=by, expected=None)
    return desk.finalize(card.id, by=by, expected=None)


@pytest.fixture
def desk(shop: Any) -> Reviewing:
    return shop.services.reviewing  # type: ignore[no-any-return]


def acts(shop: Any, card: Scorecard) -> list[str]:
    with shop.services.database.reading() as unit:
        return [entry.action.removeprefix("scorecard.") for entry in unit.ledger.entries(subject=f"scorecard/{card.id}")]


def test_from_draft_to_final(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    claimed = desk.claim(card.id, by=RITA, expected=card.revision)
    assert (claimed.status, claimed.reviewer) == (Status.IN_REVIEW, "rita")
    override = GivenAnswer(criterion="greeting", answer="yes", reason="'Good day' greets")
    answered = desk.answer(card.id, [HELPED, override], by=RITA, expected=claimed.revision)
    assert (answered.score, answered.undecided) == (100_000, 0)
    final = desk.finalize(card.id, by=RITA, expected=answered.revision)
    assert (final.status, final.score) == (Status.FINAL, 100_000)
    assert {one.id: one.answer for one in final.criteria} == {"greeting": "yes", "manners": "yes", "helped": "yes"}
    suggested = {one.id: one.suggestion.answer for one in final.criteria}
    assert suggested == {"greeting": "no", "manners": "yes", "helped": "undecided"}, "what the machine said stays beside it"
    assert all(one.answered.by == "rita" for one in final.criteria)
    assert acts(shop, card) == ["suggested", "claimed", "answered", "finalized"]
    assert shop.services.audit.verify().valid


def test_undecided_is_refused_naming_the_criteria(desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, by=RITA)
    with pytest.raises(UndecidedError) as caught:
        desk.finalize(card.id, by=RITA, expected=None)
    assert caught.value.criteria == ("helped",)


@pytest.mark.parametrize("act", ["claim", "answer", "finalize"])
def test_stale_revision_changes_nothing(shop: Any, desk: Reviewing, card: Scorecard, act: str) -> None:
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, [HELPED], by=RITA, expected=None)
    before = (shop.services.scorecards.get(card.id), acts(shop, card))
    calls: dict[str, Callable[[], object]] = {
        "claim": lambda: desk.claim(card.id, by=RITA, expected=card.revision),
        "answer": lambda: desk.answer(card.id, [HELPED], by=RITA, expected=card.revision),
        "finalize": lambda: desk.finalize(card.id, by=RITA, expected=card.revision),
    }
    with pytest.raises(StaleVersionError, match="changed meanwhile"):
        calls[act]()
    assert (shop.services.scorecards.get(card.id), acts(shop, card)) == before


def test_nobody_answers_what_another_holds(desk: Reviewing, card: Scorecard) -> None:
    with pytest.raises(ClaimError, match="have not claimed"):
        desk.answer(card.id, [HELPED], by=OMID, expected=None)
    desk.claim(card.id, by=RITA)
    with pytest.raises(ClaimError, match="rita"):
        desk.claim(card.id, by=OMID)
    with pytest.raises(ClaimError, match="rita holds it"):
        desk.answer(card.id, [HELPED], by=OMID, expected=None)
    with pytest.raises(ClaimError, match="rita holds it"):
        desk.finalize(card.id, by=OMID, expected=None)
    with pytest.raises(ClaimError):
        desk.release(card.id, by=OMID)


def test_released_keeps_answers_for_the_next(desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, [HELPED], by=RITA, expected=None)
    released = desk.release(card.id, by=RITA)
    assert (released.status, released.reviewer) == (Status.DRAFT, None)
    taken = desk.claim(card.id, by=OMID)
    assert taken.criterion("helped").answered.by == "rita"  # type: ignore[union-attr]
    assert desk.finalize(card.id, by=OMID, expected=taken.revision).reviewer == "omid"


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_override_needs_a_reason(desk: Reviewing, card: Scorecard, reason: str | None) -> None:
    desk.claim(card.id, by=RITA)
    with pytest.raises(AnswerError, match="suggested as 'no': say why it is 'yes'"):
        desk.answer(card.id, [GivenAnswer(criterion="greeting", answer="yes", reason=reason)], by=RITA, expected=None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (GivenAnswer(criterion="greting", answer="yes"), r"no criterion 'greting' \(did you mean 'greeting'"),
        (GivenAnswer(criterion="helped", answer="maybe"), "one of: yes, no, not_applicable"),
        (GivenAnswer(criterion="helped", answer="undecided"), "'undecided' is no answer"),
    ],
)
def test_answer_outside_the_form_saves_nothing(shop: Any, desk: Reviewing, card: Scorecard, given: GivenAnswer, told: str) -> None:
    claimed = desk.claim(card.id, by=RITA)
    with pytest.raises(AnswerError, match=told):
        desk.answer(card.id, [GivenAnswer(criterion="manners", answer="yes"), given], by=RITA, expected=None)
    assert shop.services.scorecards.get(card.id) == claimed


def test_answer_is_taken_back(desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, [HELPED], by=RITA, expected=None)
    back = desk.answer(card.id, [GivenAnswer(criterion="helped", answer=None)], by=RITA, expected=None)
    assert (back.undecided, back.criterion("helped").answered) == (1, None)  # type: ignore[union-attr]


def quoting(quote: str, turn: int | None) -> GivenAnswer:
    piece = Evidence(turn=turn, quote=quote, rule="made up", confidence=0.1, start_ms=7, speaker=Speaker.CUSTOMER)
    return HELPED.model_copy(update={"evidence": (piece,)})


@pytest.mark.parametrize("turn", [2, None])
def test_quote_is_found_in_the_transcript_and_told_with_its_place(desk: Reviewing, card: Scorecard, turn: int | None) -> None:
    desk.claim(card.id, by=RITA)
    answered = desk.answer(card.id, [quoting("Bring it back", turn)], by=RITA, expected=None)
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
    desk.claim(card.id, by=RITA)
    with pytest.raises(AnswerError, match=told):
        desk.answer(card.id, [quoting(quote, turn)], by=RITA, expected=None)


def test_final_is_final(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, [HELPED], by=RITA, expected=None)
    final = desk.finalize(card.id, by=RITA, expected=None)
    for call in (
        lambda: desk.claim(card.id, by=RITA),
        lambda: desk.answer(card.id, [GivenAnswer(criterion="helped", answer="no", reason="really")], by=RITA, expected=None),
        lambda: desk.finalize(card.id, by=RITA, expected=None),
        lambda: desk.release(card.id, by=RITA),
    ):
        with pytest.raises(ConflictError):
            call()
    assert shop.services.scorecards.get(card.id) == final


def test_unknown_scorecard(desk: Reviewing) -> None:
    for call in (
        lambda: desk.claim("nobody", by=RITA),
        lambda: desk.release("nobody", by=RITA),
        lambda: desk.answer("nobody", [HELPED], by=RITA, expected=None),
        lambda: desk.finalize("nobody", by=RITA, expected=None),
    ):
        with pytest.raises(NotFoundError, match="nobody"):
            call()


def test_claim_ends_unless_its_holder_acts(timed: Reviewing, clock: list[datetime], card: Scorecard) -> None:
    timed.claim(card.id, by=RITA)
    clock[0] += CLAIM - timedelta(seconds=1)
    timed.answer(card.id, [HELPED], by=RITA, expected=None)
    clock[0] += CLAIM - timedelta(seconds=1)
    with pytest.raises(ClaimError):
        timed.claim(card.id, by=OMID)
    clock[0] += timedelta(seconds=1)
    assert timed.claim(card.id, by=OMID).reviewer == "omid"
    with pytest.raises(ClaimError, match="omid holds it"):
        timed.answer(card.id, [HELPED], by=RITA, expected=None)
    with pytest.raises(ClaimError, match="omid holds it"):
        timed.finalize(card.id, by=RITA, expected=None)


@pytest.mark.parametrize("act", ["answer", "undo", "claim"])
def test_an_expired_claim_that_nobody_took_goes_on_with_the_next_act(
    timed: Reviewing, clock: list[datetime], card: Scorecard, act: str
) -> None:
    timed.claim(card.id, by=RITA)
    timed.answer(card.id, [HELPED], by=RITA, expected=None)
    clock[0] += 3 * CLAIM
    acts: dict[str, Callable[[], object]] = {
        "answer": lambda: timed.answer(card.id, [HELPED], by=RITA, expected=None),
        "undo": lambda: timed.undo(card.id, by=RITA),
        "claim": lambda: timed.claim(card.id, by=RITA),
    }
    acts[act]()
    clock[0] += CLAIM - timedelta(seconds=1)
    with pytest.raises(ClaimError, match="held by 'rita'"):
        timed.claim(card.id, by=OMID)


def test_the_policy_says_how_long_a_claim_holds(shop: Any, timed: Reviewing, clock: list[datetime], card: Scorecard) -> None:
    with shop.services.database.unit() as unit:
        stored = unit.policies.newest()
        unit.policies.save(stored.policy.model_copy(update={"claim_minutes": 2}), expected=stored.version, by="lead", at=clock[0])
    timed.claim(card.id, by=RITA)
    with shop.services.database.reading() as unit:
        assert unit.scorecards.claim_of(card.id).expires_at == clock[0] + timedelta(minutes=2)
    with shop.services.database.unit() as unit:
        unit.policies.save(stored.policy, expected=stored.version + 1, by="lead", at=clock[0])


def test_each_save_makes_one_revision_and_a_longer_claim_none(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    claimed = desk.claim(card.id, by=RITA, expected=1)
    assert claimed.revision == 2
    assert desk.claim(card.id, by=RITA, expected=2) == claimed
    assert content(shop, card, "claimed")["renewed"] is True
    for number in range(3, 6):
        saved = desk.answer(card.id, [HELPED], by=RITA, expected=number - 1)
        assert saved.revision == number
        assert shop.services.scorecards.get(card.id) == saved, "what is answered is what is stored"
    assert desk.finalize(card.id, by=RITA, expected=5).revision == 6


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.QA_LEAD, Role.ADMIN])
def test_nobody_reviews_themselves(shop: Any, desk: Reviewing, card: Scorecard, role: Role) -> None:
    myself = Actor(id="sara", role=role, agent="a1")
    assert card.interaction.agent == "a1"
    desk.claim(card.id, by=RITA)
    for call in (
        lambda: desk.claim(card.id, by=myself),
        lambda: desk.answer(card.id, [HELPED], by=myself, expected=None),
        lambda: desk.undo(card.id, by=myself),
        lambda: desk.redo(card.id, by=myself),
        lambda: desk.finalize(card.id, by=myself, expected=None),
        lambda: desk.reopen(card.id, by=myself, reason="I was better than that"),
    ):
        with pytest.raises(OwnReviewError, match="about yourself"):
            call()
    assert acts(shop, card) == ["suggested", "claimed"]


def test_words_for_the_agent_and_notes_are_kept_with_every_answer(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, by=RITA)
    told = HELPED.model_copy(update={"comment": "دستت درد نکند", "note": "ask her team lead"})
    words = Words(comment="A calm chat", note="third this week")
    saved = desk.answer(card.id, [told], by=RITA, expected=None, words=words)
    assert shop.services.scorecards.get(card.id) == saved
    given = saved.criterion("helped").answered  # type: ignore[union-attr]
    assert (given.comment, given.note) == ("دستت درد نکند", "ask her team lead")  # type: ignore[union-attr]
    only = desk.answer(card.id, [], by=RITA, expected=None, words=Words(note=None))
    assert (only.comment, only.note, only.criteria) == ("A calm chat", None, saved.criteria)
    assert content(shop, card, "answered")["words_before"] == {"comment": "A calm chat", "note": "third this week"}


def test_the_ledger_tells_every_answer_before_and_after(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, [quoting("Bring it back", 2)], by=RITA, expected=None)
    (first,) = content(shop, card, "answered")["changes"]
    assert "before" not in first
    assert (first["after"]["answer"], first["after"]["by"], first["after"]["evidence"][0]["quote"]) == ("yes", "rita", "Bring it back")
    saved = desk.answer(card.id, [GivenAnswer(criterion="helped", answer="no", reason="he was not")], by=RITA, expected=None)
    told = content(shop, card, "answered")
    (second,) = told["changes"]
    assert (second["before"], second["after"]["reason"]) == (first["after"], "he was not")
    assert (told["revision"], told["score"], told["rubric"]) == (saved.revision, saved.score, card.rubric.fingerprint)


def test_the_ledger_tells_who_gave_each_final_answer(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    final = finished(desk, card)
    told = content(shop, card, "finalized")
    assert told["answers"] == {"greeting": "no", "manners": "yes", "helped": "yes"}
    assert (told["given"]["greeting"], told["given"]["manners"], told["given"]["helped"]["by"]) == ("accepted", "accepted", "rita")
    assert told["suggestions"] == {"greeting": "no", "manners": "yes", "helped": "undecided"}
    assert (told["rubric"], told["engine"], told["version"]) == (card.rubric.fingerprint, card.engine.model_dump(), 1)
    assert (told["score"], told["sections"]) == (final.score, {one.id: one.score for one in final.sections})
    assert (told["blind"], told["automatic"], told["reviewer"], told["agent"]) == (False, False, "rita", "a1")


def test_saves_are_taken_back_and_given_again(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    claimed = desk.claim(card.id, by=RITA)
    first = desk.answer(card.id, [HELPED], by=RITA, expected=None, words=Words(comment="x"))
    second = desk.answer(card.id, [HELPED.model_copy(update={"answer": "no"})], by=RITA, expected=None)

    def like(one: Scorecard, other: Scorecard) -> bool:
        return one == other.model_copy(update={"revision": one.revision})

    assert like(desk.undo(card.id, by=RITA, expected=second.revision), first)
    assert like(desk.undo(card.id, by=RITA), claimed)
    with pytest.raises(ConflictError, match="nothing to be taken back"):
        desk.undo(card.id, by=RITA)
    assert like(desk.redo(card.id, by=RITA), first)
    again = desk.redo(card.id, by=RITA)
    assert like(again, second)
    assert shop.services.scorecards.get(card.id) == again
    assert acts(shop, card) == ["suggested", "claimed", "answered", "answered", "undone", "undone", "redone", "redone"]
    assert content(shop, card, "redone")["of"] == second.revision
    with pytest.raises(StaleVersionError):
        desk.undo(card.id, by=RITA, expected=second.revision)
    desk.finalize(card.id, by=RITA, expected=None)
    with pytest.raises(ClaimError, match="is final"):
        desk.undo(card.id, by=RITA)


def test_the_next_reviewer_sees_the_answers_and_cannot_take_them_back(desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, [HELPED], by=RITA, expected=None)
    desk.release(card.id, by=RITA)
    taken = desk.claim(card.id, by=OMID)
    assert taken.criterion("helped").answered.by == "rita"  # type: ignore[union-attr]
    with pytest.raises(ConflictError, match="the last save is rita's"):
        desk.undo(card.id, by=OMID)
    desk.answer(card.id, [HELPED.model_copy(update={"answer": "no"})], by=OMID, expected=None)
    assert desk.undo(card.id, by=OMID).criteria == taken.criteria


def heard(start: int, end: int) -> GivenAnswer:
    return HELPED.model_copy(update={"evidence": (Evidence(start_ms=start, end_ms=end, rule="x"),)})


def test_a_turn_and_a_stretch_of_time_are_evidence(shop: Any, desk: Reviewing, write_call: Any, tmp_path: Any) -> None:
    said = ("Good day, I am Sara.", "My lamp broke.", "Bring it back.")
    (row,) = shop.score(write_call(tmp_path, "r-call", *said, seconds=2.0))
    card = row.scorecard
    desk.claim(card.id, by=RITA)
    pieces = (Evidence(turn=1, rule="x"), Evidence(start_ms=900, end_ms=1000, rule="x"), Evidence(start_ms=1500, end_ms=1800, rule="x"))
    saved = desk.answer(card.id, [HELPED.model_copy(update={"evidence": pieces})], by=RITA, expected=None)
    found = saved.criterion("helped").answered.evidence  # type: ignore[union-attr]
    assert [(one.turn, one.quote) for one in found] == [(1, "My lamp broke."), (2, "Bring it back."), (None, "")]
    for start, end in ((1900, 2100), (5, 5)):
        with pytest.raises(AnswerError, match="no stretch of this interaction"):
            desk.answer(card.id, [heard(start, end)], by=RITA, expected=None)
    assert shop.services.scorecards.get(card.id) == saved


def test_a_written_contact_has_no_times(desk: Reviewing, card: Scorecard) -> None:
    desk.claim(card.id, by=RITA)
    with pytest.raises(AnswerError, match="a chat contact has no times"):
        desk.answer(card.id, [heard(0, 5)], by=RITA, expected=None)


def test_a_blind_review_takes_the_persons_own_answers_only(shop: Any, desk: Reviewing, blind: Scorecard) -> None:
    desk.claim(blind.id, by=RITA)
    assert set(desk.needed(blind.id)) == {"greeting", "manners", "helped"}
    override = GivenAnswer(criterion="greeting", answer="yes")
    desk.answer(blind.id, [HELPED, override], by=RITA, expected=None)
    with pytest.raises(UndecidedError) as caught:
        desk.finalize(blind.id, by=RITA, expected=None)
    assert caught.value.criteria == ("manners",)
    desk.answer(blind.id, [GivenAnswer(criterion="manners", answer="yes")], by=RITA, expected=None)
    assert desk.needed(blind.id) == {}
    final = desk.finalize(blind.id, by=RITA, expected=None)
    assert (final.status, final.blind) == (Status.FINAL, True)
    assert content(shop, blind, "finalized")["blind"] is True
    with shop.services.database.reading() as unit:
        assert {one.criterion for one in unit.accuracies.list(blind.rubric.id)} >= {"greeting", "manners"}


@pytest.fixture
def strict(shop: Any) -> Iterator[None]:
    """A policy under which one blind answer tells how right the machine is."""
    database, at = shop.services.database, shop.services.clock()
    with database.unit() as unit:
        before = unit.policies.newest()
        unit.policies.save(before.policy.model_copy(update={"accept_least": 1}), expected=before.version, by="lead", at=at)
    yield
    with database.unit() as unit:
        unit.policies.save(before.policy, expected=before.version + 1, by="lead", at=at)


@pytest.mark.usefixtures("strict")
def test_what_the_machine_gets_wrong_too_often_needs_a_person(
    shop: Any, desk: Reviewing, blind: Scorecard, write_chat: Any, tmp_path: Any
) -> None:
    desk.claim(blind.id, by=RITA)
    everything = [GivenAnswer(criterion=one, answer="no") for one in ("greeting", "manners", "helped")]
    desk.answer(blind.id, everything, by=RITA, expected=None)
    desk.finalize(blind.id, by=RITA, expected=None)
    (row,) = shop.score(write_chat(tmp_path, f"r-{next(NUMBERS)}", "Good day, I am Sara.", "My lamp broke.", "Bring it back, any day."))
    card = row.scorecard
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, [HELPED], by=RITA, expected=None)
    needed = desk.needed(card.id)
    assert "manners" in needed, "it said yes, and a person who did not see that said no"
    with pytest.raises(UndecidedError) as caught:
        desk.finalize(card.id, by=RITA, expected=None)
    assert caught.value.reasons == needed
    own = [GivenAnswer(criterion=one, answer=card.criterion(one).effective) for one in needed]
    desk.answer(card.id, own, by=RITA, expected=None)
    final = desk.finalize(card.id, by=RITA, expected=None)
    assert desk.needed(card.id) == {}, "nothing is needed of what is final"
    assert content(shop, final, "finalized")["given"]["manners"]["by"] == "rita"


def test_a_rubric_is_parsed_once(shop: Any, desk: Reviewing, card: Scorecard, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, [HELPED], by=RITA, expected=None)
    monkeypatch.setattr("qa_service.store.rubrics.Rubrics.by_fingerprint", lambda *_: pytest.fail("it is known"))
    desk.answer(card.id, [HELPED], by=RITA, expected=None)
    assert desk.finalize(card.id, by=RITA, expected=None).status is Status.FINAL


def test_of_many_reviewers_at_once_one_finalises_each(shop: Any, desk: Reviewing, write_chat: Any, tmp_path: Any) -> None:
    rows = [shop.score(write_chat(tmp_path, f"m-{number}", f"Good day, number {number}.", "My lamp broke."))[0] for number in range(6)]
    cards = [row.scorecard.id for row in rows]
    finals: list[tuple[str, str]] = []

    def work(who: Actor) -> None:
        for card in cards[int(who.id) % 6 :] + cards[: int(who.id) % 6]:
            with suppress(ClaimError, ConflictError):
                claimed = desk.claim(card, by=who)
                saved = desk.answer(card, [HELPED], by=who, expected=claimed.revision)
                desk.finalize(card, by=who, expected=saved.revision)
                finals.append((card, who.id))

    threads = [threading.Thread(target=work, args=(Actor(id=str(number), role=Role.REVIEWER),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(card for card, _ in finals) == sorted(cards)
    for card, who in finals:
        stored = shop.services.scorecards.get(card)
        assert (stored.status, stored.reviewer, stored.criterion("helped").answered.by) == (Status.FINAL, who, who)
        assert acts(shop, stored).count("finalized") == 1
    assert shop.services.audit.verify().valid


def beside(shop: Any, card: Scorecard) -> Scorecard:
    """A draft of the same contact and rubric by other engines."""
    other = card.model_copy(update={"id": None, "blind": False, "engine": card.engine.model_copy(update={"analysis": "older"})})
    with shop.services.database.unit() as unit:
        return unit.scorecards.add(other, at=shop.services.clock())  # type: ignore[no-any-return]


def test_a_draft_beside_one_that_is_reviewed_blindly_is_reviewed_blindly(shop: Any, desk: Reviewing, blind: Scorecard) -> None:
    other = beside(shop, blind)
    assert not other.blind
    assert set(desk.needed(str(other.id))) == {"greeting", "manners", "helped"}
    assert all(one.blind for one in desk.versions(str(other.id), within=Scope()))
    claimed = desk.claim(str(other.id), by=RITA, expected=other.revision)
    assert claimed.blind
    assert content(shop, other, "claimed")["made_blind"]
    with pytest.raises(UndecidedError):
        desk.finalize(str(other.id), by=RITA, expected=None)


def test_a_draft_with_answers_beside_a_blind_one_waits(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    other = beside(shop, card)
    desk.claim(str(other.id), by=RITA)
    desk.answer(str(other.id), [HELPED], by=RITA, expected=None)
    with shop.services.database.unit() as unit:
        unit.scorecards.make_blind([card.id])
    assert desk.claim(str(other.id), by=RITA).reviewer == "rita", "whoever holds it has seen it"
    desk.release(str(other.id), by=RITA)
    with pytest.raises(ClaimError, match="reviewed blindly"):
        desk.claim(str(other.id), by=OMID)
    given = [GivenAnswer(criterion=one, answer="yes") for one in ("greeting", "manners", "helped")]
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, given, by=RITA, expected=None)
    desk.finalize(card.id, by=RITA, expected=None)
    assert desk.claim(str(other.id), by=OMID).reviewer == "omid"


def test_whoever_is_to_answer_a_contact_blind_does_not_claim_it(shop: Any, desk: Reviewing, card: Scorecard) -> None:
    with shop.services.database.unit() as unit:
        for name in ("ines", "omar"):
            unit.users.add(User(id=name, login=name, name=name, role=Role.REVIEWER), at=shop.services.clock())
    lead, ines = Actor(id="lena", role=Role.QA_LEAD), Actor(id="ines", role=Role.REVIEWER)
    told = {"title": "May", "rubric": card.rubric.id, "interactions": [card.interaction.id], "participants": ["ines", "omar"]}
    session = shop.services.calibrating.create(**told, by=lead).session.id
    with pytest.raises(ClaimError, match="calibration"):
        desk.claim(card.id, by=ines)
    final = finished(desk, card)
    with pytest.raises(ClaimError, match="calibration"):
        desk.reopen(str(final.id), by=ines, reason="to see what is in it")
    card = desk.reopen(str(final.id), by=RITA, reason="the greeting is there")
    assert desk.claim(card.id, by=RITA).reviewer == "rita"
    desk.release(card.id, by=RITA)
    shop.services.calibrating.reveal(session, by=lead, early=True)
    assert desk.claim(card.id, by=ines).reviewer == "ines"
