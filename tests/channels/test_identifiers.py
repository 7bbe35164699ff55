"""Ids made from outside names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from qa_service.channels.identifiers import identifier, pseudonym
from qa_service.domain.interaction import Identifier

VALID = TypeAdapter(Identifier)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("call 1/2\\3", "call_1_2_3"), ("  a  ", "a"), ("///", "unnamed"), ("تماس ۱", "تماس_۱"), ("abc@x.com", "abc@x.com"), ("a\0b", "a_b")],
)
def test_names(name: str, expected: str) -> None:
    assert identifier(name) == expected


@given(st.text())
def test_every_name_gives_a_valid_id(name: str) -> None:
    VALID.validate_python(identifier(name))


def test_long_names_stay_apart() -> None:
    one, two = identifier("x" * 500 + "1"), identifier("x" * 500 + "2")
    assert one != two
    assert len(one) <= 200


def test_pseudonyms_hide_and_repeat() -> None:
    assert pseudonym("Bob@Example.com ") == pseudonym("bob@example.com")
    assert pseudonym("bob@example.com") != pseudonym("rob@example.com")
    assert "bob" not in pseudonym("bob@example.com")
