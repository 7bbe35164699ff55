"""``answered_within``: how long people waited, by turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.criteria.answered_within import responses
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.transcript import Speaker, Transcript

Talk = Callable[..., Transcript]
Decide = Callable[..., Outcome]
#: Waits: 50 - 10 = 40 s (from the first unanswered message), 100 - 100 = 0 s, 400 - 200 = 200 s.
CHAT = """
    customer 10-10: hi
    bot 11-11: you are number 3
    customer 30-30: hello?
    agent 50-50: good morning
    customer 100-100: my card is lost
    agent 100-100: i see
    agent 150-150: blocked
    customer 200-200: thanks, and a new one?
    agent 400-400: on its way
    customer 500-500: great
"""


def test_responses(talk: Talk) -> None:
    assert responses(talk(CHAT), by=Speaker.AGENT) == ((3, 40_000), (5, 0), (8, 200_000))
    # the customer's answers wait from the agent's first unanswered turn
    assert responses(talk(CHAT), by=Speaker.CUSTOMER) == ((4, 50_000), (7, 100_000), (9, 100_000))
    assert responses(talk("customer: hi\nagent: hello"), by=Speaker.AGENT) is None
    assert responses(talk("agent 0-1: hello"), by=Speaker.AGENT) == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"limit": "60s", "which": "first"}, "yes"), ({"limit": "39s", "which": "first"}, "no"),
         ({"limit": "40s", "which": "first"}, "yes"),
        ({"limit": "60s"}, "no"), ({"limit": "200s"}, "yes"),
        ({"limit": "60s", "share": 0.66}, "yes"), ({"limit": "60s", "share": 0.67}, "no"),
        ({"limit": "2m", "by": "customer"}, "yes"), ({"limit": "1m", "by": "customer"}, "no"),
    ],
)
def test_limits(talk: Talk, decide: Decide, body: dict[str, Any], expected: str) -> None:
    outcome = decide(talk(CHAT), {"answered_within": body})
    assert outcome.verdict == expected
    assert len(outcome.evidence) == 1


@pytest.mark.parametrize(
    ("lines", "body", "expected"),
    [
        ("customer: hi\nagent: hello", {}, "undecided"),
        ("agent 0-1: hello", {}, "undecided"),  # nobody asked
        ("customer 0-1: hello?", {}, "no"),  # never answered
        ("agent 0-1: hello", {"by": "customer"}, "no"),
        ("customer 0-1: hello", {"by": "customer"}, "undecided"),
        ("bot 0-1: hello", {}, "undecided"),
        ("customer 0-5: hello\nagent 3-6: hi", {}, "yes"),  # talking over each other is no wait
    ],
)
def test_without_an_answer(talk: Talk, decide: Decide, lines: str, body: dict[str, Any], expected: str) -> None:
    assert decide(talk(lines), {"answered_within": {"limit": "60s", **body}}).verdict == expected


def test_a_share_that_is_met_exactly_is_met(talk: Talk, decide: Decide) -> None:
    """0.55 * 20 is 11.000000000000002 in binary; 11 answers of 20 in time are 55 %."""
    pairs = [f"customer {100 * i}-{100 * i}: ?\nagent {100 * i + (1 if i < 11 else 99)}-{100 * i + 99}: !" for i in range(20)]
    assert decide(talk("\n".join(pairs)), {"answered_within": {"limit": "10s", "share": 0.55}}).verdict == "yes"
    assert decide(talk("\n".join(pairs)), {"answered_within": {"limit": "10s", "share": 0.56}}).verdict == "no"


def test_the_longest_wait_is_the_evidence(talk: Talk, decide: Decide) -> None:
    (piece,) = decide(talk(CHAT), {"answered_within": {"limit": "60s"}}).evidence
    assert (piece.turn, piece.quote, piece.start_ms) == (8, "on its way", 400_000)
