"""What an e-mail quotes."""

from __future__ import annotations

import pytest

from qa_service.analysis.quoted import own_lines


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("one\n\ntwo", ["one", "two"]),
        ("one\n> old\ntwo", ["one", "two"]),
        ("one\n\nOn 3 May 2026, Ann wrote:\n> old", ["one"]),
        ("On 3 May 2026, Ann wrote:\n> old?\nnew answer", ["new answer"]),
        ("one\n\nOn 3 May 2026, Ann wrote:\nold without marks", ["one"]),
        ("one\n-----Original Message-----\nFrom: Ann", ["one"]),
        ("one\nFrom: Ann <ann@example.com>\nold", ["one"]),
        ("یک\nدر تاریخ ۱۹ اردیبهشت، مریم نوشت:\n> قدیمی", ["یک"]),
        ("واحد\n\u200fفي 5 نوفمبر، كتبت هالة:\n> قديم", ["واحد"]),
        ("one\n---\n  two", ["one", "two"]),
    ],
)
def test_own_lines(text: str, own: list[str]) -> None:
    lines = own_lines(text)
    assert [line.text for line in lines] == own
    assert all(text[line.start : line.end] == line.text for line in lines)
