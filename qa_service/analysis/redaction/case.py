"""The case: all turns of a conversation as the recognizers read them, folded once, with the numbers and cues of each turn."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from qa_service.analysis.fold import fold_characters
from qa_service.analysis.numeral_words import Part
from qa_service.analysis.numerals import Kind, Numeral, numerals, runs_of
from qa_service.analysis.redaction.cues import Cue, alternatives, cues, words
from qa_service.domain.transcript import Speaker, Turn

#: Characters before a number in which its name counts; agents' turns back to a question; words of a turn that only says "go on".
_BEFORE, _BACK, _GO_ON = 70, 3, 6
_HOLDS_FIGURE = re.compile(r"\d")
_WORD = re.compile(r"\w+")
_DIGITS = {zero + digit: str(digit) for zero in (0x0660, 0x06F0) for digit in range(10)}
#: Letters onto which figures are written: "PX-4471" is no number of anybody.
_CODED = re.compile(r"[a-z]-?$")
_SENTENCE = re.compile(r"[.!?؟]\s")


class DigitRun(NamedTuple):
    """Digits said or written one after another, fillers and stops between them ignored."""

    digits: str
    start: int
    end: int
    numerals: tuple[Numeral, ...]


class Case:
    """Turns of one conversation; everything about a turn is worked out when it is first asked for."""

    def __init__(self, turns: Sequence[Turn], language: str | None) -> None:
        self.turns = tuple(turns)
        self._language = language
        self._folded: dict[int, str] = {}
        self._plain: dict[int, str] = {}
        self._words: dict[int, frozenset[str]] = {}
        self._numerals: dict[int, tuple[Numeral, ...]] = {}
        self._sequences: dict[int, tuple[DigitRun, ...]] = {}
        self._cues: dict[int, tuple[Cue, ...]] = {}
        self._asked: dict[int, frozenset[str]] = {}
        self._lower: dict[int, bool] = {}
        self._spoken: dict[int, bool] = {}
        self._shouted: dict[int, bool] = {}
        self._company: dict[int, int | None] = {}

    def language(self, turn: int) -> str:
        """The language whose words are looked up in a turn."""
        own = self.turns[turn].language or self._language
        return own if own in ("en", "fa", "ar") else "en"

    def folded(self, turn: int) -> str:
        """The turn's text in lower case, one letter form, ASCII digits; as long as the text."""
        if turn not in self._folded:
            self._folded[turn] = fold_characters(self.turns[turn].text)
        return self._folded[turn]

    def lower(self, turn: int) -> bool:
        """Whether nothing in a turn is a capital, and something could be."""
        if turn not in self._lower:
            self._lower[turn] = self.turns[turn].text.islower()
        return self._lower[turn]

    def spoken(self, turn: int) -> bool:
        """Whether nothing in a turn is a capital but "I"."""
        if turn not in self._spoken:
            self._spoken[turn] = self.turns[turn].text.replace("I", "i").islower()
        return self._spoken[turn]

    def shouted(self, turn: int) -> bool:
        """Whether a turn is written in capitals."""
        if turn not in self._shouted:
            self._shouted[turn] = self.turns[turn].text.isupper()
        return self._shouted[turn]

    def plain(self, turn: int) -> str:
        """The turn's text in ASCII digits, else as it is; as long as the text."""
        if turn not in self._plain:
            self._plain[turn] = self.turns[turn].text.translate(_DIGITS)
        return self._plain[turn]

    def words(self, turn: int) -> frozenset[str]:
        """The folded words of a turn."""
        if turn not in self._words:
            self._words[turn] = frozenset(_WORD.findall(self.folded(turn)))
        return self._words[turn]

    def numerals(self, turn: int) -> tuple[Numeral, ...]:
        """All numbers of a turn."""
        if turn not in self._numerals:
            self._numerals[turn] = numerals(self.turns[turn].text, self.language(turn))
        return self._numerals[turn]

    def sequences(self, turn: int) -> tuple[DigitRun, ...]:
        """Digits of a turn, one after another as far as only fillers part them."""
        if turn not in self._sequences:
            self._sequences[turn] = tuple(_sequences(self.turns[turn].text, self.folded(turn), self.numerals(turn), self.language(turn)))
        return self._sequences[turn]

    def cues(self, turn: int) -> tuple[Cue, ...]:
        """What kinds of data a turn names."""
        if turn not in self._cues:
            self._cues[turn] = cues(self.folded(turn), self.language(turn))
        return self._cues[turn]

    def named(self, turn: int, at: int) -> str | None:
        """The kind of data that is named last before a place of a turn, near enough to be about it."""
        near = self._near(turn, at)
        # What stands before the last one is farther away.
        return near[-1].name if near and len(_SENTENCE.findall(self.folded(turn)[near[-1].end : at])) <= 1 else None

    def _near(self, turn: int, at: int) -> tuple[Cue, ...]:
        """Cues of a turn that stand in the characters before a place."""
        known = self.cues(turn)
        return known[bisect_left(known, at - _BEFORE, key=attrgetter("start")) : bisect_right(known, at, key=attrgetter("end"))]

    def numeral_between(self, turn: int, low: int, high: int) -> Numeral | None:
        """The first number that begins in a range of a turn, its end included."""
        known = self.numerals(turn)
        at = bisect_left(known, low, key=attrgetter("start"))
        return known[at] if at < len(known) and known[at].start <= high else None

    def named_before(self, turn: int, at: int, *, besides: frozenset[str]) -> str | None:
        """The kind that is named last before a place, leaving out some: "the cvv2 of my card is"."""
        near = [cue.name for cue in self._near(turn, at) if cue.name not in besides]
        return near[-1] if near else None

    def company(self, turn: int) -> int | None:
        """Where a turn first says that something is the company's own."""
        if turn not in self._company:
            self._company[turn] = next((cue.start for cue in self.cues(turn) if cue.name == "company"), None)
        return self._company[turn]

    def asked(self, turn: int) -> frozenset[str]:
        """Kinds of data that the agent asked the customer for last; "okay" and the like between do not count."""
        if turn not in self._asked:
            self._asked[turn] = self._asked_before(turn)
        return self._asked[turn]

    def _asked_before(self, turn: int) -> frozenset[str]:
        speaker = self.turns[turn].speaker
        if speaker is not Speaker.CUSTOMER:
            return frozenset()
        for back in range(turn - 1, max(-1, turn - 1 - 2 * _BACK * 2), -1):
            if self.turns[back].speaker is speaker or self.turns[back].speaker in (Speaker.SYSTEM, Speaker.BOT):
                continue
            found = frozenset(cue.name for cue in self.cues(back))
            if found:
                return found
            if len(self.turns[back].text.split()) > _GO_ON:
                return frozenset()
        return frozenset()

    def label(self, turn: int, at: int) -> frozenset[str]:
        """What a number at a place is: named before it in its turn, or else asked for."""
        named = self.named(turn, at)
        return frozenset((named,)) if named is not None else self.asked(turn)

    def by_agent(self, turn: int) -> bool:
        """Whether the agent (or the company's machine) says it."""
        return self.turns[turn].speaker is not Speaker.CUSTOMER


def _sequences(text: str, folded: str, found: Sequence[Numeral], language: str) -> list[DigitRun]:
    if not found:
        return []
    groups: list[list[Numeral]] = []
    joins = _joins(language)
    for run in runs_of(text, [one for one in found if not _CODED.search(folded, max(0, one.start - 3), one.start)]):
        if not _dialled(run.numerals[0]):
            continue
        between = text[groups[-1][-1].end : run.start] if groups else "/"
        if "/" not in between and "\n" not in between and joins.fullmatch(folded, groups[-1][-1].end, run.start):
            groups[-1].extend(run.numerals)
        else:
            groups.append(list(run.numerals))
    return [DigitRun("".join(one.digits for one in group), group[0].start, group[-1].end, tuple(group)) for group in groups]


def _dialled(one: Numeral) -> bool:
    return one.kind in (Kind.DIGITS, Kind.CARDINAL) and not any(word.part is Part.AMOUNT for word in one.words)


@cache
def _joins(language: str) -> re.Pattern[str]:
    # What is a filler is none again otherwise ("no sorry no"): no other way to read the same words is tried.
    return re.compile(rf"[\s,()\u200c\u200e\u200f+_-]*(?>{alternatives(words('filler', language))}[\s,.()\u200c-]+)*+")
