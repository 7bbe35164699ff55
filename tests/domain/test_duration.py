"""Durations as authors write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from qa_service.domain.duration import AuthoredDuration, format_duration, parse_duration

AUTHORED: TypeAdapter[int] = TypeAdapter(AuthoredDuration)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("500ms", 500), ("10s", 10_000), ("2m", 120_000), ("24h", 86_400_000), ("1.5s", 1500), ("0.001s", 1), ("0s", 0), ("90 s", 90_000),
     (" 5s ", 5000),
     ("0.145s", 145)],
)  # fmt: skip
def test_read(text: str, ms: int) -> None:
    assert parse_duration(text) == ms
    assert AUTHORED.validate_python(text) == ms


@pytest.mark.parametrize(
    "text", ["10", "1:30", "1.10", "s", "-5s", "10 minutes", "5S", "1e3s", "۱۰s", "9" * 400 + "s", "", "5s5", None, True, 1.5],
)
def test_anything_without_a_unit_is_refused(text: Any) -> None:
    with pytest.raises(ValueError, match="write 500ms, 10s, 2m or 24h"):
        parse_duration(text)


@pytest.mark.parametrize("value", [10, 10.0, True, None, ["10s"]])
def test_authors_must_write_a_unit(value: Any) -> None:
    with pytest.raises(ValidationError, match="needs a unit"):
        AUTHORED.validate_python(value)


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0ms"), (1, "1ms"), (1000, "1s"), (90_000, "90s"), (120_000, "2m"), (86_400_000, "24h"), (3_600_500, "3600500ms")],
)
def test_shortest_exact_spelling(ms: int, text: str) -> None:
    assert format_duration(ms) == text


@given(st.integers(0, 10**9 - 1))
def test_what_is_written_reads_the_same(ms: int) -> None:
    assert parse_duration(format_duration(ms)) == ms
