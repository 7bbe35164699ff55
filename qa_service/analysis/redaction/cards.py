"""Payment cards: written or spoken, in one breath or over several turns; numbers of orders that look alike are left."""

from __future__ import annotations

from collections.abc import Iterator

from qa_service.analysis.redaction.case import Case, DigitRun
from qa_service.analysis.redaction.checks import card
from qa_service.domain.redaction import Kind, Span

#: Digits of a card; of a piece of one, over several turns; digits that may stay readable (the last four).
_LENGTHS, _FEWEST, _SHOWN = (19, 16, 15, 14, 13), 3, 4
#: Turns over which a card may be read out, and digits from which an answer to "card number?" is one even with a wrong check digit.
_TURNS, _ENOUGH = 14, 12
#: Digits from which an answer to "the rest of the card number?" is one.
_REST = 8


def cards(case: Case) -> Iterator[Span]:
    """Spans of card numbers."""
    whole: set[int] = set()
    for turn in range(len(case.turns)):
        for run in case.sequences(turn):
            for start, end, confidence in _in_run(case, turn, run):
                whole.add(turn)
                yield Span(turn, start, end, Kind.CARD, confidence)
    yield from _over_turns(case, whole)
    yield from _rests(case)


def _in_run(case: Case, turn: int, run: DigitRun) -> Iterator[tuple[int, int, float]]:
    if len(run.digits) < _LENGTHS[-1]:
        return
    label = case.label(turn, run.start)
    other = "card" not in label and bool(label & {"reference", "iban"})
    if card(run.digits):
        yield run.start, run.end, 0.99
    elif not other and (window := _window(run)) is not None:
        yield *window, 0.95
    elif "card" in label and not other and len(run.digits) <= _LENGTHS[0] + 2:
        yield run.start, run.end, 0.7


def _rests(case: Case) -> Iterator[Span]:
    """A good part of a number that answers "the rest of the card number?"."""
    for turn in range(len(case.turns)):
        if case.asked(turn) == {"card"}:
            runs = (run for run in case.sequences(turn) if len(run.digits) >= _REST and case.label(turn, run.start) == {"card"})
            yield from (Span(turn, run.start, run.end, Kind.CARD, 0.7) for run in runs)


def _window(run: DigitRun) -> tuple[int, int] | None:
    """A card among other digits: whole numerals of a card's length."""
    for first in range(len(run.numerals)):
        digits = ""
        for one in run.numerals[first : first + _LENGTHS[0] + 1]:
            digits += one.digits
            if len(digits) > _LENGTHS[0]:
                break
            if len(digits) in (15, 16) and card(digits):
                return run.numerals[first].start, one.end
    return None


def _over_turns(case: Case, whole: set[int]) -> Iterator[Span]:
    """Pieces of one number in answers to "card number?", and where the agent says them back."""
    turn = 0
    while turn < len(case.turns):
        if case.by_agent(turn) or turn in whole or not case.sequences(turn):
            turn += 1
            continue
        wanted = _wanted(case, turn)
        if not wanted and case.label(turn, case.sequences(turn)[0].start):
            turn += 1
            continue
        pieces, stop = _pieces(case, turn, whole, wanted=wanted)
        digits = "".join(run.digits for at, run in pieces if not case.by_agent(at))
        if card(digits) or (wanted and _ENOUGH <= len(digits) <= _LENGTHS[0] + 2 and len(pieces) > 1):
            yield from (Span(at, run.start, run.end, Kind.CARD, 0.97 if card(digits) else 0.75) for at, run in pieces)
        turn = stop if wanted else turn + 1


def _wanted(case: Case, turn: int) -> bool:
    return "card" in case.label(turn, case.sequences(turn)[0].start) and "last_four" not in case.asked(turn)


def _pieces(case: Case, first: int, whole: set[int], *, wanted: bool) -> tuple[list[tuple[int, DigitRun]], int]:
    """Pieces from a turn on, with the agent's repeats, and the turn after them."""
    pieces: list[tuple[int, DigitRun]] = []
    digits = ""
    for turn in range(first, min(first + _TURNS, len(case.turns))):
        for run in case.sequences(turn):
            if len(run.digits) < _FEWEST or turn in whole:
                continue
            if case.by_agent(turn):
                if run.digits in digits:
                    pieces.append((turn, run))
            elif run.digits not in digits or len(digits) < _LENGTHS[-1]:
                if turn > first and "card" not in (label := case.label(turn, run.start)) and (wanted or label):
                    return pieces, max(turn, first + 1)
                digits += run.digits
                pieces.append((turn, run))
        if card(digits) and len(digits) >= _LENGTHS[1]:
            return [*pieces, *_echo(case, turn + 1, digits)], turn + 1
    return pieces, max(first + 1, min(first + _TURNS, len(case.turns)))


def _echo(case: Case, turn: int, digits: str) -> Iterator[tuple[int, DigitRun]]:
    """The number, or more of it than may be shown, said back in the next two turns."""
    for at in range(turn, min(turn + 2, len(case.turns))):
        yield from ((at, run) for run in case.sequences(at) if len(run.digits) > _SHOWN and run.digits in digits)
