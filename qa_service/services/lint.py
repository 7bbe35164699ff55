"""Lint of rubric files: the language, the signals of this release, and every phrase and pattern compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from qa_service.analysis.finder import pattern_source
from qa_service.analysis.phrase import phrase_pattern
from qa_service.domain.lint import lint, phrase_lists, phrase_path
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_source import Fault, Level, RubricSource, in_file_order, refusal
from qa_service.domain.rubric_version import version_faults
from qa_service.domain.signal import SignalSpec
from qa_service.errors import RubricError
from qa_service.store.rubric_files import Scan, scan, scan_text

#: All published versions of a rubric id.
Published = Callable[[str], Sequence[Rubric]]


def lint_file(
    path: Path, *, catalogue: Mapping[str, SignalSpec], judge: bool = False, published: Published | None = None
) -> list[Fault]:
    """Every fault of a file, in its order; a file that cannot be read is a fault. ``judge``: whether a language model is set up;
    ``published``: the versions that a rubric must not contradict."""
    return _lint(scan(path), catalogue, judge=judge, published=published)


def lint_text(
    text: str, *, file: str, catalogue: Mapping[str, SignalSpec], judge: bool = False, published: Published | None = None
) -> list[Fault]:
    """Every fault of a text that goes under that name."""
    return _lint(scan_text(text, file=file), catalogue, judge=judge, published=published)


def load_rubric(path: Path, *, catalogue: Mapping[str, SignalSpec]) -> Rubric:
    """The rubric of a file; raises :class:`RubricError` that carries every error, and lets warnings pass."""
    return _sound(scan(path), catalogue)


def rubric_of(text: str, *, file: str, catalogue: Mapping[str, SignalSpec]) -> Rubric:
    """The rubric of a text that goes under that name; as :func:`load_rubric`."""
    return _sound(scan_text(text, file=file), catalogue)


def _sound(found: Scan, catalogue: Mapping[str, SignalSpec]) -> Rubric:
    faults = _lint(found, catalogue)
    if found.rubric is None or any(fault.level is Level.ERROR for fault in faults):
        raise refusal(faults)
    return found.rubric


def _lint(
    found: Scan, catalogue: Mapping[str, SignalSpec], *, judge: bool = False, published: Published | None = None
) -> list[Fault]:
    if found.rubric is None or found.source is None:
        return list(found.faults)
    faults = [*lint(found.rubric, found.source, catalogue=catalogue, judge=judge), *_phrases(found.rubric, found.source)]
    if published is not None:
        faults += version_faults(found.rubric, found.source, published(found.rubric.rubric))
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
