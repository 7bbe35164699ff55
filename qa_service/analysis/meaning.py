"""Meaning: how likely each sentence of certain turns means what the examples of a question mean, in any language."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from qa_service.analysis.base import says_something
from qa_service.analysis.language import by_script
from qa_service.analysis.probe import Matrix, Probe, fit
from qa_service.analysis.quoted import is_own
from qa_service.analysis.sentences import sentences
from qa_service.analysis.vectors import TextVectors
from qa_service.domain.finding import Findings, Hit, MeaningQuery, Wanted
from qa_service.domain.transcript import Transcript

#: Grows whenever the same vectors may give other chances.
_VERSION = 1
#: Probes that are kept.
_KEPT = 256


class Background(NamedTuple):
    """Ordinary sentences of contact centres, and where each language lies among the vectors."""

    #: Centred vectors.
    vectors: Matrix
    #: Mean vector by language; ``None``: the middle of those.
    centres: dict[str | None, Matrix]

    def centred(self, vectors: Matrix, languages: Sequence[str | None]) -> Matrix:
        """Vectors less the mean of their language, so that what is said counts and not in which language."""
        middle = self.centres[None]
        return vectors - np.stack([self.centres.get(language, middle) for language in languages])


class Meanings:
    """Answers questions of meaning; build once a process. Vectors are worked out for the sentences that are asked about, and no others."""

    def __init__(self, vectors: TextVectors) -> None:
        self._vectors = vectors
        self._background: Background | None = None
        self._probes: OrderedDict[str, Probe] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """What must be stored beside the answers."""
        return f"meaning/{_VERSION} {self._vectors.version}"

    def find(self, transcript: Transcript, wanted: Iterable[Wanted]) -> Findings:
        """Every sentence of the wanted turns by key, with the chance that it means it; raises :class:`~qa_service.errors.WeightsError`."""
        asked = tuple(wanted)
        turns = sorted({turn for one in asked for turn in one.turns})
        places = {turn: tuple(sentence_spans(transcript.turns[turn].text)) for turn in turns}
        spans = [(turn, start, end) for turn in turns for start, end in places[turn]]
        if not spans:
            return {one.query.key: () for one in asked}
        texts = [transcript.turns[turn].text[start:end] for turn, start, end in spans]
        languages = [transcript.turns[turn].language or transcript.language for turn, _, _ in spans]
        rows = self._centred(texts, languages)
        return {one.query.key: _hits(one, spans, self._probe(one.query).points(rows)) for one in asked}

    def _centred(self, texts: Sequence[str], languages: Sequence[str | None]) -> Matrix:
        return self._ordinary().centred(self._vectors.of(texts).astype(np.float64), languages)

    def _ordinary(self) -> Background:
        with self._lock:
            if self._background is None:
                self._background = _background(self._vectors)
            return self._background

    def _probe(self, query: MeaningQuery) -> Probe:
        with self._lock:
            if query.key in self._probes:
                self._probes.move_to_end(query.key)
                return self._probes[query.key]
        probe = self._fitted(query)
        with self._lock:
            self._probes[query.key] = probe
            while len(self._probes) > _KEPT:
                self._probes.popitem(last=False)
        return probe

    def _fitted(self, query: MeaningQuery) -> Probe:
        texts = (*query.like, *query.unlike)
        rows = self._centred(texts, [by_script(text).language for text in texts])
        return fit(rows[: len(query.like)], rows[len(query.like) :], self._ordinary().vectors)


def _hits(one: Wanted, spans: Sequence[tuple[int, int, int]], points: Matrix) -> tuple[Hit, ...]:
    chances = 1 / (1 + np.exp(-points))
    return tuple(
        Hit(turn, start, end, float(chance)) for (turn, start, end), chance in zip(spans, chances, strict=True) if turn in one.turns
    )


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of what says something and is no quote of somebody else's mail."""
    for start, end in sentences(text):
        piece = text[start:end]
        first = start + len(piece) - len(piece.lstrip())
        mine = "\n" not in text or is_own(text, first, first + 1)
        if mine and says_something(piece):
            yield first, start + len(piece.rstrip())


def _background(vectors: TextVectors) -> Background:
    rows = _ordinary_sentences()
    found = vectors.of([text for _, text in rows]).astype(np.float64)
    languages = [language for language, _ in rows]
    centres: dict[str | None, Matrix] = {
        language: found[[one == language for one in languages]].mean(axis=0) for language in dict.fromkeys(languages)
    }
    centres[None] = np.mean(list(centres.values()), axis=0)
    plain = Background(found, centres)
    return Background(plain.centred(found, languages), centres)


@cache
def _ordinary_sentences() -> tuple[tuple[str, str], ...]:
    """Language and sentence."""
    lines = files(__package__).joinpath("background.tsv").read_text(encoding="utf-8").splitlines()
    return tuple((language, text) for language, _, text in (line.partition("\t") for line in lines) if text)
