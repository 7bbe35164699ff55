"""Numbers in figures: digit by digit, amounts from ten on, ordinals in dates, decimals, and what engines write oddly."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from qa_service.analysis.fold import fold_characters
from qa_service.analysis.numeral_words import Gap, Part
from qa_service.analysis.numerals import Kind, Numeral, Run, runs
from qa_service.analysis.reading.edit import Edit, Figures
from qa_service.analysis.reading.surroundings import meaning, words_after, words_before

#: From here on a number is written in figures whatever stands beside it.
_FIGURES_FROM = 10
#: Digits of a payment card, written in groups.
_CARD, _GROUP = 16, 4
#: Single digits in a row that are a number to be dialled, not counts.
_DIALLED = 3
_MILLION = 10**6
_CENTURIES = (18, 19, 20)


def figures(text: str, language: str | None) -> list[Edit]:
    """Edits that write numbers in figures."""
    writer, idioms = _Writer(text, language), _idioms(text, language)
    found = [run for run in runs(text, language) if not any(run.start < end and start < run.end for start, end in idioms)]
    around = zip([None, *found], found, [*found[1:], None], strict=False)
    return [edit for before, run, after in around for edit in writer.edits(run, before, after)]


def _idioms(text: str, language: str | None) -> list[tuple[int, int]]:
    """Where numbers are figures of speech."""
    folded = fold_characters(text)
    return [(at, at + len(idiom)) for idiom in meaning("idiom", language) if (at := folded.find(idiom)) >= 0]


class _Writer:
    """Writes the runs of one text."""

    def __init__(self, text: str, language: str | None) -> None:
        self._text, self._language = text, language
        self._figures = Figures(text, language)

    def edits(self, run: Run, before: Run | None, after: Run | None) -> Iterator[Edit]:
        """Edits for one run, given those around it."""
        while len(run.numerals) > 1 and (year := self._year(run)) is not None:
            yield Edit(run.start, run.numerals[year.words - 1].end, self._figures.plain(str(year.value)))
            run, before = Run(run.numerals[year.words :]), None
        if not run.numerals:
            return
        if len(run.numerals) == 1:
            edit = self._single(run.numerals[0], before, after)
            if edit is not None:
                yield edit
        elif all(one.written for one in run.numerals):
            yield from self._tidied(run)
        elif self._ends_apart(run):
            yield from self.edits(Run(run.numerals[:-1]), before, None)
            yield from self.edits(Run(run.numerals[-1:]), None, after)
        elif self._dialled(run):
            yield Edit(run.start, run.end, self._figures.plain(grouped(run.digits)))
        elif all(one.gap is Gap.COMMA for one in run.numerals[1:]):
            edits = (self._single(one, None, None) for one in run.numerals)
            yield from (edit for edit in edits if edit is not None)

    def _single(self, one: Numeral, before: Run | None, after: Run | None) -> Edit | None:
        if one.words[0].figures:
            return None
        if one.kind is Kind.DIGITS:
            return Edit(one.start, one.end, self._figures.plain(one.digits)) if len(one.digits) > 1 else None
        if one.kind is Kind.ORDINAL:
            return self._ordinal(one)
        if one.kind is Kind.DECIMAL:
            return Edit(one.start, one.end, self._figures.decimal(one.digits))
        return self._cardinal(one, before, after)

    def _cardinal(self, one: Numeral, before: Run | None, after: Run | None) -> Edit | None:
        value = int(one.value)
        scale = one.words[-1]
        if value >= _MILLION and value % _MILLION == 0 and scale.part is Part.SCALE and len(one.words) > 1:
            return self._millions(one, value)
        if value < _FIGURES_FROM:
            counts = self._beside_unit(one) or self._in_range(one, before, after)
            return Edit(one.start, one.end, self._figures.plain(str(value))) if counts and not self._article_like(one) else None
        if self._exaggerates(one) or self._leaves_out(one, value):
            return None
        return Edit(one.start, one.end, self._figures.number(value))

    def _millions(self, one: Numeral, value: int) -> Edit | None:
        scale = one.words[-1]
        count = value // scale.value
        if count < _FIGURES_FROM and not self._beside_unit(one):
            return None
        return Edit(one.start, scale.start, self._figures.number(count) + " ")

    def _article_like(self, one: Numeral) -> bool:
        """Persian "یه", "یکی" say "a"."""
        return fold_characters(self._text[one.start : one.end]) in ("یه", "یکی")

    def _beside_unit(self, one: Numeral) -> bool:
        after = words_after(self._text, one.end, 1)
        before = words_before(self._text, one.start, 1)
        led = before and before[0] in meaning("leading_unit", self._language)
        return bool((after and after[0] in meaning("unit", self._language)) or led)

    def _leaves_out(self, one: Numeral, value: int) -> bool:
        """Persian "هجده میلیون و ششصد" may mean hundreds or hundreds of thousands."""
        counted = [word.value for word in one.words if word.part is Part.SCALE]
        return self._language == "fa" and bool(counted) and counted[-1] >= _MILLION and 0 < value % _MILLION < 1000

    def _exaggerates(self, one: Numeral) -> bool:
        """A bare hundred or thousand that only means many: "صد بار", "ألف سلامة"."""
        if len(one.words) > 1 or one.words[0].part not in (Part.HUNDRED, Part.SCALE, Part.HUNDREDS) or one.value not in (100, 200, 1000):
            return False
        if self._language == "ar":
            return not self._beside_unit(one)
        after = words_after(self._text, one.end, 1)
        return bool(after and after[0] in meaning("times", self._language))

    def _in_range(self, one: Numeral, before: Run | None, after: Run | None) -> bool:
        """Whether it stands beside a number of ten and more: "eight to ten"."""
        for left, right, other in ((one, after, after), (before, one, before)):
            if other is None or left is None or right is None or len(getattr(other, "numerals", ())) != 1:
                continue
            number = other.numerals[0]
            if number.kind is not Kind.CARDINAL or not _FIGURES_FROM <= number.value < 100:
                continue
            if self._ranges(fold_characters(self._text[left.end : right.start]).strip(), rises=other is after):
                return True
        return False

    def _ranges(self, between: str, *, rises: bool) -> bool:
        """Whether a word between two numbers makes them a range or an alternative; a range rises ("twenty to five" is none)."""
        return (rises and between in meaning("range_to", self._language)) or between in meaning("range", self._language)

    def _ordinal(self, one: Numeral) -> Edit | None:
        value = int(one.value)
        dated = self._dated(one)
        if self._language in ("fa", "ar"):
            return Edit(self._with_article(one), one.end, self._figures.plain(str(value))) if dated else None
        if not dated and (value < _FIGURES_FROM or (value % 10 == 2 and value != 12)):
            return None
        return Edit(one.start, one.end, self._figures.plain(str(value)) + suffix(value))

    def _with_article(self, one: Numeral) -> int:
        """The place before Arabic "ال" of an ordinal that becomes a figure."""
        return one.start - 2 if self._text[max(0, one.start - 2) : one.start] == "ال" else one.start

    def _dated(self, one: Numeral) -> bool:
        months = meaning("month", self._language)
        if self._text[one.end : one.end + 1] in (",", "،", ".", "?", "؟"):
            after: tuple[str, ...] = ()
        else:
            after = tuple(word for word in words_after(self._text, one.end, 2) if word not in ("of", "من", "شهر", "ماه", "برج"))
        if after and after[0] in months:
            return True
        before = tuple(word for word in words_before(self._text, one.start, 2) if word != "the")
        return self._language not in ("fa", "ar") and bool(before) and before[-1] in months | meaning("weekday", self._language)

    def _year(self, run: Run) -> _Year | None:
        """"nineteen eighty six", "twenty oh four" at the beginning of a run; more may follow behind a comma."""
        if self._language in ("fa", "ar"):
            return None
        first, second, *rest = run.numerals[:4]
        if first.written or first.value not in _CENTURIES or second.gap is not Gap.BLANK or self._cued(run):
            return None
        if second.kind is Kind.CARDINAL and 10 <= second.value <= 99 and (not rest or rest[0].gap is Gap.COMMA):
            return _Year(int(first.value) * 100 + int(second.value), 2)
        third = rest[0] if rest and second.words[0].part is Part.OH else None
        if third is not None and 1 <= third.value <= 9 and (len(rest) == 1 or rest[1].gap is Gap.COMMA):
            return _Year(int(first.value) * 100 + int(third.value), 3)
        return None

    def _dialled(self, run: Run) -> bool:
        """Whether the run is a number to be dialled or looked up, not counts one after another."""
        singles = sum(len(one.digits) == 1 for one in run.numerals)
        if _counts_up(run):
            return False
        if any(one.kind is Kind.DIGITS and len(one.words) > 1 for one in run.numerals) or run.numerals[0].digits.startswith("0"):
            return True
        if singles >= _DIALLED:
            return len(run.numerals) > _DIALLED or not self._measured(run)
        if any(one.value >= 1000 and not one.written for one in run.numerals):
            return False
        separate = all(one.gap is Gap.COMMA for one in run.numerals[1:])
        return (len(run.numerals) > _DIALLED and not separate) or (self._cued(run) and not self._measured(run))

    def _ends_apart(self, run: Run) -> bool:
        """Whether the last numeral is a count of its own: "one five four, nineteen Station Road"."""
        *digits, last = run.numerals
        apart = last.gap is Gap.COMMA and last.value >= _FIGURES_FROM and last.kind is Kind.CARDINAL
        goes_on = self._text[last.end : last.end + 2].strip()[:1].isalpha()
        return apart and goes_on and len(digits) > 1 and all(len(one.digits) == 1 for one in digits)

    def _cued(self, run: Run) -> bool:
        return any(word in meaning("number_cue", self._language) for word in words_before(self._text, run.start, 3))

    def _measured(self, run: Run) -> bool:
        after = words_after(self._text, run.end, 1)
        return bool(after and after[0] in meaning("unit", self._language))

    def _tidied(self, run: Run) -> Iterator[Edit]:
        """What engines write for digits said one by one, and hyphens with a blank on one side."""
        gaps = [one.gap for one in run.numerals[1:]]
        if len(run.numerals) >= _DIALLED and all(len(one.digits) == 1 for one in run.numerals) and not _counts_up(run):
            yield Edit(run.start, run.end, self._figures.plain(grouped(run.digits)))
        elif gaps.count(Gap.HYPHEN) >= 2:
            for left, right in pairwise(run.numerals):
                if self._text[left.end : right.start] in (" -", "- "):
                    yield Edit(left.end, right.start, "-")


class _Year:
    def __init__(self, value: int, words: int) -> None:
        self.value, self.words = value, words


def grouped(digits: str) -> str:
    """Digits of a card in groups of four, others as they are."""
    if len(digits) != _CARD:
        return digits
    return " ".join(digits[at : at + _GROUP] for at in range(0, _CARD, _GROUP))


def suffix(value: int) -> str:
    """The ending of an English ordinal in figures."""
    if value % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _counts_up(run: Run) -> bool:
    """Whether somebody counts: "one, two, three", each apart."""
    apart = all(one.gap is Gap.COMMA for one in run.numerals[1:])
    return apart and all(right.value - left.value in (1, -1) for left, right in pairwise(run.numerals))
