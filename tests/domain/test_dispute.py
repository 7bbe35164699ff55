"""Disputes as pure steps: who may open, get and decide them, until when, and what a decision makes of a scorecard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.dispute import (
    AgentClaim,
    AgentRuling,
    Decision,
    Dispute,
    DisputeKind,
    DisputeOutcome,
    DisputeState,
    FollowUp,
    Objection,
    Ruling,
)
from qa_service.domain.disputing import assigned, decided, opened, unfitness, withdrawn
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Role
from qa_service.domain.policy import Policy
from qa_service.domain.revision import reattributed, revised
from qa_service.domain.routing import chosen
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Acknowledgement, Answer, Engines, InteractionRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft, score
from qa_service.domain.user import User
from qa_service.errors import (
    AnswerError,
    ConflictError,
    DeadlineError,
    ErasedError,
    InputError,
    PermissionDeniedError,
    QaError,
    UndecidedError,
)

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
POLICY = Policy(dispute_days=14, decide_days=7)
SCALE = [{"id": name, "title": name.title(), "value": value} for name, value in (("poor", 0), ("fair", 0.5), ("good", 1))]
ACCEPTED, REJECTED = DisputeOutcome.ACCEPTED, DisputeOutcome.REJECTED
OMID = Actor(id="omid", role=Role.REVIEWER)
LENA = Actor(id="lena", role=Role.QA_LEAD)


@pytest.fixture
def rubric(form: Callable[..., dict[str, Any]]) -> Rubric:
    """c0: yes or no; c1: a scale; c2: yes or no, c3: asked when c2 is no; four points in all."""
    return Rubric.model_validate(form({}, {"options": SCALE}, {}, {"asked_when": {"c2": "no"}}))


@pytest.fixture
def card(rubric: Rubric) -> Scorecard:
    """Rita's: c0 no, c1 fair, c2 yes, so c3 was not asked; (0 + 0.5 + 1) / 3."""
    told = {"c0": "yes", "c1": "fair", "c2": "yes", "c3": "not_applicable"}
    made = draft(
        rubric,
        interaction=InteractionRef(id="i", channel=Channel.PHONE, agent="a17", language="fa"),
        engine=Engines(analysis="rules/1"),
        suggestions={name: Suggestion(answer=given, confidence=0.9, why="said") for name, given in told.items()},
    )
    answers = {name: Answer(answer=given, by="rita", at=AT) for name, given in {**told, "c0": "no"}.items()}
    done = score(made.answering(answers), rubric)
    assert done.score == 50_000
    read = Acknowledgement(by="u17", at=AT)
    return done.model_copy(update={"id": "s1", "status": Status.FINAL, "reviewer": "rita", "revision": 4, "acknowledged": read})


def objects(criterion: str, wanted: str | None = None, reason: str = "listen at 1:12") -> Objection:
    return Objection(criterion=criterion, wanted=wanted, reason=reason)


def disputed(card: Scorecard, rubric: Rubric, *objections: Objection, **changes: Any) -> Dispute:
    told: dict[str, Any] = {"id": "d1", "team": "billing", "finalized_at": AT, "counts": True, "by": "u17", "at": AT, "policy": POLICY}
    return opened(card, rubric, objections=objections, **{**told, **changes})


def rules(criterion: str, outcome: DisputeOutcome, answer: str | None = None, words: str = "heard it again") -> Ruling:
    return Ruling(criterion=criterion, outcome=outcome, answer=answer, words=words)


def settle(dispute: Dispute, rubric: Rubric, *rulings: Ruling, by: Actor = LENA, days: int = 1, **decision: Any) -> Dispute:
    told = Decision(rulings=rulings, **decision)
    return decided(dispute, rubric, told, by=by, involved=frozenset({"rita"}), at=AT + timedelta(days=days))


def test_an_opened_dispute_tells_what_stood_and_when_it_is_due(card: Scorecard, rubric: Rubric) -> None:
    found = disputed(card, rubric, objects("c0", "yes"), objects("c1"), at=AT + timedelta(days=14))
    assert (found.kind, found.state, found.agent, found.reviewer) == (DisputeKind.CRITERIA, DisputeState.OPEN, "a17", "rita")
    assert [(one.criterion, one.stood, one.wanted, one.outcome) for one in found.items] == [
        ("c0", "no", "yes", None), ("c1", "fair", None, None),
    ]  # fmt: skip
    assert found.due_at == AT + timedelta(days=14 + 7)
    assert not found.late(found.due_at)
    assert found.late(found.due_at + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"status": Status.DRAFT}, ConflictError, "only a final scorecard"),
        ({"status": Status.IN_REVIEW}, ConflictError, "only a final scorecard"),
        ({"status": Status.DISPUTED}, ConflictError, "in dispute already"),
        ({"counts": False}, ConflictError, "does not count any more"),
        ({"at": AT + timedelta(days=14, seconds=1)}, DeadlineError, "14 days"),
    ],
)
def test_only_what_is_final_counts_and_is_young_can_be_disputed(
    card: Scorecard, rubric: Rubric, changes: dict[str, Any], error: type[QaError], told: str
) -> None:
    card = card.model_copy(update={"status": changes.pop("status", card.status)})
    with pytest.raises(error, match=told) as caught:
        disputed(card, rubric, objects("c0"), **changes)
    assert type(caught.value) is error


