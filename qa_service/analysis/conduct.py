"""Conduct: rude, dismissive, blaming, profane or out-of-role words of the agent, and profanity of the customer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qa_service.analysis.among import Among
from qa_service.analysis.base import Material, counted, unmeasured
from qa_service.analysis.lexicon import Lexicon, merged, outside
from qa_service.domain.finding import Hit, Query
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

#: Bad words by themselves.
_GROSS = ("rude", "profane")
_FAULTS = ("rude", "dismissive", "unhelpful", "blaming", "scolding", "sarcastic", "profane", "out_of_role", "disloyal")
#: Words after "you said" that still belong to the quotation.
_REPORTED_CHARACTERS = 60
_QUOTED = re.compile(r'"[^"]{1,200}"|“[^”]{1,200}”|«[^»]{1,200}»|‘[^’]{1,200}’|„[^“]{1,200}“|^[^\S\n]*>.*$', re.MULTILINE)


class Conduct:
    """Words that do not belong in an agent's mouth."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="unprofessional.agent", unit=Unit.COUNT,
            method="Rude, dismissive, blaming, profane or out-of-role words of the agent, by lexicon; quotations of others do not count.",
        ),
        SignalSpec(
            name="profanity.agent", unit=Unit.COUNT,
            method="Of these, the profane and insulting words, which no kindness makes good.",
        ),
        SignalSpec(name="profanity.customer", unit=Unit.COUNT, method="Profane words of the customer, by lexicon."),
    )

    def __init__(self) -> None:
        self._lexicon = Lexicon("conduct")

    @property
    def queries(self) -> tuple[Query, ...]:
        """The lexicon."""
        return self._lexicon.queries

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        if not material.covered:
            yield from (unmeasured(spec.name) for spec in self.specs)
            return
        faults = self._faults(material)
        counting = frozenset(faults)
        yield counted("unprofessional.agent", faults, confidence=material.covered * self._trust(material, faults))
        gross = [hit for hit in merged(*(self._lexicon.hits(material, meaning, by=Speaker.AGENT) for meaning in _GROSS)) if hit in counting]
        yield counted("profanity.agent", gross, confidence=material.covered * (0.85 if gross else 0.9))
        profane = self._lexicon.hits(material, "profane", by=Speaker.CUSTOMER)
        yield counted("profanity.customer", profane, confidence=material.covered * 0.9)

    def _faults(self, material: Material) -> list[Hit]:
        found = merged(*(self._lexicon.hits(material, meaning, by=Speaker.AGENT) for meaning in _FAULTS), self._laughter(material))
        if not found:
            return found
        innocent = self._lexicon.hits(material, "innocent", by=Speaker.AGENT)
        quoted = [quote for index in {hit.turn for hit in found} for quote in _quotes(material.transcript.turns[index].text, index)]
        said = Among(self._lexicon.hits(material, "reported", by=Speaker.AGENT))
        return [fault for fault in outside(found, [*innocent, *quoted]) if not _reported(said, fault)]

    def _trust(self, material: Material, faults: list[Hit]) -> float:
        """Rudeness has more words than any list: where none was found and the customer minds the answer all the same, nobody can tell."""
        if faults:
            return 0.85
        first = min((index for index, turn in material.spoken if turn.speaker is Speaker.AGENT), default=0)
        return 0.45 if any(turn > first for turn in self._lexicon.turns(material, "objection", by=Speaker.CUSTOMER)) else 0.7

    def _laughter(self, material: Material) -> list[Hit]:
        """The agent's, unless the customer laughed before."""
        first = min(self._lexicon.turns(material, "laughter", by=Speaker.CUSTOMER), default=len(material.transcript.turns))
        return [hit for hit in self._lexicon.hits(material, "laughter", by=Speaker.AGENT) if hit.turn < first]


def _quotes(text: str, index: int) -> Iterable[Hit]:
    """What stands in quotation marks or as quoted mail."""
    return (Hit(index, *match.span(), 1.0) for match in _QUOTED.finditer(text))


def _reported(said: Among, fault: Hit) -> bool:
    """Whether what follows "you said" holds the words."""
    return said.touches(fault.turn, fault.start - _REPORTED_CHARACTERS, fault.start)
