"""The plan of learning: which features each well-known criterion is learned from; other criteria get the signals of their detections.

Few and chosen by their sense, because a form has some dozens of answers to learn from, and because what tips an answer must be something
that speaks of the question: that an agent was rude says nothing about whether they asked for an account number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from qa_service.domain.learned.features import sought
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Criterion

#: What every criterion may lean on, beside what the rules said.
_LANGUAGES = ("language.fa", "language.ar")


def _agent(concept: str, *parts: str) -> tuple[str, ...]:
    return tuple(f"concept.{concept}.agent.{part}" for part in parts)


def _customer(concept: str, *parts: str) -> tuple[str, ...]:
    return tuple(f"concept.{concept}.customer.{part}" for part in parts)


_GREETING = _agent("greeting", "first.max", "first1.max")
_CLOSING = _agent("closing", "last.max", "last1.max")
_NEXT = (*_agent("outcome_done", "all.max"), *_agent("next_step", "all.max", "all.sum"), *_agent("promise", "all.max"))
_RUDE = _agent("professional", "all.max", "all.second", "all.sum")
_ACKNOWLEDGED = (*_agent("acknowledgement", "first1.max", "first.max"), *_agent("empathy", "first1.max"))

#: Features of meaning by criterion id.
CONCEPTS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "greeting": _GREETING,
    "agent_name": _agent("greeting", "first.max"),
    "salutation": (*_GREETING, *_agent("salutation", "first1.max")),
    "offer_help": (*_agent("offer_help", "first.max", "all.max"), *_agent("further_help", "first.max")),
    "identity_check": (
        *_agent("asks_identity", "all.max", "all.sum"), *_agent("discloses", "all.max", "all.sum"), *_customer("gives_identity", "all.max"),
        "before.asks_identity.agent.discloses", "before.gives_identity.customer.discloses",
    ),
    "confirm_details": _agent("confirm_details", "all.max", "all.second", "all.sum"),
    "outcome_stated": (
        *_agent("outcome_done", "all.max", "half.max"), *_agent("next_step", "all.max", "half.max"), *_agent("promise", "half.max"),
        *_agent("evasive", "half.max"), *_customer("customer_end", "last.max"),
    ),
    "further_help": _agent("further_help", "half.max", "half.second", "last.max"),
    "closing": (*_CLOSING, *_agent("cold", "last.max")),
    "sign_off": (*_CLOSING, *_agent("sign_off", "last1.max")),
    "empathy": (
        *_customer("trouble", "all.max", "all.sum"), *_agent("empathy", "all.max", "all.second", "all.sum"), *_agent("cold", "all.max"),
    ),
    "professional_language": (*_RUDE, *_agent("empathy", "all.max"), *_agent("closing", "last.max"), *_agent("offer_help", "all.max")),
    "public_tone": (*_RUDE, *_agent("empathy", "all.max"), *_agent("acknowledgement", "all.max")),
    "promise_complete": (
        *_agent("promise", "all.max", "all.sum"), *_agent("promise_complete", "all.max", "all.min"),
        *_agent("vague_promise", "all.max", "all.sum"),
    ),
    "resolution": (
        *_agent("outcome_done", "all.max"), *_agent("next_step", "half.max"), *_agent("promise_complete", "half.max"),
        *_agent("professional", "all.max"), *_agent("evasive", "half.max", "last.max"),
        *_customer("customer_end", "last.max", "last1.max"), *_customer("trouble", "last.max"),
    ),
    "follow_up": _NEXT,
    "next_steps": _NEXT,
    "understanding": (
        *_agent("confirm_details", "all.max", "first.max"), *_agent("asks_identity", "all.max"), *_agent("clarifies", "all.max"),
    ),
    "answers_questions": (
        *_agent("answers_question", "all.min", "all.max"), *_agent("professional", "all.max"), *_agent("outcome_done", "all.max"),
        *_agent("leaves_open", "all.max"), *_agent("evasive", "all.max"), *_customer("customer_end", "last.max"),
    ),
    "acknowledgement": (*_agent("acknowledgement", "first1.max", "all.min"), *_agent("empathy", "first1.max")),
    "public_acknowledgement": _ACKNOWLEDGED,
    "moves_to_private": (*_agent("asks_identity", "all.max"), *_agent("private", "all.max")),
    "no_personal_data_in_public": (*_agent("asks_identity", "all.max"), *_agent("discloses", "all.max"), *_agent("exposes", "all.max")),
    "no_sensitive_data": (*_agent("asks_identity", "all.max"), *_agent("sensitive", "all.max")),
    "clear_structure": _agent("messy", "all.max"),
})  # fmt: skip

#: Signals by criterion id, beside those that its detection reads.
SIGNALS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "professional_language": ("ending.unhappy", "empathy.agent", "questions.unanswered"),
    "public_tone": ("empathy.agent", "ending.unhappy"),
    "answers_questions": ("outcome.evasive", "unprofessional.agent", "ending.unhappy", "ending.content"),
    "understanding": ("echo.details",),
    "closing": ("unprofessional.agent", "ending.unhappy", "ending.content"),
    "further_help": ("unprofessional.agent", "ending.unhappy", "ending.content"),
    "empathy": ("unprofessional.agent", "apology.agent"),
    "next_steps": ("unprofessional.agent", "ending.unhappy"),
    "follow_up": ("unprofessional.agent", "ending.unhappy"),
    "identity_check": ("identity.asked", "identity.given", "disclosure.agent"),
})  # fmt: skip


def plain_features(criterion: Criterion, signals: Iterable[str]) -> tuple[str, ...]:
    """What is learned from where there are no vectors; ``signals``: names that this analysis measures."""
    answers = (*(option.id for option in criterion.options), NOT_APPLICABLE, UNDECIDED)
    named = {name for root in criterion.detections() for name in root.signals()} | set(SIGNALS.get(criterion.id, ()))
    return (*(f"rule.{answer}" for answer in answers), *(f"signal.{name}" for name in sorted(named.intersection(signals))), *_LANGUAGES)


def meaning_features(criterion: Criterion) -> tuple[str, ...]:
    """What vectors add; nothing for criteria that are not well known."""
    return CONCEPTS.get(criterion.id, ())


def concept_names() -> tuple[str, ...]:
    """Every meaning that the plan reads."""
    return tuple(sorted({one.concept for names in CONCEPTS.values() for name in names for one in sought(name)}))