def test_what_was_erased_cannot_be_disputed(card: Scorecard, rubric: Rubric) -> None:
    with pytest.raises(ErasedError, match="nothing to decide a dispute by"):
        disputed(card.model_copy(update={"erased": True}), rubric, objects("c0"))


@pytest.mark.parametrize(
    ("objections", "error", "told"),
    [
        ([], InputError, "which criteria"),
        ([objects("c9")], AnswerError, "no criterion 'c9'"),
        ([objects("c1", "excellent")], AnswerError, "one of: poor, fair, good, not_applicable"),
        ([objects("c1", "undecided")], AnswerError, "'undecided' is no answer"),
        ([objects("c1", "fair")], AnswerError, "answered 'fair' already"),
        ([objects("c0"), objects("c0", "yes")], AnswerError, "named twice"),
        ([objects("c0", reason="  ")], InputError, "say why"),
    ],
)
def test_objections_fit_the_form(
    card: Scorecard, rubric: Rubric, objections: list[Objection], error: type[QaError], told: str
) -> None:
    with pytest.raises(error, match=told):
        disputed(card, rubric, *objections)


@pytest.mark.parametrize(
    ("stood", "claim", "told"),
    [
        ("a17", AgentClaim(agent="a17", reason="not me"), "'a17' already"),
        (None, AgentClaim(reason="somebody's"), "say whose it was"),
        ("a17", AgentClaim(agent="a18", reason=" "), "say why"),
    ],
)
def test_a_claim_says_something_new(card: Scorecard, rubric: Rubric, stood: str | None, claim: AgentClaim, told: str) -> None:
    card = card.model_copy(update={"interaction": card.interaction.model_copy(update={"agent": stood})})
    with pytest.raises(InputError, match=told):
        disputed(card, rubric, claim=claim)


@pytest.mark.parametrize(
    ("who", "told"),
    [
        (Actor(id="rita", role=Role.REVIEWER), "finalised the scorecard"),
        (Actor(id="nils", role=Role.QA_LEAD), "judged the contact before"),
        (Actor(id="u17", role=Role.QA_LEAD), "opened themselves"),
        (Actor(id="sara", role=Role.REVIEWER, agent="a17"), "about themselves"),
        (Actor(id="zoe", role=Role.REVIEWER, agent="a18"), "about themselves"),
        (Actor(id="carl", role=Role.COACH), "decides none"),
        (Actor(id="zoe", role=Role.REVIEWER, agent="a99"), None),
        (OMID, None),
    ],
)
def test_who_was_involved_decides_nothing(card: Scorecard, rubric: Rubric, who: Actor, told: str | None) -> None:
    dispute = disputed(card, rubric, claim=AgentClaim(agent="a18", reason="her voice"))
    found = unfitness(dispute, who, involved={"rita", "nils"})
    if told is None:
        assert found is None
        assert assigned(dispute, handler=who, involved=(), at=AT).handler == who.id
        return
    assert told in str(found)
    with pytest.raises(InputError, match=told):
        assigned(dispute, handler=who, involved={"rita", "nils"}, at=AT)
    ruling = Decision(agent=AgentRuling(outcome=REJECTED, words="no"))
    with pytest.raises(PermissionDeniedError, match=told):
        decided(dispute, rubric, ruling, by=who, involved={"rita", "nils"}, at=AT)


def test_a_reviewer_decides_only_what_was_given_to_them(card: Scorecard, rubric: Rubric) -> None:
    dispute = disputed(card, rubric, objects("c0"))
    with pytest.raises(PermissionDeniedError, match="not given to you"):
        settle(dispute, rubric, rules("c0", REJECTED), by=OMID)
    given = assigned(dispute, handler=OMID, involved=(), at=AT)
    assert settle(given, rubric, rules("c0", REJECTED), by=OMID).closed_by == "omid"
    assert settle(given, rubric, rules("c0", REJECTED), by=LENA).closed_by == "lena", "leads decide what others were given"


