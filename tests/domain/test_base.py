"""Records: frozen, strict, and copies without stale values; refusals at their place."""

from __future__ import annotations

from functools import cached_property

import pytest
from pydantic import ValidationError, model_validator

from qa_service.domain.base import Record, Refusal, refuse


class Square(Record):
    side: int

    @cached_property
    def area(self) -> int:
        return self.side**2

    @model_validator(mode="after")
    def _small(self) -> Square:
        refuse("Square", [Refusal(("side",), f"{self.side} is too long", "cut it")] if self.side > 9 else [])
        return self


class Box(Record):
    faces: tuple[Square, ...]


def test_a_changed_copy_forgets_what_was_worked_out() -> None:
    square = Square(side=3)
    assert square.area == 9
    assert square.model_copy(update={"side": 4}).area == 16
    assert square.model_copy().area == 9
    assert square == Square(side=3)


def test_records_are_frozen_and_strict_about_keys() -> None:
    with pytest.raises(ValidationError):
        Square(side=3).side = 4  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Square.model_validate({"side": 3, "colour": "red"})


def test_a_refusal_is_told_at_its_place_below_the_whole() -> None:
    with pytest.raises(ValidationError) as raised:
        Box.model_validate({"faces": [{"side": 1}, {"side": 10}]})
    assert {"type": "rule", "loc": ("faces", 1, "side"), "msg": "10 is too long"}.items() <= dict(raised.value.errors()[0]).items()
    assert raised.value.errors()[0]["ctx"]["hint"] == "cut it"
