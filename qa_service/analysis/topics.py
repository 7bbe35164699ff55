"""Topics of requests: spaces in which they are compared, groups of them with readable labels, and the group of a new one.

With sentence vectors, requests of all languages are grouped together (each vector less the centre of its language); without, by their
words, which parts the languages. A group is named by its words with the highest class-based TF-IDF (Grootendorst, "BERTopic", 2022).
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import exp, log
from typing import Any, NamedTuple, Protocol

import numpy as np

from qa_service.analysis.clustering import centres_of
from qa_service.analysis.concepts import Directions
from qa_service.analysis.content import content_word
from qa_service.analysis.fold import fold
from qa_service.analysis.probe import Matrix, unit
from qa_service.analysis.request import content_of
from qa_service.analysis.vectors import TextVectors
from qa_service.domain.topic import Method, TopicAssigned

#: Words of a label, and of the longer list.
_LABEL, _KEYWORDS = 3, 8
#: Words that the word space knows at most; rarer ones group nothing.
_VOCABULARY, _SEEN = 4000, 2
#: A group holds at least this many requests, and this share of them.
_LEAST, _SHARE = 3, 0.01
#: Requests of all languages that weigh with those of one when its middle is found.
_LEAN = 20


class Statement(NamedTuple):
    """A request and its language."""

    text: str
    language: str | None


class Tuning(NamedTuple):
    """Cosines of a space, chosen on requests with known reasons; ``docs/topics.md`` tells which, and how well it does on others."""

    #: Mean cosine under which groups stay apart.
    apart: float
    #: Cosine under which a request belongs nowhere.
    far: float
    #: Log odds of belonging: constant, per cosine to the centre, per lead over the second.
    odds: tuple[float, float, float]
    #: Cosine from which two requests are about the same thing.
    same: float


class Space(Protocol):
    """Where requests are compared."""

    @property
    def method(self) -> Method:
        """What by."""

    @property
    def version(self) -> str:
        """Rows of different versions are never compared."""

    @property
    def tuning(self) -> Tuning:
        """Its cosines."""

    def rows(self, statements: Sequence[Statement]) -> Matrix:
        """One row a statement, of length 1 (or 0, where nothing is known of it); at least one statement."""

    def as_data(self) -> Mapping[str, Any]:
        """What must be kept to compare later, as plain data."""


class VectorSpace:
    """By sentence vectors, centred by language, and by history where one is told: what all requests of a company have in common says
    nothing about their reasons, and without it the same cosines part those of a bank and those of everybody."""

    method = Method.VECTORS
    tuning = Tuning(apart=0.2, far=0.3, odds=(-1.63, 4.14, 0.01), same=0.4)

    def __init__(self, vectors: TextVectors, directions: Directions, *, means: Mapping[str, Matrix] | None = None) -> None:
        """``directions`` tell where each language lies; ``means``: the middle of a history, by language, under ``*`` of all."""
        self._vectors = vectors
        self._directions = directions
        self._means = None if means is None else {one: row.astype(np.float16).astype(np.float64) for one, row in sorted(means.items())}

    def fitted(self, statements: Sequence[Statement]) -> VectorSpace:
        """The same space, seen from the middle of a history; that of a language with few requests leans on the whole."""
        rows = self.rows(statements)
        middle: Matrix = rows.mean(axis=0)
        languages = np.array([one.language or "" for one in statements])
        means = {"*": middle}
        for language in sorted(set(languages.tolist()) - {""}):
            own = rows[languages == language]
            means[language] = (own.sum(axis=0) + _LEAN * middle) / (len(own) + _LEAN)
        return VectorSpace(self._vectors, self._directions, means=means)

    def with_data(self, data: Mapping[str, Any]) -> VectorSpace:
        """As it was when :meth:`as_data` was kept."""
        means = {one: _row(text) for one, text in data.get("means", {}).items()}
        return VectorSpace(self._vectors, self._directions, means=means or None)

    @property
    def version(self) -> str:
        """That of the encoder and of the centres."""
        return f"{self._vectors.version} {self._directions.version}"

    def rows(self, statements: Sequence[Statement]) -> Matrix:
        """See :class:`Space`."""
        found = self._vectors.of([one.text for one in statements]).astype(np.float64)
        rows = self._directions.rows(found, [one.language for one in statements])
        if self._means is None:
            return rows
        return unit(rows - np.stack([self._means.get(one.language or "", self._means["*"]) for one in statements]))

    def as_data(self) -> Mapping[str, Any]:
        """The middles of the history; the encoder is found again by its version."""
        return {} if self._means is None else {"means": {one: _text(row) for one, row in self._means.items()}}


class WordSpace:
    """By words that name things, weighted by how rare they are (TF-IDF, each word once)."""

    method = Method.WORDS
    version = "words/1"
    tuning = Tuning(apart=0.2, far=0.2, odds=(-0.23, -0.75, 4.28), same=0.4)

    def __init__(self, weights: Mapping[str, float]) -> None:
        """``weights``: of each word that is known."""
        self._weights = dict(sorted(weights.items()))
        self._places = {word: index for index, word in enumerate(self._weights)}

    @classmethod
    def of(cls, statements: Sequence[Statement]) -> WordSpace:
        """The words of a history."""
        counts = Counter(word for one in statements for word in content_of(one.text, one.language))
        known = sorted((word for word, count in counts.items() if count >= _SEEN), key=lambda word: (-counts[word], word))[:_VOCABULARY]
        return cls({word: round(log((1 + len(statements)) / (1 + counts[word])) + 1, 6) for word in known})

    def rows(self, statements: Sequence[Statement]) -> Matrix:
        """See :class:`Space`."""
        found = np.zeros((len(statements), max(1, len(self._places))))
        for row, one in enumerate(statements):
            for word in content_of(one.text, one.language):
                if word in self._places:
                    found[row, self._places[word]] = self._weights[word]
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        return found

    def as_data(self) -> Mapping[str, Any]:
        """The weights."""
        return {"weights": self._weights}


class Group(NamedTuple):
    """A group of requests."""

    centre: Matrix
    #: Indexes of its statements, the most central first.
    members: tuple[int, ...]
    label: str
    keywords: dict[str, tuple[str, ...]]


def groups_of(statements: Sequence[Statement], space: Space, *, fixed: Matrix | None = None) -> list[Group]:
    """Groups in order of size, behind those whose centres were ``fixed`` (which may be empty now)."""
    rows = space.rows(statements)
    smallest = max(_LEAST, round(len(statements) * _SHARE))
    centres = centres_of(rows, apart=space.tuning.apart, far=space.tuning.far, smallest=smallest, fixed=fixed)
    if not len(centres):
        return []
    near = rows @ centres.T
    best, sure = near.argmax(axis=1), near.max(axis=1) >= space.tuning.far
    members = [_central(np.flatnonzero((best == one) & sure).tolist(), near[:, one]) for one in range(len(centres))]
    named = _keywords(statements, members)
    found = [Group(centres[one], members[one], label_of(named[one]), named[one]) for one in range(len(centres))]
    kept = 0 if fixed is None else len(fixed)
    return [*found[:kept], *sorted(found[kept:], key=lambda group: (-len(group.members), group.label))]


def _central(members: list[int], near: Matrix) -> tuple[int, ...]:
    return tuple(sorted(members, key=lambda at: (-near[at], at)))


def assigned(rows: Matrix, centres: Matrix, tuning: Tuning) -> list[tuple[int | None, float]]:
    """The centre of each row with the chance that it belongs there; ``None`` with the chance that it belongs to none."""
    if not len(centres):
        return [(None, 1.0)] * len(rows)
    near = rows @ centres.T
    order = np.sort(near, axis=1)
    constant, per_cosine, per_lead = tuning.odds
    found: list[tuple[int | None, float]] = []
    for row, best in enumerate(near.argmax(axis=1)):
        cosine = float(order[row, -1])
        lead = cosine - (float(order[row, -2]) if near.shape[1] > 1 else 0.0)
        chance = round(1 / (1 + exp(-(constant + per_cosine * cosine + per_lead * lead))), 3)
        found.append((int(best), chance) if cosine >= tuning.far else (None, round(1 - chance, 3)))
    return found


class TopicModel:
    """The centres of topics, and the space they lie in."""

    def __init__(self, space: Space, topics: Sequence[str], centres: Matrix) -> None:
        """``centres``: one row a topic."""
        self.space = space
        self.topics = tuple(topics)
        self.centres = centres.astype(np.float16).astype(np.float64)

    def assign(self, statements: Sequence[Statement]) -> list[TopicAssigned]:
        """The topic of each."""
        if not statements:
            return []
        found = assigned(self.space.rows(statements), self.centres, self.space.tuning)
        return [TopicAssigned(None if at is None else self.topics[at], chance) for at, chance in found]

    def as_data(self) -> dict[str, Any]:
        """Plain data that :func:`read_model` reads back."""
        return {
            "method": self.space.method.value, "space": self.space.version, "topics": list(self.topics), "width": self.centres.shape[1],
            "centres": _text(self.centres), **self.space.as_data(),
        }


def read_model(data: Mapping[str, Any], vectors: VectorSpace | None) -> TopicModel | None:
    """The model; ``None`` where its space is not there (another encoder, or none)."""
    known: Space | None = WordSpace(data["weights"]) if data["method"] == Method.WORDS else vectors
    if known is None or known.version != data["space"]:
        return None
    space = known.with_data(data) if isinstance(known, VectorSpace) else known
    return TopicModel(space, data["topics"], _row(data["centres"]).reshape(len(data["topics"]), data["width"]))


def label_of(keywords: Mapping[str, Sequence[str]]) -> str:
    """The most telling words of the language that has most of them."""
    first = next(iter(keywords.values()), ())
    return ", ".join(first[:_LABEL])


def _keywords(statements: Sequence[Statement], groups: Sequence[Sequence[int]]) -> list[dict[str, tuple[str, ...]]]:
    """Class-based TF-IDF by language: how often a word is in the group, times ``ln(1 + mean words of a group / its count in all)``."""
    words = [Counter(_words(statements[at] for at in group)) for group in groups]
    total = sum(words, Counter())
    mean = sum(total.values()) / max(1, len([one for one in words if one]))
    written = _as_written(statements)
    found: list[dict[str, tuple[str, ...]]] = []
    for counts, group in zip(words, groups, strict=True):
        languages = [language for language, _ in Counter(statements[at].language or "xx" for at in group).most_common()]
        scores = {key: count * log(1 + mean / total[key]) for key, count in counts.items()}
        ranked = sorted(scores, key=lambda key: (-scores[key], key))
        found.append({one: tuple(written[key] for key in ranked if key[0] == one)[:_KEYWORDS] for one in languages})
    return found


def _words(statements: Any) -> Iterator[tuple[str, str]]:
    for one in statements:
        for word in sorted(content_of(one.text, one.language)):
            yield one.language or "xx", word


def _as_written(statements: Sequence[Statement]) -> dict[tuple[str, str], str]:
    """The commonest spelling of each folded word."""
    spelled: dict[tuple[str, str], Counter[str]] = {}
    for one in statements:
        code = one.language or "xx"
        folded = fold(one.text, code)
        for word, (start, end) in zip(folded.words, folded.spans, strict=True):
            key = content_word(word, code)
            if key is not None:
                spelled.setdefault((code, key), Counter())[one.text[start:end].lower().strip(".,!?،؟؛:;\"'")] += 1
    return {key: max(counts, key=lambda text: (counts[text], text)) for key, counts in spelled.items()}


def _text(rows: Matrix) -> str:
    return base64.b64encode(np.asarray(rows, dtype="<f2").tobytes()).decode()


def _row(text: str) -> Matrix:
    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float64)


def cosine(rows: Matrix) -> float:
    """Of the two rows."""
    return float(unit(rows)[0] @ unit(rows)[1])
