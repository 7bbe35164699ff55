"""Reading: what was said, as a person would write it; everything that is not a number, time, address or spelled word stays as it is.

=====================  ==================================================================================================
digits one by one      joined: "four one one, double five" -> "41155"; sixteen in groups of four
numbers from ten on    in figures, thousands apart from 10,000 on; millions as "2 million"
smaller numbers        in figures before a currency, percent or measure ("five dollars" -> "5 dollars"), else in words
currencies, units      stay words: "twenty five dollars" -> "25 dollars"
times                  "half past nine" -> "9:30", "nine forty five a m" -> "9:45 am", "ساعت نه و نیم" -> "ساعت ۹:۳۰"
dates                  months stay words: "March ninth, nineteen eighty six" -> "March 9th, 1986"
e-mail, web            "jane dot smith at example dot com" -> "jane.smith@example.com"
spelled                "A B C one two three", "b as in bravo" -> "ABC123", "B"
figures of engines     "4-1-1-1" -> "4111", "1 -800 -555" -> "1-800-555"
=====================  ==================================================================================================

Figures are those of the text if it has any, else those of its language. In doubt nothing is changed.
"""

from __future__ import annotations

from qa_service.analysis.language import LANGUAGES
from qa_service.analysis.numeral_words import number_words
from qa_service.analysis.reading.addresses import addresses, hints_at_address
from qa_service.analysis.reading.clock import times
from qa_service.analysis.reading.edit import applied
from qa_service.analysis.reading.figures import figures
from qa_service.analysis.reading.letters import hints_at_letters, letters
from qa_service.domain.transcript import Transcript, Turn

#: A reading is read again until it stays the same: joined digits may stand beside others.
_ROUNDS = 4


def reading(text: str, language: str | None) -> str | None:
    """The text as people write it, or ``None`` where that is no different."""
    read = text
    for _ in range(_ROUNDS):
        again = _once(read, language)
        if again == read:
            break
        read = again
    return None if read == text else read


def with_readings(transcript: Transcript) -> Transcript:
    """The transcript with the reading of every spoken turn in a language that is known here; written turns are written already."""
    turns = tuple(_with_reading(turn, transcript.language) for turn in transcript.turns)
    return transcript if all(new is old for new, old in zip(turns, transcript.turns, strict=True)) else transcript.model_copy(
        update={"turns": turns}
    )


def _with_reading(turn: Turn, main: str | None) -> Turn:
    language = turn.language or main
    if turn.start_ms is None or turn.sent_at is not None or language not in LANGUAGES:
        return turn
    read = reading(turn.text, language)
    return turn if read == turn.reading else turn.model_copy(update={"reading": read})


def _once(text: str, language: str | None) -> str:
    edits = addresses(text, language) if hints_at_address(text) else []
    if hints_at_letters(text):
        edits += letters(text, language)
    if number_words(text, language):
        edits += [*times(text, language), *figures(text, language)]
    return applied(text, edits) if edits else text
