"""Trouble and escalation of customers, and plain requests."""

from __future__ import annotations

import pytest

from qa_service.analysis.trouble import Trouble

TROUBLE = Trouble()

TROUBLED = [
    ("en", "my card got swallowed by the machine"),
    ("en", "The app keeps logging me out."),
    ("en", "I was charged twice for the same order"),
    ("en", "it's been three weeks and I still don't have my refund"),
    ("en", "I'm worried that someone has used my account"),
    ("en", "this is ridiculous"),
    ("en", "the fridge you sold me is leaking"),
    ("en", "nobody turned up for the appointment"),
    ("en", "i can't log in"),
    ("en", "i lost my wallet"),
    ("fa", "کارتم رو گم کردم"),
    ("fa", "اینترنتم از صبح قطعه"),
    ("fa", "بسته هنوز به دستم نرسیده"),
    ("fa", "خیلی نگرانم"),
    ("fa", "این چه طرز برخورده"),
    ("fa", "یخچال روشن نمیشه"),
    ("fa", "دو بار پول ازم کم شده"),
    ("ar", "ضاعت بطاقتي"),
    ("ar", "النت مقطوع من الصبح"),
    ("ar", "الطلب ما وصل للحين"),
    ("ar", "أنا قلقانة جدا"),
    ("ar", "خدمتكم سيئة"),
    ("ar", "التطبيق لا يعمل"),
    ("ar", "انخصم المبلغ مرتين"),
]
PLAIN = [
    ("en", "I'd like to book a table for two, please."),
    ("en", "what time do you open tomorrow"),
    ("en", "no problem at all, thank you"),
    ("en", "can you change the email on my account"),
    ("en", "how much is the annual plan"),
    ("en", "yes that's correct, number 42"),
    ("fa", "میخواستم ساعت کاری شعبه رو بپرسم"),
    ("fa", "برای دوشنبه یه نوبت می‌خوام"),
    ("fa", "مشکلی نیست، ممنون"),
    ("fa", "هزینه اشتراک سالانه چنده؟"),
    ("ar", "أريد حجز موعد يوم الخميس"),
    ("ar", "كم سعر الاشتراك السنوي؟"),
    ("ar", "لا مشكلة، شكرا"),
    ("ar", "ممكن تغير الإيميل المسجل"),
]


@pytest.mark.parametrize(("language", "text"), TROUBLED)
def test_trouble(measure, language, text):
    assert measure(TROUBLE, f"C: {text}", language=language)["trouble.customer"].value >= 1


@pytest.mark.parametrize(("language", "text"), PLAIN)
def test_plain_requests(measure, language, text):
    assert measure(TROUBLE, f"C: {text}", language=language)["trouble.customer"].value == 0


@pytest.mark.parametrize(("language", "text"), TROUBLED)
def test_trouble_of_the_agent_does_not_count(measure, language, text):
    assert measure(TROUBLE, f"A: {text}", language=language)["trouble.customer"].value == 0


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "I want to speak to your manager", 1),
        ("en", "I'm going to file a complaint", 1),
        ("en", "I will take this to the ombudsman", 1),
        ("en", "cancel my subscription, I'm leaving", 1),
        ("en", "my manager asked me to call", 0),
        ("en", "can you help me", 0),
        ("fa", "منو به مدیرتون وصل کنید", 1),
        ("fa", "می‌خوام شکایت کنم", 1),
        ("fa", "مدیر ساختمون هستم", 0),
        ("ar", "أبي أكلم المدير", 1),
        ("ar", "راح أرفع شكوى لحماية المستهلك", 1),
        ("ar", "عندي سؤال", 0),
    ],
)
def test_escalation(measure, language, text, count):
    value = measure(TROUBLE, f"C: {text}", language=language)["escalation.customer"].value
    assert (value > 0) is bool(count)


RISKS = [
    ("churn", "en", "honestly i'm thinking of switching to another provider"),
    ("churn", "en", "Right, cancel my contract then."),
    ("churn", "en", "well you have just lost a customer"),
    ("churn", "en", "I want to port my number to somebody else"),
    ("churn", "fa", "می‌خوام خطم رو ترابرد کنم به یه اپراتور دیگه"),
    ("churn", "fa", "دیگه عمرا از شما خرید نمی‌کنم"),
    ("churn", "fa", "قراردادم رو تمدید نمی‌کنم"),
    ("churn", "ar", "أفكر أحول لشركة ثانية"),
    ("churn", "ar", "عايز ألغي الاشتراك خالص"),
    ("churn", "ar", "خسرتوا زبون"),
    ("complaint", "en", "I'd like to make a formal complaint"),
    ("complaint", "fa", "می‌خوام شکایت ثبت کنم"),
    ("complaint", "ar", "بدي أقدم شكوى رسمية"),
]
CALM = [
    ("en", "could you change my delivery address please"),
    ("en", "I'd like to switch on notifications"),
    ("en", "we are moving house next month, can you update my address"),
    ("fa", "می‌خواستم رمز کارتم رو عوض کنم"),
    ("fa", "لطفا آدرس جدیدم رو ثبت کنید"),
    ("ar", "أبغى أغير رقم الجوال المسجل"),
    ("ar", "متى تفتحون يوم الخميس"),
    ("en", "I want to change my address and cancel my order"),
    ("en", "i'd like to move my appointment to friday"),
    ("fa", "می‌خوام سفارشم رو لغو کنم"),
    ("fa", "می‌خوام پول انتقال بدم به حساب خواهرم"),
    ("ar", "أبغى أحول مبلغ لحساب ثاني"),
    ("ar", "عايز ألغي الطلب اللي عملته امبارح"),
]


@pytest.mark.parametrize(("name", "language", "text"), RISKS)
def test_churn_and_complaints(measure, name, language, text):
    found = measure(TROUBLE, f"C: {text}", language=language)
    assert found[f"{name}.customer"].value >= 1
    assert found["escalation.customer"].value >= 1


@pytest.mark.parametrize(("language", "text"), CALM)
def test_no_churn_and_no_complaint(measure, language, text):
    found = measure(TROUBLE, f"C: {text}", language=language)
    assert (found["churn.customer"].value, found["complaint.customer"].value) == (0, 0)
