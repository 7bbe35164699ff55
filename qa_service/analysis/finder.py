"""The finder: one pass over a transcript that finds every phrase and pattern of a rubric.

All phrases of a language are one RE2 set, so that a turn is read once whatever the number of phrases; only a phrase that matched is
looked up again for its place. Plain phrases with ``fuzzy`` are compared with spoken turns that had no exact hit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any, NamedTuple

import re2
from rapidfuzz import fuzz

from qa_service.analysis.fold import Folded, fold, fold_characters
from qa_service.analysis.phrase import literals, phrase_pattern
from qa_service.analysis.quoted import is_own
from qa_service.domain.finding import Findings, Hit, PatternQuery, PhraseQuery, Query
from qa_service.domain.transcript import Transcript, Turn
from qa_service.errors import RubricError

#: Memory of one compiled set, bytes; beyond it RE2 forgets states and slows down.
_MEMORY = 256 << 20
ANY = "*"
#: A pattern that is one of several, or a word; and an option that is a word.
_OPTIONS = re.compile(r"\(\?:(?P<options>[^()]*)\)|(?P<word>[^()|]*)")
_WORD = re.compile(r" (?:[^\s()|\\]|\\[^\sA-Za-z0-9])+")


class _Table(NamedTuple):
    """What is looked up in turns of one language."""

    #: Single words, by themselves or one of several: they need no pattern.
    singles: Mapping[str, tuple[str, ...]]
    words: Any
    word_keys: tuple[str, ...]
    word_patterns: tuple[str, ...]
    text: Any
    text_keys: tuple[str, ...]
    text_patterns: Mapping[str, Any]
    fuzzy: tuple[tuple[str, int, tuple[str, ...]], ...]


class Finder:
    """Compiled queries; build once for a rubric and reuse."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._queries = tuple({query.key: query for query in queries}.values())
        self._tables: dict[str, _Table] = {}
        for language in ("en", "fa", "ar"):
            self._table(language)

    def find(self, transcript: Transcript) -> Findings:
        """Hits by key, in order of the text."""
        found: dict[str, list[Hit]] = {}
        for index, turn in enumerate(transcript.turns):
            language = turn.language or transcript.language or "xx"
            folded = fold(turn.text, language)
            table = self._table(language)
            singles, spans = _singles(folded, table), _phrases(folded, table)
            for key, words in singles.items():
                if key in spans:
                    starts = folded.starts
                    spans[key].extend([(starts[at], starts[at] + len(folded.words[at])) for at in words])
                else:
                    found.setdefault(key, []).extend([Hit(index, *folded.spans[at], 1.0) for at in words])
            for key, places in spans.items():
                apart = places if len(places) == 1 else _apart(places)
                found.setdefault(key, []).extend([Hit(index, *place, 1.0) for place in folded.originals(apart)])
            if table.text_keys or turn.words:
                for key, start, end, confidence in self._rest(turn, folded, table, singles.keys() | spans.keys()):
                    found.setdefault(key, []).append(Hit(index, start, end, confidence))
        if not any("\n" in turn.text for turn in transcript.turns):
            return {key: tuple(hits) for key, hits in found.items()}
        return {key: tuple(_unquoted(transcript, hits)) for key, hits in found.items()}

    def _rest(self, turn: Turn, folded: Folded, table: _Table, matched: AbstractSet[str]) -> Iterator[tuple[str, int, int, float]]:
        if table.text_keys:
            text = fold_characters(turn.text)
            for key in {table.text_keys[i] for i in table.text.Match(text) or ()}:
                for match in table.text_patterns[key].finditer(text):
                    yield key, *match.span(), 1.0
        if turn.words:
            yield from self._fuzzy(folded, table, matched)

    def _fuzzy(self, folded: Folded, table: _Table, matched: AbstractSet[str]) -> Iterator[tuple[str, int, int, float]]:
        for key, cutoff, phrases in table.fuzzy:
            if key in matched:
                continue
            for phrase in phrases:
                best = fuzz.partial_ratio_alignment(phrase, folded.text, score_cutoff=cutoff)
                if best is not None and best.dest_end > best.dest_start and len(phrase) >= 8:
                    yield key, *folded.original(best.dest_start, best.dest_end), best.score / 100
                    break

    def _table(self, language: str) -> _Table:
        if language not in self._tables:
            self._tables[language] = self._compile(language)
        return self._tables[language]

    def _compile(self, language: str) -> _Table:
        words: dict[str, list[str]] = {}
        text: dict[str, list[str]] = {}
        fuzzy: list[tuple[str, int, tuple[str, ...]]] = []
        for query in self._queries:
            if isinstance(query, PhraseQuery):
                phrases = (*query.phrases.get(language, ()), *query.phrases.get(ANY, ()))
                words[query.key] = [phrase_pattern(phrase, language) for phrase in phrases]
                if query.fuzzy is not None:
                    fuzzy.append((query.key, query.fuzzy, tuple(one for phrase in phrases for one in literals(phrase, language))))
            elif isinstance(query, PatternQuery):
                text[query.key] = [pattern_source(one) for one in (*query.patterns.get(language, ()), *query.patterns.get(ANY, ()))]
        singles = _take_singles(words)
        word_set, word_keys, word_patterns = _set({key: [f"{one} " for one in patterns] for key, patterns in words.items()})
        text_set, text_keys, _ = _set(text)
        return _Table(
            singles, word_set, word_keys, word_patterns,
            text_set, text_keys, {key: _one(patterns) for key, patterns in text.items() if patterns}, tuple(fuzzy),
        )


