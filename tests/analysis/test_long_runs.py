"""Text that goes on and on is read in a time that grows with its length: what took minutes before must not hang."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from qa_service.analysis.identity import _ADDRESS, _AMOUNT, _REFERENCE
from qa_service.analysis.reading.addresses import addresses
from qa_service.analysis.redaction import redact
from qa_service.domain.redaction import Kind
from qa_service.domain.transcript import Speaker, Turn

#: Far more than it takes, and far less than before.
_PATIENCE = 30.0


def ended(work: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    assert found, "it does not end"
    return found[0]


@pytest.mark.parametrize("word", ["- ", "a ", "at ", "a at ", "dot ", "a dot ", "one ", "1 dot ", "at a dot "])
def test_addresses(word: str) -> None:
    ended(lambda: addresses(word * 8000, "en"))
    said = f"{word * 50}, my mail is jane dot smith at example dot com"
    assert any(edit.text == "jane.smith@example.com" for edit in ended(lambda: addresses(said, "en")))


def test_streets() -> None:
    turn = Turn(speaker=Speaker.CUSTOMER, text="12 Main Street, " * 2000, start_ms=0, end_ms=1)
    found = ended(lambda: redact([turn], "en", kinds=[Kind.ADDRESS]))
    assert sum(span.end - span.start for span in found) > len(turn.text) / 2


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (_ADDRESS, "a" * 40_000, 0), (_ADDRESS, "write to jane.smith@shop.example", 1),
        (_AMOUNT, "1" * 40_000, 0), (_AMOUNT, "1," * 20_000, 0),
        (_AMOUNT, "it is 1,250.50 usd and 15 %", 2), (_AMOUNT, "on the 22nd at 5pm in 2026", 3), (_REFERENCE, "a-" * 20_000 + "!", 0),
        (_REFERENCE, "order ab-1234 and x12y34", 2),
    ],
)  # fmt: skip
def test_patterns(pattern: Any, text: str, expected: int) -> None:
    assert len(ended(lambda: pattern.findall(text))) == expected
