"""Scorecards: added once, saved by compare-and-swap, claimed by one, counted once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, Scorecard, Status
from qa_service.errors import AnswerError, ClaimError, ConflictError, InputError, NotFoundError, StaleVersionError
from qa_service.store.scorecards import Claim

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_scorecard_comes_back_as_it_was_added(desk: Any) -> None:
    card = desk.draft(desk.take("c1"), greeting="no", identity="undecided")
    added = desk.add(card)
    assert added == card.model_copy(update={"id": added.id})
    assert len(added.id) == 32
    with desk.database.reading() as unit:
        assert unit.scorecards.get(added.id) == added
        assert unit.scorecards.get(added.id).as_data() == added.as_data()
        assert unit.scorecards.for_interaction("c1") == (added,)


def test_a_scorecard_by_hand_with_answers_comes_back_whole(desk: Any) -> None:
    card = desk.draft(desk.take("c1"))
    bare = card.model_copy(update={"criteria": tuple(one.model_copy(update={"suggestion": None}) for one in card.criteria)})
    gold = desk.answered(bare, greeting="yes", identity="not_applicable", farewell="no").model_copy(update={"id": "gold-1"})
    assert desk.add(gold) == gold
    with desk.database.reading() as unit:
        assert unit.scorecards.get("gold-1") == gold
        claim = unit.scorecards.claim_of("gold-1")
    assert claim == Claim(reviewer="rita", claimed_at=None, expires_at=None, finalized_at=AT)


def test_the_same_scorecard_is_added_once(desk: Any) -> None:
    card = desk.draft(desk.take("c1"))
    first = desk.add(card)
    assert desk.add(first) == first
    assert desk.add(card.model_copy(update={"id": "another"})) == first
    with desk.database.unit() as unit:
        assert unit.scorecards.add_many([card, card], at=AT) == (first, first)
        assert len(unit.scorecards.for_interaction("c1")) == 1


def test_other_engines_and_other_rubrics_give_scorecards_beside(desk: Any, rubric: Rubric) -> None:
    interaction = desk.take("c1")
    with desk.database.unit() as unit:
        newer = rubric.model_copy(update={"version": 2})
        unit.rubrics.add(newer, at=AT)
    card = desk.draft(interaction)
    spoken = card.model_copy(update={"engine": Engines(speech="whisper/base", analysis="rules/1")})
    ids = {desk.add(one).id for one in (card, spoken, desk.draft(interaction, analysis="rules/2"), desk.draft(interaction, rubric=newer))}
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"interaction": {"id": "nobody", "channel": Channel.PHONE}}, "no interaction 'nobody'"),
        ({"rubric": {"id": "phone-support", "version": 9, "fingerprint": "sha256:0"}}, "no rubric with fingerprint 'sha256:0'"),
    ],
)
def test_what_a_scorecard_needs_is_named(desk: Any, change: dict[str, Any], message: str) -> None:
    card = desk.draft(desk.take("c1"))
    parts = {name: getattr(card, name) for name in ("interaction", "rubric", "engine")}
    wrong = Scorecard.model_validate({"schema": "scorecard/1", **parts, **change})
    with pytest.raises(NotFoundError, match=message):
        desk.add(wrong)


def test_saving_keeps_answers_and_never_touches_suggestions(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1"), greeting="no"))
    answered = desk.answered(card, status=Status.IN_REVIEW, greeting="yes")
    forged = answered.model_copy(
        update={"criteria": tuple(one.model_copy(update={"suggestion": None, "weight": 1}) for one in answered.criteria)}
    )
    with desk.database.unit() as unit:
        saved = unit.scorecards.save(forged, expected_revision=1, at=AT)
    assert saved == answered.model_copy(update={"revision": 2})
    assert saved.criteria[0].suggestion == card.criteria[0].suggestion
    assert saved.criteria[0].answered == Answer(
        answer="yes", by="rita", at=AT, reason="heard it", evidence=(Evidence(quote="heard greeting", rule="manual"),)
    )


def test_an_answer_can_be_taken_back(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    with desk.database.unit() as unit:
        unit.scorecards.save(desk.answered(card, status=Status.IN_REVIEW, greeting="no"), expected_revision=1, at=AT)
        again = unit.scorecards.save(card, expected_revision=2, at=AT)
    assert again == card.model_copy(update={"revision": 3})


def test_the_database_refuses_to_change_suggestions(desk: Any) -> None:
    desk.add(desk.draft(desk.take("c1")))
    with pytest.raises(ConflictError, match="suggestions are never changed"), desk.database.unit() as unit:
        unit.scorecards._session.execute(sa.text("UPDATE scorecard_criteria SET suggestion_answer = 'no'"))


@pytest.mark.parametrize("expected", [0, 2, 7])
def test_a_stale_revision_is_refused(desk: Any, expected: int) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    with pytest.raises(StaleVersionError, match=f"revision 1, not {expected}") as caught, desk.database.unit() as unit:
        unit.scorecards.save(card, expected_revision=expected, at=AT)
    assert caught.value.field == "revision"


def test_an_unknown_criterion_or_scorecard_is_refused(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    extra = card.model_copy(update={"criteria": (*card.criteria, card.criteria[0].model_copy(update={"id": "juggling"}))})
    with pytest.raises(AnswerError, match="juggling"), desk.database.unit() as unit:
        unit.scorecards.save(extra, expected_revision=1, at=AT)
    for act in ("get", "claim_of"):
        with pytest.raises(NotFoundError, match="no scorecard 'nothing'"), desk.database.reading() as unit:
            getattr(unit.scorecards, act)("nothing")
    with pytest.raises(NotFoundError, match="no scorecard 'nothing'"), desk.database.unit() as unit:
        unit.scorecards.save(card.model_copy(update={"id": "nothing"}), expected_revision=1, at=AT)


def test_a_claim_holds_until_it_expires(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    with desk.database.unit() as unit:
        held = unit.scorecards.claim(card.id, reviewer="rita", at=AT, until=AT + HOUR, expected_revision=1)
        assert (held.status, held.reviewer, held.revision) == (Status.IN_REVIEW, "rita", 2)
        assert unit.scorecards.claim_of(card.id) == Claim(reviewer="rita", claimed_at=AT, expires_at=AT + HOUR, finalized_at=None)
        with pytest.raises(ClaimError, match="held by 'rita'"):
            unit.scorecards.claim(card.id, reviewer="omar", at=AT + HOUR / 2, until=AT + HOUR)
        longer = unit.scorecards.claim(card.id, reviewer="rita", at=AT + HOUR / 2, until=AT + HOUR)
        assert longer.revision == 3
        taken = unit.scorecards.claim(card.id, reviewer="omar", at=AT + HOUR, until=AT + 2 * HOUR)
        assert taken.reviewer == "omar"


def test_a_claim_is_refused_for_the_right_reason(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    with desk.database.unit() as unit:
        with pytest.raises(StaleVersionError):
            unit.scorecards.claim(card.id, reviewer="rita", at=AT, until=AT + HOUR, expected_revision=5)
        with pytest.raises(NotFoundError):
            unit.scorecards.claim("nothing", reviewer="rita", at=AT, until=AT + HOUR)
        assert unit.scorecards.claim_of(card.id) is None
    desk.finish(card)
    with pytest.raises(ConflictError, match="is final"), desk.database.unit() as unit:
        unit.scorecards.claim(card.id, reviewer="rita", at=AT, until=AT + HOUR)


def test_a_claim_is_given_back_by_its_holder_only(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    with desk.database.unit() as unit:
        unit.scorecards.claim(card.id, reviewer="rita", at=AT, until=AT + HOUR)
        with pytest.raises(ClaimError, match="'omar' does not hold"):
            unit.scorecards.release(card.id, reviewer="omar", at=AT)
        free = unit.scorecards.release(card.id, reviewer="rita", at=AT)
        assert (free.status, free.reviewer, free.revision) == (Status.DRAFT, None, 3)
        assert unit.scorecards.claim_of(card.id) is None


def test_of_many_claims_at_once_one_wins(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    outcomes: list[str] = []
    ready = threading.Barrier(8)

    def claim(reviewer: str) -> None:
        ready.wait()
        try:
            with desk.database.unit() as unit:
                unit.scorecards.claim(card.id, reviewer=reviewer, at=AT, until=AT + HOUR)
            outcomes.append(reviewer)
        except ClaimError:
            outcomes.append("refused")

    _together(*(threading.Thread(target=claim, args=(f"r{number}",)) for number in range(8)))
    (winner,) = [one for one in outcomes if one != "refused"]
    assert len(outcomes) == 8
    with desk.database.reading() as unit:
        assert unit.scorecards.get(card.id).reviewer == winner


def test_of_many_saves_at_once_each_revision_is_one(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    saved: list[int] = []

    def save_until_it_took(by: str) -> None:
        for _ in range(100):
            try:
                with desk.database.reading() as unit:
                    now = unit.scorecards.get(card.id)
                with desk.database.unit() as unit:
                    done = desk.answered(now, status=Status.IN_REVIEW, by=by, greeting="yes")
                    saved.append(unit.scorecards.save(done, expected_revision=now.revision, at=AT).revision)
                return
            except StaleVersionError:
                continue

    _together(*(threading.Thread(target=save_until_it_took, args=(f"r{number}",)) for number in range(6)))
    assert sorted(saved) == [2, 3, 4, 5, 6, 7]


def test_an_interaction_counts_once_per_rubric(desk: Any) -> None:
    interaction = desk.take("c1")
    cards = [desk.add(desk.draft(interaction, analysis=f"rules/{number}"), minutes=number) for number in range(3)]

    def counted() -> list[str]:
        with desk.database.reading() as unit:
            replaced = {card.id for card in unit.scorecards.list(counted=False).items}
            latest = [card.id for card in unit.scorecards.list().items]
            assert replaced | set(latest) == {card.id for card in unit.scorecards.list(counted=None).items}
        return latest

    assert counted() == [cards[2].id], "the last added draft counts"
    first = desk.finish(cards[0])
    assert counted() == [cards[0].id], "a final one counts"
    newer = desk.add(desk.draft(interaction, analysis="rules/9"), minutes=9)
    assert counted() == [cards[0].id], "a re-score does not replace a final one"
    desk.finish(newer, minutes=20)
    assert counted() == [newer.id], "the last finalised counts"
    with desk.database.unit() as unit:
        unit.scorecards.save(first.model_copy(update={"status": Status.DISPUTED}), expected_revision=first.revision, at=AT)
    assert counted() == [newer.id], "a dispute changes nothing in that"
    desk.add(desk.answered(desk.draft(interaction, analysis="gold/1")), minutes=30)
    assert len(counted()) == 1, "one that is added as final"


def test_final_and_reopened_are_told_apart(desk: Any) -> None:
    card = desk.finish(desk.add(desk.draft(desk.take("c1"))), minutes=5)
    with desk.database.unit() as unit:
        claim = unit.scorecards.claim_of(card.id)
        assert claim is not None
        assert claim.finalized_at == AT + timedelta(minutes=5)
        unit.scorecards.save(card.model_copy(update={"status": Status.IN_REVIEW}), expected_revision=2, at=AT)
        claim = unit.scorecards.claim_of(card.id)
        assert claim is not None
        assert claim.finalized_at is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "c4 c3 c2 c1"),
        ({"status": Status.FINAL}, "c1"),
        ({"channel": Channel.PHONE}, "c4 c3 c2 c1"),
        ({"channel": Channel.CHAT}, ""),
        ({"agent": "a2"}, "c3 c2"),
        ({"team": "sales"}, "c3"),
        ({"rubric": "phone-support"}, "c4 c3 c2 c1"),
        ({"rubric": "other"}, ""),
        ({"reviewer": "rita"}, "c1"),
        ({"min_score": 100}, "c4 c1"),
        ({"max_score": 0}, "c2"),
        ({"min_score": 0.001, "max_score": 99.999}, "c3"),
        ({"undecided": True}, "c3"),
        ({"undecided": False}, "c4 c2 c1"),
        ({"since": AT + timedelta(days=1), "until": AT + timedelta(days=3)}, "c3 c2"),
        ({"claimable_at": AT}, "c4 c3 c2"),
        ({"agent": "a2", "undecided": True}, "c3"),
    ],
)
def test_filters(desk: Any, filters: dict[str, Any], expected: str) -> None:
    desk.finish(desk.add(desk.draft(desk.take("c1"))))
    desk.add(desk.draft(desk.take("c2", agent="a2", days=1), identity="no"), minutes=1)
    desk.add(desk.draft(desk.take("c3", agent="a2", team="sales", days=2), identity="undecided", greeting="no"), minutes=2)
    desk.add(desk.draft(desk.take("c4", agent=None, days=3)), minutes=3)
    with desk.database.reading() as unit:
        found = unit.scorecards.list(**filters)
    assert " ".join(card.interaction.id for card in found.items) == expected


def test_pages_are_stable_while_the_list_grows(desk: Any) -> None:
    for number in range(5):
        desk.add(desk.draft(desk.take(f"c{number}")))
    seen: list[str] = []
    cursor = None
    while True:
        with desk.database.reading() as unit:
            page = unit.scorecards.list(cursor=cursor, limit=2)
        seen += [card.interaction.id for card in page.items]
        desk.add(desk.draft(desk.take(f"late{len(seen)}")), minutes=len(seen))
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == [f"c{number}" for number in range(5)]


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_bounds(desk: Any, limit: int) -> None:
    with pytest.raises(InputError, match="1 to 500") as caught, desk.database.reading() as unit:
        unit.scorecards.list(limit=limit)
    assert caught.value.field == "limit"


def _together(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_only_untouched_drafts_are_withdrawn_and_can_be_made_anew(desk: Any) -> None:
    mine, other = desk.take("c1"), desk.take("c2")
    draft, claimed, answered, final = (desk.add(desk.draft(mine, analysis=f"rules/{number}"), minutes=number) for number in range(4))
    beside = desk.add(desk.draft(other))
    with desk.database.unit() as unit:
        unit.scorecards.claim(claimed.id, reviewer="rita", at=AT, until=AT + HOUR)
        saved = desk.answered(answered, status=Status.DRAFT, greeting="no").model_copy(update={"reviewer": None})
        unit.scorecards.save(saved, expected_revision=answered.revision, at=AT)
    desk.finish(final, greeting="yes", identity="yes", farewell="yes")
    with desk.database.unit() as unit:
        assert unit.scorecards.withdraw_drafts("c1") == (draft.id,)
        assert {card.id for card in unit.scorecards.for_interaction("c1")} == {claimed.id, answered.id, final.id}
        assert unit.scorecards.for_interaction("c2") == (beside,)
        assert unit.scorecards.withdraw_drafts("c1") == ()
        with pytest.raises(NotFoundError):
            unit.scorecards.withdraw_drafts("nobody")
    again = desk.add(desk.draft(mine, analysis="rules/0", greeting="no"))
    assert again.id != draft.id


def test_a_withdrawn_draft_that_counted_leaves_room_for_the_next(desk: Any) -> None:
    interaction = desk.take("c1")
    first = desk.add(desk.draft(interaction))
    with desk.database.unit() as unit:
        unit.scorecards.withdraw_drafts("c1")
        assert unit.scorecards.list().items == ()
    second = desk.add(desk.draft(interaction, greeting="no"))
    with desk.database.reading() as unit:
        assert [card.id for card in unit.scorecards.list().items] == [second.id] != [first.id]
