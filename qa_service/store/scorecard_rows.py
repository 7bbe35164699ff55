"""How a scorecard lies in its rows: figures as integers, suggestion and answer in columns of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.risk import doubt
from qa_service.domain.rubric import Severity, Skill
from qa_service.domain.scorecard import (
    Acknowledgement,
    Answer,
    Engines,
    InteractionRef,
    RubricRef,
    Scorecard,
    ScoredCriterion,
    ScoredSection,
    Status,
    Suggestion,
)
from qa_service.store.tables import ScorecardCriterionRow, ScorecardRow

EVIDENCE = TypeAdapter(tuple[Evidence, ...])
#: What :func:`figures` writes.
_CHANGING = (
    "status", "score", "raw_score", "passed", "undecided", "critical_misses", "sections", "reviewer", "automatic", "comment", "note",
    "acknowledged",
)


def figures(card: Scorecard) -> dict[str, Any]:
    """The columns that change with answers."""
    return {
        "status": card.status.value, "score": card.score, "raw_score": card.raw_score, "passed": card.passed, "undecided": card.undecided,
        "critical_misses": json.dumps(card.critical_misses), "sections": json.dumps([(one.id, one.score) for one in card.sections]),
        "reviewer": card.reviewer, "automatic": card.automatic, "comment": card.comment, "note": card.note,
        "acknowledged": None if card.acknowledged is None else card.acknowledged.model_dump_json(),
    }


def origin(card: Scorecard) -> dict[str, Any]:
    """The columns that never change."""
    return {
        "id": card.id, "interaction_id": card.interaction.id, "channel": card.interaction.channel.value, "agent_id": card.interaction.agent,
        "language": card.interaction.language, "rubric_id": card.rubric.id, "rubric_version": card.rubric.version,
        "rubric_fingerprint": card.rubric.fingerprint, "engine_speech": card.engine.speech or "", "engine_analysis": card.engine.analysis,
        "version": card.version, "replaces": card.replaces, "blind": card.blind, "doubt": doubt(card),
    }


def answer(one: ScoredCriterion) -> dict[str, Any]:
    """The columns of a criterion that change with its answer."""
    given = one.answered
    return {
        "points": one.points, "answer": one.answer, "answered_by": given.by if given else None, "answered_at": given.at if given else None,
        "reason": given.reason if given else None, "answer_evidence": _evidence(given.evidence if given else ()),
        "comment": given.comment if given else None, "note": given.note if given else None,
    }


def criterion(card: str, position: int, one: ScoredCriterion) -> dict[str, Any]:
    """All columns of a criterion."""
    told = one.suggestion
    return {
        "scorecard_id": card, "position": position, "criterion_id": one.id, "section_id": one.section, "weight": one.weight,
        "severity": one.severity.value, "skill": one.skill.value if one.skill else None,
        "suggestion_answer": told.answer if told else None, "suggestion_confidence": told.confidence if told else None,
        "suggestion_why": told.why if told else None, "suggestion_evidence": _evidence(told.evidence if told else ()), **answer(one),
    }


def scorecard(row: ScorecardRow, criteria: Iterable[ScorecardCriterionRow]) -> Scorecard:
    """The scorecard of a row and its criteria in order."""
    return Scorecard(
        schema="scorecard/1", id=row.id,
        interaction=InteractionRef(
            id=row.interaction_id, channel=Channel(row.channel), agent=row.agent_id, language=row.language, purpose=Purpose(row.purpose)
        ),
        rubric=RubricRef(id=row.rubric_id, version=row.rubric_version, fingerprint=row.rubric_fingerprint),
        engine=Engines(speech=row.engine_speech or None, analysis=row.engine_analysis), status=Status(row.status), score=row.score,
        raw_score=row.raw_score, passed=row.passed, undecided=row.undecided, critical_misses=tuple(json.loads(row.critical_misses)),
        sections=tuple(ScoredSection.trusted(id=section, score=score) for section, score in json.loads(row.sections)),
        criteria=tuple(_criterion(one) for one in criteria), revision=row.revision, reviewer=row.reviewer,
        version=row.version, replaces=row.replaces, blind=row.blind, automatic=row.automatic, comment=row.comment, note=row.note,
        acknowledged=None if row.acknowledged is None else Acknowledgement.model_validate_json(row.acknowledged), erased=row.erased,
    )


def changed(before: Scorecard, after: Scorecard) -> Mapping[int, ScoredCriterion]:
    """Criteria whose answer or points differ, by position; criteria are matched by id."""
    told = {one.id: (position, one) for position, one in enumerate(before.criteria)}
    return {told[one.id][0]: one for one in after.criteria if _differs(told[one.id][1], one)}


def saved(before: Scorecard, after: Scorecard, answers: Mapping[int, ScoredCriterion], *, revision: int) -> Scorecard:
    """What lies in the rows once ``after`` was saved over ``before``: suggestions, weights and origin are those of before."""
    criteria = list(before.criteria)
    for position, one in answers.items():
        criteria[position] = criteria[position].model_copy(update={"answer": one.answer, "answered": one.answered, "points": one.points})
    figures_ = {name: getattr(after, name) for name in _CHANGING}
    return before.model_copy(update={**figures_, "criteria": tuple(criteria), "revision": revision})


def _differs(before: ScoredCriterion, after: ScoredCriterion) -> bool:
    same = before.answered is after.answered or before.answered == after.answered
    return not same or before.points != after.points or before.answer != after.answer


def _criterion(row: ScorecardCriterionRow) -> ScoredCriterion:
    # Without checks: they were made when it was written, and there are dozens to a scorecard.
    return ScoredCriterion.trusted(
        id=row.criterion_id, section=row.section_id, weight=row.weight, severity=Severity(row.severity),
        skill=None if row.skill is None else Skill(row.skill), answer=row.answer, answered=_answered(row), points=row.points,
        suggestion=_suggestion(row),
    )


def _answered(row: ScorecardCriterionRow) -> Answer | None:
    if row.answer is None or row.answered_by is None:
        return None
    return Answer.trusted(
        answer=row.answer, by=row.answered_by, at=row.answered_at, reason=row.reason, evidence=_pieces(row.answer_evidence),
        comment=row.comment, note=row.note,
    )


def _suggestion(row: ScorecardCriterionRow) -> Suggestion | None:
    if row.suggestion_answer is None:
        return None
    return Suggestion.trusted(
        answer=row.suggestion_answer, confidence=row.suggestion_confidence or 0.0, why=row.suggestion_why or "",
        evidence=_pieces(row.suggestion_evidence),
    )


@lru_cache(maxsize=2048)
def _pieces(text: str) -> tuple[Evidence, ...]:
    """Evidence, read once for all the saves of a review."""
    return EVIDENCE.validate_json(text)


def _evidence(pieces: tuple[Evidence, ...]) -> str:
    return EVIDENCE.dump_json(pieces, exclude_none=True).decode() if pieces else "[]"
