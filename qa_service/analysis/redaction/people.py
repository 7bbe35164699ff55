"""Names of people: behind "my name is", titles and greetings, in answers to "your name?", and wherever a name found comes again.

The agent's own name is no personal data of the customer: how agents introduce themselves is left, and so is every later mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from qa_service.analysis.fold import fold_characters
from qa_service.analysis.redaction.case import Case
from qa_service.analysis.redaction.cues import alternatives, name_words
from qa_service.domain.redaction import Kind, Span

_WORD = re.compile(r"[^\W\d_]+(?:['’\u200c-][^\W\d_]+)*")
_SPELLED = re.compile(r"(?<!\w)[A-Za-z](?:[ ,.-]{1,2}[A-Za-z]\b){2,}")
#: Words of a name; words of a turn that is an answer and nothing else; letters of a name that is looked for again.
_LONGEST, _ANSWER, _FEWEST_LETTERS = 3, 5, 3
_OWN = {
    "en": re.compile(
        r"(?:this is|my name is|my name's|i'm|i am|it's|you're (?:speaking|through|talking) (?:to|with)|you are speaking (?:to|with)|name's)"
        r"(?: (?:miss|mr|mrs|ms|mister))? $"
    ),
    "fa": re.compile(r"(?:من|اسمم|اسم من|بنده) $"),
    "ar": re.compile(r"(?:معك|معاك|معاكي|معاج|معكم|انا|اسمی|هنا) $"),
}
_OWN_AFTER = re.compile(r"(?: [^\W\d_]+)? (?:speaking|here|from|هستم|از)(?!\w)")


class _Name(NamedTuple):
    start: int
    end: int
    confidence: float


def people(case: Case) -> Iterator[Span]:
    """Spans of names."""
    found: dict[int, list[_Name]] = {}
    agents = _agents(case)
    for turn in range(len(case.turns)):
        found[turn] = [name for name in _in_turn(case, turn) if not _all_in(case, turn, name, agents)]
    known = {word for turn, names in found.items() for name in names for word in _words(case, turn, name) if name.confidence >= 0.8}
    again = _pattern(frozenset(known - agents))
    for turn, names in found.items():
        spans = [Span(turn, name.start, name.end, Kind.NAME, name.confidence) for name in names]
        yield from spans
        if again is not None:
            yield from _again(case, turn, again, spans)


def _again(case: Case, turn: int, again: re.Pattern[str], spans: list[Span]) -> Iterator[Span]:
    text = case.turns[turn].text
    lower = text.islower()
    for match in again.finditer(case.folded(turn)):
        free = not any(span.start < match.end() and match.start() < span.end for span in spans)
        listed = match[0] in name_words("given", "en")
        if free and ((lower and listed) or not text[match.start()].isascii() or text[match.start()].isupper()):
            start, end = _widened(case, turn, *match.span())
            yield Span(turn, start, end, Kind.NAME, 0.85)


def _widened(case: Case, turn: int, start: int, end: int) -> tuple[int, int]:
    """With the other name beside it: "Rohan Mehta" where only Mehta was known."""
    text, language = case.turns[turn].text, case.language(turn)
    before = re.search(r"([^\W\d_]+) $", text[:start])
    after = re.match(r" ([^\W\d_]+)", text[end:])
    if before and _beside(case, turn, before[1], language):
        start = before.start()
    if after and language != "fa" and _beside(case, turn, after[1], language):
        end += after.end()
    return start, end


def _beside(case: Case, turn: int, word: str, language: str) -> bool:
    folded = fold_characters(word)
    if folded in name_words("never", language) or folded in name_words("title", language) or folded in name_words("weak", language):
        return False
    if language == "ar" and folded.startswith("ال") and len(folded) > 4:
        return True
    listed = folded in name_words("given", language) and (language == "en" or folded not in _ordinary(language))
    return listed or (word[0].isupper() and not case.turns[turn].text.isupper())


def _words(case: Case, turn: int, name: _Name) -> Iterator[str]:
    language = case.language(turn)
    for match in _WORD.finditer(case.folded(turn), name.start, name.end):
        listed = match[0] in name_words("never", language) or match[0] in name_words("title", language)
        if len(match[0]) >= _FEWEST_LETTERS and not listed and (language == "en" or match[0] not in _ordinary(language)):
            yield match[0]


def _ordinary(language: str) -> frozenset[str]:
    """Names that are words of the language, too, and are not looked for again by themselves."""
    return frozenset({"fa": {"امید", "بهار", "رها", "یلدا", "صدف", "غزل", "هستی", "عسل", "سحر", "مهر"}, "ar": {"نور", "امل", "سعید", "جمیل", "کریم"}}[language])


@cache
def _pattern(known: frozenset[str]) -> re.Pattern[str] | None:
    return re.compile(rf"(?<!\w){alternatives(known)}(?!\w)") if known else None


def _agents(case: Case) -> frozenset[str]:
    """Words of names by which the agent introduces himself."""
    words: set[str] = set()
    for turn in range(len(case.turns)):
        if not case.by_agent(turn):
            continue
        folded, language = case.folded(turn), case.language(turn)
        for match in _WORD.finditer(folded):
            before, after = folded[max(0, match.start() - 40) : match.start()], folded[match.end() : match.end() + 40]
            introduced = _OWN[language].search(before) is not None
            if introduced or (_OWN_AFTER.match(after) and not _titled(before, language)):
                surely = _looks_like_name(case, turn, match) or (language != "en" and match[0] not in name_words("never", language))
                if surely and (introduced or language != "fa" or "هستم" in after[:30]):
                    words.add(match[0])
    return frozenset(words)


def _titled(before: str, language: str) -> bool:
    word = before.split()[-1:] or [""]
    return word[0].strip(".") in name_words("title", language)


def _all_in(case: Case, turn: int, name: _Name, words: frozenset[str]) -> bool:
    return all(match[0] in words for match in _WORD.finditer(case.folded(turn), name.start, name.end))


def _looks_like_name(case: Case, turn: int, match: re.Match[str]) -> bool:
    """A capital, or a name of the list, and no word that only stands like one."""
    language = case.language(turn)
    if match[0] in name_words("never", language):
        return False
    if language != "en":
        return match[0] in name_words("given", language)
    text = case.turns[turn].text
    return text[match.start()].isupper() or (text.islower() and match[0] in name_words("given", "en"))


def _in_turn(case: Case, turn: int) -> list[_Name]:
    language, folded = case.language(turn), case.folded(turn)
    found: list[_Name] = []
    for cue in _cue(language).finditer(folded):
        name = _behind(case, turn, cue)
        if name is not None:
            found.append(name)
    if language == "fa":
        found += _before_verb(case, turn)
    if not case.by_agent(turn) and "name" in case.asked(turn) and not found:
        found += _answer(case, turn)
    if language == "en":
        found += [_Name(*match.span(), 0.85) for match in _SPELLED.finditer(case.turns[turn].text) if _spells_name(case, turn, match)]
    return _disjoint(found)


def _spells_name(case: Case, turn: int, match: re.Match[str]) -> bool:
    follows = any(0 <= one.start - match.end() <= 3 for one in case.numerals(turn))
    return not follows and case.label(turn, match.start()) in (frozenset({"name"}), frozenset({"name", "email"}))


def _disjoint(names: list[_Name]) -> list[_Name]:
    kept: list[_Name] = []
    for name in sorted(names, key=lambda one: (one.start, -one.end)):
        if not kept or name.start >= kept[-1].end:
            kept.append(name)
    return kept


@cache
def _cue(language: str) -> re.Pattern[str]:
    groups = (f"(?P<{kind}>{alternatives(name_words(kind, language))})" for kind in ("own", "title", "weak"))
    return re.compile(rf"(?<![\w'])(?:{'|'.join(groups)})(?![\w'])[.,،:]?\s+(?=\w)")


def _behind(case: Case, turn: int, cue: re.Match[str]) -> _Name | None:
    """The name behind a cue, as far as the kind of cue allows."""
    language, kind = case.language(turn), cue.lastgroup
    words = _name_words(case, turn, cue.end())
    if not words:
        return None
    listed = words[0][0] in name_words("given", language)
    capitals = sum(case.turns[turn].text[word.start()].isupper() for word in words)
    if kind == "own" and case.by_agent(turn) and cue["own"].startswith(("my", "i ", "اسمم", "من", "بنده", "اسمی", "انا", "مع")):
        return None
    said = cue[0].strip(" .,،:")
    if language != "en" and kind in ("title", "weak"):
        words = words[: _titled_words(case, turn, words, said)]
        if not words:
            return None
    if kind == "weak" and language == "en" and case.by_agent(turn) and said in ("it's", "it is") and not listed:
        return None
    sure = _sure(language, kind or "", listed=listed, capitals=capitals, count=len(words), cue=said)
    if not sure:
        return None
    start = cue.start("title") + len(said.split(" ")[0]) + 1 if kind == "title" and said.startswith(("یا ام", "یا ابو")) else words[0].start()
    if kind == "title" and said in ("ام", "ابو"):
        start = cue.start()
    return _Name(start, words[-1].end(), sure)


def _titled_words(case: Case, turn: int, words: list[re.Match[str]], title: str) -> int:
    """How many words behind a Persian or Arabic title are the name; a comma before them or a word that is no name ends it."""
    text, language = case.turns[turn].text, case.language(turn)
    first = words[0]
    if re.search(r"[,،:.]\s*$", text[: first.start()]):
        return 0
    given = name_words("given", language)
    if first[0] not in given and not _surname(case, turn, first, title):
        return 0
    if len(words) < 2 or (second := words[1][0]) in name_words("weak", language):
        return 1
    closed = re.match(r"\s*(?:$|[،,.!؟])", text[words[1].end() :]) is not None
    listed = second in given or closed or (language == "ar" and second.startswith("ال")) or (language == "fa" and _SURNAME.search(second))
    return 2 if (first[0] in given or title in _FORMAL) and listed else 1


def _surname(case: Case, turn: int, word: re.Match[str], title: str) -> bool:
    """Whether a word behind a title that is no given name may be a surname."""
    text, language = case.turns[turn].text, case.language(turn)
    closed = re.match(r"\s*(?:$|[،,.!؟])| (?:عزیز|محترم|گرامی)", text[word.end() :]) is not None
    if language == "ar":
        article = title in ("دکتور", "دکتوره") and word[0].startswith("ال")
        return title in _FORMAL or (closed and not article and title in _STRONG_TITLES)
    return _SURNAME.search(word[0]) is not None or (closed and len(word[0]) > 2) or (case.by_agent(turn) and title not in ("خانم", "دکتر", "جناب"))


def _sure(language: str, kind: str, *, listed: bool, capitals: int, count: int, cue: str) -> float:
    if language == "en":
        if kind == "own":
            return 0.95 if capitals or listed else 0.0
        if kind == "title":
            return 0.95 if capitals and cue not in ("sir", "madam") else 0.8 if listed else 0.0
        return 0.85 if listed and (capitals or count > 1 or cue in ("this is",)) else 0.8 if capitals >= 2 and cue in _SPEAKING else 0.0
    if kind == "own":
        strong = cue not in ("من", "بنده", "معک", "معاک", "معاج", "انا", "هنا", "به نام", "به اسم", "باسم", "علی اسم", "الاسم")
        return 0.9 if strong or listed else 0.7 if cue in ("به نام", "به اسم", "باسم", "علی اسم", "معک", "معاک") and count > 1 else 0.0
    if kind == "title":
        return 0.9 if listed or cue in _STRONG_TITLES else 0.0
    return 0.85 if listed else 0.0


#: Arabic titles that stand before nothing but a name.
_FORMAL = frozenset({"استاذ", "استاذه", "الاستاذ", "الاستاذه", "السید", "السیده", "سید", "سیده"})
#: How Persian surnames end.
_SURNAME = re.compile(r"(?:زاده|پور|نژاد|فر|نیا|یان|راد|پناه|وند|دوست|منش|[^اه]ی)$")
_SPEAKING = frozenset({"this is", "speaking to", "speaking with", "talking to", "it's", "it is", "spoke to", "spoke with", "is that", "is this"})
_STRONG_TITLES = frozenset({
    "اقای", "خانم", "جناب اقای", "سرکار خانم", "جناب", "مهندس", "دکتر", "استاذ", "استاذه", "الاستاذ", "الاستاذه", "السید", "السیده",
    "سید", "سیده", "یا ام", "یا ابو", "دکتوره", "دکتور", "مهندسه", "مدام",
})  # fmt: skip


def _name_words(case: Case, turn: int, at: int) -> list[re.Match[str]]:
    """Words from a place on that may be a name: at most three, nothing but blanks between, none of those that never are."""
    text, folded, language = case.turns[turn].text, case.folded(turn), case.language(turn)
    never, titles = name_words("never", language), name_words("title", language)
    lower = language == "en" and text.islower()
    words: list[re.Match[str]] = []
    for match in _WORD.finditer(folded, at):
        if words and text[words[-1].end() : match.start()] not in ((" ", ". ") if len(words[-1][0]) == 1 else (" ",)):
            break
        if not words and match.start() != at:
            break
        if match[0] in titles and not words and language == "en":
            at = match.end() + (2 if text[match.end() : match.end() + 1] == "." else 1)
            continue
        if match[0] in never or text[match.end() : match.end() + 1].isdigit() or len(words) == (2 if lower or language != "en" else _LONGEST):
            break
        if language == "en" and not lower and not text[match.start()].isupper():
            break
        if lower and words and text[words[-1].end() : match.start()] != " ":
            break
        words.append(match)
    return words


def _before_verb(case: Case, turn: int) -> Iterator[_Name]:
    """Persian "سارا محمدی هستم"."""
    folded = case.folded(turn)
    if case.by_agent(turn):
        return
    given, never = name_words("given", "fa"), name_words("never", "fa")
    for match in _verb().finditer(folded):
        words = [word for word in (match["first"], match["second"]) if word]
        asked = "name" in case.asked(turn)
        if any(word in never for word in words) or not (words[0] in given or (asked and len(words) == 2)):
            if len(words) == 2 and words[1] in given and words[0] in never:
                yield _Name(*match.span("second"), 0.85)
            continue
        yield _Name(match.start("first"), match.end("second") if match["second"] else match.end("first"), 0.9)


@cache
def _verb() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?P<first>[^\W\d_]+)(?: (?P<second>[^\W\d_]+))? {alternatives(name_words('after', 'fa'))}(?!\w)")


def _answer(case: Case, turn: int) -> Iterator[_Name]:
    """What answers "your name?": a turn of a few words, its words that may be a name."""
    text, language = case.turns[turn].text, case.language(turn)
    sentence = re.split(r"[.!?؟]\s", text)[0]
    lead = re.match(r"(?:(?:yes|yeah|sure|of course|ok|okay|it's|it is|uh|um|بله|حتما|چشم|نعم|اكيد|أكيد|معك|طيب|تمام)[,.،]?\s+)*", sentence, re.IGNORECASE)
    at = lead.end() if lead else 0
    words = _name_words(case, turn, at)
    if words and len(sentence[at:].split()) <= _ANSWER and text[words[-1].end() : words[-1].end() + 1] not in ("?", "؟"):
        listed = any(word[0] in name_words("given", language) for word in words)
        if not listed and ((len(words) == 1 and text.islower()) or all(len(word[0]) == 1 for word in words)):
            return
        yield _Name(words[0].start(), words[-1].end(), 0.9 if listed or len(words) > 1 else 0.8)
