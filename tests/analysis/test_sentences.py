"""Sentences of a turn."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.analysis.sentences import sentence_at, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I will call. Bye!", ["I will call.", "Bye!"]),
        ("Call Mr. Smith at 10.30 or a@b.com today. Ok?", ["Call Mr. Smith at 10.30 or a@b.com today.", "Ok?"]),
        ("1. First thing\n2. Second thing", ["1. First thing", "2. Second thing"]),
        ("متى يوصل؟؟ بكرة إن شاء الله", ["متى يوصل؟؟", "بكرة إن شاء الله"]),
        ("no marks at all", ["no marks at all"]),
        ("Really?!", ["Really?!"]),
        ("", []),
    ],
)
def test_cut(text, expected):
    assert [text[start:end].strip() for start, end in sentences(text)] == expected


@given(st.text(st.sampled_from("ab .?!؟\n1…;"), max_size=40))
def test_every_letter_is_in_one_sentence(text):
    spans = sentences(text)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    for at, character in enumerate(text):
        if character.isalnum():
            start, end = spans[sentence_at(spans, at)]
            assert start <= at < end


@pytest.mark.parametrize("text", ["A. B. " * 20_000, ". " * 50_000, "1. " * 50_000, "e.g. " * 30_000], ids=lambda text: text[:6])
def test_marks_without_end_are_read_in_their_own_time(text):
    """Where every mark looks back to the first one, these take minutes."""
    assert sentences(text)[-1][1] <= len(text)
