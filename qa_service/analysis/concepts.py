"""Concepts: meanings that were learned from labelled sentences and whole conversations, as directions among sentence vectors.

How likely each sentence of certain turns means it, in any language. The directions come with the product (``concepts.json``, made by
``benchmarks/train_learned.py``); what a learned model makes of the chances stands in its own weights.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from qa_service.analysis.meaning import sentence_spans
from qa_service.analysis.probe import Matrix, unit
from qa_service.analysis.vectors import TextVectors
from qa_service.domain.finding import Findings, Hit
from qa_service.domain.learned.features import ANSWERING, concept_key
from qa_service.domain.transcript import Speaker, Transcript

#: Sentences before an answer among which the question is looked for.
_BACK = 10
#: The product of two vectors of length 1 is small beside their difference.
_PRODUCT = 20.0
_NEVER = -8.0


class Sentence(NamedTuple):
    """A sentence that says something."""

    turn: int
    start: int
    end: int
    text: str
    speaker: Speaker
    language: str | None


class Directions:
    """Directions by concept, and where each language lies among the vectors."""

    def __init__(self, *, vectors: str, centres: Mapping[str, Matrix], weights: Mapping[str, Matrix]) -> None:
        """``vectors``: version of the encoder; ``weights``: a row with its constant last, of width 384 + 1 (answering: 3 * 384 + 1)."""
        self.vectors = vectors
        self.centres: dict[str, Matrix] = {language: _as_kept(row) for language, row in sorted(centres.items())}
        self.weights: dict[str, Matrix] = {name: _as_kept(row) for name, row in sorted(weights.items())}

    @cached_property
    def version(self) -> str:
        """By content."""
        text = json.dumps(self.as_data(), sort_keys=True)
        return f"concepts@{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def as_data(self) -> dict[str, Any]:
        """Plain data that :meth:`from_data` reads back without loss: rows as base64 of 16-bit floats, little-endian."""
        return {
            "vectors": self.vectors, "centres": {name: _packed(row) for name, row in self.centres.items()},
            "concepts": {name: _packed(row) for name, row in self.weights.items()},
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Directions:
        """From such data."""
        centres = {name: _unpacked(text) for name, text in data["centres"].items()}
        return cls(vectors=data["vectors"], centres=centres, weights={name: _unpacked(text) for name, text in data["concepts"].items()})

    def rows(self, vectors: Matrix, languages: Sequence[str | None]) -> Matrix:
        """Vectors less the centre of their language, at length 1."""
        middle: Matrix = np.mean(list(self.centres.values()), axis=0)
        centres: list[Matrix] = [self.centres.get(language or "", middle) for language in languages]
        return unit(vectors - np.stack(centres))


@cache
def shipped_directions() -> Directions | None:
    """Those that come with the product; ``None`` where none do (while they are being made)."""
    source = files(__package__).joinpath("concepts.json")
    return Directions.from_data(json.loads(source.read_text(encoding="utf-8"))) if source.is_file() else None


class Concepts:
    """Tells how likely sentences mean something; vectors are worked out for the turns that are asked about, and no others."""

    def __init__(self, vectors: TextVectors, *, directions: Directions) -> None:
        self._vectors = vectors
        self._directions = directions

    @property
    def version(self) -> str:
        """What must be stored beside the answers."""
        return f"{self._directions.version} {self._vectors.version}"

    def find(self, transcript: Transcript, wanted: Mapping[str, frozenset[int]]) -> Findings:
        """Every sentence of the wanted turns by key, with the chance that it means it; raises :class:`~qa_service.errors.WeightsError`."""
        asked = {name: turns for name, turns in wanted.items() if name in self._directions.weights}
        sentences = sentences_of(transcript, frozenset[int]().union(*asked.values()))
        if not sentences:
            return {concept_key(name): () for name in asked}
        rows = self.rows(sentences)
        return {concept_key(name): tuple(_hits(sentences, turns, self.points(name, sentences, rows))) for name, turns in asked.items()}

    def rows(self, sentences: Sequence[Sentence]) -> Matrix:
        """One row a sentence, of length 1, centred by language; ``sentences`` holds at least one."""
        vectors = self._vectors.of([one.text for one in sentences]).astype(np.float64)
        return self._directions.rows(vectors, [one.language for one in sentences])

    def points(self, concept: str, sentences: Sequence[Sentence], rows: Matrix) -> Matrix:
        """Log odds, shape ``(n,)``, that each means it."""
        weights = self._directions.weights[concept]
        if concept not in ANSWERING:
            return log_odds(weights, rows)
        return np.array([_answering(weights, rows, index, sentences) for index in range(len(sentences))])


def sentences_of(transcript: Transcript, turns: Iterable[int]) -> list[Sentence]:
    """The sentences of those turns, in order."""
    return [
        Sentence(index, start, end, turn.text[start:end], turn.speaker, turn.language or transcript.language)
        for index, turn in ((index, transcript.turns[index]) for index in sorted(turns))
        for start, end in sentence_spans(turn.text)
    ]


def log_odds(weights: Matrix, rows: Matrix) -> Matrix:
    """``weights`` end with the constant."""
    found: Matrix = rows @ weights[:-1] + weights[-1]
    return found


def paired(answers: Matrix, questions: Matrix) -> Matrix:
    """Rows for an answer beside a question: the answer, their product and their difference."""
    return np.concatenate([answers, answers * questions * _PRODUCT, answers - questions], axis=-1)


def _answering(weights: Matrix, rows: Matrix, index: int, sentences: Sequence[Sentence]) -> float:
    """Against the best fitting sentence of the customer shortly before; what the customer says answers nothing."""
    if sentences[index].speaker is not Speaker.AGENT:
        return _NEVER
    before = [other for other in range(max(0, index - _BACK), index) if sentences[other].speaker is Speaker.CUSTOMER]
    if not before:
        return _NEVER
    return float(log_odds(weights, paired(np.repeat(rows[[index]], len(before), axis=0), rows[before])).max())


def _hits(sentences: Sequence[Sentence], turns: frozenset[int], points: Matrix) -> Iterator[Hit]:
    chances = 1 / (1 + np.exp(-np.clip(points, -30, 30)))
    for sentence, chance in zip(sentences, chances, strict=True):
        if sentence.turn in turns:
            yield Hit(sentence.turn, sentence.start, sentence.end, float(chance))


def _as_kept(row: Matrix) -> Matrix:
    """With the precision of the file, so that what is trained and what is read back answer alike."""
    return row.astype(np.float16).astype(np.float64)


def _packed(row: Matrix) -> str:
    return base64.b64encode(np.asarray(row, dtype="<f2").tobytes()).decode()


def _unpacked(text: str) -> Matrix:
    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float64)
