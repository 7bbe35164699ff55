"""Name frames: what stands around names: "my name is", titles, greetings, the Persian verb, and answers to "your name?"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from qa_service.analysis.redaction.case import Case
from qa_service.analysis.redaction.cues import alternatives, name_words
from qa_service.analysis.redaction.cues import words as data_words

WORD = re.compile(r"[^\W\d_]+(?:['’\u200c-][^\W\d_]+)*")
_PAIR = re.compile(
    r"(?<![\w'-])([A-Z][a-z]+) ([A-Z][a-z]+(?:['’-][A-Z][a-z]+)*)(?! (?:Street|Road|Avenue|Lane|House|Court|Bank|Ltd|Inc))(?!\w)"
)
_SPELLED = re.compile(r"(?<!\w)[A-Za-z](?:[ ,.-]{1,2}[A-Za-z]\b){2,}")
#: Words of a name in Latin letters with capitals, in others; words of a turn that is an answer and nothing else.
_LONGEST, _PLAIN, _ANSWER = 3, 2, 5
#: How Persian surnames end.
_SURNAME = re.compile(r"(?:زاده|پور|نژاد|فر|نیا|یان|راد|پناه|وند|دوست|منش|[^اه]ی)$")
_CLOSED = re.compile(r"\s*(?:$|[،,.!؟?])| (?:عزیز|محترم|گرامی)")


class Name(NamedTuple):
    """Where a name stands, and how sure it is one."""

    start: int
    end: int
    confidence: float


def framed(case: Case, turn: int) -> list[Name]:
    """Names of a turn by what stands around them, in order."""
    found = [name for cue in _cue(case.language(turn)).finditer(case.folded(turn)) if (name := _behind(case, turn, cue)) is not None]
    if case.language(turn) == "en":
        found += _pairs(case, turn)
    if case.by_agent(turn):
        return _disjoint(found)
    if case.language(turn) == "fa":
        found += _before_verb(case, turn)
    if not found and "name" in case.asked(turn):
        found += _answer(case, turn)
    if case.language(turn) == "en":
        found += [Name(*match.span(), 0.85) for match in _SPELLED.finditer(case.turns[turn].text) if _spells_name(case, turn, match)]
    return _disjoint(found)


def _disjoint(names: list[Name]) -> list[Name]:
    kept: list[Name] = []
    for name in sorted(names, key=lambda one: (one.start, -one.end)):
        if not kept or name.start >= kept[-1].end:
            kept.append(name)
    return kept


def _pairs(case: Case, turn: int) -> Iterator[Name]:
    """A given name of the list and another word behind it, both with capitals, wherever they stand."""
    text = case.turns[turn].text
    for match in _PAIR.finditer(text):
        first, second = match[1].lower(), match[2].lower()
        street = data_words("street", "en")
        if first in name_words("given", "en") and not {first, second} & name_words("never", "en") and second not in street:
            yield Name(*match.span(), 0.8)


def _spells_name(case: Case, turn: int, match: re.Match[str]) -> bool:
    """Whether letters answer "spell your name", rather than begin a reference."""
    follows = any(0 <= one.start - match.end() <= 3 for one in case.numerals(turn))
    return not follows and case.label(turn, match.start()) in (frozenset({"name"}), frozenset({"name", "email"}))


@cache
def _cue(language: str) -> re.Pattern[str]:
    groups = (f"(?P<{kind}>{alternatives(name_words(kind, language))})" for kind in ("own", "title", "weak"))
    return re.compile(rf"(?<![\w'])(?:{'|'.join(groups)})(?![\w'])[.,،:]?\s+(?=\w)")


def _behind(case: Case, turn: int, cue: re.Match[str]) -> Name | None:
    """The name behind a cue, as far as the kind of cue allows."""
    language, kind, said = case.language(turn), cue.lastgroup or "", cue[0].strip(" .,،:")
    words = _words(case, turn, cue.end())
    vague = said in name_words("vague", language) - name_words("holder", language)
    if language != "en" and words and (kind != "own" or (vague and words[0][0] in name_words("given", language))):
        words = words[: _titled(case, turn, words, said)]
    if not words or (kind == "own" and case.by_agent(turn) and said in name_words("myself", language)):
        return None
    sure = _english(case, turn, words, kind, said) if language == "en" else _eastern(language, words, kind, said)
    if not sure:
        return None
    kunya = kind == "title" and said.split(" ")[-1] in name_words("kunya", language)
    return Name(cue.start() + said.rfind(" ") + 1 if kunya else words[0].start(), words[-1].end(), sure)


def _english(case: Case, turn: int, words: list[re.Match[str]], kind: str, said: str) -> float:
    """How sure the words behind an English cue are a name: by capitals and the list of given names."""
    listed = words[0][0] in name_words("given", "en")
    capitals = sum(case.turns[turn].text[word.start()].isupper() for word in words)
    if kind == "own":
        return 0.95 if capitals or listed else 0.0
    if kind == "title":
        return 0.95 if capitals and said not in ("sir", "madam") else 0.8 if listed else 0.0
    if listed and (capitals or len(words) > 1 or said == "this is"):
        return 0.85
    if capitals and said in name_words("kin", "en"):
        return 0.8
    aside = case.by_agent(turn) and said in ("it's", "it is")
    return 0.8 if capitals >= 2 and not aside and said in name_words("speaking", "en") else 0.0


def _eastern(language: str, words: list[re.Match[str]], kind: str, said: str) -> float:
    """How sure the words behind a Persian or Arabic cue are a name: by the list of given names and the cue."""
    listed = words[0][0] in name_words("given", language)
    if kind == "own":
        if listed or said not in name_words("vague", language):
            return 0.9
        return 0.7 if said in name_words("holder", language) and len(words) > 1 else 0.0
    if kind == "title" and said in name_words("strong_title", language):
        return 0.9
    return 0.85 if listed else 0.0


def _titled(case: Case, turn: int, words: list[re.Match[str]], title: str) -> int:
    """How many words behind a Persian or Arabic title are the name; a comma before them or a word that is no name ends it."""
    text, language = case.turns[turn].text, case.language(turn)
    first, given = words[0], name_words("given", language)
    if re.search(r"[,،:.]\s*$", text[: first.start()]) or (first[0] not in given and not _surname(case, turn, first, title)):
        return 0
    if len(words) < _PLAIN or (second := words[1][0]) in name_words("weak", language):
        return 1
    listed = second in given or _CLOSED.match(text, words[1].end()) is not None
    ends = second.startswith("ال") if language == "ar" else _SURNAME.search(second) is not None
    return 2 if (first[0] in given or title in name_words("formal", language)) and (listed or ends) else 1


def _surname(case: Case, turn: int, word: re.Match[str], title: str) -> bool:
    """Whether a word behind a title that is no given name may be a surname."""
    language = case.language(turn)
    closed = _CLOSED.match(case.turns[turn].text, word.end()) is not None
    calling = title in name_words("calling", language)
    if language == "ar":
        trade = calling and word[0].startswith("ال")  # "the bone doctor"
        return title in name_words("formal", language) or (closed and not trade and title in name_words("strong_title", language))
    return _SURNAME.search(word[0]) is not None or (closed and len(word[0]) > 2) or (case.by_agent(turn) and not calling)


def _words(case: Case, turn: int, at: int) -> list[re.Match[str]]:
    """Words from a place on that may be a name: nothing but blanks between, none of those that never are."""
    text, folded, language = case.turns[turn].text, case.folded(turn), case.language(turn)
    lower = language == "en" and text.islower()
    most = _PLAIN if lower or language != "en" else _LONGEST
    words: list[re.Match[str]] = []
    for match in WORD.finditer(folded, at):
        if language == "en" and not words and match.start() == at and match[0] in name_words("title", "en"):
            at = match.end() + (2 if text[match.end() : match.end() + 1] == "." else 1)
            continue
        apart = match.start() != at if not words else text[words[-1].end() : match.start()] not in _blanks(words[-1][0])
        if apart or len(words) == most or not _possible(text, match, language, lower=lower):
            break
        words.append(match)
    return words


def _blanks(word: str) -> tuple[str, ...]:
    """What may stand behind a word of a name: behind an initial a full stop, too."""
    return (" ", ". ") if len(word) == 1 else (" ",)


def _possible(text: str, match: re.Match[str], language: str, *, lower: bool) -> bool:
    if match[0] in name_words("never", language) or text[match.end() : match.end() + 1].isdigit():
        return False
    return language != "en" or lower or text[match.start()].isupper()


def _before_verb(case: Case, turn: int) -> Iterator[Name]:
    """Persian "سارا محمدی هستم"."""
    given, never = name_words("given", "fa"), name_words("never", "fa")
    for match in _verb().finditer(case.folded(turn)):
        words = [word for word in (match["first"], match["second"]) if word]
        asked = "name" in case.asked(turn) and len(words) > 1
        if not any(word in never for word in words) and (words[0] in given or asked):
            yield Name(match.start("first"), match.end("second") if match["second"] else match.end("first"), 0.9)
        elif len(words) > 1 and words[1] in given and words[0] in never:
            yield Name(*match.span("second"), 0.85)


@cache
def _verb() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?P<first>[^\W\d_]+)(?: (?P<second>[^\W\d_]+))? {alternatives(name_words('after', 'fa'))}(?!\w)")


@cache
def _lead(language: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(name_words('lead', language))}[,.،]?\s+)*")


def _answer(case: Case, turn: int) -> Iterator[Name]:
    """What answers "your name?": a turn of a few words that may be a name."""
    text, language = case.turns[turn].text, case.language(turn)
    lead = _lead(language).match(case.folded(turn))
    at = lead.end() if lead else 0
    words = _words(case, turn, at)
    if not words or len(re.split(r"[.!?؟]\s", text[at:])[0].split()) > _ANSWER or text[words[-1].end() : words[-1].end() + 1] in ("?", "؟"):
        return
    listed = any(word[0] in name_words("given", language) for word in words)
    if listed or not ((len(words) == 1 and text.islower()) or all(len(word[0]) == 1 for word in words)):
        yield Name(words[0].start(), words[-1].end(), 0.9 if listed or len(words) > 1 else 0.8)