def _unquoted(transcript: Transcript, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Hits in what the writer of a mail wrote; quoted lines are somebody else's words."""
    for hit in hits:
        text = transcript.turns[hit.turn].text
        if "\n" not in text or is_own(text, hit.start, hit.start + 1):
            yield hit


def _singles(folded: Folded, table: _Table) -> dict[str, list[int]]:
    """Indexes of the words that count by themselves, by key."""
    found: dict[str, list[int]] = {}
    singles = table.singles
    for at, word in enumerate(folded.words):
        if word in singles:
            for key in singles[word]:
                found.setdefault(key, []).append(at)
    return found


def _phrases(folded: Folded, table: _Table) -> dict[str, list[tuple[int, int]]]:
    """Where phrases stand, by key."""
    found: dict[str, list[tuple[int, int]]] = {}
    if table.word_keys:
        for i in table.words.Match(folded.text) or ():
            places = found.setdefault(table.word_keys[i], [])
            places.extend([match.span() for match in _located(table.word_patterns[i]).finditer(folded.text)])
    return found


def _take_singles(words: dict[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    """Take single words out of the patterns by key: each with the keys that it counts for."""
    singles: dict[str, tuple[str, ...]] = {}
    for key, patterns in words.items():
        rest: list[str] = []
        for pattern in patterns:
            listed = _OPTIONS.fullmatch(pattern)
            options = (listed["options"] or listed["word"]).split("|") if listed else [pattern]
            alone = [option for option in options if _WORD.fullmatch(option)]
            for word in {re.sub(r"\\(.)", r"\1", option.strip()) for option in alone}:
                singles[word] = (*singles.get(word, ()), key) if key not in singles.get(word, ()) else singles[word]
            if alone and len(alone) < len(options):
                rest.append(f"(?:{'|'.join(option for option in options if option not in alone)})")
            elif not alone:
                rest.append(pattern)
        words[key] = rest
    return singles


@cache
def _located(pattern: str) -> re.Pattern[str]:
    """A phrase as the standard library's pattern, made when it first matches: many times quicker than RE2 at telling places,
    and as safe, because a phrase repeats nothing but ``\\S`` up to a blank and gaps of a few words."""
    return re.compile(f"{pattern.removesuffix(' ')}(?= )")


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order; of overlapping ones (two phrases of one list), the first and longest."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _options() -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options


def _set(patterns: Mapping[str, Sequence[str]]) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    compiled = re2.Set.SearchSet(_options())
    keys: list[str] = []
    added: list[str] = []
    for key, sources in patterns.items():
        for source in sources:
            compiled.Add(source)
            keys.append(key)
            added.append(source)
    if keys:
        compiled.Compile()
    return compiled, tuple(keys), tuple(added)


def _one(patterns: Sequence[str]) -> Any:
    return re2.compile("(?:" + "|".join(patterns) + ")", _options())


def pattern_source(source: str) -> str:
    """An author's regular expression, its letters folded as the text is; raises :class:`RubricError`."""
    folded = "".join(character if character.isascii() else fold_characters(character) for character in source)
    try:
        re2.compile(folded, _options())
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error
        raise RubricError(f"bad regular expression {source!r}: {reason}", hint="RE2 syntax: no look-around, no back-references") from error
    if re2.compile(folded, _options()).search(""):
        hint = "something in it must be there: + instead of *"
        raise RubricError(f"regular expression {source!r} matches where nothing stands", hint=hint)
    return f"(?i){folded}"
