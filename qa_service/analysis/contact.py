"""Contact: what the customer says about contacts before this one, and about what was promised in them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.lexicon import Lexicon, merged, outside
from qa_service.analysis.sentences import sentence_at, sentences
from qa_service.domain.finding import Hit, Query
from qa_service.domain.history import SAYS_BROKEN, SAYS_KEPT, SAYS_REPEAT
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Turns of the customer in which "it arrived" tells of what was promised before; later ones tell of this contact.
_FIRST = 2
#: With and without places.
_SEEN, _UNSEEN = 0.85, 0.75


class ContactWords:
    """Places where the customer speaks of earlier contacts."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name=SAYS_REPEAT, unit=Unit.COUNT,
            method="Places where the customer says that it is not the first contact ('I called yesterday', 'third time'), by lexicon.",
        ),
        SignalSpec(
            name=SAYS_BROKEN, unit=Unit.COUNT,
            method="Places where the customer says that something promised or awaited did not happen ('nobody called me'), by lexicon.",
        ),
        SignalSpec(
            name=SAYS_KEPT, unit=Unit.COUNT,
            method="Places in the customer's first turns that say that something promised or awaited happened ('thanks for calling back').",
        ),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("contact")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``; what did not happen is not also told as done."""
        if not material.covered:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        found = {meaning: merged(self._lexicon.hits(material, meaning, by=Speaker.CUSTOMER)) for meaning in ("repeat", "broken", "kept")}
        done = outside(found["kept"], found["broken"])
        found["kept"] = [hit for hit in done if hit.turn in _first_turns(material) and not _asked(material, hit)]
        for name, meaning in ((SAYS_REPEAT, "repeat"), (SAYS_BROKEN, "broken"), (SAYS_KEPT, "kept")):
            yield counted(name, found[meaning], confidence=material.covered * (_SEEN if found[meaning] else _UNSEEN))


def _first_turns(material: Material) -> set[int]:
    return {index for index, _ in islice(((at, turn) for at, turn in material.spoken if turn.speaker is Speaker.CUSTOMER), _FIRST)}


def _asked(material: Material, hit: Hit) -> bool:
    text = material.transcript.turns[hit.turn].text
    spans = sentences(text)
    start, end = spans[sentence_at(spans, hit.start)]
    return text[start:end].rstrip(" \n\"'”»)").endswith(("?", "؟"))
