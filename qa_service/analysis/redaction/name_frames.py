"""Name frames: what stands around names: "my name is", titles, greetings, the Persian verb, and answers to "your name?"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from qa_service.analysis.redaction.before import behind_greeting, behind_mark
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
#: Titles before a name ("Professor Doctor"); more of them are none.
_TITLES = 8
#: Letters of a name that is in no list, and what follows one that the speaker says of himself.
_FEWEST = 3
_FROM = re.compile(r",? (?:from|here|calling|speaking|again)\b")
#: Characters of a turn that is a name and nothing else.
_ALONE = 40
#: How Persian surnames end.
_SURNAME = re.compile(r"(?:زاده|پور|نژاد|فر|نیا|یان|راد|پناه|وند|دوست|منش|[^اه]ی)$")
#: In folded letters "علي" (Ali) is "على" (on).
_NOT_ON = frozenset({"علي"})
#: Nothing more is said there; what comes behind May as a name.
_DONE = re.compile(r"[ .\n]*\Z")
_NO_MONTH = re.compile(r"\s*(?:$|[,.!?])| [A-Z][a-z]+")
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
    found += signed(case, turn)
    if case.language(turn) == "fa":
        found += _before_verb(case, turn)
    if not found and "name" in case.asked(turn):
        found += _answer(case, turn)
    elif not found:
        found += _alone(case, turn)
    if case.language(turn) == "en":
        found += [Name(*match.span(), 0.85) for match in _SPELLED.finditer(case.turns[turn].text) if _spells_name(case, turn, match)]
    return _disjoint(found)


def cued(case: Case, turn: int) -> frozenset[int]:
    """Places of a turn at which a name may begin."""
    return frozenset(cue.end() for cue in _cue(case.language(turn)).finditer(case.folded(turn)))


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
    follows = case.numeral_between(turn, match.end(), match.end() + 3)
    return follows is None and case.label(turn, match.start()) in (frozenset({"name"}), frozenset({"name", "email"}))


@cache
def _cue(language: str) -> re.Pattern[str]:
    groups = (f"(?P<{kind}>{alternatives(name_words(kind, language))})" for kind in ("own", "title", "weak"))
    return re.compile(rf"(?<![\w'])(?:{'|'.join(groups)})(?![\w'])[.,،:]?\s+(?=\w)")


def _behind(case: Case, turn: int, cue: re.Match[str]) -> Name | None:
    """The name behind a cue, as far as the kind of cue allows."""
    language, kind, said = case.language(turn), cue.lastgroup or "", cue[0].strip(" .,،:")
    words = _words(case, turn, cue.end(), calendar=kind == "own" or said in name_words("greeting", language))
    vague = said in name_words("vague", language) - name_words("holder", language)
    if language != "en" and words and words[0][0] in name_words("weak", language):
        words = words[1:]  # "in the name of my father Fahd"
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
    text = case.turns[turn].text
    following = WORD.match(case.folded(turn), words[-1].end() + 1)
    if kind == "weak" and following and following[0] in data_words("street", "en") and text[following.start()].isupper():
        return 0.0  # "and Tanner Street?"
    listed = words[0][0] in name_words("given", "en")
    capitals = sum(text[word.start()].isupper() for word in words)
    if kind == "own":
        if said in name_words("vague", "en") and not listed:
            return 0.8 if capitals == len(words) > 1 else 0.0
        return 0.95 if capitals or listed else 0.8 if case.lower(turn) and len(words[0][0]) > 2 else 0.0
    if kind == "title":
        if capitals and said not in ("sir", "madam"):
            return 0.95
        polite = said in name_words("strong_title", "en") and (said != "miss" or case.by_agent(turn))
        return 0.8 if listed or (polite and case.lower(turn) and len(words[0][0]) > 2) else 0.0
    if listed and (capitals or said == "this is" or words[0][0] not in name_words("ordinary", "en")):
        return 0.85
    if capitals and (said in name_words("kin", "en") or _called(case, turn, words, said)):
        return 0.8
    aside = case.by_agent(turn) and said in ("it's", "it is")
    return 0.8 if capitals >= 2 and not aside and said in name_words("speaking", "en") else 0.0


def _called(case: Case, turn: int, words: list[re.Match[str]], said: str) -> bool:
    """Whether one word with a capital that is in no list is called by an agent ("Thanks, Xolani.") or says who he is."""
    text, end = case.turns[turn].text, words[-1].end()
    if len(words) > 1 or len(words[0][0]) < _FEWEST or text[words[0].start() : end].isupper():
        return False
    if case.by_agent(turn):
        return turn > 0 and said != "dear" and said in name_words("greeting", "en") and _CLOSED.match(text, end) is not None
    return said in name_words("speaking", "en") and _FROM.match(text, end) is not None


def _eastern(language: str, words: list[re.Match[str]], kind: str, said: str) -> float:
    """How sure the words behind a Persian or Arabic cue are a name: by the list of given names and the cue."""
    listed = words[0][0] in name_words("given", language)
    if kind == "own":
        if len(words) == 1 and said in name_words("vague", language) and words[0][0] in name_words("state", language):
            return 0.0
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
    if behind_mark(text, first.start()) or (first[0] not in given and not _surname(case, turn, first, title)):
        return 0
    if len(words) < _PLAIN or (second := words[1][0]) in name_words("weak", language):
        return 1
    listed = second in given or _CLOSED.match(text, words[1].end()) is not None
    ends = _tribal(second) if language == "ar" else _SURNAME.search(second) is not None
    return 2 if (first[0] in given or title in name_words("formal", language)) and (listed or ends) else 1


def _tribal(word: str) -> bool:
    """Whether an Arabic word looks like a surname: "of" a people or place, or of the list."""
    return (word.startswith("ال") and word.endswith("ی")) or word in name_words("surname", "ar")


def _surname(case: Case, turn: int, word: re.Match[str], title: str) -> bool:
    """Whether a word behind a title that is no given name may be a surname."""
    language = case.language(turn)
    closed = _CLOSED.match(case.turns[turn].text, word.end()) is not None
    calling = title in name_words("calling", language)
    if language == "ar":
        trade = calling and word[0].startswith("ال")  # "the bone doctor"
        return title in name_words("formal", language) or (closed and not trade and title in name_words("strong_title", language))
    return _SURNAME.search(word[0]) is not None or (closed and len(word[0]) > 2) or (case.by_agent(turn) and not calling)


def _words(case: Case, turn: int, at: int, *, calendar: bool = False) -> list[re.Match[str]]:
    """Words from a place on that may be a name: nothing but blanks between, none of those that never are; with ``calendar`` May may be."""
    text, folded, language = case.turns[turn].text, case.folded(turn), case.language(turn)
    lower = language == "en" and case.lower(turn)
    most = _PLAIN if lower or language != "en" else _LONGEST
    words: list[re.Match[str]] = []
    titles = 0
    for match in WORD.finditer(folded, at):
        if language == "en" and not words and match.start() == at and titles < _TITLES and match[0] in name_words("title", "en"):
            titles += 1
            at = match.end() + (2 if text[match.end() : match.end() + 1] == "." else 1)
            continue
        apart = match.start() != at if not words else text[words[-1].end() : match.start()] not in _blanks(words[-1][0])
        possible = _possible(text, match, language, lower=lower) or (calendar and not words and _month_as_name(text, match, language))
        if apart or len(words) == most or not possible:
            break
        words.append(match)
    return words


def _blanks(word: str) -> tuple[str, ...]:
    """What may stand behind a word of a name: behind an initial a full stop, too."""
    return (" ", ". ") if len(word) == 1 else (" ",)


def _possible(text: str, match: re.Match[str], language: str, *, lower: bool) -> bool:
    never = match[0] in name_words("never", language) and text[match.start() : match.end()] not in _NOT_ON
    if never or text[match.end() : match.end() + 1].isdigit():
        return False
    return language != "en" or lower or text[match.start()].isupper()


def _month_as_name(text: str, match: re.Match[str], language: str) -> bool:
    """Whether "May" is called or given as a name: with a capital, and nothing behind it that makes it a month."""
    if language != "en" or not text[match.start()].isupper() or match[0] not in name_words("given", "en"):
        return False
    return _NO_MONTH.match(text, match.end()) is not None


def signed(case: Case, turn: int) -> Iterator[Name]:
    """Who signs at the end of a turn: "Regards, Philippa Grant"."""
    text = case.turns[turn].text
    for cue in _signs(case.language(turn)).finditer(case.folded(turn)):
        apart = "\n" in text[cue.start() : cue.end()]
        if not apart and cue[0].strip(" ,.:!-") in name_words("greeting", case.language(turn)):
            continue  # "Thank you, David."
        words = _words(case, turn, cue.end())
        listed = bool(words) and words[0][0] in name_words("given", case.language(turn))
        if words and _DONE.match(text, words[-1].end()) and (listed or len(words) > 1 or apart):
            yield Name(words[0].start(), words[-1].end(), 0.85)


@cache
def _signs(language: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){alternatives(name_words('signed', language))}(?!\w)[.,،:!-]?\s+(?=\w)")


def _before_verb(case: Case, turn: int) -> Iterator[Name]:
    """Persian "سارا محمدی هستم"."""
    given, never = name_words("given", "fa"), name_words("never", "fa")
    for match in _verb().finditer(case.folded(turn)):
        words = [word for word in (match["first"], match["second"]) if word]
        asked = "name" in case.asked(turn) and len(words) > 1
        if len(words) == 1 and _SURNAME.search(words[0]) and words[0] not in never and behind_greeting(case.folded(turn), match.start()):
            yield Name(*match.span("first"), 0.8)
        elif not any(word in never for word in words) and (words[0] in given or asked):
            yield Name(match.start("first"), match.end("second") if match["second"] else match.end("first"), 0.9)
        elif len(words) > 1 and words[1] in given and words[0] in never:
            yield Name(*match.span("second"), 0.85)


@cache
def _verb() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?P<first>[^\W\d_]+)(?: (?P<second>[^\W\d_]+))? {alternatives(name_words('after', 'fa'))}(?!\w)")


@cache
def _lead(language: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{alternatives(name_words('lead', language))}[,.،]?\s+)*")


def _alone(case: Case, turn: int) -> Iterator[Name]:
    """A turn that is a name of the list and nothing else, whatever was asked."""
    text, language = case.turns[turn].text, case.language(turn)
    if len(text) > _ALONE:
        return
    words = _words(case, turn, len(text) - len(text.lstrip()))
    if not words or words[-1].end() < len(text.rstrip(" .\n")) or words[0][0] not in name_words("given", language):
        return
    if words[0][0] not in name_words("ordinary", language) and (language == "en" or len(words) > 1):
        yield Name(words[0].start(), words[-1].end(), 0.75)


def _answer(case: Case, turn: int) -> Iterator[Name]:
    """What answers "your name?": a turn of a few words that may be a name."""
    text, language = case.turns[turn].text, case.language(turn)
    lead = _lead(language).match(case.folded(turn))
    at = lead.end() if lead else 0
    words = _words(case, turn, at, calendar=True)
    if not words or len(re.split(r"[.!?؟]\s", text[at:])[0].split()) > _ANSWER or text[words[-1].end() : words[-1].end() + 1] in ("?", "؟"):
        return
    listed = any(word[0] in name_words("given", language) for word in words)
    if listed or not ((len(words) == 1 and case.lower(turn)) or all(len(word[0]) == 1 for word in words)):
        yield Name(words[0].start(), words[-1].end(), 0.9 if listed or len(words) > 1 else 0.8)
