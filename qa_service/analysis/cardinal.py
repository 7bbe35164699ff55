"""Cardinals: a number in words that grows word by word, by the grammar of English, Persian and Arabic."""

from __future__ import annotations

from qa_service.analysis.numeral_words import Gap, NumberWord, Part

#: What may stand between two words of one number.
NEAR = (Gap.BLANK, Gap.HYPHEN, Gap.NONE)


class Sum:
    """A cardinal that grows word by word; magnitudes fall, except that Arabic says the unit before the ten."""

    def __init__(self, first: NumberWord, language: str) -> None:
        self._language = language
        self._total, self._group, self._room, self._largest = 0, 0, 10**12, 10**12
        self._last = Part.DIGIT
        self._open_unit = False
        if first.part in (Part.SCALE, Part.DUAL):
            self._total, self._largest = first.value, min(10**6, first.value) if first.part is Part.DUAL else first.value
            self._room = 10 ** (len(str(first.value)) - 1)
            self._last = Part.SCALE
        else:
            self._add(first)

    @property
    def value(self) -> int:
        """What it amounts to so far."""
        return self._total + self._group

    def take(self, word: NumberWord, *, linked: bool, after: NumberWord | None) -> bool:
        """Whether the word belongs to it; if so it is counted."""
        if word.part is Part.HUNDRED and not linked and self._last in (Part.DIGIT, Part.TEEN) and 0 < self._group < 20:
            self._group, self._room, self._last, self._open_unit = self._group * 100, 100, Part.HUNDREDS, False
            return True
        if word.part is Part.SCALE and not linked and self._group > 0 and word.value < self._largest:
            self._total, self._largest = self._total + self._group * word.value, word.value
            self._group, self._room, self._last, self._open_unit = 0, word.value, Part.SCALE, False
            return True
        if word.part is Part.DUAL and linked and word.value < self._largest and self._last is Part.SCALE:
            self._total, self._largest, self._room = self._total + word.value, 1000, 1000
            return True
        if self._fits(word, linked=linked) and not _counts_hundreds(word, after, self._room):
            self._add(word)
            return True
        return False

    def _fits(self, word: NumberWord, *, linked: bool) -> bool:
        if word.part not in (Part.DIGIT, Part.TEEN, Part.TEN, Part.HUNDREDS, Part.HUNDRED) or not word.value:
            return False
        if self._open_unit and word.part is Part.TEN:
            return linked
        if word.value >= self._room:
            return False
        if self._language == "en":
            return not linked if self._room == 10 else word.part is not Part.HUNDRED
        return linked

    def _add(self, word: NumberWord) -> None:
        self._open_unit = self._language == "ar" and word.part is Part.DIGIT and self._room >= 100
        self._group += word.value
        self._last = word.part
        if word.part is Part.TEN:
            self._room = 10 if self._language != "ar" else 0
        elif word.part in (Part.HUNDREDS, Part.HUNDRED):
            self._room, self._last = 100, Part.HUNDREDS
        else:
            self._room = 0


def _counts_hundreds(word: NumberWord, after: NumberWord | None, room: int) -> bool:
    """Whether a digit belongs to a hundred that follows: "one hundred and | two hundred"."""
    follows = after is not None and after.part is Part.HUNDRED and after.gap in NEAR and not after.linked
    return word.part is Part.DIGIT and follows and room <= 100