def test_what_is_closed_stays_closed(card: Scorecard, rubric: Rubric) -> None:
    dispute = disputed(card, rubric, objects("c0"))
    for closed in (settle(dispute, rubric, rules("c0", REJECTED)), withdrawn(dispute, by="u17", at=AT)):
        for act in (
            lambda one: settle(one, rubric, rules("c0", REJECTED)),
            lambda one: withdrawn(one, by="u17", at=AT),
            lambda one: assigned(one, handler=OMID, involved=(), at=AT),
        ):
            with pytest.raises(ConflictError, match=f"is {closed.state}"):
                act(closed)


def test_only_its_opener_withdraws_a_dispute(card: Scorecard, rubric: Rubric) -> None:
    dispute = disputed(card, rubric, objects("c0"))
    with pytest.raises(PermissionDeniedError, match="whoever opened"):
        withdrawn(dispute, by="lena", at=AT)
    gone = withdrawn(dispute, by="u17", at=AT + timedelta(days=30))
    assert (gone.state, gone.result, gone.late(AT + timedelta(days=60))) == (DisputeState.WITHDRAWN, None, False)


@pytest.mark.parametrize(
    ("rulings", "error", "told"),
    [
        ([rules("c0", REJECTED)], UndecidedError, "every objection"),
        ([rules("c0", REJECTED), rules("c1", ACCEPTED, "good"), rules("c2", REJECTED)], AnswerError, "'c2' is not in dispute"),
        ([rules("c0", REJECTED), rules("c0", ACCEPTED), rules("c1", REJECTED)], AnswerError, "named twice"),
        ([rules("c0", REJECTED), rules("c1", ACCEPTED)], AnswerError, "what the answer is from now on"),
        ([rules("c0", REJECTED), rules("c1", ACCEPTED, "great")], AnswerError, "one of: poor, fair, good"),
        ([rules("c0", REJECTED), rules("c1", ACCEPTED, "fair")], AnswerError, "that is a rejection"),
        ([rules("c0", REJECTED, "no"), rules("c1", REJECTED)], AnswerError, "leaves the answer as it is"),
        ([rules("c0", REJECTED, words=""), rules("c1", REJECTED)], InputError, "say why"),
        ([rules("c0", DisputeOutcome.PARTLY), rules("c1", REJECTED)], AnswerError, "accepted or rejected"),
    ],
)
def test_rulings_fit_the_objections(
    card: Scorecard, rubric: Rubric, rulings: list[Ruling], error: type[QaError], told: str
) -> None:
    dispute = disputed(card, rubric, objects("c0", "yes"), objects("c1"))
    with pytest.raises(error, match=told):
        settle(dispute, rubric, *rulings)


@pytest.mark.parametrize(
    ("claimed", "ruling", "error", "told"),
    [
        (False, AgentRuling(outcome=ACCEPTED, agent="a18", words="her voice"), InputError, "not in dispute"),
        (True, None, UndecidedError, "whose contact"),
        (True, AgentRuling(outcome=ACCEPTED, agent="a17", words="x"), InputError, "put down so already"),
        (True, AgentRuling(outcome=REJECTED, agent="a18", words="x"), InputError, "leave the agent out"),
        (True, AgentRuling(outcome=REJECTED, words=" "), InputError, "say why"),
        (True, AgentRuling(outcome=DisputeOutcome.PARTLY, words="x"), AnswerError, "accepted or rejected"),
    ],
)
def test_rulings_on_the_agent_fit_the_claim(
    card: Scorecard, rubric: Rubric, claimed: bool, ruling: AgentRuling | None, error: type[QaError], told: str
) -> None:
    dispute = disputed(card, rubric, objects("c0", "yes"), claim=AgentClaim(agent="a18", reason="her voice") if claimed else None)
    with pytest.raises(error, match=told):
        settle(dispute, rubric, rules("c0", REJECTED), agent=ruling)


def test_a_partial_acceptance_makes_a_version_beside_the_old(card: Scorecard, rubric: Rubric) -> None:
    dispute = disputed(card, rubric, objects("c0", "yes"), objects("c1"))
    done = settle(dispute, rubric, rules("c0", ACCEPTED, words="at 1:12"), rules("c1", REJECTED))
    assert (done.state, done.result) == (DisputeState.DECIDED, DisputeOutcome.PARTLY)
    made = revised(card.model_copy(update={"status": Status.DISPUTED}), rubric, done, by="lena", at=AT)
    assert made is not None
    assert (made.version, made.replaces, made.status, made.reviewer, made.acknowledged) == (2, "s1", Status.FINAL, "lena", None)
    assert made.score == 83_333  # (1 + 0.5 + 1) / 3
    changed, kept = made.criterion("c0"), made.criterion("c1")
    assert changed is not None
    assert changed.answered == Answer(answer="yes", by="lena", at=AT, reason="at 1:12")
    assert kept == card.criterion("c1")
    assert made.interaction == card.interaction


