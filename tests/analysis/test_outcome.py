"""Outcomes: what is done, what comes next, what is passed by, and the customer's last words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from qa_service.analysis.outcome import Outcome
from qa_service.domain.signal import Signal

Measure = Callable[..., Mapping[str, Signal]]

OUTCOME = Outcome()


@pytest.mark.parametrize(
    ("language", "text", "done", "comes", "evasive"),
    [
        ("en", "I have moved the appointment.", 1, 0, 0),
        ("en", "Have you moved the appointment?", 0, 0, 0),
        ("en", "Nothing has been refunded yet.", 0, 0, 0),
        ("en", "The courier will collect it.", 0, 1, 0),
        ("en", "No idea, it is not my department.", 0, 0, 2),
        ("fa", "نوبتتون ثبت شد.", 1, 0, 0),
        ("fa", "نوبت ثبت شد؟", 0, 0, 0),
        ("fa", "فردا باهاتون تماس می‌گیرم.", 0, 1, 0),
        ("ar", "سجلت لك الموعد.", 1, 0, 0),
        ("ar", "سنتواصل معك غدا.", 0, 1, 0),
        ("ar", "الله أعلم.", 0, 0, 1),
    ],
)  # fmt: skip
def test_statements(measure: Measure, language: str, text: str, done: int, comes: int, evasive: int) -> None:
    signals = measure(OUTCOME, "C: x", f"A: {text}", language=language)
    found = [bool(signals[f"outcome.{name}"].value) for name in ("done", "next", "evasive")]
    assert found == [bool(done), bool(comes), bool(evasive)]


def test_words_before_the_customer_speaks_and_words_of_the_customer_do_not_count(measure: Measure) -> None:
    signals = measure(OUTCOME, "A: your call has been recorded", "C: I have cancelled it", "A: hm")
    assert signals["outcome.done"].value == 0


@pytest.mark.parametrize(
    ("last", "content", "unhappy"),
    [
        ("Perfect, thanks", True, False), ("thanks for nothing", False, True), ("this is ridiculous", False, True),
        ("it is blue", False, False),
    ],
)  # fmt: skip
def test_last_words(measure: Measure, last: str, content: bool, unhappy: bool) -> None:
    signals = measure(OUTCOME, "C: hello", "A: yes", f"C: {last}")
    assert (bool(signals["ending.content"].value), bool(signals["ending.unhappy"].value)) == (content, unhappy)


def test_first_words_are_no_last_words(measure: Measure) -> None:
    assert measure(OUTCOME, "C: this is ridiculous", "A: sorry")["ending.unhappy"].value == 0


def test_unknown_language(measure: Measure) -> None:
    assert all(signal.value is None for signal in measure(OUTCOME, "C: Guten Tag", "A: Hallo", language="de").values())
