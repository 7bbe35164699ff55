"""Names of people, by what stands around them, and wherever a name found comes again.

The agent's own name is no personal data of the customer: how agents introduce themselves is left, and so is every later mention.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import cache
from operator import attrgetter

from qa_service.analysis.fold import fold_characters
from qa_service.analysis.redaction.case import Case
from qa_service.analysis.redaction.cues import name_words
from qa_service.analysis.redaction.name_frames import WORD, Name, framed, signed
from qa_service.domain.redaction import Kind, Span

#: Letters of a name that is looked for again, and how sure it must be.
_FEWEST_LETTERS, _SURE = 3, 0.8
#: How agents say who they are, before and behind the name.
_OWN = {
    "en": re.compile(
        r"(?:this is|my name is|my name's|i'm|i am|it's|name's"
        r"|you're (?:speaking|through|talking) (?:to|with)|you are speaking (?:to|with))(?: (?:miss|mr|mrs|ms|mister))? $"
    ),
    "fa": re.compile(r"(?:من|اسمم|اسم من|بنده) $"),
    "ar": re.compile(r"(?:معك|معاك|معاکی|معاج|معکم|انا|اسمی|هنا) $"),
}
#: Letters of the other name of somebody; the words before and behind a name.
_BESIDE = 64
_WORD_BEFORE = re.compile(rf"(?<![^\W\d_])([^\W\d_]{{1,{_BESIDE}}}) $")
_WORD_AFTER = re.compile(r" ([^\W\d_]+)")
_CHUNK = re.compile(r"\w+")
_OWN_AFTER = re.compile(r"(?: [^\W\d_]+)? (?:speaking|here|from|هستم|از)(?!\w)")


def people(case: Case) -> Iterator[Span]:
    """Spans of names."""
    agents = agents_words(case)
    names_of = [[name for name in framed(case, turn) if not agents.issuperset(_said(case, turn, name))] for turn in range(len(case.turns))]
    sure = ((turn, name) for turn, names in enumerate(names_of) for name in names if name.confidence >= _SURE)
    known = frozenset(word for turn, name in sure for word in _own(case, turn, name))
    again = _by_chunk(known - agents)
    for turn, names in enumerate(names_of):
        spans = [Span(turn, name.start, name.end, Kind.NAME, name.confidence) for name in names]
        yield from spans
        if again:
            yield from _again(case, turn, again, spans)


def _again(case: Case, turn: int, again: Mapping[str, tuple[str, ...]], spans: list[Span]) -> Iterator[Span]:
    """Other places of names that were found, with the other name beside it."""
    text = case.turns[turn].text
    for start, end in _places(case.folded(turn), again):
        before = bisect_left(spans, end, key=attrgetter("start"))
        if before and spans[before - 1].end > start:
            continue
        spoken = case.lower(turn) and case.folded(turn)[start:end] in name_words("given", "en")
        if spoken or not text[start].isascii() or text[start].isupper():
            yield Span(turn, *_widened(case, turn, start, end), Kind.NAME, 0.85)


def _by_chunk(known: frozenset[str]) -> Mapping[str, tuple[str, ...]]:
    """Names by the letters that they begin with up to a hyphen or the like, the longest first."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(known, key=len, reverse=True):
        first = _CHUNK.match(name)
        if first is not None:
            found[first[0]] = (*found.get(first[0], ()), name)
    return found


def _places(folded: str, again: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Where whole names stand."""
    reached = 0
    for chunk in _CHUNK.finditer(folded):
        if chunk.start() < reached or chunk[0] not in again:
            continue
        ends = (chunk.start() + len(name) for name in again[chunk[0]] if folded.startswith(name, chunk.start()))
        reached = next((end for end in ends if not _CHUNK.match(folded, end)), reached)
        if reached > chunk.start():
            yield chunk.start(), reached


def _widened(case: Case, turn: int, start: int, end: int) -> tuple[int, int]:
    """With the other name beside it: "Rohan Mehta" where only Mehta was known."""
    text, language = case.turns[turn].text, case.language(turn)
    before, after = _WORD_BEFORE.search(text, max(0, start - _BESIDE - 1), start), _WORD_AFTER.match(text, end)
    if before and _is_beside(case, turn, before[1]):
        start = before.start()
    if after and language != "fa" and _is_beside(case, turn, after[1]):
        end = after.end()
    return start, end


def _is_beside(case: Case, turn: int, word: str) -> bool:
    language = case.language(turn)
    folded = fold_characters(word)
    if any(folded in name_words(kind, language) for kind in ("never", "title", "weak")):
        return False
    if language == "ar" and folded.startswith("ال") and len(folded) > _FEWEST_LETTERS + 1:
        return True
    listed = folded in name_words("given", language) and folded not in name_words("ordinary", language)
    return listed or (word[0].isupper() and not case.shouted(turn))


def _said(case: Case, turn: int, name: Name) -> list[str]:
    return [match[0] for match in WORD.finditer(case.folded(turn), name.start, name.end)]


def _own(case: Case, turn: int, name: Name) -> Iterator[str]:
    """Words of a name that are nothing else."""
    language = case.language(turn)
    for word in _said(case, turn, name):
        if len(word) >= _FEWEST_LETTERS and not any(word in name_words(kind, language) for kind in ("never", "title", "ordinary")):
            yield word


def agents_words(case: Case) -> frozenset[str]:
    """Words of names by which the agent introduces himself."""
    return frozenset(word for turn in range(len(case.turns)) if case.by_agent(turn) for word in _introduced(case, turn))


def _introduced(case: Case, turn: int) -> Iterator[str]:
    folded, language = case.folded(turn), case.language(turn)
    yield from (word for name in signed(case, turn) for word in _said(case, turn, name))
    if not _introduces(language).search(folded):
        return
    for match in WORD.finditer(folded):
        before, after = folded[max(0, match.start() - 40) : match.start()], folded[match.end() : match.end() + 40]
        if not _looks_like_name(case, turn, match):
            continue
        titled = before.split()[-1:] and before.split()[-1].strip(".") in name_words("title", language)
        if _OWN[language].search(before) or (not titled and _OWN_AFTER.match(after) and (language != "fa" or "هستم" in after)):
            yield match[0]


@cache
def _introduces(language: str) -> re.Pattern[str]:
    """A quick look whether anything of the kind is there."""
    return re.compile(rf"{_OWN[language].pattern.removesuffix(' $')} |{_OWN_AFTER.pattern}")


def _looks_like_name(case: Case, turn: int, match: re.Match[str]) -> bool:
    """A word that may be a name: in English by a capital or the list, else by not being one that never is."""
    text = case.turns[turn].text
    if match[0] in name_words("never", case.language(turn)):
        return case.language(turn) == "en" and match[0] in name_words("given", "en") and text[match.start()].isupper()
    return case.language(turn) != "en" or text[match.start()].isupper() or (case.lower(turn) and match[0] in name_words("given", "en"))
