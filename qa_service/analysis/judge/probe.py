"""A probe of the judge's server: one trivial question, and whether the server holds replies to a form."""

from __future__ import annotations

import json
from typing import NamedTuple

from qa_service.analysis.judge.client import ChatClient, Reply
from qa_service.analysis.judge.prompt import messages, schema
from qa_service.analysis.judge.reply import Answered, parse, read
from qa_service.analysis.judge.view import View
from qa_service.domain.judgement import Asked, JudgeQuery
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.errors import JudgeError

_TALK = Transcript(
    turns=(
        Turn(speaker=Speaker.AGENT, text="Good morning, thank you for calling Brightwave, how can I help you today?"),
        Turn(speaker=Speaker.CUSTOMER, text="Hello, I would like to know when my parcel arrives."),
    ),
    language="en",
)
_QUESTION = JudgeQuery(
    key="probe", question="Did the agent greet the customer at the start?",
    answers={"yes": "the agent did, in whatever words", "no": "there was no greeting at all"},
)
#: What a server that holds replies to a form must answer, whatever it was asked.
_WORD = "zebra"
_FORM = {
    "type": "object", "properties": {"answer": {"type": "string", "enum": [_WORD]}}, "required": ["answer"], "additionalProperties": False,
}


class Probed(NamedTuple):
    """How a server did."""

    #: What it answered to the trivial question.
    reply: Reply
    #: That answer, checked.
    answered: Answered
    #: Whether it holds replies to a form that the words of the request do not mention.
    structured: bool


def probe(client: ChatClient) -> Probed:
    """Ask twice; raises :class:`~qa_service.errors.JudgeError`."""
    asked, view = Asked(_QUESTION, frozenset({0, 1}), frozenset({0, 1})), View(_TALK)
    reply = client.ask(messages(asked, view), schema=schema(_QUESTION), seed=0, temperature=0.0)
    return Probed(reply, read(parse(reply.text), asked, view), _structured(client))


def _structured(client: ChatClient) -> bool:
    try:
        reply = client.ask([{"role": "user", "content": "Say hello to me in one short sentence."}], schema=_FORM, seed=0, temperature=0.0)
    except JudgeError:
        return False
    return reply.text.strip().startswith("{") and json.dumps(parse(reply.text)) == json.dumps({"answer": _WORD})
