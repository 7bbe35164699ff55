"""Reasons of a prediction of satisfaction, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from qa_service.domain.csat_model import CRITERION, WAIT, Contact, CsatColumn, PredictionReason

#: What each signal is called in a sentence.
CALLED: Mapping[str, str] = MappingProxyType(
    {
        "apology.agent": "apologies of the agent",
        "churn.customer": "places where the customer leaves or says so",
        "complaint.customer": "formal complaints",
        "conduct.blame": "places where the agent blames the customer",
        "conduct.curt": "curt answers",
        "conduct.dismissal": "brush-offs by the agent",
        "contact.repeat": "in contact before for the same reason",
        "contact.says_broken": "places where the customer tells of a broken promise",
        "contact.says_kept": "places where the customer tells of a kept promise",
        "contact.says_repeat": "places where the customer says that it is not the first contact",
        "courtesy.agent": "polite words of the agent",
        "dead_air.seconds": "seconds of dead air",
        "effort.customer": "places where the customer tells of effort",
        "empathy.agent": "empathic words of the agent",
        "empathy.reaction": "empathic words right after trouble",
        "ending.broken_off": "broken off by the customer",
        "ending.content": "words of content at the end",
        "ending.more_offered": "offers of further help",
        "ending.polite": "a polite ending",
        "ending.unhappy": "unhappy words at the end",
        "escalation.customer": "places where the customer escalates",
        "hold.count": "times on hold",
        "hold.longest": "seconds of the longest hold",
        "hold.seconds": "seconds on hold",
        "interruptions.agent": "interruptions by the agent",
        "objection.customer": "places where the customer minds how they are answered",
        "outcome.done": "statements that something is done",
        "outcome.evasive": "evasive statements of the agent",
        "outcome.next": "statements of what happens next",
        "profanity.customer": "profane words of the customer",
        "promise.count": "promises",
        "promise.incomplete": "promises without a time",
        "questions.answered_share": "share of questions answered",
        "questions.unanswered": "unanswered questions",
        "response.first": "seconds to the first answer",
        "response.longest": "seconds of the longest wait for an answer",
        "response.median": "seconds that an answer usually took",
        "sentiment.change": "change of the customer's mood",
        "sentiment.customer": "the customer's mood",
        "sentiment.end": "the customer's mood at the end",
        "sentiment.lowest": "the customer's lowest mood",
        "sentiment.negative_share": "share of the customer's turns in a bad mood",
        "sentiment.recovered": "a bad mood that was made good",
        "sentiment.start": "the customer's mood at the start",
        "silence.longest": "seconds of the longest silence",
        "silence.share": "share of silence",
        "talk.agent_share": "the agent's share of talk",
        "thanks.customer": "thanks of the customer",
        "trouble.customer": "the customer's words for trouble",
        "turns.customer": "turns of the customer",
        "unprofessional.agent": "unprofessional words of the agent",
        WAIT: "seconds in the queue",
        "channel": "the channel",
        "language": "the language",
        "queue": "the queue",
    }
)


def reason(name: str, *, contact: Contact, column: CsatColumn | None, moved: float) -> PredictionReason:
    """Why a prediction is higher or lower; ``column``: that of the number, if it is one."""
    value = contact.numbers.get(name)
    usual = None if column is None else math.expm1(column.centre) if column.log else column.centre
    effect = "a satisfied answer is more likely" if moved > 0 else "a satisfied answer is less likely"
    shown = contact.words.get(name) if column is None and value is None else _number(value)
    beside = "" if usual is None else f" (usually {_number(usual)})"
    return PredictionReason(
        name=name, value=value, usual=None if usual is None else round(usual, 6), moved=round(moved, 6),
        words=f"{_called(name)}: {shown or 'not known'}{beside}; {effect}",
    )


def _called(name: str) -> str:
    if name.startswith(CRITERION):
        return f"criterion {name.removeprefix(CRITERION)}, share met"
    return CALLED.get(name, name)


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3g}"
