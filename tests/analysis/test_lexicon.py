"""Lexicons: their syntax, masks, and that every shipped one is sound."""

from __future__ import annotations

from importlib.resources import files

import pytest

from qa_service.analysis.finder import Finder
from qa_service.analysis.fold import fold
from qa_service.analysis.lexicon import Lexicon, merged, outside
from qa_service.analysis.phrase import phrase_pattern
from qa_service.domain.finding import Hit

FILES = (files("qa_service.analysis") / "lexicons").iterdir()
NAMES = sorted(file.name.removesuffix(".yaml") for file in FILES if file.name.endswith(".yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_phrase_compiles_in_its_language(name):
    lexicon = Lexicon(name)
    for query in lexicon.queries:
        for language, phrases in query.phrases.items():
            assert language in ("en", "fa", "ar", "*")
            for phrase in phrases:
                assert phrase_pattern(phrase, "en" if language == "*" else language)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_masked_exists(name):
    meanings = Lexicon(name).meanings
    assert {meaning.removesuffix(".not") for meaning in meanings} <= set(meanings)


@pytest.mark.parametrize(
    ("words", "language", "meaning", "seen"),
    [
        ("within 24 hours", "en", "_time", True),
        ("within two business days", "en", "_time", True),
        ("within reason", "en", "_time", False),
        ("ظرف ۴۸ ساعت", "fa", "_time", True),
        ("خلال يومين", "ar", "_time", True),
        ("as soon as possible", "en", "_vague", True),
    ],
)
def test_local_meanings(words, language, meaning, seen):
    assert (meaning in Lexicon("promises").seen(fold(words, language).text, language)) is seen


def test_local_meanings_are_not_looked_up_everywhere():
    assert not [query.key for query in Lexicon("promises").queries if "._" in query.key]


def test_braces_join_pieces_of_words():
    (arabic,) = [query for query in Lexicon("promises").queries if query.key == "lexicon.promises.promise"]
    assert any("سنتواصل*" in phrase and "هيرجع*" in phrase for phrase in arabic.phrases["ar"])
    assert not [phrase for phrases in arabic.phrases.values() for phrase in phrases if "{" in phrase]


def test_masks_and_merging():
    one, two, three = Hit(0, 0, 5, 1.0), Hit(0, 3, 9, 1.0), Hit(1, 0, 5, 1.0)
    assert outside([one, three], [two]) == [three]
    assert merged([two, three], [one]) == [one, three]
    assert merged([one], [one._replace(end=9)]) == [one._replace(end=9)]


def test_all_lexicons_compile_into_one_finder():
    assert Finder([query for name in NAMES for query in Lexicon(name).queries])
