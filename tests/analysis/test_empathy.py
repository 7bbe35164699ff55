"""Taking up a trouble in reaction to it."""

from __future__ import annotations

import pytest

from qa_service.analysis.empathy import Empathy
from qa_service.domain.interaction import Channel

EMPATHY = Empathy()


@pytest.mark.parametrize(
    ("language", "trouble", "answer"),
    [
        ("en", "my boiler broke and it is freezing", "Oh no, in this weather! Let me look."),
        ("en", "my boiler broke and it is freezing", "That'd drive anyone up the wall, let me look."),
        ("en", "I waited in all day and nobody came", "I don't blame you for being cross."),
        ("en", "the cake was ruined", "That must have been such a letdown."),
        ("en", "I was charged twice", "Apologies for the mix up there."),
        ("fa", "سه روزه آب نداریم", "سه روز بی‌آبی واقعا کلافه‌کننده‌ست."),
        ("fa", "پروازم لغو شد", "می‌دونم برای مسافر شب سفر چه حالی داره."),
        ("fa", "بسته‌م گم شده", "این وضع آدم رو کلافه می‌کنه، پیگیرم."),
        ("ar", "النت مقطوع من أمس", "حقك تتضايق، هذا شي يقهر."),
        ("ar", "ضاعت شنطتي بالمطار", "أفا، موقف صعب والله."),
        ("ar", "تأخر الطلب أسبوعين", "مقصرين معك، ونعتذر عن التأخير."),
    ],
)
def test_taken_up(measure, language, trouble, answer):
    signal = measure(EMPATHY, f"C: {trouble}", f"A: {answer}", language=language)["empathy.reaction"]
    assert signal.value
    assert all(answer[place.start : place.end].strip() for place in signal.places)


@pytest.mark.parametrize(
    ("language", "trouble", "answer"),
    [
        ("en", "my boiler broke", "What is your postcode?"),
        ("en", "my boiler broke", "I know what to do, press reset."),
        ("en", "my boiler broke", "Oh no problem, press reset."),
        ("fa", "پروازم لغو شد", "شماره‌ی رزرو لطفا"),
        ("fa", "پروازم لغو شد", "متاسفانه پروازی نیست."),
        ("ar", "تأخر الطلب أسبوعين", "كم رقم الطلب؟"),
    ],
)
def test_passed_over(measure, language, trouble, answer):
    assert measure(EMPATHY, f"C: {trouble}", f"A: {answer}", language=language)["empathy.reaction"].value == 0


TALK = ("A: Hello", "C: my boiler broke", "A: postcode", "C: LS1", "A: name", "C: Cole", "A: booked for nine", "C: ok", "A: {}")


def test_a_formula_at_the_end_comes_too_late(measure):
    last = "Sorry for the inconvenience, bye"
    assert measure(EMPATHY, *(line.format(last) for line in TALK))["empathy.reaction"].value == 0
    assert measure(EMPATHY, *TALK[:2], f"A: {last}", *TALK[3:])["empathy.reaction"].value == 1


def test_a_mail_may_end_with_it(measure):
    lines = ("C: my boiler broke", "A: It is booked. I am sorry that you had to wait.")
    assert measure(EMPATHY, *lines, channel=Channel.EMAIL)["empathy.reaction"].value == 1


def test_laughed_at(measure):
    assert measure(EMPATHY, "C: my boiler broke", "A: haha oh dear")["empathy.reaction"].value == 0


def test_no_lexicon(measure):
    assert measure(EMPATHY, "A: bonjour", language="fr")["empathy.reaction"].value is None
