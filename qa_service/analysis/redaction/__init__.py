"""Redaction: personal data in conversations, found and replaced by typed placeholders, in English, Persian and Arabic.

A recognizer finds one kind of data in a whole conversation; ``RECOGNIZERS`` is the only place where it is registered, in the order in
which it wins where two find the same characters. Cards, codes, accounts and ids are told by check digits and by what they are called in
their turn or in the question that they answer; numbers of orders, parcels and invoices are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from qa_service.analysis.redaction.births import births
from qa_service.analysis.redaction.cards import cards
from qa_service.analysis.redaction.case import Case
from qa_service.analysis.redaction.codes import codes
from qa_service.analysis.redaction.echoes import echoes
from qa_service.analysis.redaction.emails import emails
from qa_service.analysis.redaction.ibans import ibans
from qa_service.analysis.redaction.identities import identities
from qa_service.analysis.redaction.masking import masked, muted, redacted
from qa_service.analysis.redaction.people import people
from qa_service.analysis.redaction.phones import phones
from qa_service.analysis.redaction.places import places
from qa_service.analysis.redaction.span import apart
from qa_service.domain.redaction import PLACEHOLDER, Kind, Span
from qa_service.domain.transcript import Turn

__all__ = ["RECOGNIZERS", "Case", "Kind", "Recognizer", "Span", "masked", "muted", "redact", "redacted"]

#: Finds one kind of data in a conversation.
Recognizer = Callable[[Case], Iterable[Span]]
#: Kind -> recognizer.
RECOGNIZERS: Mapping[Kind, Recognizer] = MappingProxyType(
    {
        Kind.EMAIL: emails,
        Kind.IBAN: ibans,
        Kind.CARD: cards,
        Kind.NATIONAL_ID: identities,
        Kind.CVV: codes,
        Kind.BIRTH_DATE: births,
        Kind.ADDRESS: places,
        Kind.PHONE: phones,
        Kind.NAME: people,
    }
)


def redact(
    turns: Sequence[Turn], language: str | None, *, kinds: Iterable[Kind] = tuple(Kind), names: Recognizer | None = None
) -> tuple[Span, ...]:
    """Personal data in the turns of one conversation, in order, none over another; ``language`` is that of turns without their own.

    ``names``: a recognizer of names that is asked besides (a model, say). Placeholders that stand there already are left alone.
    """
    case, wanted = Case(turns, language), frozenset(kinds)
    recognizers = [recognizer for kind, recognizer in RECOGNIZERS.items() if kind in wanted]
    if names is not None and Kind.NAME in wanted:
        recognizers.append(names)
    standing = tuple(_placeholders(turns))
    masked_before = frozenset(standing)
    found = apart((*standing, *(span for recognizer in recognizers for span in recognizer(case))))
    fresh = tuple(span for span in found if span not in masked_before)
    if not fresh:
        return ()
    return tuple(span for span in apart((*found, *echoes(case, fresh))) if span not in masked_before)


def _placeholders(turns: Sequence[Turn]) -> Iterator[Span]:
    for index, turn in enumerate(turns):
        if "[" in turn.text:
            yield from (Span(index, *match.span(), Kind(match[1]), 1.0) for match in PLACEHOLDER.finditer(turn.text))
