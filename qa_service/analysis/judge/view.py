"""A conversation as a model sees it: personal data masked; and where a quote of that stands in the real text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qa_service.analysis.redaction import masked, redact
from qa_service.domain.finding import Hit
from qa_service.domain.redaction import Span
from qa_service.domain.transcript import Transcript, Turn

#: What a model likes to put around a quote.
_AROUND = " \t\n\r\"'`“”„‘’«»‹›…"
#: That, and marks at the end of a sentence.
_MARKS = f"{_AROUND}.,;:!?؟،؛"
#: Fewer words than these could stand anywhere, and count only where they are the whole turn.
_FEWEST = 2


class _Piece(NamedTuple):
    """A stretch of the masked text and the one of the real text that it stands for."""

    start: int
    end: int
    real: int
    real_end: int
    #: Whether it is a placeholder, which stands for the whole or not at all.
    whole: bool


class View:
    """The turns of one conversation, masked."""

    def __init__(self, transcript: Transcript) -> None:
        turns, language = transcript.turns, transcript.language
        spans: dict[int, list[Span]] = {}
        for span in redact(turns, language):
            spans.setdefault(span.turn, []).append(span)
        self._turns = turns
        self._spans = {index: sorted(some, key=lambda one: one.start) for index, some in spans.items()}
        self._texts = {index: masked(turns[index], some, language=language).text for index, some in self._spans.items()}

    def turn(self, index: int) -> Turn:
        """A turn as it is."""
        return self._turns[index]

    def text(self, index: int) -> str:
        """The masked text of a turn."""
        return self._texts.get(index, self._turns[index].text)

    def find(self, quote: str, *, told: int | None, among: Iterable[int]) -> Hit | None:
        """Where a quote stands letter by letter (blanks aside) in one of these turns, the one that was told first; ``None``: nowhere."""
        wanted = _folded(quote)[0].strip(_AROUND)
        if not wanted:
            return None
        order = sorted(among, key=lambda index: (index != told, index))
        found = (self._in_turn(wanted, index) for index in order)
        return next((hit for hit in found if hit is not None), None)

    def _in_turn(self, wanted: str, index: int) -> Hit | None:
        folded, places = _folded(self.text(index))
        at = folded.find(wanted)
        while at >= 0 and not _between_words(folded, at, at + len(wanted)):
            at = folded.find(wanted, at + 1)
        if at < 0 or (len(wanted.split()) < _FEWEST and wanted.strip(_MARKS) != folded.strip(_MARKS)):
            return None
        return self._real(index, places[at], places[at + len(wanted) - 1] + 1)

    def _real(self, index: int, start: int, end: int) -> Hit:
        """From characters of the masked text to those of the real one; a placeholder stands for all that it hides."""
        touched = [piece for piece in self._pieces(index) if piece.start < end and start < piece.end]
        first, last = touched[0], touched[-1]
        real = first.real if first.whole else first.real + max(0, start - first.start)
        real_end = last.real_end if last.whole else last.real + min(end, last.end) - last.start
        return Hit(index, real, real_end, 1.0)

    def _pieces(self, index: int) -> Sequence[_Piece]:
        found: list[_Piece] = []
        at = real = 0
        for span in self._spans.get(index, ()):
            length = span.start - real
            found.append(_Piece(at, at + length, real, span.start, False))
            at += length
            found.append(_Piece(at, at + len(span.kind.placeholder), span.start, span.end, True))
            at, real = at + len(span.kind.placeholder), span.end
        rest = len(self._turns[index].text) - real
        found.append(_Piece(at, at + rest, real, real + rest, False))
        return found


def _folded(text: str) -> tuple[str, list[int]]:
    """Blanks in a row as one, characters without width left out; and where each character stood."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter.isspace():
            if letters and letters[-1] != " ":
                letters.append(" ")
                places.append(place)
        elif unicodedata.category(letter) != "Cf":
            letters.append(letter)
            places.append(place)
    if letters and letters[-1] == " ":
        letters.pop()
        places.pop()
    return "".join(letters), places


def _between_words(text: str, start: int, end: int) -> bool:
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    return not before and not after
