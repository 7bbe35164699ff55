"""Phases: greeting, identity, hold and closing."""

from __future__ import annotations

import pytest

from qa_service.analysis.phases import Phases
from qa_service.domain.interaction import Channel

PHASES = Phases()


@pytest.mark.parametrize(
    ("language", "lines", "reached"),
    [
        ("en", ("C: hi", "A: Good morning, how may I help?"), 1),
        ("en", ("C: hi", "A: surname"), 0),
        ("en", ("A: what", "C: a", "A: b", "C: c", "A: hello"), 0),
        ("fa", ("A: سلام، وقتتون بخیر", "C: سلام"), 1),
        ("fa", ("C: سلام", "A: کد ملی"), 0),
        ("ar", ("A: السلام عليكم", "C: وعليكم السلام"), 1),
        ("ar", ("C: مرحبا", "A: رقم الطلب"), 0),
    ],
)
def test_greeting(measure, language, lines, reached):
    assert measure(PHASES, *lines, language=language)["phase.greeting"].value == reached


@pytest.mark.parametrize(
    ("language", "lines", "reached"),
    [
        ("en", ("A: It's done. Goodbye.", "C: bye"), 1),
        ("en", ("A: It's done.", "C: thanks, that's all"), 1),
        ("en", ("C: ok", "A: Your order ships today."), 1),
        ("en", ("A: You'd have to ask the sender.", "C: oh this is a waste of time, I'm off"), 0),
        ("en", ("A: One moment.", "C: hello? anybody?"), 0),
        ("en", ("A: It will be checked.", "C: i give up", "S: The customer has left the chat."), 0),
        ("en", ("A: Done, goodbye!", "C: bye", "S: The customer has left the chat."), 1),
        ("fa", ("A: انجام شد.", "C: ممنون، خداحافظ"), 1),
        ("fa", ("A: باید صبر کنید", "C: ولش کن اصلا"), 0),
        ("fa", ("A: فرم در سایته", "C: اوکی", "S: کاربر گفتگو را ترک کرد."), 0),
        ("ar", ("A: تم", "C: شكرا، مع السلامة"), 1),
        ("ar", ("A: ما نقدر", "C: حسبي الله ونعم الوكيل"), 0),
    ],
)
def test_closing(measure, language, lines, reached):
    assert measure(PHASES, *lines, language=language)["phase.closing"].value == reached


def test_identity_and_hold(measure):
    lines = ("A 0-2: hello", "C 2-4: hi", "A 4-6: your order number please", "C 6-8: 88 12 04", "A 8-9: one moment", "A 30-31: thanks")
    signals = measure(PHASES, *lines, channel=Channel.PHONE)
    assert (signals["phase.identity"].value, signals["phase.hold"].value) == (1, 1)
    assert signals["phase.identity"].places[0].turn == 2
    quiet = measure(PHASES, "A 0-2: hello", "C 2-4: hi", channel=Channel.PHONE)
    assert (quiet["phase.identity"].value, quiet["phase.hold"].value) == (0, 0)


def test_what_is_not_there_is_not_measured(measure):
    assert measure(PHASES, "A: hello")["phase.closing"].value is None
    assert measure(PHASES, "A: hello", "C: bye")["phase.hold"].value is None
