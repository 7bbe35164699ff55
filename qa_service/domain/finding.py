"""Findings: where the phrases and patterns of a rubric stand in a transcript.

The analysis floor looks everything up in one pass; the criteria then decide on the findings alone, so that they stay pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import Field

from qa_service.domain.base import Record


class PhraseQuery(Record):
    """Phrases to look up, by the language of the turn."""

    #: Name of the result in the findings.
    key: str
    #: Phrases by language; a turn in another language cannot be judged by them.
    phrases: dict[str, tuple[str, ...]]
    #: Least similarity (0 to 100) at which a misrecognised phrase still counts; ``None``: exact only.
    fuzzy: int | None = Field(default=None, ge=50, le=100)


class PatternQuery(Record):
    """Linear-time regular expressions over the text as written, by the language of the turn."""

    #: Name of the result in the findings.
    key: str
    #: RE2 syntax, case-insensitive.
    patterns: dict[str, tuple[str, ...]]


Query = PhraseQuery | PatternQuery


class MeaningQuery(Record):
    """A meaning by examples, in any languages; looked up only where it is wanted."""

    #: Name of the result in the findings.
    key: str
    #: Sentences that mean it.
    like: tuple[str, ...]
    #: Sentences that come near and do not mean it.
    unlike: tuple[str, ...] = ()


class Wanted(NamedTuple):
    """A meaning that must be looked up to decide, and where."""

    #: The meaning.
    query: MeaningQuery
    #: Indexes of the turns.
    turns: frozenset[int]


class Hit(NamedTuple):
    """One place where a query was satisfied."""

    #: Index of the turn.
    turn: int
    #: First character in the turn's text.
    start: int
    #: One past the last character.
    end: int
    #: 1.0 for exact, the similarity for fuzzy ones, the chance that it means it; recognition confidence is applied later.
    confidence: float


#: Hits by query key, in order of the text.
Findings = Mapping[str, tuple[Hit, ...]]
