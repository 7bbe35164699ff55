"""Scope words as authors write them."""

from __future__ import annotations

import pytest

from qa_service.domain.criteria.scope import WITHIN_PATTERN, Within, parse_within


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("first 30s", {"side": "first", "span_ms": 30_000}),
        ("last 2m", {"side": "last", "span_ms": 120_000}),
        ("first 500 ms", {"side": "first", "span_ms": 500}),
        ("last 20%", {"side": "last", "share": 0.2}),
        ("first 33.3%", {"side": "first", "share": 0.333}),
        ("first 100%", {"side": "first", "share": 1.0}),
        ("first 3 turns", {"side": "first", "turns": 3}),
        ("last 1 turn", {"side": "last", "turns": 1}),
        ("before identity_check", {"side": "before", "criterion": "identity_check"}),
        ("after greeting", {"side": "after", "criterion": "greeting"}),
        ("  first   3   turns ", {"side": "first", "turns": 3}),
    ],
)
def test_parts(text: str, expected: dict[str, object]) -> None:
    part = parse_within(text)
    assert part.model_dump(exclude_none=True, mode="json") == Within.model_validate(expected).model_dump(exclude_none=True, mode="json")
    assert parse_within(str(part)) == part


@pytest.mark.parametrize(
    "text",
    ["first", "first 30", "thirty seconds", "first 0%", "last 101%", "first 0 turns", "first 1.5 turns", "first 0s", "middle 20%",
     "before Greeting", "after", "first -3s", "first ۳۰s", "", "first 1:30", "first 9999999999s", 30, None, True, ["first 30s"]],
)  # fmt: skip
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"no part|not between|no number|no stretch"):
        parse_within(text)


def test_the_schema_pattern_reads_the_canonical_spelling() -> None:
    import re

    for text in ("first 30s", "last 20%", "first 3 turns", "before greeting"):
        assert re.match(WITHIN_PATTERN, str(parse_within(text)))
