"""Times of day in words: "half past nine", "nine forty five a m", "ساعت نه و نیم", "عشرة إلا ربع"."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from qa_service.analysis.fold import fold_characters
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.reading.edit import Edit, Figures
from qa_service.analysis.reading.surroundings import meaning

_HOURS, _MINUTES = 12, 60
_SPELLED_MARK = re.compile(r"(?<=\d )[ap] m\b")


def times(text: str, language: str | None) -> list[Edit]:
    """Edits that write times of day in figures."""
    code = language if language in ("fa", "ar") else "en"
    folded, figures = fold_characters(text), Figures(text, language)
    return [edit for pattern, read in _patterns(code) for match in pattern.finditer(folded) if (edit := read(match, text, figures))]


_Reader = Callable[["re.Match[str]", str, Figures], "Edit | None"]


def _patterns(language: str) -> tuple[tuple[re.Pattern[str], _Reader], ...]:
    if language == "en":
        cued = ((_english_cued(), _cued), (_english_noun(), _cued))
        return ((_english_fraction(), _fraction), (_english_marked(), _marked), *cued, (_SPELLED_MARK, _joined))
    if language == "fa":
        return ((_persian_to(), _fraction), (_persian_past(), _fraction))
    return ((_arabic(), _fraction),)


@cache
def _values(language: str) -> dict[str, int]:
    """Words for 1 to 59 that stand alone, folded, and figures."""
    lexicon = Lexicon("numerals")
    words = {fold_characters(word): value for value in range(1, 60) for word in _phrases(lexicon, str(value), language)}
    tens = {word: value for word, value in words.items() if value >= 20}
    units = {word: value for word, value in words.items() if value < 10}
    for ten, value in tens.items():
        for unit, more in units.items():
            if language == "en":
                words[f"{ten} {unit}"] = words[f"{ten}-{unit}"] = value + more
            elif language == "fa":
                words[f"{ten} و {unit}"] = words[f"{ten}\u200cو{unit}"] = value + more
            else:
                words[f"{unit} و{ten}"] = value + more
    if language == "en":
        words |= {f"{oh} {unit}": value for oh in ("oh", "o") for unit, value in units.items()}
    return words | {str(value): value for value in range(1, 60)} | {f"0{value}": value for value in range(1, 10)}


def _phrases(lexicon: Lexicon, name: str, language: str) -> tuple[str, ...]:
    return lexicon.phrases(name, language) if name in lexicon.meanings else ()


@cache
def _arabic_hours() -> dict[str, int]:
    """Hours as ordinals with the article, besides the plain numbers."""
    lexicon = Lexicon("numerals")
    hours = {fold_characters(word): value for value in range(1, 13) for word in _phrases(lexicon, f"{value}.", "ar")}
    more = {"الواحدة": 1, "الحادية عشرة": 11, "الحادية عشر": 11, "الثانية عشرة": 12, "الثانية عشر": 12, "اثني عشر": 12, "اثنا عشر": 12}
    return hours | {fold_characters(word): value for word, value in more.items()}


def _any(words: dict[str, int]) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + ")"


@cache
def _hours(language: str) -> dict[str, int]:
    found = {word: value for word, value in _values(language).items() if value <= _HOURS and not word.startswith(("o ", "oh "))}
    return found | (_arabic_hours() if language == "ar" else {})


@cache
def _english_fraction() -> re.Pattern[str]:
    hour, minute = _any(_hours("en")), _any(_values("en"))
    counted = "days?|hours?|minutes?|mins?|weeks?|months?|years?|percent|dollars?|pounds?|people|times|business|working"
    open_end = rf"(?!\s+(?:\w+ ){{0,1}}(?:{counted}))"
    return re.compile(
        rf"\b(?:(?P<half>half) past|(?:a )?(?P<quarter>quarter) (?P<side>past|after|to|of|before|till)"
        rf"|(?P<minute>{minute})(?: minutes)? (?P<away>past)"
        r"|(?:(?<=\bat )|(?<=\bby )|(?<=it's )|(?<=\bis )|(?<=\bit is )|(?<=until )|(?<=around ))"
        rf"(?P<left>{minute})(?: minutes)? (?P<before>to|till|before))"
        rf" (?P<hour>{hour})\b(?!-){open_end}"
    )


@cache
def _english_marked() -> re.Pattern[str]:
    mark = r"(?P<mark>a\.m\.?|p\.m\.?|am|pm|a m|p m)"
    return re.compile(rf"\b(?<![\d:.-])(?P<hour>{_any(_hours('en'))})(?: (?P<minute>{_any(_values('en'))}))? ?\b{mark}(?!\w)(?!\.?\w)")


@cache
def _english_cued() -> re.Pattern[str]:
    """"at nine forty five"; not before another number or a unit ("at nine fifty dollars")."""
    cue = "|".join(sorted(meaning("clock_cue", "en") - {"the"}))
    later = (
        r"(?:in the (?:morning|afternoon|evening)|at night|tonight|o'?clock|tomorrow|today|on \w+day|sharp|then|please"
        r"|for|and|or|until|till|to|if|because)"
    )
    return re.compile(rf"\b(?:{cue}) (?P<hour>{_any(_words_only('en'))})[ -](?P<minute>{_minute_words()})(?=\s*(?:[.?!,;]|$)| {later}\b)")


@cache
def _english_noun() -> re.Pattern[str]:
    nouns = "|".join(sorted(meaning("clock_noun", "en")))
    return re.compile(rf"\b(?P<hour>{_any(_words_only('en'))})[ -](?P<minute>{_minute_words()}) (?=(?:{nouns})\b)")


def _words_only(language: str) -> dict[str, int]:
    return {word: value for word, value in _hours(language).items() if not word.isdigit()}


def _minute_words() -> str:
    values = _values("en").items()
    return _any({word: value for word, value in values if (value >= 10 and not word.isdigit()) or word.startswith(("oh ", "o "))})


@cache
def _persian_past() -> re.Pattern[str]:
    """"ساعت نه و نیم"; without "ساعت", before a part of the day."""
    past = rf"(?:(?P<half>نیم)|(?P<quarter>ربع)|(?P<minute>{_any(_values('fa'))})(?: دقیقه)?)"
    later = r"(?: (?:صبح|ظهر|بعدازظهر|بعد ?از ?ظهر|عصر|شب|غروب|بامداد))"
    cue, amount = rf"(?:(?<=ساعت )|(?=[^،.]{{1,24}}{later}\b)\b)", r"(?! (?:ساعت|میلیون|هزار|تومن|تومان))"
    return re.compile(rf"{cue}(?P<hour>{_any(_hours('fa'))}) و {past}\b{amount}")


@cache
def _persian_to() -> re.Pattern[str]:
    hour = _any(_hours("fa"))
    return re.compile(
        rf"\b(?:(?:یه |یک )?(?P<quarter>ربع)|(?P<left>{_any(_values('fa'))}) (?:دقیقه )?)(?P<before> ?به) (?P<hour>{hour})\b"
        r"(?! (?:تومن|تومان|ریال|نفر|روز|درصد))"
    )


@cache
def _arabic() -> re.Pattern[str]:
    hour = _any(_hours("ar"))
    past = rf"و ?(?:ال)?(?:(?P<half>نص|نصف)|(?P<quarter>ربع)|(?P<third>ثلث|تلت)|(?P<minute>{_any(_values('ar'))})(?: دقیقه| دقایق)?)"
    left = rf"(?P<before>الا) (?:ال)?(?:(?P<lquarter>ربع)|(?P<lthird>ثلث|تلت)|(?P<left>{_any(_values('ar'))})(?: دقایق| دقیقه)?)"
    said = r"\S{1,40}(?: عشر| عشره)? (?:الا |و ?(?:ال)?(?:نص|نصف|ربع)\b(?! (?:ساعه|ملیون|الف|کیلو)))"
    cue = rf"(?:(?<=الساعه )|(?<=عالساعه )|(?<=ساعه )|(?={said}))"
    return re.compile(rf"\b{cue}(?P<hour>{hour}) (?:{past}|{left})(?! (?:ریال|درهم|جنیه|دینار|ساعه|یوم))(?!\w)")


def _fraction(match: re.Match[str], text: str, figures: Figures) -> Edit | None:
    """Hour and a part of it, past or to."""
    found = {name: value for name, value in match.groupdict().items() if value}
    values = {**_values("en"), **_values("fa"), **_values("ar")}
    hour = {**_hours("en"), **_hours("fa"), **_hours("ar")}[found["hour"]]
    minute = _minute(found, values)
    before = "before" in found or found.get("side") in ("to", "of", "before", "till")
    if before:
        hour, minute = (hour - 2) % _HOURS + 1, _MINUTES - minute
    return Edit(match.start(), match.end(), figures.plain(f"{hour}:{minute:02}"))


def _minute(found: dict[str, str], values: dict[str, int]) -> int:
    if "half" in found:
        return 30
    if "quarter" in found or "lquarter" in found:
        return 15
    if "third" in found or "lthird" in found:
        return 20
    return values[found.get("minute") or found["left"]]


def _marked(match: re.Match[str], text: str, figures: Figures) -> Edit | None:
    """"nine forty five a m", "two p.m.": the mark stays, "a m" is written together."""
    if match["hour"].isdigit() and match["minute"] is None:
        return None if " " not in match["mark"] else Edit(match.start("mark"), match.end("mark"), match["mark"].replace(" ", ""))
    hour = figures.plain(str(_hours("en")[match["hour"]]))
    minute = figures.plain(f":{_values('en')[match['minute']]:02}") if match["minute"] else ""
    mark = text[match.start("mark") : match.end("mark")].replace(" ", "")
    return Edit(match.start(), match.end(), f"{hour}{minute} {mark}")


def _cued(match: re.Match[str], text: str, figures: Figures) -> Edit | None:
    hour, minute = _hours("en")[match["hour"]], _values("en")[match["minute"]]
    return Edit(match.start("hour"), match.end("minute"), figures.plain(f"{hour}:{minute:02}"))


def _joined(match: re.Match[str], text: str, figures: Figures) -> Edit | None:
    return Edit(match.start(), match.end(), text[match.start() : match.end()].replace(" ", ""))
