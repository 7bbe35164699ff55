"""The judge by the settings: what asks the language model, a check of its server, and what it was asked before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qa_service.analysis.judge.client import ChatClient, Server, is_local
from qa_service.analysis.judge.judges import Judges, Limits
from qa_service.analysis.judge.memory import Kept, Memory
from qa_service.analysis.judge.probe import probe
from qa_service.domain.base import Record
from qa_service.errors import ConfigurationError, InputError, NotFoundError
from qa_service.settings import Settings

#: Fewer digits of a hash name no request.
_FEWEST = 4


class Checked(Record):
    """How the judge's server did."""

    #: Base address.
    url: str
    #: Model as the operator names it, and as the server does.
    model: str
    served: str
    #: What it answered to a trivial question, and why that was refused, if it was.
    answer: str
    quotes: int
    reason: str
    fault: str
    #: How long that took, ms.
    ms: int
    #: Tokens, where the server counts them.
    asked_tokens: int | None
    reply_tokens: int | None
    #: The strictest way of asking for JSON that the server takes.
    format: str
    #: Whether it holds replies to the form, whatever the words.
    structured: bool
    #: Whether masked talk and key go to another machine without encryption.
    in_clear: bool

    @property
    def usable(self) -> bool:
        """Whether the trivial question got its answer, with a quote that stands there."""
        return self.answer == "yes" and self.quotes > 0


def judges(settings: Settings, *, now: Callable[[], datetime]) -> Judges:
    """What asks the model; raises :class:`ConfigurationError` where no server is named."""
    limits = Limits(
        repeats=settings.judge_repeats, concurrency=settings.judge_concurrency, interaction_tokens=settings.judge_interaction_tokens,
        day_tokens=settings.judge_day_tokens,
    )
    memory = Memory(_memory(settings), keep=settings.judge_keep)
    return Judges(ChatClient(_server(settings)), memory=memory, limits=limits, now=now)


def check(settings: Settings) -> Checked:
    """Ask one trivial question; raises :class:`ConfigurationError`, and :class:`JudgeError` where no answer comes."""
    server = _server(settings)
    found = probe(ChatClient(server))
    reply, answered = found.reply, found.answered
    return Checked(
        url=server.url, model=server.model, served=reply.served, answer=answered.answer, quotes=len(answered.hits), reason=answered.reason,
        fault=answered.fault, ms=reply.ms, asked_tokens=reply.asked_tokens, reply_tokens=reply.reply_tokens, format=reply.format,
        structured=found.structured, in_clear=urlsplit(server.url).scheme == "http" and not is_local(server.url),
    )


def asked(settings: Settings, request: str) -> Kept:
    """A request by its hash, or the beginning of that; raises :class:`NotFoundError` and :class:`InputError`."""
    start, path = request.strip().lower(), _memory(settings)
    if len(start) < _FEWEST or not set(start) <= set("0123456789abcdef"):
        raise InputError(f"{request!r} is no request", hint="write the digits that stand behind 'request' in a suggestion's reason")
    found = Memory(path, keep=settings.judge_keep).find(start) if path.is_file() else []
    if not found:
        raise NotFoundError(f"no request {start!r} is kept here", hint="QA_JUDGE_KEEP says how many are")
    if len(found) > 1:
        raise InputError(f"several requests begin with {start!r}", hint="write more digits")
    return found[0]


def as_data(kept: Kept) -> dict[str, Any]:
    """Plain data of a request."""
    return kept._asdict()


def _server(settings: Settings) -> Server:
    if not settings.judge_url:
        raise ConfigurationError("no language model is set up", field="QA_JUDGE_URL", hint="such as http://127.0.0.1:8001/v1")
    return Server(
        url=settings.judge_url, model=settings.judge_model, key=settings.judge_api_key.get_secret_value(), timeout=settings.judge_timeout,
        retries=settings.judge_retries, reply_tokens=settings.judge_reply_tokens,
    )


def _memory(settings: Settings) -> Path:
    return settings.data_dir.resolve() / "judge.sqlite"
