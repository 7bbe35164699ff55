"""Contacts that were broken off."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.ending import Ending
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([Ending()])
WHO = {"A": Speaker.AGENT, "C": Speaker.CUSTOMER, "S": Speaker.SYSTEM}


@pytest.mark.parametrize(
    ("language", "lines", "broken"),
    [
        ("en", ("A:Have a look on the site.", "C:you useless lot. I'm off."), 1),
        ("en", ("A:We will revert to you.", "C:i give up", "S:The customer has left the conversation."), 1),
        ("en", ("A:Anything else?", "C:no thanks"), 0),
        ("en", ("A:Have a great day", "C:<unk> [noise]"), 0),
        ("en", ("C:something helpful for a start", "A:👍"), 0),
        ("en", ("A:take care, bye", "C:whatever", "S:Customer has left."), 0),
        ("en", ("C:thanks", "A:ok"), 0),
        ("en", ("A:no", "C:give me your manager", "S:Chat ended by agent"), 0),
        ("ar", ("A:لا", "C:بلغني اسم مديرك", "S:أغلق الموظف المحادثة"), 0),
        ("fa", ("A:من نگفتم خودتون گفتین", "C:عجب رویی دارین ولش کن اصلا"), 1),
        ("fa", ("A:هر دو", "C:پیداش کردم", "S:کاربر گفتگو را ترک کرد."), 1),
        ("fa", ("A:ثبت شد، خدانگهدار", "C:خداحافظ"), 0),
        ("ar", ("A:هذه مشكلة هاتفك", "C:لن أتعامل معكم بعد اليوم"), 1),
        ("ar", ("A:تم الحجز", "C:شكرا"), 0),
    ],
)
def test_broken_off(language: str, lines: tuple[str, ...], broken: int) -> None:
    turns = tuple(Turn(speaker=WHO[line[0]], text=line[2:], language=language) for line in lines)
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.CHAT, language=language), Transcript(turns=turns, language=language))
    assert read.signals["ending.broken_off"].value == broken


def test_unmeasured_without_a_customer() -> None:
    turns = (Turn(speaker=Speaker.AGENT, text="hello", language="en"),)
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.CHAT, language="en"), Transcript(turns=turns, language="en"))
    assert read.signals["ending.broken_off"].value is None
