"""Judgements: what a language model was asked about an interaction, what it answered, and the record of the asking."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.finding import Hit

#: Answers that every question has beside its own.
NOT_APPLICABLE, UNDECIDED = "not_applicable", "undecided"


class JudgeExample(Record):
    """A piece of talk that was answered by people, shown to the model."""

    #: What was said, of another conversation.
    said: str = Field(min_length=1, max_length=2000)
    #: The right answer.
    answer: str
    #: Why.
    why: str = Field(default="", max_length=500)


class JudgeQuery(Record):
    """A question for a language model; asked only where it is wanted."""

    #: Name of the result in the judgements.
    key: str
    #: The question.
    question: str
    #: Id of each answer and what it means.
    answers: dict[str, str]
    #: Pieces that were answered by people.
    examples: tuple[JudgeExample, ...] = ()
    #: Answers that count without a quote.
    unquoted: tuple[str, ...] = ()


class Asked(NamedTuple):
    """A question that must be asked to decide, and about what."""

    #: The question.
    query: JudgeQuery
    #: Indexes of the turns that are shown.
    shown: frozenset[int]
    #: Those of them that may be quoted.
    quotable: frozenset[int]


class Call(Record):
    """One time that a model was asked: what an auditor needs to find out what was asked, of whom, and what came back."""

    #: SHA-256, hex, of the model's name and all that was sent; the same request has the same one.
    request: str
    #: Version of the way of asking.
    version: str
    #: Model as the operator names it.
    model: str
    #: Model as the server names it; empty when it said nothing.
    served: str = ""
    #: Tokens of the request as the server counted them; ``None`` when it did not.
    asked_tokens: int | None = None
    #: Tokens of the reply.
    reply_tokens: int | None = None
    #: From the first byte sent to the last byte read, retries included, ms; of a kept reply, those of the first time.
    ms: int = 0
    #: Whether the reply was kept from an earlier time.
    kept: bool = False
    #: The answer that counted; ``undecided`` where it was refused.
    answer: str
    #: Why it was refused, or why there was none.
    fault: str = ""


class Judgement(Record):
    """What came of a question, all repeats together."""

    #: Id of an answer, ``not_applicable`` or ``undecided``.
    answer: str
    #: Share of the repeats that gave this answer, with quotes that stand in the transcript.
    share: float = Field(ge=0, le=1)
    #: The model's reason, or why there is no answer.
    why: str
    #: Its quotes in the transcript, each confirmed.
    hits: tuple[Hit, ...] = ()
    #: The record of the asking, one a repeat.
    calls: tuple[Call, ...] = ()


#: Judgements by the key of their query.
Judgements = Mapping[str, Judgement]
#: Where no model was asked.
NO_JUDGEMENTS: Judgements = MappingProxyType({})
