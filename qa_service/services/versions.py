"""Versions of a scorecard: made final, opened again beside the old one, confirmed by the agent; each an act in the ledger.

All work inside the caller's unit, so that other services (disputes, policies) can make them part of their own acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qa_service.domain.permission import Actor
from qa_service.domain.review import successor
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Scorecard, ScoredCriterion
from qa_service.store.reviews import Seen
from qa_service.store.unit import Unit

#: Who answered, in the ledger, where a suggestion was left as it is.
ACCEPTED = "accepted"


def finalized(
    unit: Unit, final: Scorecard, rubric: Rubric, *, by: Actor, at: datetime, seen: Seen | None = None, because: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> Scorecard:
    """Store a scorecard that has become final (see :func:`qa_service.domain.review.finalize`): from now on it counts, its blind answers
    count in the audited accuracies, and the version before, if any, is superseded.

    ``seen``: as it was read before in this unit; ``because``: what led to it (``dispute/ID``); ``more``: what else the
    ledger is to tell. Raises :class:`StaleVersionError`.
    """
    before = seen or unit.scorecards.seen(str(final.id))
    saved = unit.scorecards.save(final, expected_revision=before.card.revision, at=at, seen=before)
    unit.accuracies.note(saved, rubric)
    led = {} if because is None else {"because": because}
    noted(unit, saved, "finalized", by=by, at=at, content={**_verdict(before.card, saved), **led, **(more or {})})
    if saved.replaces is not None:
        content = {"by": saved.id, "version": saved.version}
        _of(unit, saved.replaces, saved.interaction.id, "superseded", by=by, at=at, content=content)
    return saved


def reopened(unit: Unit, card: Scorecard, *, by: Actor, at: datetime, reason: str, agent: str | None = None) -> Scorecard:
    """Open a finished scorecard again: the next version beside it, held by nobody, with its answers; the old one counts until that is
    final. ``agent``: whom it is about from now on. Raises :class:`ConflictError` unless it is finished, or when it was opened before."""
    made = unit.scorecards.succeed(successor(card, agent=agent), at=at)
    told = {"reason": reason, "as": made.id, "version": made.version}
    _of(unit, str(card.id), card.interaction.id, "reopened", by=by, at=at, content=told)
    content = {
        "reason": reason, "version": made.version, "replaces": card.id, "rubric": made.rubric.model_dump(),
        "engine": made.engine.model_dump(), "agent": made.interaction.agent, "score": made.score,
        "answers": {one.id: _answer(one) for one in made.criteria if one.answer is not None},
    }
    noted(unit, made, "opened", by=by, at=at, content=content)
    return made


def noted(unit: Unit, card: Scorecard, action: str, *, by: Actor, at: datetime, content: Mapping[str, Any]) -> None:
    """An act on a scorecard, with the revision that it made."""
    _of(unit, str(card.id), card.interaction.id, action, by=by, at=at, content={"revision": card.revision, **content})


def _of(unit: Unit, card: str, interaction: str, action: str, *, by: Actor, at: datetime, content: Mapping[str, Any]) -> None:
    unit.ledger.append(
        at=at, actor=by.id, action=f"scorecard.{action}", subject=f"scorecard/{card}", content=content, interaction=interaction
    )


def _verdict(before: Scorecard, saved: Scorecard) -> dict[str, Any]:
    """Everything that a replay needs: with the rubric of that fingerprint, the answers give the figures again."""
    given = {one.id for one in before.criteria if one.answer is not None}
    return {
        "version": saved.version, "rubric": saved.rubric.fingerprint, "engine": saved.engine.model_dump(), "blind": saved.blind,
        "automatic": saved.automatic, "reviewer": saved.reviewer, "agent": saved.interaction.agent,
        "answers": {one.id: one.answer for one in saved.criteria},
        "given": {one.id: _answer(one) if one.id in given else ACCEPTED for one in saved.criteria},
        "suggestions": {one.id: one.suggestion.answer for one in saved.criteria if one.suggestion is not None},
        "score": saved.score, "raw_score": saved.raw_score, "passed": saved.passed, "critical_misses": list(saved.critical_misses),
        "sections": {one.id: one.score for one in saved.sections}, "comment": saved.comment, "note": saved.note,
    }


def _answer(one: ScoredCriterion) -> Any:
    return one.answer if one.answered is None else one.answered.model_dump(mode="json", exclude_defaults=True)
