"""Makers for small rubrics, transcripts and judgements; phrases are looked up by the real finder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from qa_service.analysis.finder import Finder
from qa_service.domain.criteria.base import parse_detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript, Turn, Word

#: ``agent: Hello``, or with seconds ``agent 0-2.5: Hello``.
Lines = str
Decide = Callable[..., Outcome]


def spoken(text: str, start: float, end: float, confidence: float = 1.0) -> tuple[Word, ...]:
    """Words of a text, evenly spread over the time."""
    parts = text.split()
    step = (end - start) * 1000 / max(1, len(parts))
    first = start * 1000
    return tuple(
        Word(text=part, start_ms=round(first + i * step), end_ms=round(first + (i + 1) * step), confidence=confidence)
        for i, part in enumerate(parts)
    )


def turn(line: str, *, words: bool = False, confidence: float = 1.0) -> Turn:
    head, _, text = line.strip().partition(": ")
    speaker, _, times = head.partition(" ")
    if not times:
        return Turn.model_validate({"speaker": speaker, "text": text})
    start, _, end = times.partition("-")
    values = {"speaker": speaker, "text": text, "start_ms": round(float(start) * 1000), "end_ms": round(float(end) * 1000)}
    said = spoken(text, float(start), float(end), confidence) if words else ()
    return Turn.model_validate({**values, "words": said})


@pytest.fixture(scope="session")
def talk() -> Callable[..., Transcript]:
    """A transcript of lines such as ``agent 0-2: Hello``; ``words`` spreads words over the times."""

    def make(lines: Lines, *, language: str = "en", words: bool = False, confidence: float = 1.0) -> Transcript:
        turns = tuple(turn(line, words=words, confidence=confidence) for line in lines.strip().splitlines() if line.strip())
        return Transcript(turns=turns, language=language)

    return make


@pytest.fixture(scope="session")
def form() -> Callable[..., dict[str, Any]]:
    """Data of a rubric with one section; every criterion is given by its settings."""

    def make(*criteria: Mapping[str, Any], **rubric: Any) -> dict[str, Any]:
        filled = [{"id": f"c{i}", "question": "?", "weight": 1, **criterion} for i, criterion in enumerate(criteria)]
        section = {"id": "only", "title": "Only", "weight": 1, "criteria": filled}
        return {"rubric": "test-form", "version": 1, "channel": "phone", "title": "Test", "sections": [section], **rubric}

    return make


@pytest.fixture(scope="session")
def suggest(form: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Suggestion]]:
    """Suggestions of a one-section rubric for a transcript."""

    def run(
        transcript: Transcript, *criteria: Mapping[str, Any], signals: Mapping[str, float | None] | None = None, decide_at: float = 0.5,
        **rubric: Any,
    ) -> dict[str, Suggestion]:
        made = Rubric.model_validate(form(*criteria, **rubric))
        findings = Finder(made.queries.values()).find(transcript)
        measured = {name: Signal(name=name, value=value) for name, value in (signals or {}).items()}
        return pre_score(made, transcript=transcript, signals=measured, findings=findings, decide_at=decide_at)

    return run


@pytest.fixture(scope="session")
def decide() -> Decide:
    """The outcome of one detection on a transcript."""

    def run(
        transcript: Transcript, detection: Any, *, signals: Mapping[str, Signal] | None = None,
        phrases: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None, outcomes: Mapping[str, Outcome] | None = None,
    ) -> Outcome:
        parsed = parse_detection(detection)
        queries = {query.key: query for query in parsed.queries(phrases or {})}
        coverage = {key: frozenset(getattr(query, "phrases", None) or getattr(query, "patterns", {})) for key, query in queries.items()}
        case = Case(transcript=transcript, signals=signals or {}, findings=Finder(queries.values()).find(transcript), coverage=coverage)
        case.outcomes.update(outcomes or {})
        return parsed.evaluate(case, "only.c0")

    return run
