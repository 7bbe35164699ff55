"""Contacts that were broken off, polite closings, and offers of more help."""

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
        ("en", ("C:my box is dead", "A:one moment", "S:Connection lost"), 1),
        ("en", ("C:the line is", "A:hello, are you there? she is gone"), 1),
        ("en", ("A:please wait", "C:who pays for this?", "S:Chat closed due to inactivity"), 0),
        ("ar", ("A:الله يعاونك", "C:بسلامة"), 0),
    ],
)
def test_broken_off(language: str, lines: tuple[str, ...], broken: int) -> None:
    assert value("ending.broken_off", language, *lines) == broken


@pytest.mark.parametrize(
    ("language", "lines", "polite"),
    [
        ("en", ("C:ok", "A:Bye."), 0),
        ("en", ("C:thanks", "A:You're welcome."), 0),
        ("en", ("C:thanks", "A:No trouble at all, bye."), 1),
        ("en", ("C:ok", "A:Safe crossing tomorrow!"), 1),
        ("en", ("C:thanks a lot, have a good day", "A:ok"), 0),
        ("en", ("A:Thank you for waiting.", "C:so?", "A:it is ready", "C:ok", "A:right"), 0),
        ("en", ("C:and?", "A:have a look at page two"), 0),
        ("fa", ("C:ممنون", "A:خداحافظ"), 0),
        ("fa", ("C:ممنون", "A:خواهش می‌کنم، خدانگهدار"), 1),
        ("fa", ("C:ممنون", "A:ایشالا مشکلتون زود حل بشه"), 1),
        ("fa", ("C:باشه", "A:مغازه‌تون پررونق باد"), 1),
        ("ar", ("C:شكرا", "A:العفو"), 0),
        ("ar", ("C:طيب", "A:مع السلامة"), 0),
        ("ar", ("C:طيب", "A:الله ييسر أمورك"), 1),
        ("ar", ("C:طيب", "A:حفظك الله"), 1),
        ("ar", ("C:طيب", "A:للأسف لا"), 0),
    ],
)
def test_polite(language: str, lines: tuple[str, ...], polite: int) -> None:
    assert value("ending.polite", language, *lines) == polite


@pytest.mark.parametrize(
    ("language", "text", "offered"),
    [
        ("en", "Anything more from my side?", 1),
        ("en", "Was there anything else about the boiler pressure?", 0),
        ("en", "Which colour was it?", 0),
        ("fa", "حله. سوالی، کاری؟", 1),
        ("fa", "مدلش چیه؟", 0),
        ("ar", "تمام 👍 بدك شي تاني؟", 1),
        ("ar", "شو لون السيارة؟", 0),
    ],
)
def test_more_offered(language: str, text: str, offered: int) -> None:
    assert value("ending.more_offered", language, "A:1", "C:2", "A:3", "C:4", f"A:{text}") == offered


def value(name: str, language: str, *lines: str) -> float | None:
    turns = tuple(Turn(speaker=WHO[line[0]], text=line[2:], language=language) for line in lines)
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.CHAT, language=language), Transcript(turns=turns, language=language))
    return read.signals[name].value


def test_unmeasured_without_a_customer() -> None:
    turns = (Turn(speaker=Speaker.AGENT, text="hello", language="en"),)
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.CHAT, language="en"), Transcript(turns=turns, language="en"))
    assert read.signals["ending.broken_off"].value is None
