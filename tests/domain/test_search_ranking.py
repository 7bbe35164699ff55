"""Ranking: BM25 by hand, and places of two rankings together."""

from __future__ import annotations

from math import log

import pytest

from qa_service.domain.search import Phrase
from qa_service.domain.search_ranking import bm25, fused


def test_bm25_by_hand() -> None:
    texts = {1: " a b ", 2: " a a c d ", 3: " c c c "}
    scores = bm25(texts, [Phrase(("a",))])
    mean = (3 + 5 + 4) / 3  # blanks
    weight = log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    assert scores[1] == pytest.approx(weight * 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 3 / mean)))
    assert scores[2] == pytest.approx(weight * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 5 / mean)))
    assert scores[3] == 0


def test_whole_words_count_and_beginnings_where_asked() -> None:
    texts = {1: " refund ", 2: " refunds "}
    assert [bm25(texts, [Phrase(("refund",), prefix)])[2] > 0 for prefix in (False, True)] == [False, True]
    assert bm25({}, [Phrase(("a",))]) == {}


def test_what_stands_in_both_rankings_comes_first() -> None:
    scores = fused([["a", "b", "c"], ["c", "d"]])
    assert sorted(scores, key=lambda one: (-scores[one], one)) == ["c", "a", "b", "d"]
    assert scores["c"] == pytest.approx(1 / 63 + 1 / 61)
