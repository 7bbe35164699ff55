"""Postal addresses: street and door by their words, post codes, and what answers "your address?"."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache
from operator import attrgetter, itemgetter

from qa_service.analysis.numeral_words import Gap
from qa_service.analysis.numerals import Numeral
from qa_service.analysis.reading.letters import letters
from qa_service.analysis.redaction.case import Case, DigitRun
from qa_service.analysis.redaction.cues import alternatives, words
from qa_service.domain.redaction import Kind, Span

_BRITISH = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,2}\d[A-Z\d]?,? ?\d[A-Z]{2}(?![A-Za-z0-9])")
_AMERICAN = re.compile(r"(?: [A-Z][a-z]+){1,3},? \d{5}(?!\d)")
_PART = re.compile(r"[^,،؛;\n]+")
_END = re.compile(
    r"[.!?؟](?:\s|$)|\n|\s(?:but|and (?:i|my|the|it|we|you)|please|thanks|because|if you|لطفا|ممنون|لو سمحت|هست|هستش|است)(?!\w)"
)
_DIGIT = re.compile(r"\d")
_POSTCODE = (3, 10)
_STREETS = frozenset({"خیابان", "خیابون", "کوچه", "بلوار", "میدان", "شارع", "حی"})
#: Words that link a cue and the address: "address is", "deliver it to".
_LINK = re.compile(
    r"(?:[\s:،,-]|\b(?:is|it's|its|to|at|in|for|uh|um|"
    r"هست|اینه|جدید|جدیدم|منزل|ما|من|به|تو|در|دقیق|خونه|هو|هي|الكامل|بالتفصيل|في)\b)+"
)
#: Words between a number and a street that make it no door.
_NO_STREET = re.compile(r"\b(?:the|a|at|on|of|your|minutes|days|my|percent|hours|miles|in|to)\b")
#: Kinds of streets that need no capital where nothing has one.
_SURE_STREETS = ("str", "roa", "ave", "lan", "dri", "cre", "ter", "bou", "gro", "mew", "par", "gar")
#: Parts before an address that are no place.
_NO_PLACE = frozenset({"بله", "سلام", "چشم", "حتما", "نعم", "ای", "ایوه", "طیب", "تمام", "خب", "ممنون", "باشه", "لا", "نه", "اره", "شکرا"})
_BOX = re.compile(r"(?<!\w)p\.? ?o\.? box (?:number |no\.? )?\d+")
#: Characters before an address in which "our head office" makes it the company's.
_PREMISES_REACH = 60
#: Characters before a street in which its number stands.
_HOUSE_REACH = 200
_LEADING_WORDS, _LONGEST = 3, 160


def places(case: Case) -> Iterator[Span]:
    """Spans of addresses."""
    for turn in range(len(case.turns)):
        if case.language(turn) == "en":
            if case.numerals(turn) and not case.words(turn).isdisjoint(words("street", "en")):
                yield from _english(case, turn)
            if "box" in case.words(turn):
                for box in _BOX.finditer(case.folded(turn)):
                    yield Span(turn, box.start(), _rest(case, turn, box.end()), Kind.ADDRESS, 0.85)
        elif not case.words(turn).isdisjoint(words("street", case.language(turn))):
            yield from _eastern(case, turn)
        if case.numerals(turn):
            yield from _postcodes(case, turn)


def _postcodes(case: Case, turn: int) -> Iterator[Span]:
    text = case.turns[turn].text
    if _DIGIT.search(text):
        yield from (Span(turn, *match.span(), Kind.ADDRESS, 0.9) for match in _BRITISH.finditer(text) if _is_postcode(case, turn, match))
    for run in case.sequences(turn):
        if _POSTCODE[0] <= len(run.digits) <= _POSTCODE[1] and _is_zip(case, turn, run):
            yield Span(turn, run.start, run.end, Kind.ADDRESS, 0.85)
    if case.sequences(turn) and case.language(turn) == "en":
        for edit in letters(text, "en"):
            if "zip" in case.label(turn, edit.start) and 5 <= len(edit.text) <= 7:
                yield Span(turn, edit.start, edit.end, Kind.ADDRESS, 0.9)


def _is_zip(case: Case, turn: int, run: DigitRun) -> bool:
    label = case.label(turn, run.start)
    return label == {"zip"} or case.named(turn, run.start) == "zip" or ("zip" in label and len(run.digits) == 5)


def _is_postcode(case: Case, turn: int, match: re.Match[str]) -> bool:
    """Written together it could be any reference."""
    label = case.label(turn, match.start())
    return bool(label & {"zip", "address"}) or (" " in match[0] and case.named(turn, match.start()) != "reference")


@cache
def _street(language: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){alternatives(words('street', language))}(?!\w)")


@cache
def _house() -> re.Pattern[str]:
    """A number, one to three words and a kind of street; the number in words is found apart."""
    flat = alternatives(words("flat", "en"))
    return re.compile(rf"(?:{flat} \w+,? )?(?:#? ?)$")


def _english(case: Case, turn: int) -> Iterator[Span]:
    folded = case.folded(turn)
    for match in _street("en").finditer(folded):
        start = _house_number(case, turn, match.start())
        if start is not None and not _companys(case, turn, start):
            yield Span(turn, start, _rest(case, turn, match.end()), Kind.ADDRESS, 0.9)


def _companys(case: Case, turn: int, start: int) -> bool:
    """Whether "our branch at ..." stands before it."""
    return _premises(case.language(turn)).search(case.folded(turn), max(0, start - _PREMISES_REACH), start) is not None


@cache
def _premises(language: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){alternatives(words('premises', language))}(?!\w)")


def _house_number(case: Case, turn: int, street: int) -> int | None:
    """Where the address begins that the word for the street belongs to: at most four words back stands a number."""
    text, folded = case.turns[turn].text, case.folded(turn)
    best = None
    known = case.numerals(turn)
    # None from farther back can be the house's: what is long is not looked through again for every street.
    near = bisect_left(known, street - _HOUSE_REACH, key=attrgetter("start"))
    for one in known[near : bisect_left(known, street, key=attrgetter("start"))]:
        between = folded[one.end : street]
        if one.end >= street or not re.fullmatch(r"[\w' -]*\s", between) or len(between.split()) > _LEADING_WORDS:
            continue
        named = bool(between.strip()) or one.kind.value == "ordinal"
        told = "address" in case.label(turn, one.start)
        plain = case.spoken(turn) or told
        capital = text[street : street + 1].isupper() or (plain and folded[street : street + 3] in _SURE_STREETS)
        capital = capital or (told and not case.by_agent(turn) and len(folded[street : street + 3].split()[0]) > 2)
        if named and capital and folded[one.start - 1 : one.start] != ":" and not _NO_STREET.search(between):
            best = one.start if best is None or not _adjoining(folded, best, one.start) else best
    if best is None:
        return None
    best = _first_of_run(known, best)
    flat = _house().search(folded, max(0, best - _HOUSE_REACH), best)
    return flat.start() if flat and flat[0].strip() else best


def _adjoining(folded: str, left: int, right: int) -> bool:
    return len(folded[left:right].split()) <= _LEADING_WORDS + 1


def _first_of_run(found: tuple[Numeral, ...], at: int) -> int:
    """Back over the digits said before the last one, as far as no comma or stop parts them."""
    index = bisect_left(found, at, key=attrgetter("start"))
    while index and found[index].gap in (Gap.BLANK, Gap.HYPHEN, Gap.NONE) and found[index].start - found[index - 1].end <= 1:
        index -= 1
    return found[index].start


def _rest(case: Case, turn: int, at: int) -> int:
    """The end of the address: short parts behind commas go on with it, up to the end of the sentence."""
    text = case.turns[turn].text
    stop = _END.search(case.folded(turn), at, at + 2 * _LONGEST)
    line = text.find("\n", at, at + _LONGEST)
    limit = min(stop.start() if stop else len(text), line if line >= 0 else len(text), at + _LONGEST)
    end = at
    for part in _PART.finditer(text, at, limit):
        words_of = part[0].split()
        capital = bool(words_of) and (words_of[0][0].isupper() or words_of[0][0].isdigit() or part.start() == at)
        if len(words_of) > 4 or not (capital or case.lower(turn)) or (part.start() == at and words_of and not words_of[0][0].isupper()):
            code = _BRITISH.search(part[0]) or _AMERICAN.match(part[0])
            return part.start() + code.end() if code else at + len(text[at:end].rstrip())
        end = part.end()
    return at + len(text[at:end].rstrip())


def _eastern(case: Case, turn: int) -> Iterator[Span]:
    """Persian and Arabic: words for street, quarter and door, at least two of them with a number, or one that was asked for."""
    folded, language = case.folded(turn), case.language(turn)
    marks = [match.span() for match in _street(language).finditer(folded)]
    if not marks:
        return
    for sentence in re.finditer(r"(?:[^.!?؟\n]|\.(?=\S))+", folded):
        first = bisect_left(marks, sentence.start(), key=itemgetter(0))
        inside = marks[first : bisect_left(marks, sentence.end(), key=itemgetter(0))]
        if not inside:
            continue
        asked = "address" in case.label(turn, inside[0][0])
        doors = [mark for mark in inside if folded[mark[0] : mark[1]] in words("door", language) and _numbered(case, turn, mark[1])]
        told = asked and not case.by_agent(turn)
        if (len(inside) >= 2 and (doors or told)) or (told and (doors or folded[slice(*inside[0])] in _STREETS)):
            start = _beginning(case, turn, sentence.start(), inside[0][0])
            end = _ending(case, turn, inside[-1], sentence.end())
            if _companys(case, turn, start):
                continue
            yield Span(turn, start, end, Kind.ADDRESS, 0.9 if doors else 0.75)


def _numbered(case: Case, turn: int, at: int) -> bool:
    return case.numeral_between(turn, at, at + 8) is not None


def _beginning(case: Case, turn: int, low: int, mark: int) -> int:
    """Behind the cue where there is one, else one part back ("Tehran, ...")."""
    text, folded = case.turns[turn].text, case.folded(turn)
    cues = case.cues(turn)
    known = cues[bisect_left(cues, low, key=attrgetter("start")) : bisect_right(cues, mark, key=attrgetter("end"))]
    cue = max((cue.end for cue in known if cue.name == "address"), default=None)
    if cue is not None:
        link = _LINK.match(folded, cue)
        return link.end() if link else cue
    parts = list(_PART.finditer(text, low, mark))
    start = mark
    for back, part in enumerate(reversed(parts)):
        said = folded[part.start() : part.end()].split()
        if len(said) > 2 - (back == 0) or any(word in _NO_PLACE or not word.isalpha() for word in said) or back > 2:
            break
        start = part.end() - len(part[0].lstrip())
    return start


def _ending(case: Case, turn: int, mark: tuple[int, int], high: int) -> int:
    """The end of the part with the last mark, without a verb behind it."""
    text, folded = case.turns[turn].text, case.folded(turn)
    part = _PART.match(text, mark[1], high)
    end = part.end() if part else mark[1]
    door = case.numeral_between(turn, mark[1], mark[1] + 8)
    if door is not None:
        return door.end
    stop = _END.search(folded, mark[1], end)
    return len(text[: stop.start() if stop else end].rstrip())
