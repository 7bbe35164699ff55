"""Pasted answers."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.repetition import Repetition
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([Repetition()])


@pytest.mark.parametrize(
    ("answers", "channel", "expected"),
    [
        (["Hi, please DM us.", "Hi, please DM us."], Channel.SOCIAL, 1),
        (["Hi, please DM us.", "hi please dm us!", "Hi, please DM us"], Channel.SOCIAL, 2),
        (["Thank you!", "Thank you!"], Channel.SOCIAL, 0),
        (["Your bag is on the next flight.", "Your bag has just landed in Dublin."], Channel.SOCIAL, 0),
        (["one moment please, I will look", "one moment please, I will look"], Channel.PHONE, None),
    ],
)
def test_pasted(answers: list[str], channel: Channel, expected: float | None) -> None:
    transcript = Transcript(turns=tuple(Turn(speaker=Speaker.AGENT, text=text) for text in answers), language="en")
    assert ANALYSIS.read(Interaction(id="x", channel=channel, language="en"), transcript).signals["repetition.agent"].value == expected


def test_what_the_customer_repeats_does_not_count() -> None:
    turns = [Turn(speaker=Speaker.CUSTOMER, text="where is my parcel today")] * 2
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.CHAT, language="en"), Transcript(turns=tuple(turns), language="en"))
    assert read.signals["repetition.agent"].value == 0
