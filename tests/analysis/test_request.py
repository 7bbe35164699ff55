"""The request: what is left of the customer's first statements without greetings and names."""

from __future__ import annotations

import pytest

from qa_service.analysis.request import about_the_same, request_of
from qa_service.domain.transcript import Transcript
from tests.analysis.conftest import turns


@pytest.mark.parametrize(
    ("language", "lines", "expected"),
    [
        ("en", ("A: Hello, how can I help?", "C: [noise] hi my name is mary smith i lost my credit card"), "i lost my credit card"),
        ("en", ("C: Hello, are you there?", "A: Yes.", "C: Good morning, I need a new chequebook."), "I need a new chequebook."),
        ("en", ("C: Hi", "C: This is [NAME] speaking, I would like to pay a bill"), "I would like to pay a bill"),
        ("en", ("C: The heater leaks.", "C: Water runs down the wall.", "A: I am sorry to hear that.", "C: My address is Main Street"),
         "The heater leaks. Water runs down the wall."),
        ("fa", ("C: سلام وقت بخیر، من [NAME] هستم. بسته‌ی من هنوز به دستم نرسیده.",), "بسته‌ی من هنوز به دستم نرسیده."),
        ("ar", ("C: السلام عليكم، ضاعت بطاقتي البنكية أمس.",), "ضاعت بطاقتي البنكية أمس."),
        ("en", ("C: hello", "A: Yes?", "C: balance please"), "balance please"),
    ],
)  # fmt: skip
def test_request(language: str, lines: tuple[str, ...], expected: str) -> None:
    found = request_of(Transcript(turns=turns(*lines), language=language))
    assert found is not None
    assert (found.text, found.language) == (expected, language)


@pytest.mark.parametrize("lines", [("A: Hello?",), ("C: Hello", "A: Yes?", "C: yes"), ("C! 0-1: I lost my card",)])
def test_nobody_states_one(lines: tuple[str, ...]) -> None:
    assert request_of(Transcript(turns=turns(*lines), language="en")) is None


def test_subject_is_its_first_statement() -> None:
    found = request_of(Transcript(turns=turns("C: Dear team, my invoice shows the wrong address."), language="en"), subject="Wrong address")
    assert found is not None
    assert found.text == "Wrong address my invoice shows the wrong address."


def test_long_requests_are_cut() -> None:
    found = request_of(Transcript(turns=turns("C: " + "lamp kettle radio " * 40), language="en"))
    assert found is not None
    assert len(found.text.split()) == 45


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("My router has no connection", "the router still loses its connection", True),
        ("My router has no connection", "I need a copy of my invoice", False),
        ("Where is my parcel from Leeds?", "Where is my refund?", False),
    ],
)
def test_about_the_same(one: str, other: str, same: bool) -> None:
    assert about_the_same((one, "en"), (other, "en")) is same
