"""Conversations, questions, and judges on a scripted server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.judge.client import ChatClient, Server
from qa_service.analysis.judge.judges import Judges, Limits
from qa_service.analysis.judge.memory import Memory
from qa_service.domain.judgement import Asked, JudgeQuery
from qa_service.domain.transcript import Transcript, Turn

TALK = """\
agent: Good morning, Brightwave support, my name is Sara Jones.
customer: Hi, my router drops the line every evening. Can you fix that?
agent: I am sorry about that.  Let me  check the line for you.
customer: And when will the refund come?
agent: I have reset the port, it is stable now.
customer: Thanks, bye."""


def transcript_of(lines: str = TALK, *, language: str = "en") -> Transcript:
    turns = tuple(Turn.model_validate(dict(zip(("speaker", "text"), line.split(": ", 1), strict=True))) for line in lines.splitlines())
    return Transcript(turns=turns, language=language)


@pytest.fixture
def talk() -> Callable[..., Transcript]:
    """A conversation of lines such as ``agent: Hello``."""
    return transcript_of


@pytest.fixture
def question() -> Callable[..., Asked]:
    """A question about turns of that conversation."""

    def make(
        key: str = "judge:1", *, text: str = "Did every question of the customer get an answer?", quotable: set[int] | None = None,
        shown: set[int] | None = None, **query: Any,
    ) -> Asked:
        values = {"answers": {"yes": "all of them", "no": "one or more did not"}, "unquoted": ("not_applicable",), **query}
        seen = frozenset(range(6)) if shown is None else frozenset(shown)
        return Asked(JudgeQuery(key=key, question=text, **values), seen, seen if quotable is None else frozenset(quotable))

    return make


@pytest.fixture
def make_client(language_model: Any) -> Callable[..., ChatClient]:
    """A client of the scripted server; ``client.slept`` tells how long it waited between tries."""

    def make(**server: Any) -> ChatClient:
        slept: list[float] = []
        values = {"url": language_model.url, "model": "tiny", "timeout": 20.0, **server}
        client = ChatClient(Server(**values), sleep=slept.append)
        client.slept = slept  # type: ignore[attr-defined]
        return client

    return make


@pytest.fixture
def make_judges(make_client: Callable[..., ChatClient], tmp_path: Path) -> Callable[..., Judges]:
    """Judges on the scripted server, with a memory of the test's own."""

    def make(*, keep: int = 100, server: dict[str, Any] | None = None, now: datetime | None = None, **limits: Any) -> Judges:
        moment = now or datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        memory = Memory(tmp_path / "judge.sqlite", keep=keep)
        return Judges(make_client(**(server or {})), memory=memory, limits=Limits(**limits), now=lambda: moment)

    return make


def answer(answer: str = "no", *quotes: str, turn: int = 3, reason: str = "The refund was left open.") -> dict[str, Any]:
    found = quotes or (("And when will the refund come?",) if answer not in ("undecided", "not_applicable") else ())
    return {"quotes": [{"turn": turn, "quote": quote} for quote in found], "reason": reason, "answer": answer}


@pytest.fixture
def reply() -> Callable[..., dict[str, Any]]:
    """What a model answers: ``reply("no", "a quote", turn=3)``; by default a good answer."""
    return answer
