"""A reply read: one of the allowed answers, with quotes that stand in the conversation, or the reason why it is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from qa_service.analysis.judge.prompt import LONGEST_REASON, choices
from qa_service.analysis.judge.view import View
from qa_service.domain.finding import Hit
from qa_service.domain.judgement import UNDECIDED, Asked
from qa_service.errors import JudgeError

#: What reasoning models write before they answer.
_THOUGHTS = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL)
#: Objects that are tried, and quotes that are looked up.
_TRIED, _LOOKED_UP = 50, 8
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


class Answered(NamedTuple):
    """What a reply comes to."""

    #: Id of an answer; ``undecided`` where it is refused.
    answer: str
    #: The model's reason.
    reason: str
    #: Quotes that stand there.
    hits: tuple[Hit, ...] = ()
    #: Why it is refused.
    fault: str = ""


def parse(text: str) -> dict[str, Any]:
    """The JSON object with an answer in a reply, whatever stands around it; raises :class:`JudgeError` where there is none."""
    said = _THOUGHTS.sub("", text).rpartition("</think>")[2]
    found = next((one for one in _objects(said) if "answer" in one), None)
    if found is None:
        raise JudgeError(f"the reply is no JSON object with an answer: {plain(said, 80)!r}")
    return found


def read(found: dict[str, Any], asked: Asked, view: View) -> Answered:
    """The answer, if it is one of the allowed ones and its quotes stand in the turns that may be quoted."""
    query = asked.query
    answer, reason = _id(str(found["answer"])), plain(str(found.get("reason") or ""), LONGEST_REASON)
    if answer not in choices(query):
        return Answered(UNDECIDED, reason, fault=f"refused: {plain(answer, 40)!r} is none of the answers")
    if answer == UNDECIDED:
        return Answered(UNDECIDED, reason)
    told = list(_quotes(found.get("quotes")))[:_LOOKED_UP]
    hits = [view.find(quote, told=turn, among=asked.quotable) for turn, quote in told]
    good = tuple(dict.fromkeys(hit for hit in hits if hit is not None))
    if good or (not told and answer in query.unquoted):
        return Answered(answer, reason, good)
    return Answered(UNDECIDED, reason, fault=_refusal(answer, told, asked, view))


def _id(said: str) -> str:
    """An id in the ways that models write it: ``Not applicable.``"""
    return re.sub(r"[\s-]+", "_", said.strip(" \t\n.\"'`").casefold())


def _refusal(answer: str, told: list[tuple[int | None, str]], asked: Asked, view: View) -> str:
    if not told:
        return f"refused: answered {answer!r} without a quote"
    turn, quote = told[0]
    elsewhere = view.find(quote, told=turn, among=asked.shown - asked.quotable) is not None
    where = "stands only where it does not count" if elsewhere else "does not stand in the transcript, or is too short to tell anything"
    return f"refused: answered {answer!r}, and its quote {plain(quote, 80)!r} {where}"


def _quotes(raw: Any) -> Iterator[tuple[int | None, str]]:
    """Turn, if told, and text of each quote, in the shapes that models use."""
    for one in raw if isinstance(raw, list) else [raw]:
        if isinstance(one, str) and one.strip():
            yield None, one
        elif isinstance(one, dict) and isinstance(one.get("quote"), str) and one["quote"].strip():
            turn = one.get("turn")
            yield turn if isinstance(turn, int) and not isinstance(turn, bool) else None, one["quote"]


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in a text, the outermost ones, in order."""
    decoder, at = json.JSONDecoder(), text.find("{")
    for _ in range(_TRIED):
        if at < 0:
            return
        found, end = _decoded(decoder, text, at)
        if isinstance(found, dict):
            yield found
        at = text.find("{", end)


def _decoded(decoder: json.JSONDecoder, text: str, at: int) -> tuple[Any, int]:
    try:
        return decoder.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at + 1


def plain(text: str, longest: int) -> str:
    """A model's or server's words on one line, without control characters, cut to a length."""
    line = " ".join(_CONTROLS.sub(" ", text).encode("utf-8", "replace").decode("utf-8").split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
