"""Lint of rubric files: the language, the signals of this release, and every phrase and pattern compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from qa_service.analysis.finder import pattern_source
from qa_service.analysis.phrase import phrase_pattern
from qa_service.domain.lint import lint, phrase_lists, phrase_path
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_source import Fault, Level, RubricSource, in_file_order, refusal
from qa_service.domain.signal import SignalSpec
from qa_service.errors import RubricError
from qa_service.store.rubric_files import Scan, scan, scan_text


def lint_file(path: Path, *, catalogue: Mapping[str, SignalSpec]) -> list[Fault]:
    """Every fault of a file, in its order; a file that cannot be read is a fault."""
    return _lint(scan(path), catalogue)


def lint_text(text: str, *, file: str, catalogue: Mapping[str, SignalSpec]) -> list[Fault]:
    """Every fault of a text that goes under that name."""
    return _lint(scan_text(text, file=file), catalogue)


def load_rubric(path: Path, *, catalogue: Mapping[str, SignalSpec]) -> Rubric:
    """The rubric of a file; raises :class:`RubricError` that carries every error, and lets warnings pass."""
    found = scan(path)
    faults = _lint(found, catalogue)
    if found.rubric is None or any(fault.level is Level.ERROR for fault in faults):
        raise refusal(faults)
    return found.rubric


def _lint(found: Scan, catalogue: Mapping[str, SignalSpec]) -> list[Fault]:
    if found.rubric is None or found.source is None:
        return list(found.faults)
    faults = [*lint(found.rubric, found.source, catalogue=catalogue), *_phrases(found.rubric, found.source)]
    return in_file_order(faults)


def _phrases(rubric: Rubric, source: RubricSource) -> Iterator[Fault]:
    for base, by_language in phrase_lists(rubric):
        for language, texts in by_language.items():
            seen: dict[str, str] = {}
            for index, text in enumerate(texts):
                yield from _phrase(text, language, phrase_path(source, base, language, index), source, seen)


def _phrase(text: str, language: str, path: tuple[str | int, ...], source: RubricSource, seen: dict[str, str]) -> Iterator[Fault]:
    """Compile one phrase; ``seen`` has the ones before it, by what they compile to."""
    try:
        pattern = pattern_source(text) if path[0] == "sections" and "pattern" in path else phrase_pattern(text, language)
    except RubricError as error:
        yield source.fault(Level.ERROR, path, error.message, error.hint or "")
        return
    if pattern in seen:
        yield source.fault(Level.WARNING, path, f"{text!r} is {seen[pattern]!r} again", "case, letter forms and contractions are alike")
    seen.setdefault(pattern, text)
