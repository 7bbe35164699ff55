"""Bidi: words of people stand in lines of another direction without turning them round (Unicode Standard Annex 9)."""

from __future__ import annotations

import re

FIRST_STRONG, LEFT_TO_RIGHT, POP = "\u2068", "\u2066", "\u2069"
#: Characters that steer direction, or break lines, and could reach over the end of what they came with.
_STEERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
#: Controls, and halves of surrogate pairs, which no file format takes.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def tame(text: str) -> str:
    """Without what would steer the direction of other text, and without what cannot be written."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", _STEERING.sub("", text))


def isolated(text: str) -> str:
    """In a direction of its own, whatever stands around it."""
    return f"{FIRST_STRONG}{text}{POP}" if text else text


def forwards(text: str) -> str:
    """From left to right, whatever stands around it: for codes, times of day, formulas."""
    return f"{LEFT_TO_RIGHT}{text}{POP}" if text else text
