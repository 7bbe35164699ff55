"""Questions of both parties, and those left unanswered."""

from __future__ import annotations

import pytest

from qa_service.analysis.questions import Questions

QUESTIONS = Questions()


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "Where is it? And when will it come?", 2),
        ("en", "Really?!", 1),
        ("en", "I see. Thanks.", 0),
        ("en", "see https://x.example/?a=1", 0),
        ("en", "what is my balance", 1),
        ("en", "can you send me a new one and how long does it take", 2),
        ("en", "i know what it is", 0),
        ("en", "that is why i called", 0),
        ("fa", "کی می‌رسه؟ هزینه‌ش چنده؟", 2),
        ("fa", "موجودی حسابم چقدره", 1),
        ("fa", "هر چی شما بگید", 0),
        ("ar", "متى يوصل؟؟ وبكم؟", 2),
        ("ar", "ليش تأخر الطلب", 1),
        ("ar", "أي وقت يناسبني", 0),
    ],
)
def test_counts(measure, language, text, count):
    signals = measure(QUESTIONS, f"C: {text}", language=language)
    assert signals["questions.customer"].value == count
    assert signals["questions.agent"].value == 0
    assert measure(QUESTIONS, f"A: {text}", language=language)["questions.agent"].value == count


@pytest.mark.parametrize(
    ("language", "lines", "count"),
    [
        ("en", ("C: When will my parcel arrive?", "A: On Thursday."), 0),
        ("en", ("C: When will my parcel arrive?", "A: You can check the website."), 1),
        ("en", ("C: When will my parcel arrive?", "A: Your parcel is important to us and the team works hard on every delivery."), 1),
        ("en", ("C: How much is it?", "A: 45 euros"), 0),
        ("en", ("C: Why was I charged?", "A: Because the trial ended."), 0),
        ("en", ("C: Can I pay in cash?", "A: Yes"), 0),
        ("en", ("C: Can I pay in cash?",), 1),
        ("en", ("C: Is it heated?", "A: We open at nine.", "C: not what i asked", "A: ok"), 1),
        ("en", ("C: how are you?", "A: Good morning"), 0),
        ("fa", ("C: کی ارسال میشه؟", "A: فردا"), 0),
        ("fa", ("C: کی ارسال میشه؟", "A: صبور باشید"), 1),
        ("fa", ("C: چرا قطع شده؟", "A: به دلیل تعمیرات"), 0),
        ("ar", ("C: متى يوصل الطلب؟", "A: بكرة العصر"), 0),
        ("ar", ("C: متى يوصل الطلب؟", "A: الله أعلم"), 1),
        ("ar", ("C: كم السعر؟", "A: ٤٥ ريال"), 0),
    ],
)
def test_unanswered(measure, language, lines, count):
    assert measure(QUESTIONS, *lines, language=language)["questions.unanswered"].value == count


def test_a_question_asked_again_is_judged_once(measure):
    lines = ("C: When does it arrive?", "A: Let me see.", "C: So when is it?", "A: Tomorrow at nine.")
    assert measure(QUESTIONS, *lines)["questions.unanswered"].value == 0


def test_completeness_is_the_share_of_answered_questions(measure):
    asked = ("C: What time do you open on Friday?", "C: And how much is a family ticket?")
    found = measure(Questions(), *asked, "A: We open at nine on Friday.")
    unanswered = found["questions.unanswered"].value
    assert found["questions.answered_share"].value == pytest.approx((2 - unanswered) / 2)
    assert measure(Questions(), "C: thank you", "A: bye")["questions.answered_share"].value is None
