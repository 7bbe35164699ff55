"""Scorecards: added once, saved by compare-and-swap, claimed by one, counted once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Scope
from qa_service.domain.review import successor
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, Scorecard, Status
from qa_service.errors import AnswerError, ClaimError, ConflictError, InputError, NotFoundError, StaleVersionError
from qa_service.store.reviews import Claim

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
        assert longer == held, "held longer, nothing else"
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


def test_drafts_that_nobody_touched_become_blind(desk: Any) -> None:
    free, claimed, answered, given_back, final, left = (desk.add(desk.draft(desk.take(f"c{number}"))) for number in range(6))
    with desk.database.unit() as unit:
        unit.scorecards.claim(claimed.id, reviewer="rita", at=AT, until=AT + HOUR)
        unit.scorecards.claim(given_back.id, reviewer="rita", at=AT, until=AT + HOUR)
        unit.scorecards.release(given_back.id, reviewer="rita", at=AT)
        saved = desk.answered(answered, status=Status.DRAFT, greeting="no").model_copy(update={"reviewer": None})
        unit.scorecards.save(saved, expected_revision=answered.revision, at=AT)
    desk.finish(final, greeting="yes", identity="yes", farewell="yes")
    asked = [one.id for one in (free, claimed, answered, given_back, final)]
    with desk.database.unit() as unit:
        assert unit.scorecards.make_blind([*asked, free.id, "nobody"]) == tuple(sorted([free.id, given_back.id]))
        assert unit.scorecards.make_blind(asked) == ()
        assert unit.scorecards.make_blind([]) == ()
        blind = unit.scorecards.get(free.id)
        assert blind == free.model_copy(update={"blind": True, "revision": 2})
        assert {one.id for one in unit.scorecards.list(counted=None).items if one.blind} == {free.id, given_back.id}
        assert not unit.scorecards.get(left.id).blind


def test_more_drafts_than_one_statement_takes_become_blind(desk: Any) -> None:
    cards = [desk.draft(desk.take(f"c{number}")) for number in range(3)]
    with desk.database.unit() as unit:
        ids = [card.id for card in unit.scorecards.add_many(cards, at=AT)]
        assert set(unit.scorecards.make_blind([*ids, *(f"unknown-{number}" for number in range(1100))])) == set(ids)


def opened_again(desk: Any, card: Scorecard, **changes: Any) -> Scorecard:
    with desk.database.unit() as unit:
        return unit.scorecards.succeed(successor(card, **changes), at=AT + HOUR)  # type: ignore[no-any-return]


def test_a_successor_lies_beside_and_counts_once_it_is_final(desk: Any) -> None:
    first = desk.finish(desk.add(desk.draft(desk.take("c1"), identity="no")), greeting="no", identity="no", farewell="yes")
    second = opened_again(desk, first)
    assert (second.version, second.replaces, second.status, second.reviewer, second.revision) == (2, first.id, Status.DRAFT, None, 1)
    with desk.database.reading() as unit:
        assert unit.scorecards.get(second.id) == second
        assert unit.scorecards.get(first.id) == first, "the old one stays as it was"
        assert second.criteria == first.criteria, "answers come along, with who gave them"
        assert unit.scorecards.successor_of(first.id) == second.id
        assert unit.scorecards.successor_of(second.id) is None
        assert unit.scorecards.versions(first.id) == unit.scorecards.versions(second.id) == (first, second)
        assert [card.id for card in unit.scorecards.list().items] == [first.id], "the old one counts meanwhile"
    final = desk.finish(second, minutes=90, greeting="yes")
    with desk.database.reading() as unit:
        assert [card.id for card in unit.scorecards.list().items] == [second.id]
        assert unit.scorecards.versions(first.id) == (first, final)


def test_only_one_version_is_opened_behind_another(desk: Any) -> None:
    first = desk.finish(desk.add(desk.draft(desk.take("c1"))))
    second = opened_again(desk, first)
    with pytest.raises(ConflictError, match="was opened again before"):
        opened_again(desk, first)
    third = opened_again(desk, desk.finish(second, minutes=90))
    with desk.database.reading() as unit:
        assert [card.version for card in unit.scorecards.versions(second.id)] == [1, 2, 3]
        assert third.replaces == second.id


def test_of_many_who_open_it_again_at_once_one_does(desk: Any) -> None:
    first = desk.finish(desk.add(desk.draft(desk.take("c1"))))
    outcomes: list[str] = []
    ready = threading.Barrier(4)

    def reopen() -> None:
        ready.wait()
        try:
            outcomes.append(str(opened_again(desk, first).id))
        except ConflictError:
            outcomes.append("refused")

    _together(*(threading.Thread(target=reopen) for _ in range(4)))
    (made,) = [one for one in outcomes if one != "refused"]
    assert len(outcomes) == 4
    with desk.database.reading() as unit:
        assert [card.id for card in unit.scorecards.versions(first.id)] == [first.id, made]


def test_a_scorecard_of_other_engines_is_no_version_of_it(desk: Any) -> None:
    interaction = desk.take("c1")
    first = desk.finish(desk.add(desk.draft(interaction)))
    other = desk.add(desk.draft(interaction, analysis="rules/2"), minutes=3)
    second = opened_again(desk, first)
    with desk.database.reading() as unit:
        assert [card.id for card in unit.scorecards.versions(second.id)] == [first.id, second.id]
        assert unit.scorecards.versions(other.id) == (other,)
        assert unit.scorecards.successor_of(other.id) is None
        with pytest.raises(NotFoundError, match="no scorecard 'nobody'"):
            unit.scorecards.versions("nobody")


def test_the_same_score_made_anew_is_told_by_the_newest_version(desk: Any) -> None:
    interaction = desk.take("c1")
    draft = desk.draft(interaction)
    second = opened_again(desk, desk.finish(desk.add(draft)))
    assert desk.add(draft).id == second.id


def test_a_version_for_another_agent_lies_with_that_agent(desk: Any) -> None:
    first = desk.finish(desk.add(desk.draft(desk.take("c1"))))
    second = opened_again(desk, first, agent="b2")
    with desk.database.reading() as unit:
        assert unit.scorecards.get(second.id).interaction.agent == "b2"
        assert [card.id for card in unit.scorecards.list(agent="b2", counted=None).items] == [second.id]


def test_a_successor_needs_its_interaction(desk: Any) -> None:
    first = desk.finish(desk.add(desk.draft(desk.take("c1"))))
    stray = successor(first).model_copy(update={"interaction": first.interaction.model_copy(update={"id": "nobody"})})
    with pytest.raises(NotFoundError, match="no interaction 'nobody'"), desk.database.unit() as unit:
        unit.scorecards.succeed(stray, at=AT)


def test_a_successor_that_is_final_counts_at_once(desk: Any) -> None:
    first = desk.finish(desk.add(desk.draft(desk.take("c1"))), greeting="yes")
    with desk.database.unit() as unit:
        second = unit.scorecards.succeed(successor(first).model_copy(update={"status": Status.FINAL, "reviewer": "omid"}), at=AT + HOUR)
        claim = unit.scorecards.claim_of(second.id)
        assert claim is not None
        assert (claim.reviewer, claim.finalized_at) == ("omid", AT + HOUR)
        assert [card.id for card in unit.scorecards.list().items] == [second.id]


def test_a_version_for_another_agent_lies_with_the_team_of_that_agent(desk: Any) -> None:
    desk.take("c0", agent="b2", team="sales")
    first = desk.finish(desk.add(desk.draft(desk.take("c1"))))
    second = opened_again(desk, first, agent="b2")
    with desk.database.reading() as unit:
        assert [unit.scorecards.seen(card.id).team for card in (first, second)] == ["billing", "sales"]
        assert [unit.scorecards.seen(card.id).counts for card in (first, second)] == [True, False]
        within = Scope(teams=frozenset({"sales"}))
        assert unit.scorecards.versions(second.id, within=within) == (second,)
        with pytest.raises(NotFoundError):
            unit.scorecards.versions(first.id, within=within)


@pytest.mark.parametrize("status", [Status.FINAL, Status.DISPUTED])
def test_nobody_claims_what_is_finished(desk: Any, status: Status) -> None:
    card = desk.finish(desk.add(desk.draft(desk.take("c1"))))
    with desk.database.unit() as unit:
        if status is Status.DISPUTED:
            card = unit.scorecards.save(card.model_copy(update={"status": status}), expected_revision=card.revision, at=AT)
        with pytest.raises(ConflictError, match=f"is {status}"):
            unit.scorecards.claim(card.id, reviewer="rita", at=AT + HOUR, until=AT + 2 * HOUR)
        assert unit.scorecards.list(claimable_at=AT + HOUR, counted=None).items == ()


def test_a_dispute_that_ends_keeps_when_it_was_finalised(desk: Any) -> None:
    card = desk.finish(desk.add(desk.draft(desk.take("c1"))), minutes=5)
    with desk.database.unit() as unit:
        for status in (Status.DISPUTED, Status.FINAL):
            card = unit.scorecards.save(card.model_copy(update={"status": status}), expected_revision=card.revision, at=AT + HOUR)
        assert unit.scorecards.claim_of(card.id).finalized_at == AT + timedelta(minutes=5)


def test_time_at_work_is_summed_from_act_to_act(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    minute = timedelta(minutes=1)

    def active(unit: Any) -> int:
        return int(unit.scorecards.seen(card.id).row.active_ms)

    with desk.database.unit() as unit:
        held = unit.scorecards.claim(card.id, reviewer="rita", at=AT + 60 * minute, until=AT + 90 * minute)
        assert active(unit) == 0, "nobody worked on it before it was claimed"
        unit.scorecards.claim(card.id, reviewer="rita", at=AT + 61 * minute, until=AT + 91 * minute)
        assert active(unit) == 60_000
        done = desk.answered(held, status=Status.IN_REVIEW, greeting="no")
        saved = unit.scorecards.save(done, expected_revision=2, at=AT + 81 * minute, until=AT + 111 * minute)
        assert active(unit) == 360_000, "a pause counts as five minutes"
        claim = unit.scorecards.claim_of(card.id)
        assert (claim.claimed_at, claim.expires_at, claim.active_ms) == (AT + 60 * minute, AT + 111 * minute, 360_000)
        unit.scorecards.release(card.id, reviewer="rita", at=AT + 82 * minute)
        assert active(unit) == 420_000
        held = unit.scorecards.claim(card.id, reviewer="omid", at=AT + 83 * minute, until=AT + 84 * minute)
        held = unit.scorecards.claim(card.id, reviewer="rita", at=AT + 85 * minute, until=AT + 99 * minute)
        assert active(unit) == 420_000, "what passed since another's act is nobody's work"
        final = saved.model_copy(update={"status": Status.FINAL, "reviewer": "rita"})
        final = unit.scorecards.save(final, expected_revision=held.revision, at=AT + 85.5 * minute)
        assert active(unit) == 450_000
        unit.scorecards.save(final.model_copy(update={"note": "x"}), expected_revision=final.revision, at=AT + 86 * minute)
        assert active(unit) == 450_000, "the review is over"


def test_saving_with_what_was_seen_is_the_same_and_refuses_what_came_between(desk: Any) -> None:
    card = desk.add(desk.draft(desk.take("c1"), greeting="no"))
    with desk.database.unit() as unit:
        held = unit.scorecards.claim(card.id, reviewer="rita", at=AT, until=AT + HOUR)
        seen = unit.scorecards.seen(card.id)
        assert seen.card == held
        assert seen.claim == unit.scorecards.claim_of(card.id)
        done = desk.answered(held, status=Status.IN_REVIEW, greeting="yes", farewell="no")
        saved = unit.scorecards.save(done, expected_revision=2, at=AT, seen=seen, until=AT + 2 * HOUR)
        assert saved == unit.scorecards.get(card.id) == done.model_copy(update={"revision": 3})
        with pytest.raises(StaleVersionError, match="revision 3, not 2"):
            unit.scorecards.save(done, expected_revision=2, at=AT, seen=seen)
        with pytest.raises(StaleVersionError, match="revision 3, not 2"):
            unit.scorecards.claim(card.id, reviewer="rita", at=AT, until=AT + HOUR, expected_revision=2, seen=seen)


def test_a_later_version_is_never_withdrawn(desk: Any) -> None:
    second = opened_again(desk, desk.finish(desk.add(desk.draft(desk.take("c1")))))
    with desk.database.unit() as unit:
        bare = second.model_copy(
            update={"criteria": tuple(one.model_copy(update={"answer": None, "answered": None}) for one in second.criteria)}
        )
        unit.scorecards.save(bare, expected_revision=1, at=AT)
        assert unit.scorecards.withdraw_drafts("c1") == ()
        assert unit.scorecards.make_blind([second.id]) == ()
