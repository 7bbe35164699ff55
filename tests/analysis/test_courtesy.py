"""Polite words, apologies, thanks and empathy."""

from __future__ import annotations

import pytest

from qa_service.analysis.courtesy import Courtesy

COURTESY = Courtesy()


@pytest.mark.parametrize(
    ("signal", "language", "line", "said"),
    [
        ("courtesy.agent", "en", "A: could you spell that please", True),
        ("courtesy.agent", "en", "A: You're very welcome.", True),
        ("courtesy.agent", "en", "A: number", False),
        ("courtesy.agent", "en", "C: please help", False),
        ("courtesy.agent", "fa", "A: خواهش می‌کنم، در خدمتم", True),
        ("courtesy.agent", "fa", "A: شماره", False),
        ("courtesy.agent", "ar", "A: لو سمحت رقم الطلب", True),
        ("courtesy.agent", "ar", "A: الرقم", False),
        ("apology.agent", "en", "A: We apologise for the delay.", True),
        ("apology.agent", "en", "A: Sorry, what was that?", False),
        ("apology.agent", "en", "A: sorry could you repeat the number", False),
        ("apology.agent", "fa", "A: بابت تاخیر عذرخواهی می‌کنم", True),
        ("apology.agent", "fa", "A: ببخشید نشنیدم", False),
        ("apology.agent", "ar", "A: نعتذر منك على التأخير", True),
        ("apology.agent", "ar", "A: عفوا ما سمعت", False),
        ("apology.customer", "en", "C: oh sorry, my mistake", True),
        ("apology.customer", "en", "C: I want an apology", False),
        ("apology.customer", "fa", "C: شرمنده اشتباه گفتم", True),
        ("apology.customer", "ar", "C: آسف غلطت بالرقم", True),
        ("thanks.customer", "en", "C: cheers mate", True),
        ("thanks.customer", "en", "C: thanks for nothing", False),
        ("thanks.customer", "en", "C: no thanks to you", False),
        ("thanks.customer", "fa", "C: دستتون درد نکنه", True),
        ("thanks.customer", "ar", "C: يعطيك العافية", True),
        ("thanks.customer", "ar", "C: طيب", False),
        ("empathy.agent", "en", "A: I'm so sorry to hear that, it must be really frustrating.", True),
        ("empathy.agent", "en", "A: That sounds awful.", True),
        ("empathy.agent", "en", "A: I can see why you're upset.", True),
        ("empathy.agent", "en", "A: anyone would be annoyed", True),
        ("empathy.agent", "en", "A: Sorry?", False),
        ("empathy.agent", "en", "A: Sorry, could you repeat the name?", False),
        ("empathy.agent", "en", "A: Your order number, please.", False),
        ("empathy.agent", "en", "C: I'm sorry to bother you", False),
        ("empathy.agent", "fa", "A: کاملا درکتون می‌کنم", True),
        ("empathy.agent", "fa", "A: حق دارید ناراحت باشید", True),
        ("empathy.agent", "fa", "A: متاسفم که این اتفاق افتاده", True),
        ("empathy.agent", "fa", "A: شماره سفارش رو بفرمایید", False),
        ("empathy.agent", "fa", "A: متوجه نشدم", False),
        ("empathy.agent", "ar", "A: أتفهم انزعاجك تماما", True),
        ("empathy.agent", "ar", "A: معك حق والله شي يقهر", True),
        ("empathy.agent", "ar", "A: رقم الطلب؟", False),
    ],
)
def test_words(measure, signal, language, line, said):
    assert (measure(COURTESY, line, language=language)[signal].value > 0) is said


def test_counts_and_places(measure):
    signal = measure(COURTESY, "A: Sorry about that. Thank you, sir.", "A: please hold")["courtesy.agent"]
    assert signal.value == 3
    assert [place.turn for place in signal.places] == [0, 0, 1]


def test_an_unknown_language_is_not_measured(measure):
    assert all(signal.value is None for signal in measure(COURTESY, "A: Bitte sehr", language="de").values())
