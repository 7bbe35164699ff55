"""Vectors are worked out once for each distinct text, and come back the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from qa_service.analysis.vectors import MemoryCache, TextVectors, Vectors, plain_text, vector_key


class Lengths:
    """An encoder that remembers what it was asked for."""

    version = "lengths/1"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        return np.array([[len(text) / 3, 1.0] for text in texts], dtype=np.float32)


def test_each_distinct_text_is_encoded_once() -> None:
    encoder = Lengths()
    vectors = TextVectors(encoder)
    first = vectors.of(["a b", "ccc", "a  b ", "ccc"])
    again = vectors.of(["ccc", "new", "a b"])
    assert encoder.asked == [["a b", "ccc"], ["new"]]
    assert first.shape == (4, 2)
    assert (first[0] == first[2]).all()
    assert (again[[2, 0]] == first[:2]).all()
    assert first.dtype == np.float32


def test_a_small_cache_forgets_what_was_not_asked_for_the_longest() -> None:
    cache = MemoryCache(size=2)
    kept = {name: np.zeros(1, np.float16) for name in "abc"}
    cache.put_many({"a": kept["a"], "b": kept["b"]})
    assert list(cache.get_many(["a"])) == ["a"]
    cache.put_many({"c": kept["c"]})
    assert list(cache.get_many(["a", "b", "c"])) == ["a", "c"]


def test_more_texts_than_the_cache_holds() -> None:
    texts = [str(number) for number in range(30)]
    found = TextVectors(Lengths(), cache=MemoryCache(size=3)).of(texts)
    assert found[:, 0] == pytest.approx([len(text) / 3 for text in texts], abs=1e-3)


@pytest.mark.parametrize(("text", "plain"), [(" a\n b\t", "a b"), ("A!", "A!"), ("سلام  آقا", "سلام آقا")])
def test_letters_stay_as_written(text: str, plain: str) -> None:
    assert plain_text(text) == plain


def test_a_key_tells_encoder_and_text_apart() -> None:
    keys = {vector_key("a", version="1"), vector_key("b", version="1"), vector_key("a", version="2"), vector_key("\ud800", version="1")}
    assert len(keys) == 4
