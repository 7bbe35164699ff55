"""The client of an OpenAI-compatible server: one chat completion within limits of time and size, with retries."""

from __future__ import annotations

import ipaddress
import json
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from qa_service.analysis.judge.breaker import Breaker
from qa_service.analysis.judge.reply import parse, plain
from qa_service.errors import JudgeError

#: Largest reply that is read, bytes.
_LARGEST = 1_000_000
#: First wait before another try, seconds; each next one is twice as long.
_FIRST_WAIT = 0.5
#: Conditions that may pass.
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
#: Answers by which servers say that they do not know a setting.
_UNKNOWN_SETTING = frozenset({400, 415, 422, 501})
#: Words by which others say so with a 500.
_ABOUT_FORMAT = ("response_format", "json_schema", "grammar")
#: Ways of asking for JSON, the strictest first; the last one only asks in words.
FORMATS = ("json_schema", "json_object with schema", "json_object", "words")


class Server(NamedTuple):
    """Where to ask, and how long to wait."""

    #: Base address, as in ``http://127.0.0.1:8001/v1``.
    url: str
    #: Model as the operator names it.
    model: str
    #: Key; empty: none is sent.
    key: str = ""
    #: Longest wait for an answer, seconds, retries included.
    timeout: float = 60.0
    #: Tries after the first.
    retries: int = 2
    #: Longest reply, tokens.
    reply_tokens: int = 500

    def __repr__(self) -> str:
        """Without the key."""
        return f"Server({self.url!r}, {self.model!r})"


class Reply(NamedTuple):
    """What a server answered."""

    #: The model's words.
    text: str
    #: Model as the server names it.
    served: str
    #: Tokens of the request and of the reply, as the server counted them.
    asked_tokens: int | None
    reply_tokens: int | None
    #: From the first byte sent to the last byte read, all tries, ms.
    ms: int
    #: The way of asking for JSON that the server took.
    format: str
    #: Whether it was cut off at the longest length.
    cut: bool = False


class _PassingError(Exception):
    """A failure that may be over at the next try."""

    def __init__(self, why: str, *, wait: float = 0.0) -> None:
        super().__init__(why)
        self.wait = wait


class _UnknownSettingError(Exception):
    """A refusal that may be about the way of asking for JSON."""


