"""Questions that no answer comes back to."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.untouched import Untouched
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([Untouched()])


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Is the extra bag I paid for included in the refund?", "Vouchers are issued on request only.", 1),
        ("Is the extra bag I paid for included in the refund?", "The bag is included.", 0),
        ("Is the extra bag I paid for included in the refund?", "1. Yes.\n2. On Friday.", 0),
        ("How do I get back in?", "Click 'Forgot password'.", 0),
        ("> Is the little green lamp burning upstairs?\nThanks", "Good.", 0),
    ],
)
def test_untouched(question: str, answer: str, expected: int) -> None:
    turns = (Turn(speaker=Speaker.CUSTOMER, text=question), Turn(speaker=Speaker.AGENT, text=answer))
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.EMAIL, language="en"), Transcript(turns=turns, language="en"))
    assert read.signals["questions.untouched"].value == expected
