"""Identity: asked, given, and account data used."""

from __future__ import annotations

import pytest

from qa_service.analysis.identity import Identity

IDENTITY = Identity()


@pytest.mark.parametrize(
    ("language", "text", "asked"),
    [
        ("en", "Can I take your date of birth?", True),
        ("en", "surname", True),
        ("en", "may i have your account number please", True),
        ("en", "and the first line of your address", True),
        ("en", "To verify your identity, tell me the security word.", True),
        ("en", "Your reference number is 88210.", False),
        ("en", "I've emailed it to your registered address, so nothing else to do on your side today.", False),
        ("en", "What can I do for you?", False),
        ("fa", "کد ملی‌تون رو لطف می‌کنید؟", True),
        ("fa", "شماره سفارش", True),
        ("fa", "اسم و فامیلتون رو بفرمایید", True),
        ("fa", "چه کمکی از من برمیاد؟", False),
        ("ar", "ممكن رقم الطلب لو سمحت", True),
        ("ar", "تاريخ ميلادك؟", True),
        ("ar", "عطني رقم الجوال المسجل", True),
        ("ar", "كيف أقدر أخدمك؟", False),
    ],
)
def test_asked(measure, language, text, asked):
    assert (measure(IDENTITY, f"A: {text}", language=language)["identity.asked"].value > 0) is asked
    assert measure(IDENTITY, f"C: {text}", language=language)["identity.asked"].value == 0


@pytest.mark.parametrize(
    ("language", "lines", "given"),
    [
        ("en", ("A: Your order number please?", "C: TR-5520914"), 1),
        ("en", ("A: And the surname?", "C: Whitfield"), 0),  # a name alone proves nothing
        ("en", ("A: your phone number please", "C: five five five oh one four two"), 1),
        ("en", ("A: Your order number please?", "C: why do you need that?"), 0),
        ("en", ("C: hi, account 40-22871, it is slow", "A: hello"), 1),
        ("en", ("C: hi, I paid $1,200 in 2025", "A: hello"), 0),
        ("fa", ("A: شماره اشتراک؟", "C: ۵۵۵۰۱۲۸"), 1),
        ("ar", ("A: رقم الحجز واسم العيلة؟", "C: 40318 باسم حداد"), 1),
    ],
)
def test_given(measure, language, lines, given):
    assert measure(IDENTITY, *lines, language=language)["identity.given"].value == given


@pytest.mark.parametrize(
    ("language", "text", "used"),
    [
        ("en", "Your balance is 612.40.", True),
        ("en", "I've updated the address on your account.", True),
        ("en", "that's changed for you", True),
        ("en", "I can see a payment of 40 dollars here", True),
        ("en", "We open at nine.", False),
        ("en", "Could I have your name?", False),
        ("fa", "سفارش شما ثبت شده است", True),
        ("fa", "کارتتون مسدود شد", True),
        ("fa", "ساعت کاری ما تا پنجه", False),
        ("ar", "تم تحديث بياناتك", True),
        ("ar", "رصيدك الحالي ٣٠ ريال", True),
        ("ar", "نفتح الساعة تسعة", False),
    ],
)
def test_disclosure(measure, language, text, used):
    assert measure(IDENTITY, f"A: {text}", language=language)["disclosure.agent"].value == used


def test_the_first_place_comes_first(measure):
    lines = ("A: Your balance is 5 dollars.", "A: your date of birth please", "C: 3 May 1990", "A: I have blocked the card")
    signals = measure(IDENTITY, *lines)
    assert signals["disclosure.agent"].places[0].turn < signals["identity.asked"].places[0].turn < signals["identity.given"].places[0].turn


@pytest.mark.parametrize(
    ("language", "lines", "named", "given"),
    [
        ("en", ("A: What's your name?", "C: Ada Novak"), 1, 0),
        ("en", ("A: Your name and postcode?", "C: Ada Novak, the old mill"), 0, 1),
        ("en", ("A: Your order number?", "C: I don't have it on me"), 0, 0),
        ("en", ("C: hello", "A: hi", "C: it is down", "A: since when", "C: monday, my number is 0700 5550 142"), 0, 1),
        ("fa", ("A: اسمتون؟", "C: نادر سپهری"), 1, 0),
        ("fa", ("A: شماره پرونده؟", "C: نمی‌دونم کجاست"), 0, 0),
        ("ar", ("A: الاسم الكامل؟", "C: ليث حمدان"), 1, 0),
    ],
)
def test_a_name_alone_proves_nothing(measure, language, lines, named, given):
    signals = measure(IDENTITY, *lines, language=language)
    assert (signals["identity.named"].value, signals["identity.given"].value) == (named, given)


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("Could you read me the number on your account?", 0),  # part of the question for a detail
        ("That's the flat at 48 Mill Row, isn't it?", 1),  # on the screen: the customer never said it
        ("I see that this is annoying.", 0),
    ],
)
def test_what_the_agent_reads_out(measure, text, used):
    assert measure(IDENTITY, "C: my heating is off", f"A: {text}", language="en")["disclosure.agent"].value == used
