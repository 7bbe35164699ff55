"""Effort that customers tell of."""

from __future__ import annotations

import pytest

from qa_service.analysis.effort import Effort

EFFORT = Effort()
HARD = [
    ("en", "I've already told you my date of birth"),
    ("en", "how many times do I have to explain this"),
    ("en", "i was on hold for forty minutes"),
    ("en", "I keep having to go through everything again"),
    ("en", "You are the fourth person I speak to today"),
    ("en", "why is this so complicated"),
    ("en", "I've been passed around from one department to the next"),
    ("fa", "صد بار گفتم شماره سفارشم رو"),
    ("fa", "نیم ساعته پشت خط منتظرم"),
    ("fa", "هی پاسکاری می‌کنید آدمو"),
    ("fa", "چرا انقدر سخته یه برگشت پول"),
    ("ar", "صارلي ساعة أنتظر على الخط"),
    ("ar", "كم مرة لازم أشرح الموضوع"),
    ("ar", "كل موظف يحولني على قسم ثاني"),
    ("ar", "ليش كل هذا التعقيد"),
]
EASY = [
    ("en", "that was quick, thank you"),
    ("en", "I'd like to know how long delivery takes"),
    ("en", "could you hold my parcel at the depot for a few days"),
    ("fa", "ممنون که سریع جواب دادید"),
    ("fa", "چقدر طول می‌کشه برسه؟"),
    ("ar", "شكرا على سرعة الرد"),
    ("ar", "كم يوم ياخذ التوصيل"),
]


@pytest.mark.parametrize(("language", "text"), HARD)
def test_effort_is_counted(measure, language, text):
    assert measure(EFFORT, f"C: {text}", language=language)["effort.customer"].value >= 1


@pytest.mark.parametrize(("language", "text"), HARD)
def test_that_of_the_agent_is_not(measure, language, text):
    assert measure(EFFORT, f"A: {text}", language=language)["effort.customer"].value == 0


@pytest.mark.parametrize(("language", "text"), EASY)
def test_ease_is_no_effort(measure, language, text):
    assert measure(EFFORT, f"C: {text}", language=language)["effort.customer"].value == 0


def test_a_language_without_words_is_unmeasured(measure):
    assert measure(EFFORT, "C: ich warte seit einer Stunde", language="de")["effort.customer"].value is None
