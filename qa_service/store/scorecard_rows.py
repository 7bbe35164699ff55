"""How a scorecard lies in its rows: figures as integers, suggestion and answer in columns of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Severity, Skill
from qa_service.domain.scorecard import (
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


def figures(card: Scorecard) -> dict[str, Any]:
    """The columns that change with answers."""
    return {
        "status": card.status.value, "score": card.score, "raw_score": card.raw_score, "passed": card.passed, "undecided": card.undecided,
        "critical_misses": json.dumps(card.critical_misses), "sections": json.dumps([(one.id, one.score) for one in card.sections]),
        "reviewer": card.reviewer,
    }


def origin(card: Scorecard) -> dict[str, Any]:
    """The columns that never change."""
    return {
        "id": card.id, "interaction_id": card.interaction.id, "channel": card.interaction.channel.value, "agent_id": card.interaction.agent,
        "language": card.interaction.language, "rubric_id": card.rubric.id, "rubric_version": card.rubric.version,
        "rubric_fingerprint": card.rubric.fingerprint, "engine_speech": card.engine.speech or "", "engine_analysis": card.engine.analysis,
    }


def answer(one: ScoredCriterion) -> dict[str, Any]:
    """The columns of a criterion that change with its answer."""
    given = one.answered
    return {
        "points": one.points, "answer": one.answer, "answered_by": given.by if given else None, "answered_at": given.at if given else None,
        "reason": given.reason if given else None, "answer_evidence": _evidence(given.evidence if given else ()),
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
        interaction=InteractionRef(id=row.interaction_id, channel=Channel(row.channel), agent=row.agent_id, language=row.language),
        rubric=RubricRef(id=row.rubric_id, version=row.rubric_version, fingerprint=row.rubric_fingerprint),
        engine=Engines(speech=row.engine_speech or None, analysis=row.engine_analysis), status=Status(row.status), score=row.score,
        raw_score=row.raw_score, passed=row.passed, undecided=row.undecided, critical_misses=tuple(json.loads(row.critical_misses)),
        sections=tuple(ScoredSection(id=section, score=score) for section, score in json.loads(row.sections)),
        criteria=tuple(_criterion(one) for one in criteria), revision=row.revision, reviewer=row.reviewer,
    )


def changed(before: Scorecard, after: Scorecard) -> Mapping[int, ScoredCriterion]:
    """Criteria whose answer or points differ, by position."""
    told = {one.id: (position, one) for position, one in enumerate(before.criteria)}
    return {told[one.id][0]: one for one in after.criteria if answer(one) != answer(told[one.id][1])}


def _criterion(row: ScorecardCriterionRow) -> ScoredCriterion:
    return ScoredCriterion(
        id=row.criterion_id, section=row.section_id, weight=row.weight, severity=Severity(row.severity),
        skill=None if row.skill is None else Skill(row.skill), answer=row.answer, answered=_answered(row), points=row.points,
        suggestion=_suggestion(row),
    )


def _answered(row: ScorecardCriterionRow) -> Answer | None:
    if row.answer is None or row.answered_by is None:
        return None
    return Answer(
        answer=row.answer, by=row.answered_by, at=row.answered_at, reason=row.reason, evidence=EVIDENCE.validate_json(row.answer_evidence)
    )


def _suggestion(row: ScorecardCriterionRow) -> Suggestion | None:
    if row.suggestion_answer is None:
        return None
    return Suggestion(
        answer=row.suggestion_answer, confidence=row.suggestion_confidence or 0.0, why=row.suggestion_why or "",
        evidence=EVIDENCE.validate_json(row.suggestion_evidence),
    )


def _evidence(pieces: tuple[Evidence, ...]) -> str:
    return EVIDENCE.dump_json(pieces, exclude_none=True).decode() if pieces else "[]"