class ChatClient:
    """Asks one server; safe to use from many threads."""

    def __init__(
        self, server: Server, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.server = server
        self._clock = clock
        self._sleep = sleep
        self._breaker = Breaker(clock=clock)
        #: The strictest way that the server took.
        self._format = 0

    def refusal(self) -> str | None:
        """Why nobody is to ask now; ``None``: go on and ask."""
        return self._breaker.refusal()

    def ask(self, messages: Sequence[Mapping[str, str]], *, schema: Mapping[str, Any], seed: int, temperature: float) -> Reply:
        """A reply that holds a JSON object with an answer; raises :class:`JudgeError` that says what went wrong."""
        start = self._clock()
        try:
            reply = self._tried(messages, schema, {"seed": seed, "temperature": temperature}, start + self.server.timeout)
        except JudgeError as error:
            self._breaker.failed(error.message)
            raise
        self._breaker.worked()
        if reply.cut and not _is_answer(reply.text):
            hint = "raise QA_JUDGE_REPLY_TOKENS"
            raise JudgeError(f"the reply was cut off at {self.server.reply_tokens} tokens, before an answer", hint=hint)
        parse(reply.text)
        return reply._replace(ms=round((self._clock() - start) * 1000))

    def _tried(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], extra: Mapping[str, Any], deadline: float) -> Reply:
        """The first reply that is JSON with an answer, or the last one that is not; raises :class:`JudgeError` without any."""
        for left in range(self.server.retries, -1, -1):
            try:
                reply = self._asked(messages, schema, extra, deadline)
            except _PassingError as error:
                wait = max(error.wait, _FIRST_WAIT * 2 ** (self.server.retries - left))
                if left == 0 or self._clock() + wait >= deadline:
                    raise JudgeError(str(error)) from error
                self._sleep(wait)
                continue
            if left == 0 or self._clock() >= deadline or _is_answer(reply.text):
                return reply
            # The same request would only bring the same words from most servers.
            extra = {**extra, "seed": extra["seed"] + 1000, "temperature": max(extra["temperature"], 0.3)}
        raise AssertionError("the last try returns or raises")

    def _asked(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], extra: Mapping[str, Any], deadline: float) -> Reply:
        """One try, in the strictest way of asking for JSON that the server knows."""
        for index in range(self._format, len(FORMATS)):
            body = {
                "model": self.server.model, "messages": list(messages), "max_tokens": self.server.reply_tokens, "stream": False,
                **extra, **_way(FORMATS[index], schema),
            }
            try:
                found = self._posted(body, deadline)
            except _UnknownSettingError as error:
                if index == len(FORMATS) - 1:
                    raise JudgeError(str(error)) from error
                continue
            self._format = index
            return _reply(found, FORMATS[index])
        raise AssertionError("the last way returns or raises")

    def _posted(self, body: Mapping[str, Any], deadline: float) -> Any:
        left = deadline - self._clock()
        if left <= 0:
            raise _PassingError(f"no answer within {self.server.timeout:g} s")
        try:
            with self._client(left) as client, client.stream("POST", f"{self.server.url}/chat/completions", json=body) as response:
                content = self._content(response, deadline)
                return self._checked(response, content)
        except httpx.TimeoutException as error:
            raise _PassingError(f"no answer within {self.server.timeout:g} s") from error
        except httpx.HTTPError as error:
            raise _PassingError(f"{self._host} cannot be reached: {self._told(str(error) or type(error).__name__)}") from error
        except httpx.InvalidURL as error:
            raise JudgeError(f"the address cannot be used: {self._told(str(error))}", field="QA_JUDGE_URL") from error

    def _client(self, left: float) -> httpx.Client:
        """No redirects, which could lead anywhere; proxies only for other machines."""
        headers = {"Authorization": f"Bearer {self.server.key}"} if self.server.key else {}
        return httpx.Client(
            timeout=httpx.Timeout(left, connect=min(left, 10.0)), follow_redirects=False, trust_env=not self._local, verify=self._trust,
            headers={**headers, "Accept": "application/json", "Accept-Encoding": "identity"},
        )

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Made once: reading the certificates takes as long as a short answer."""
        return httpx.create_ssl_context(trust_env=not self._local)

    @property
    def _host(self) -> str:
        return urlsplit(self.server.url).netloc

    @cached_property
    def _local(self) -> bool:
        return is_local(self.server.url)

    def _content(self, response: httpx.Response, deadline: float) -> bytes:
        """The body, unless it is too large or drips in too slowly."""
        found = bytearray()
        for chunk in response.iter_bytes():
            found += chunk
            if len(found) > _LARGEST:
                raise JudgeError(f"the reply is larger than {_LARGEST // 1000} kB")
            if self._clock() >= deadline:
                raise _PassingError(f"no answer within {self.server.timeout:g} s")
        return bytes(found)

    def _checked(self, response: httpx.Response, content: bytes) -> Any:
        status = response.status_code
        if response.is_success:
            return _json(content, response.headers.get("content-type", ""))
        if response.is_redirect:
            raise JudgeError("the server sends us elsewhere, and redirects are not followed", field="QA_JUDGE_URL")
        complaint = _complaint(content)
        why = f"the server answered {status}: {self._told(complaint)}"
        if status >= 500 and any(word in complaint for word in _ABOUT_FORMAT):
            raise _UnknownSettingError(why)
        if status in _PASSING:
            raise _PassingError(why, wait=_wait(response.headers.get("retry-after", "")))
        if status in _UNKNOWN_SETTING:
            raise _UnknownSettingError(why)
        raise JudgeError(why, field="QA_JUDGE_API_KEY" if status in (401, 403) else None)

    def _told(self, words: str) -> str:
        """A server's words, short, and never with the key in them."""
        return plain(words.replace(self.server.key, "***") if self.server.key else words, 200)


def is_local(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _way(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    if name == "json_schema":
        return {"response_format": {"type": "json_schema", "json_schema": {"name": "judgement", "strict": True, "schema": schema}}}
    if name == "json_object with schema":
        return {"response_format": {"type": "json_object", "schema": schema}}
    return {"response_format": {"type": "json_object"}} if name == "json_object" else {}


def _json(content: bytes, kind: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise JudgeError(f"the server's reply is no JSON ({plain(kind, 60) or 'no content type'}); is this an OpenAI-compatible address?",
                         field="QA_JUDGE_URL") from error  # fmt: skip


def _reply(found: Any, way: str) -> Reply:
    """The first choice of a chat completion; raises :class:`JudgeError` where there is none."""
    choices = found.get("choices") if isinstance(found, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    text = message.get("content", "") if isinstance(message, dict) else 0
    if not isinstance(text, str | None):
        raise JudgeError("the server's reply is no chat completion; is this an OpenAI-compatible address?", field="QA_JUDGE_URL")
    usage = found.get("usage") if isinstance(found.get("usage"), dict) else {}
    return Reply(
        text=text or "", cut=first is not None and first.get("finish_reason") == "length",
        served=plain(str(found.get("model") or ""), 200), asked_tokens=_count(usage.get("prompt_tokens")),
        reply_tokens=_count(usage.get("completion_tokens")), ms=0, format=way,
    )


def _count(found: Any) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**40 else None


def _is_answer(text: str) -> bool:
    try:
        parse(text)
    except JudgeError:
        return False
    return True


def _complaint(content: bytes) -> str:
    """What a server says is wrong, in the shapes that servers use."""
    text = content[:4000].decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    error = found.get("error", found) if isinstance(found, dict) else found
    message = error.get("message", error.get("detail")) if isinstance(error, dict) else error
    return message if isinstance(message, str) else text


def _wait(told: str) -> float:
    """``Retry-After`` in seconds; a date counts for nothing."""
    return min(float(told), 3600.0) if told.strip().isdecimal() and told.isascii() and len(told) < 8 else 0.0
