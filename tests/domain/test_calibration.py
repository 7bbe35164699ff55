"""Calibration: who may be invited, how a session goes on, what is agreed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain import calibration as rules
from qa_service.domain.calibration import AgreedAnswer, Calibration, CalibrationAnswer, CalibrationReview, CalibrationState, DiscussionNote
from qa_service.domain.calibration_results import settled, unanswered
from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import RubricRef
from qa_service.errors import AnswerError, ConflictError, InputError, NotFoundError, PermissionDeniedError, QaError

AT = datetime(2026, 3, 2, tzinfo=UTC)
FORM = Rubric.model_validate(
    {
        "rubric": "chat-small", "version": 1, "channel": "chat", "title": "Chat",
        "sections": [
            {
                "id": "all", "title": "All", "weight": 1,
                "criteria": [
                    {"id": "solved", "question": "Solved?", "weight": 1},
                    {"id": "offered", "question": "Another way offered?", "weight": 1, "asked_when": {"solved": "no"}},
                ],
            }
        ],
    }
)  # fmt: skip


def session(**changes: Any) -> Calibration:
    return Calibration(
        id="s", title="March", rubric=RubricRef.of(FORM), channel=Channel.CHAT, interactions=("c1", "c2"), participants=("rita", "omid"),
        expert="ella", seed=1, created_by="lena", created_at=AT,
    ).model_copy(update=changes)


def review(who: str = "rita", interaction: str = "c1", *, done: bool = False, **answers: str) -> CalibrationReview:
    given = tuple(CalibrationAnswer(criterion=name, answer=answer) for name, answer in answers.items())
    return CalibrationReview(interaction=interaction, reviewer=who, answers=given, submitted_at=AT if done else None, nonce="n")


def given(**answers: str) -> list[CalibrationAnswer]:
    return [CalibrationAnswer(criterion=name, answer=answer) for name, answer in answers.items()]


REVEALED = {"state": CalibrationState.REVEALED}


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: rules.answered(session(), review("nora"), FORM, given(solved="yes")), PermissionDeniedError),
        (lambda: rules.answered(session(), review(interaction="c9"), FORM, given(solved="yes")), NotFoundError),
        (lambda: rules.answered(session(**REVEALED), review(), FORM, given(solved="yes")), ConflictError),
        (lambda: rules.answered(session(), review(done=True, solved="yes"), FORM, given(solved="no")), ConflictError),
        (lambda: rules.answered(session(), review(), FORM, given(solved="perhaps")), AnswerError),
        (lambda: rules.answered(session(), review(), FORM, given(other="yes")), AnswerError),
        (lambda: rules.answered(session(), review(), FORM, [*given(solved="yes"), *given(solved="no")]), AnswerError),
        (lambda: rules.submitted(session(), review(), at=AT), ConflictError),
        (lambda: rules.revealed(session(), [review(done=True, solved="yes")], at=AT), ConflictError),
        (lambda: rules.revealed(session(**REVEALED), [], at=AT, early=True), ConflictError),
        (lambda: rules.noted(session(), DiscussionNote(by="rita", at=AT, text="hm"), FORM), ConflictError),
        (lambda: rules.noted(session(**REVEALED), DiscussionNote(by="rita", at=AT, text="hm", interaction="c9"), FORM), NotFoundError),
        (lambda: rules.agreed(session(), [AgreedAnswer(interaction="c1", criterion="solved", answer="yes")], FORM), ConflictError),
        (lambda: rules.agreed(session(**REVEALED), [AgreedAnswer(interaction="c1", criterion="solved", answer="so")], FORM), AnswerError),
        (lambda: rules.closed(session(), at=AT), ConflictError),
        (lambda: rules.check_once([]), InputError),
        (lambda: rules.check_once(["c1", "c1"]), InputError),
        (lambda: rules.check_invitation(["rita"], None, {}, agents={}), InputError),
        (lambda: rules.check_invitation(["rita", "omid"], "rita", {}, agents={}), InputError),
        (lambda: rules.check_invitation(["rita", "omid"], None, {"c1": "a17"}, agents={"rita": "a17", "omid": None}), InputError),
    ],
)
def test_refusals(act: Callable[[], object], error: type[QaError]) -> None:
    with pytest.raises(error) as told:
        act()
    assert told.value.field


def test_nobody_is_the_agent_of_an_interaction_without_one() -> None:
    rules.check_invitation(["rita", "omid"], None, {"c1": None}, agents={"rita": None, "omid": "a17"})


def test_waiting_counts_the_expert_too() -> None:
    reviews = [review("rita", name, done=True, solved="yes") for name in ("c1", "c2")] + [review("omid", "c1", solved="yes")]
    assert rules.waiting(session(), reviews) == {"omid": 2, "ella": 2}
    assert rules.revealed(session(), reviews, at=AT, early=True).state is CalibrationState.REVEALED


def test_seal_depends_on_nonce_answers_and_words() -> None:
    one = review(solved="yes")
    other = one.model_copy(update={"answers": (CalibrationAnswer(criterion="solved", answer="yes", reason="so"),)})
    assert len({one.seal, other.seal, review(solved="no").seal, one.model_copy(update={"nonce": "m"}).seal}) == 4


@pytest.mark.parametrize(
    ("answers", "open_"), [({}, ("solved", "offered")), ({"solved": "yes"}, ()), ({"solved": "no"}, ("offered",))]
)
def test_what_is_not_asked_needs_no_answer(answers: dict[str, str], open_: tuple[str, ...]) -> None:
    assert unanswered(session(), FORM, review(**answers)) == open_


def test_agreed_replaces_what_was_agreed_before() -> None:
    first = rules.agreed(session(**REVEALED), [AgreedAnswer(interaction="c1", criterion="solved", answer="yes")], FORM)
    second = rules.agreed(first, [AgreedAnswer(interaction="c1", criterion="solved", answer="no")], FORM)
    assert [(one.criterion, one.answer) for one in second.agreed] == [("solved", "no")]


def test_settled_is_put_down_or_unanimous_among_two_at_least() -> None:
    answers = {
        ("c1", "rita"): {"solved": "no", "offered": "yes"}, ("c1", "omid"): {"solved": "no", "offered": "no"},
        ("c2", "rita"): {"solved": "yes", "offered": "not_applicable"}, ("c1", "ella"): {"solved": "yes"},
    }  # fmt: skip
    assert {name: [one.criterion for one in some] for name, some in settled(session(), FORM, answers).items()} == {"c1": ["solved"]}
    put = session(agreed=(AgreedAnswer(interaction="c2", criterion="solved", answer="yes", by="lena"),))
    assert [one.by for one in settled(put, FORM, answers)["c2"]] == ["lena"]
