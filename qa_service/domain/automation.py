"""Automation: whether a draft may become final without a person, and what it is then; pure.

It may where nothing speaks for looking: the contact was a live one, nobody has begun or is meant to review it, it has waited long enough,
nothing is undecided, and of every criterion that was asked it is known, by people who did not see suggestions, that even the lower bound of
the machine's accuracy is high enough. A suspected critical miss always goes to a person: it can take the whole score away and have
consequences for somebody, it is rare, and accuracy over all answers says little about the rare ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from qa_service.domain.accuracy import Estimate, reliable
from qa_service.domain.asking import asked, standing
from qa_service.domain.criteria.outcome import Verdict as Asked
from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import SYSTEM
from qa_service.domain.policy import Policy
from qa_service.domain.rubric import UNDECIDED, Criterion, ReviewPolicy, Rubric
from qa_service.domain.scorecard import Answer, Scorecard, ScoredCriterion, Status
from qa_service.domain.scoring import score


class Obstacle(StrEnum):
    """Why a draft waits for a person; the first that holds, in this order."""

    #: Mystery shopping, training or a test.
    NOT_LIVE = "not_live"
    #: The content was deleted: nothing could be shown for it.
    ERASED = "erased"
    #: Somebody holds it, or has answered a part.
    BEGUN = "begun"
    #: Sampled for a person, blindly or not.
    SAMPLED = "sampled"
    #: A plan in force has yet to draw from its time: what is final before is never drawn, and the audit would see the hard ones alone.
    UNSAMPLED = "unsampled"
    #: A final one was opened again.
    REOPENED = "reopened"
    #: It has not waited long enough.
    YOUNG = "young"
    #: A criterion has no answer.
    UNDECIDED = "undecided"
    #: A critical miss is suspected.
    CRITICAL = "critical"
    #: The form wants a person's own answer to a criterion.
    ALWAYS = "always_a_person"
    #: A suggestion is less sure than it has to be by now.
    UNSURE = "unsure"
    #: A criterion has too few blind answers, under this wording and of these engines.
    NOT_AUDITED = "not_audited"
    #: The accuracy of a criterion is not known to be high enough.
    NOT_RELIABLE = "not_reliable"


def obstacle(
    card: Scorecard, rubric: Rubric, *, accuracies: Mapping[str, Estimate], policy: Policy, decide_at: float
) -> Obstacle | None:
    """What the scorecard itself has against it; age, the queue and deleted content are for the store to tell.

    ``accuracies``: audited ones by criterion, under the wordings of its form and of its engines. ``decide_at``: least confidence of a
    suggestion that decides.
    """
    whole = _of_whole(card)
    if whole is not None:
        return whole
    answers, forms = standing(card, rubric), {one.id: one for one in rubric.criteria}
    if UNDECIDED in answers.values():
        return Obstacle.UNDECIDED
    if card.critical_misses:
        return Obstacle.CRITICAL
    found = {
        _of_criterion(one, forms[one.id], accuracies.get(one.id), policy, decide_at)
        for one in card.criteria if asked(forms[one.id].asked_when, answers) is not Asked.NO
    }
    return next((one for one in Obstacle if one in found), None)


def _of_whole(card: Scorecard) -> Obstacle | None:
    if card.interaction.purpose is not Purpose.LIVE:
        return Obstacle.NOT_LIVE
    if card.status is not Status.DRAFT or card.reviewer is not None or any(one.answer is not None for one in card.criteria):
        return Obstacle.BEGUN
    if card.blind:
        return Obstacle.SAMPLED
    return Obstacle.REOPENED if card.version > 1 else None


def _of_criterion(
    one: ScoredCriterion, form: Criterion, accuracy: Estimate | None, policy: Policy, decide_at: float
) -> Obstacle | None:
    if form.review is ReviewPolicy.ALWAYS:
        return Obstacle.ALWAYS
    if one.suggestion is None or one.suggestion.confidence < decide_at:
        return Obstacle.UNSURE
    if accuracy is None or accuracy.effective < policy.accept_least:
        return Obstacle.NOT_AUDITED
    return None if reliable(accuracy, policy) else Obstacle.NOT_RELIABLE


def finalized(card: Scorecard, rubric: Rubric, *, at: datetime) -> Scorecard:
    """The final scorecard, marked as automatic: its suggestions become answers of the service. Call it without an :func:`obstacle`."""
    answers = standing(card, rubric)
    given = {one.id: Answer(answer=answers[one.id], by=SYSTEM.id, at=at) for one in card.criteria}
    done = score(card.answering(given), rubric)
    return done.model_copy(update={"status": Status.FINAL, "automatic": True, "reviewer": SYSTEM.id})
