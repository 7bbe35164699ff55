"""Columns: contacts as numbers to weigh, with a column of its own where something was not measured."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from qa_service.domain.csat_model import Contact, CsatColumn
from qa_service.statistics.resampling import Floats

#: Contacts that a word, a missing number or another value must be seen in to get a column.
_SEEN = 10
#: Words of one kind beyond the most frequent ones share the constant.
_MOST_WORDS = 20
#: Spreads beyond which a number counts no more.
_FARTHEST = 4.0
_FLAT = 1e-9


def columns(contacts: Sequence[Contact]) -> tuple[CsatColumn, ...]:
    """What can be weighed in these contacts, in the order of names."""
    return (*_of_numbers(contacts), *_of_words(contacts))


def matrix(contacts: Sequence[Contact], chosen: Sequence[CsatColumn]) -> Floats:
    """Contacts x (1 + columns), the first of ones."""
    filled = np.ones((len(contacts), len(chosen) + 1))
    for place, column in enumerate(chosen, 1):
        filled[:, place] = _values(contacts, column)
    return filled


def _values(contacts: Sequence[Contact], column: CsatColumn) -> Floats:
    if column.word is not None:
        raw = np.array([float(one.words.get(column.name) == column.word) for one in contacts])
        flagged: Floats = (raw - column.centre) / column.spread
        return flagged
    numbers = np.array([one.numbers.get(column.name, math.nan) for one in contacts], dtype=float)
    missing = np.isnan(numbers)
    if column.missing:
        unknown: Floats = (missing.astype(float) - column.centre) / column.spread
        return unknown
    moved = (_logged(numbers) if column.log else numbers) - column.centre
    found: Floats = np.where(missing, 0.0, np.clip(moved / column.spread, -_FARTHEST, _FARTHEST))
    return found


def _of_numbers(contacts: Sequence[Contact]) -> Iterator[CsatColumn]:
    for name in sorted({name for one in contacts for name in one.numbers}):
        raw = np.array([one.numbers.get(name, math.nan) for one in contacts], dtype=float)
        known = raw[~np.isnan(raw)]
        if len(known) < _SEEN:
            continue
        log = float(known.min()) >= 0 and float(known.max()) > 1
        kept = _logged(known) if log else known
        spread = float(kept.std())
        if spread > _FLAT and Counter(known.tolist()).most_common(1)[0][1] <= len(known) - _SEEN:
            yield CsatColumn(name=name, log=log, centre=float(kept.mean()), spread=spread)
        lacking = len(raw) - len(known)
        if min(lacking, len(known)) >= _SEEN:
            yield _flag(name, lacking / len(raw), missing=True)


def _of_words(contacts: Sequence[Contact]) -> Iterator[CsatColumn]:
    for kind in sorted({kind for one in contacts for kind in one.words}):
        counted = Counter(one.words[kind] for one in contacts if kind in one.words)
        for word, count in sorted(counted.most_common(_MOST_WORDS)):
            if _SEEN <= count <= len(contacts) - _SEEN:
                yield _flag(kind, count / len(contacts), word=word)


def _flag(name: str, share: float, *, word: str | None = None, missing: bool = False) -> CsatColumn:
    return CsatColumn(name=name, word=word, missing=missing, centre=share, spread=math.sqrt(share * (1 - share)))


def _logged(numbers: Floats) -> Floats:
    found: Floats = np.log1p(np.maximum(numbers, 0.0))
    return found