def test_what_is_rejected_makes_nothing(card: Scorecard, rubric: Rubric) -> None:
    done = settle(disputed(card, rubric, objects("c0", "yes")), rubric, rules("c0", REJECTED))
    assert done.result is REJECTED
    assert revised(card, rubric, done, by="lena", at=AT) is None


def test_late_decisions_are_made_and_marked(card: Scorecard, rubric: Rubric) -> None:
    dispute = disputed(card, rubric, objects("c0", "yes"))
    in_time, late = (settle(dispute, rubric, rules("c0", ACCEPTED), days=days) for days in (7, 8))
    assert (in_time.late(AT + timedelta(days=99)), late.late(AT + timedelta(days=99))) == (False, True)
    assert late.result is ACCEPTED


def test_an_answer_that_brings_another_criterion_into_play_needs_its_answer(card: Scorecard, rubric: Rubric) -> None:
    done = settle(disputed(card, rubric, objects("c2", "no")), rubric, rules("c2", ACCEPTED))
    with pytest.raises(UndecidedError) as caught:
        revised(card, rubric, done, by="lena", at=AT)
    assert caught.value.criteria == ("c3",)
    follow = FollowUp(criterion="c3", answer="yes", words="asked and done")
    made = revised(card, rubric, done, follow_ups=[follow], by="lena", at=AT)
    assert made is not None
    assert made.score == 37_500  # (0 + 0.5 + 0 + 1) / 4
    for stranger in (FollowUp(criterion="c0", answer="yes", words="x"), FollowUp(criterion="c9", answer="yes", words="x")):
        with pytest.raises(AnswerError, match=stranger.criterion):
            revised(card, rubric, done, follow_ups=[follow, stranger], by="lena", at=AT)


def test_an_answer_that_leaves_a_criterion_unasked_takes_it_out(card: Scorecard, rubric: Rubric) -> None:
    told = {"c2": Answer(answer="no", by="rita", at=AT), "c3": Answer(answer="no", by="rita", at=AT)}
    card = score(card.answering(told), rubric)
    assert card.score == 12_500  # 0.5 / 4
    done = settle(disputed(card, rubric, objects("c2", "yes")), rubric, rules("c2", ACCEPTED))
    made = revised(card, rubric, done, by="lena", at=AT)
    assert made is not None
    assert made.score == 50_000  # (0 + 0.5 + 1) / 3
    gone = made.criterion("c3")
    assert gone is not None
    assert gone.answered is not None
    assert (gone.answer, gone.points, gone.answered.reason) == ("not_applicable", None, "not asked: c2 is yes")


@pytest.mark.parametrize("agent", ["a18", None])
def test_the_right_agent_changes_nothing_but_whose_it_is(card: Scorecard, rubric: Rubric, agent: str | None) -> None:
    dispute = disputed(card, rubric, claim=AgentClaim(reason="I was on holiday"))
    assert dispute.kind is DisputeKind.WRONG_AGENT
    done = settle(dispute, rubric, agent=AgentRuling(outcome=ACCEPTED, agent=agent, words="the roster says so"))
    made = revised(card, rubric, done, by="lena", at=AT)
    assert made is not None
    assert (made.interaction.agent, made.score, made.criteria) == (agent, card.score, card.criteria)
    assert card.interaction.agent == "a17"
    other = reattributed(card, agent=agent, by="lena")
    assert (other.interaction.agent, other.status, other.version, other.criteria) == (agent, Status.FINAL, 2, card.criteria)


def user(name: str, role: Role = Role.REVIEWER, **more: Any) -> User:
    return User(id=name, login=name, name=name, role=role, **more)


@pytest.mark.parametrize(
    ("users", "load", "expected"),
    [
        ([user("omid"), user("nora")], {}, "nora"),
        ([user("omid"), user("nora")], {"nora": 1}, "omid"),
        ([user("omid"), user("lena", Role.QA_LEAD)], {"omid": 2, "lena": 1}, "lena"),
        ([user("root", Role.ADMIN), user("omid")], {"omid": 50}, "omid"),
        ([user("root", Role.ADMIN), user("rita")], {}, "root"),
        ([user("omid", languages=("en",)), user("nora", languages=("fa", "en"))], {"nora": 9}, "nora"),
        ([user("omid", languages=("en",))], {}, None),
        ([user("omid", active=False), user("carl", Role.COACH), user("rita"), user("u17"), user("sara", agent="a17")], {}, None),
        ([user("nils")], {}, None),
    ],
)
def test_it_goes_to_whoever_is_free_of_it_and_has_the_least(
    card: Scorecard, rubric: Rubric, users: list[User], load: dict[str, int], expected: str | None
) -> None:
    found = chosen(disputed(card, rubric, objects("c0")), users, involved={"nils"}, load=load)
    assert (found.id if found else None) == expected
