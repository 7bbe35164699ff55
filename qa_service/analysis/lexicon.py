"""Lexicons: phrases by meaning and language, kept as YAML beside this file and read once a process.

A file holds meanings; a meaning holds lists of phrases by language, or for every language under ``"*"``. Beside the syntax of
``phrase``, braces join pieces of one word (``{will|would}n't``, ``{س|ه|ح}{ن|ي}تواصل*``), and ``#`` is a number in figures or words.

``NAME.not``   what looks like ``NAME`` and is not: a hit inside or across it does not count
``_NAME``      not looked up in every turn; its analyzer asks for it where it needs it
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, product
from types import MappingProxyType
from typing import Any

import re2
import yaml

from qa_service.analysis.among import Among
from qa_service.analysis.base import Material
from qa_service.analysis.finder import ANY
from qa_service.analysis.fold import fold
from qa_service.analysis.phrase import phrase_pattern
from qa_service.domain.finding import Hit, PhraseQuery
from qa_service.domain.transcript import Speaker
from qa_service.errors import RubricError

_NOT = ".not"
_LOCAL = "_"
#: Texts of which is remembered what was seen in them: the same sentence is asked about for each of its hits.
_KEPT = 1024
_BRACED = re.compile(r"[^\s(){}|]*(?:\{[^{}]*\}[^\s(){}|]*)+")
_PIECES = re.compile(r"\{([^{}]*)\}|([^{}]+)")


class Lexicon:
    """The meanings of one file, to be looked up and read back."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._phrases = _read(name)
        self._keys = {meaning: f"lexicon.{name}.{meaning}" for meaning in self._phrases}

    @property
    def meanings(self) -> tuple[str, ...]:
        """Names of the meanings."""
        return tuple(self._phrases)

    @property
    def queries(self) -> tuple[PhraseQuery, ...]:
        """One look-up a meaning."""
        return tuple(
            PhraseQuery(key=self._key(meaning), phrases=dict(lists))
            for meaning, lists in self._phrases.items()
            if not meaning.startswith(_LOCAL)
        )

    def hits(self, material: Material, meaning: str, *, by: Speaker | None = None) -> list[Hit]:
        """Where a meaning was expressed, without what only looks like it."""
        key = self._key(meaning)
        found = material.findings.get(key)
        if not found:
            return []
        kept = material.kept(found, by)
        masks = material.findings.get(key + _NOT, ()) if kept else ()
        return outside(kept, masks) if masks else kept

    def turns(self, material: Material, meaning: str, *, by: Speaker | None = None) -> set[int]:
        """Turns in which a meaning was expressed."""
        return {hit.turn for hit in self.hits(material, meaning, by=by)}

    def words(self, meaning: str) -> Mapping[str, frozenset[str]]:
        """Folded phrases of a meaning by language, for comparing whole turns."""
        lists = self._phrases[meaning]
        return MappingProxyType(
            {
                language: frozenset(fold(phrase, language).text.strip() for phrase in chain(phrases, lists.get(ANY, ())))
                for language, phrases in lists.items()
                if language != ANY
            }
        )

    def seen(self, words: str, language: str) -> frozenset[str]:
        """Which of the meanings ``_NAME`` stand in folded words."""
        return _seen(self._name, words, language)

    def phrases(self, meaning: str, language: str) -> tuple[str, ...]:
        """Phrases of a meaning in a language as they are written in the file."""
        lists = self._phrases[meaning]
        return (*lists.get(language, ()), *lists.get(ANY, ()))

    def pattern(self, meaning: str, language: str) -> Any:
        """All phrases of a meaning in a language as one RE2 pattern over folded words; matches nothing where there are none."""
        return _compiled(self._name, meaning, language)

    def _key(self, meaning: str) -> str:
        return self._keys.get(meaning) or f"lexicon.{self._name}.{meaning}"


def outside(hits: Sequence[Hit], masks: Sequence[Hit]) -> list[Hit]:
    """The hits that touch none of the masks."""
    among = Among(masks)
    return [hit for hit in hits if not among.touches(*hit[:3])]


def merged(*groups: Sequence[Hit]) -> list[Hit]:
    """All hits in order of the text; of overlapping ones, the first and longest."""
    kept: list[Hit] = []
    for hit in sorted(chain.from_iterable(groups), key=lambda hit: (hit.turn, hit.start, -hit.end)):
        if not kept or kept[-1].turn != hit.turn or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept


@lru_cache(maxsize=_KEPT)
def _seen(name: str, words: str, language: str) -> frozenset[str]:
    matcher, meanings = _local(name, language)
    return frozenset([meanings[index] for index in matcher.Match(words) or ()]) if meanings else frozenset()


@cache
def _local(name: str, language: str) -> tuple[Any, tuple[str, ...]]:
    """One RE2 set of all meanings that are not looked up everywhere, and the meaning of each of its patterns."""
    matcher = re2.Set.SearchSet(re2.Options())
    meanings = tuple(meaning for meaning in _read(name) if meaning.startswith(_LOCAL) and _source(name, meaning, language))
    for meaning in meanings:
        matcher.Add(_source(name, meaning, language))
    if meanings:
        matcher.Compile()
    return matcher, meanings


@cache
def _compiled(name: str, meaning: str, language: str) -> Any:
    return re2.compile(_source(name, meaning, language) or r"\z\A.")


def _source(name: str, meaning: str, language: str) -> str:
    lists = _read(name)[meaning]
    sources = [phrase_pattern(phrase, language) for phrase in (*lists.get(language, ()), *lists.get(ANY, ()))]
    return "(?:" + "|".join(sources) + ") " if sources else ""


def _numbers(language: str) -> tuple[str, ...]:
    return _read("number_words")["number"].get(language, ())


@cache
def _read(name: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The phrases of a file; the plain loader keeps ``no`` and ``1:30`` texts."""
    file = files("qa_service.analysis") / "lexicons" / f"{name}.yaml"
    raw = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506 - builds texts, lists and mappings only
    return MappingProxyType({meaning: MappingProxyType(dict(_lists(f"{name}.yaml", meaning, lists))) for meaning, lists in raw.items()})


def _lists(file: str, meaning: str, lists: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not isinstance(lists, dict):
        raise RubricError(f"lexicon meaning {meaning!r} has no lists by language", file=file, field=meaning)
    for language, phrases in lists.items():
        if not isinstance(phrases, list) or not all(isinstance(phrase, str) and phrase for phrase in phrases):
            raise RubricError("phrases are a list of texts", file=file, field=f"{meaning}.{language}")
        yield str(language), tuple(_spelt_out(phrase, language) for phrase in phrases)


def _spelt_out(phrase: str, language: str) -> str:
    """Braces as whole words, and numbers in words beside those in figures."""
    if "#" in phrase:
        phrase = phrase.replace("#", "(" + "|".join(("#", *_numbers(language))) + ")")
    return _BRACED.sub(_words, phrase) if "{" in phrase else phrase


def _words(match: re.Match[str]) -> str:
    pieces = (inner.split("|") if inner or not plain else [plain] for inner, plain in _PIECES.findall(match[0]))
    return "(" + "|".join(map("".join, product(*pieces))) + ")"
