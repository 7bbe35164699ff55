"""A revision: the version of a scorecard that a decided dispute makes, beside the old one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from qa_service.domain.asking import asked, reason, standing
from qa_service.domain.criteria.outcome import Verdict
from qa_service.domain.dispute import Dispute, DisputeOutcome, FollowUp
from qa_service.domain.disputing import check_answer, form_of
from qa_service.domain.review import successor
from qa_service.domain.rubric import NOT_APPLICABLE, Rubric
from qa_service.domain.scorecard import Answer, Scorecard, Status
from qa_service.domain.scoring import score
from qa_service.errors import AnswerError, UndecidedError


def revised(
    card: Scorecard, rubric: Rubric, dispute: Dispute, *, follow_ups: Iterable[FollowUp] = (), by: str, at: datetime
) -> Scorecard | None:
    """The next version, final and scored again; ``None`` where everything was rejected.

    Raises :class:`UndecidedError` naming criteria that are asked only now and have no follow-up, and :class:`AnswerError` for follow-ups
    that nothing brings into play.
    """
    if DisputeOutcome.ACCEPTED not in dispute.outcomes:
        return None
    rulings = {one.criterion: one.answer for one in dispute.items if one.answer is not None}
    words = {one.criterion: one.words for one in dispute.items}
    changes = {key: Answer(answer=answer, by=by, at=at, reason=words[key]) for key, answer in rulings.items()}
    changes |= _followed(card, rubric, changes, tuple(follow_ups), by=by, at=at)
    after = _attributed(successor(card), dispute).answering(changes)
    after = score(after.answering(_unasked(card, after, rubric, by=by, at=at)), rubric)
    return after.model_copy(update={"status": Status.FINAL, "reviewer": by})


def reattributed(card: Scorecard, *, agent: str | None, by: str) -> Scorecard:
    """The next version of a finished scorecard, final, with nothing changed but whom it is about."""
    interaction = card.interaction.model_copy(update={"agent": agent})
    return successor(card).model_copy(update={"interaction": interaction, "status": Status.FINAL, "reviewer": by})


def _attributed(version: Scorecard, dispute: Dispute) -> Scorecard:
    claim = dispute.attribution
    if claim is None or claim.outcome is not DisputeOutcome.ACCEPTED:
        return version
    return version.model_copy(update={"interaction": version.interaction.model_copy(update={"agent": claim.decided})})


def _followed(
    card: Scorecard, rubric: Rubric, changes: dict[str, Answer], follow_ups: tuple[FollowUp, ...], *, by: str, at: datetime
) -> dict[str, Answer]:
    """Answers to the criteria that are asked because of the changes: all of them, and no others."""
    for one in follow_ups:
        check_answer(form_of(rubric, one.criterion), one.answer)
    answers = {one.criterion: Answer(answer=one.answer, by=by, at=at, reason=one.words) for one in follow_ups}
    new = _turned(card, card.answering({**answers, **changes}), rubric, to=True) - changes.keys()
    for stranger in sorted(answers.keys() - new):
        raise AnswerError(f"no ruling brings {stranger!r} into play", field=stranger, hint="leave it out")
    open_ = [one.id for one in rubric.criteria if one.id in new and one.id not in answers]
    if open_:
        raise UndecidedError("these criteria are asked from now on and need an answer, in follow_ups", criteria=open_)
    return answers


def _unasked(before: Scorecard, after: Scorecard, rubric: Rubric, *, by: str, at: datetime) -> dict[str, Answer]:
    """What the changes leave unasked is answered so, as if it never had been."""
    standing_ = standing(after, rubric)
    gone = [one for one in rubric.criteria if one.id in _turned(before, after, rubric, to=False)]
    return {
        one.id: Answer(answer=NOT_APPLICABLE, by=by, at=at, reason=reason(one.asked_when, standing_))
        for one in gone if one.asked_when is not None
    }  # fmt: skip


def _turned(before: Scorecard, after: Scorecard, rubric: Rubric, *, to: bool) -> set[str]:
    """Criteria that became asked (``to``), or stopped being so."""
    old, new = standing(before, rubric), standing(after, rubric)
    asked_before = {one.id: asked(one.asked_when, old) is not Verdict.NO for one in rubric.criteria}
    return {one.id for one in rubric.criteria if (asked(one.asked_when, new) is not Verdict.NO) is to and asked_before[one.id] is not to}
