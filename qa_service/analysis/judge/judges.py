"""Judges: the questions about one interaction asked side by side, within budgets, and the repeats of each put together."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple

from qa_service.analysis.judge.client import ChatClient
from qa_service.analysis.judge.memory import Kept, Memory
from qa_service.analysis.judge.prompt import VERSION, messages, schema
from qa_service.analysis.judge.reply import Answered, parse, read
from qa_service.analysis.judge.view import View
from qa_service.domain.judgement import UNDECIDED, Asked, Call, Judgement, Judgements
from qa_service.domain.transcript import Transcript
from qa_service.errors import JudgeError

#: How freely a repeat answers; the first time, the likeliest words are taken.
_FREELY = 0.7
#: Bytes that make a token, at least, in the languages and models at hand.
_BYTES = 3
#: Digits of a request's hash that are shown.
SHOWN = 16


class Limits(NamedTuple):
    """What may be spent."""

    #: How often each question is asked.
    repeats: int = 1
    #: Questions that are open at once.
    concurrency: int = 4
    #: Most tokens for one interaction; 0: no limit.
    interaction_tokens: int = 0
    #: Most tokens of a day; 0: no limit.
    day_tokens: int = 0


class Request(NamedTuple):
    """One thing to send."""

    #: SHA-256, hex, of all that is sent.
    hash: str
    #: All that is sent, JSON.
    sent: str
    messages: list[dict[str, str]]
    schema: Mapping[str, Any]
    seed: int
    temperature: float
    #: Most tokens that it and its reply may take, estimated.
    tokens: int


class _Back(NamedTuple):
    """What came of a request: a reply, or why there is none."""

    reply: Kept | None
    #: Whether it was kept from an earlier time.
    kept: bool = False
    fault: str = ""


class Judges:
    """Asks one model on one server; build once a process. A failure never stops the analysis: it leaves its question undecided."""

    def __init__(self, client: ChatClient, *, memory: Memory, limits: Limits, now: Callable[[], datetime]) -> None:
        """``now``: with a time zone; tokens are counted by its day in UTC."""
        self._client = client
        self._memory = memory
        self._limits = limits
        self._now = now
        self._pool = ThreadPoolExecutor(max_workers=limits.concurrency, thread_name_prefix="judge")

    @property
    def version(self) -> str:
        """What must be stored beside the answers."""
        repeats = f" x{self._limits.repeats}" if self._limits.repeats > 1 else ""
        return f"{VERSION} {self._client.server.model}{repeats}"

    def find(self, transcript: Transcript, wanted: Iterable[Asked]) -> Judgements:
        """A judgement for each question."""
        asked = tuple(wanted)
        view = View(transcript)
        requests = {one.query.key: self._requests(one, view) for one in asked}
        backs = self._asked(requests)
        return {one.query.key: self._judged(one, view, requests[one.query.key], backs[one.query.key]) for one in asked}

    def _requests(self, asked: Asked, view: View) -> list[Request]:
        sent, form = messages(asked, view), schema(asked.query)
        return [self._request(sent, form, seed) for seed in range(self._limits.repeats)]

    def _request(self, sent: list[dict[str, str]], form: Mapping[str, Any], seed: int) -> Request:
        server, temperature = self._client.server, _FREELY if seed else 0.0
        content = {
            "model": server.model, "messages": sent, "schema": form, "seed": seed, "temperature": temperature,
            "max_tokens": server.reply_tokens,
        }
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        raw = text.encode("utf-8", "surrogatepass")
        tokens = len(raw) // _BYTES + server.reply_tokens
        return Request(hashlib.sha256(raw).hexdigest(), text, sent, form, seed, temperature, tokens)

    def _asked(self, requests: Mapping[str, Sequence[Request]]) -> dict[str, list[_Back]]:
        """What comes of every request; those of a question that the interaction cannot pay for are not sent."""
        backs: dict[str, list[_Back | Future[_Back]]] = {}
        left = self._limits.interaction_tokens
        for key, some in requests.items():
            remembered = [self._remembered(one) for one in some]
            price = sum(one.tokens for one, back in zip(some, remembered, strict=True) if back is None)
            if self._limits.interaction_tokens and price > left:
                fault = f"not asked: some {price} tokens are more than this interaction has left (QA_JUDGE_INTERACTION_TOKENS)"
                backs[key] = [back or _Back(None, fault=fault) for back in remembered]
                continue
            left -= price
            backs[key] = [back or self._pool.submit(self._sent, one) for one, back in zip(some, remembered, strict=True)]
        return {key: [back if isinstance(back, _Back) else back.result() for back in some] for key, some in backs.items()}

    def _remembered(self, request: Request) -> _Back | None:
        try:
            found = self._memory.get(request.hash)
        except JudgeError as error:
            return _Back(None, fault=error.message)
        return None if found is None else _Back(found, kept=True)

    def _sent(self, request: Request) -> _Back:
        try:
            return _Back(self._reply(request))
        except JudgeError as error:
            return _Back(None, fault=f"{error.message} ({error.hint})" if error.hint else error.message)

    def _reply(self, request: Request) -> Kept:
        refusal, at = self._client.refusal(), self._now().astimezone(UTC)
        if refusal is not None:
            raise JudgeError(refusal)
        day = at.date().isoformat()
        if not self._memory.reserve(day, request.tokens, limit=self._limits.day_tokens):
            raise JudgeError("not asked: the tokens of this day are used up (QA_JUDGE_DAY_TOKENS)")
        found = self._client.ask(request.messages, schema=request.schema, seed=request.seed, temperature=request.temperature)
        kept = Kept(
            request=request.hash, at=at.isoformat(), sent=request.sent, reply=found.text, served=found.served,
            asked_tokens=found.asked_tokens, reply_tokens=found.reply_tokens, ms=found.ms, format=found.format,
        )
        self._memory.put(kept)
        if found.asked_tokens is not None and found.reply_tokens is not None:
            self._memory.settle(day, found.asked_tokens + found.reply_tokens - request.tokens)
        return kept

    def _judged(self, asked: Asked, view: View, requests: Sequence[Request], backs: Sequence[_Back]) -> Judgement:
        answers = [_answered(back, asked, view) for back in backs]
        calls = tuple(self._call(*one) for one in zip(requests, backs, answers, strict=True))
        votes = Counter(answer.answer for answer, back in zip(answers, backs, strict=True) if back.reply is not None)
        ranked = votes.most_common(2)
        tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
        winner = ranked[0][0] if ranked and not tied else UNDECIDED
        model, request = self._client.server.model, f"request {requests[0].hash[:SHOWN]}"
        if winner == UNDECIDED:
            why = f"{_open(answers, votes, tied=tied)} ({model}, {request})"
            return Judgement(answer=UNDECIDED, share=0.0, why=why, calls=calls)
        mine = [one for one in answers if one.answer == winner]
        why = f"{mine[0].reason or 'no reason given'} ({model}, {len(mine)} of {len(answers)}, {request})"
        hits = tuple(dict.fromkeys(hit for one in mine for hit in one.hits))
        return Judgement(answer=winner, share=len(mine) / len(answers), why=why, hits=hits, calls=calls)

    def _call(self, request: Request, back: _Back, answer: Answered) -> Call:
        call = Call(request=request.hash, version=VERSION, model=self._client.server.model, answer=answer.answer, fault=answer.fault)
        if back.reply is None:
            return call
        reply = back.reply
        told = {"served": reply.served, "asked_tokens": reply.asked_tokens, "reply_tokens": reply.reply_tokens, "ms": reply.ms}
        return call.model_copy(update={**told, "kept": back.kept})


def _answered(back: _Back, asked: Asked, view: View) -> Answered:
    if back.reply is None:
        return Answered(UNDECIDED, "", fault=back.fault)
    return read(parse(back.reply.reply), asked, view)


def _open(answers: Sequence[Answered], votes: Counter[str], *, tied: bool) -> str:
    """Why nothing is decided: what the refusals, failures or the model say, or that the repeats differ."""
    if tied:
        return "the repeats disagree: " + ", ".join(f"{count} {answer}" for answer, count in sorted(votes.items()))
    faults = Counter(one.fault for one in answers if one.fault)
    if faults:
        return faults.most_common(1)[0][0]
    reason = next((one.reason for one in answers if one.answer == UNDECIDED and one.reason), "")
    return f"the model cannot tell: {reason or 'no reason given'}"
