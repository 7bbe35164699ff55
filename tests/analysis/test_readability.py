"""Readability of written answers."""

from __future__ import annotations

import pytest

from qa_service.analysis.readability import Readability
from qa_service.domain.interaction import Channel

READABILITY = Readability()
#: 30 words (5, 15, 6, 4) in 4 sentences; of them only "delivery" has 7 letters or more: 30 / 4 + 100 / 30.
PLAIN = (
    "We got your note today. The box left our shop on Monday and it will be with you by noon. "
    "You can see the delivery here. Call us if not."
)


def test_by_hand(measure):
    signal = measure(READABILITY, f"A: {PLAIN}", channel=Channel.EMAIL)["readability.agent"]
    assert signal.value == pytest.approx(30 / 4 + 100 / 30, abs=0.001)
    (place,) = signal.places
    assert PLAIN[place.start : place.end].strip().startswith("The box left")


def test_officialese_is_harder(measure):
    hard = (
        "Notwithstanding the aforementioned circumstances, the processing of your reimbursement application necessitates supplementary "
        "documentation, including authenticated identification certificates and corresponding transaction confirmations."
    )
    easy = measure(READABILITY, f"A: {PLAIN}", channel=Channel.CHAT)["readability.agent"].value
    assert measure(READABILITY, f"A: {hard} {hard}", channel=Channel.CHAT)["readability.agent"].value > easy + 40


def test_what_it_does_not_tell_of(measure):
    quoted = "\n".join(f"> {PLAIN}" for _ in range(3))
    assert measure(READABILITY, "A: Done.", channel=Channel.EMAIL)["readability.agent"].value is None
    assert measure(READABILITY, f"C: {PLAIN}", channel=Channel.EMAIL)["readability.agent"].value is None
    assert measure(READABILITY, f"A: {PLAIN}", channel=Channel.PHONE)["readability.agent"].value is None
    with_quote = measure(READABILITY, f"A: {PLAIN}\n\n{quoted}", channel=Channel.EMAIL)["readability.agent"].value
    assert with_quote == pytest.approx(30 / 4 + 100 / 30, abs=0.001)
