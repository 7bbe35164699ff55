"""The labelled sets: conversations whose personal data are marked ``{KIND|text}``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from qa_service.domain.redaction import Kind, Span
from qa_service.domain.transcript import Speaker, Turn

_MARK = re.compile(r"\{(\w+)\|([^}]*)\}")
_SPEAKERS = {"A": Speaker.AGENT, "C": Speaker.CUSTOMER}
HERE = Path(__file__).parent


class Labelled(NamedTuple):
    language: str
    turns: tuple[Turn, ...]
    spans: tuple[Span, ...]


@cache
def labelled(part: str) -> tuple[Labelled, ...]:
    lines = (HERE / f"{part}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(parse(line) for line in lines if not line.startswith("#"))


def parse(line: str) -> Labelled:
    language, _, rest = line.partition(" ")
    turns: list[Turn] = []
    spans: list[Span] = []
    for index, piece in enumerate(rest.split(" || ")):
        who, _, marked = piece.partition(": ")
        text, position = "", 0
        for match in _MARK.finditer(marked):
            text += marked[position : match.start()]
            spans.append(Span(index, len(text), len(text) + len(match[2]), Kind(match[1]), 1.0))
            text += match[2]
            position = match.end()
        turns.append(Turn(speaker=_SPEAKERS[who], text=text + marked[position:]))
    return Labelled(language, tuple(turns), tuple(spans))


def same(left: Span, right: Span) -> bool:
    """One kind, and at least half of the characters of both together in common."""
    shared = min(left.end, right.end) - max(left.start, right.start)
    return left.turn == right.turn and left.kind is right.kind and 2 * shared >= max(left.end, right.end) - min(left.start, right.start)
