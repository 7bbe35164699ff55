"""Salutation by name and sign-off of e-mails."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.letter import LetterForm
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([LetterForm()])


def signals(
    mail: str, *, language: str, customer: str = "", agent: str | None = None, channel: Channel = Channel.EMAIL
) -> dict[str, float | None]:
    said = ((Speaker.CUSTOMER, customer), (Speaker.AGENT, mail))
    turns = tuple(Turn(speaker=speaker, text=text) for speaker, text in said if text)
    who = AgentRef(id="a1", name=agent) if agent else None
    read = ANALYSIS.read(Interaction(id="x", channel=channel, language=language, agent=who), Transcript(turns=turns, language=language))
    return {name: signal.value for name, signal in read.signals.items()}


@pytest.mark.parametrize(
    ("language", "customer", "opening", "named"),
    [
        ("en", "My parcel is lost.\n\nThanks\nPriya Nair", "Hi Priya,\n\nthat is annoying.", 1),
        ("en", "My parcel is lost.\n\nThanks\nPriya Nair", "Hi there,\n\nthanks for writing.", 0),
        ("en", "Where is it?", "Dear Ms. O'Brien,\n\nit left yesterday.", 1),
        ("en", "Where is it?", "Good morning Mr Haddad\n\nIt left yesterday.", 1),
        ("en", "Where is it?", "Hello Customer,\n\nIt left yesterday.", 0),
        ("en", "Where is it?", "Dear Sir or Madam,\n\nIt left yesterday.", 0),
        ("en", "Where is it?", "Hello,\n\nYour order left yesterday.", 0),
        ("en", "Where is it?", "Hi,\nYour order left.", 0),
        ("en", "Where is it?", "Dear Passenger,\n\nIt left.", 0),
        ("en", "Where is it?", "Dear Team Member,\n\nIt left.", 0),
        ("en", "Where is it?\nTom Baker", "Tom, it left yesterday.", 1),
        ("en", "Where is it?\ntom baker", "hi tom\nit left yesterday.", 1),
        ("en", "Regards,\nJohn Hope", "Dear Mr Hope,\nIt left.", 1),
        ("en", "Where is it?", "Thank you for contacting Fenwater Energy. It left yesterday.", 0),
        ("en", "Where is it?", "Good afternoon,\n\nThank you for your email.", 0),
        ("en", "Kind regards\nDr. Amelia Stone\nHead of Ops", "Hello Dr Stone,\n\nThank you.", 1),
        ("fa", "بسته‌ام نرسیده.\nنادر کاظمی", "جناب آقای کاظمی\nبا سلام و احترام", 1),
        ("fa", "بسته‌ام نرسیده.", "سرکار خانم احمدی\nبا سلام", 1),
        ("fa", "بسته‌ام نرسیده.", "مشتری گرامی\nبا سلام و احترام", 0),
        ("fa", "بسته‌ام نرسیده.", "کاربر عزیز، سلام", 0),
        ("fa", "بسته‌ام نرسیده.", "سلام، وقت بخیر\nسفارش شما ارسال شد.", 0),
        ("fa", "بسته‌ام نرسیده.\nسارا", "سارا جان سلام، وقتت بخیر", 1),
        ("fa", "بسته‌ام نرسیده.", "سلام سارا جان", 1),
        ("fa", "بسته‌ام نرسیده.\nبا تشکر", "با سلام و تشکر از ایمیل شما", 0),
        ("fa", "بسته‌ام نرسیده.", "همراه گرامی سلام", 0),
        ("fa", "بسته‌ام نرسیده.\nمهدی تقوی", "با سلام خدمت جناب تقوی", 1),
        ("ar", "لم تصل الشحنة.\nسامر الأحمد", "الأستاذ سامر المحترم،\nتحية طيبة وبعد", 1),
        ("ar", "لم تصل الشحنة.", "عزيزي العميل،\nشكراً لتواصلك", 0),
        ("ar", "لم تصل الشحنة.", "عزيزتي ليلى،\nشكراً لتواصلك", 1),
        ("ar", "لم تصل الشحنة.", "السلام عليكم ورحمة الله وبركاته،\nتم شحن الطلب", 0),
        ("ar", "لم تصل الشحنة.", "مرحباً بك،\nتم شحن الطلب", 0),
        ("ar", "لم تصل الشحنة.\nمنى", "أهلاً منى، وصلتنا رسالتك", 1),
        ("ar", "لم تصل الشحنة.", "أهلا بحضرتك، تم شحن الطلب", 0),
        ("ar", "لم تصل الشحنة.", "عميلنا الكريم، تحية طيبة", 0),
        ("ar", "لم تصل الشحنة.", "السيد خالد العتيبي المحترم\nتحية طيبة", 1),
        ("ar", "لم تصل الشحنة.", "صباح الخير أخ ماجد، تم الشحن", 1),
    ],
)
def test_salutation(language: str, customer: str, opening: str, named: int) -> None:
    assert signals(opening, language=language, customer=customer)["letter.salutation_by_name"] == named


@pytest.mark.parametrize(
    ("language", "agent", "ending", "signed"),
    [
        ("en", None, "It left.\n\nMind how you go\nOrla Byrne", 1),
        ("en", "Orla", "It left.\n\nHugs,\nOrla\nOrla's Cakes", 1),
        ("en", None, "It left.\n\nKind regards\nOrla Byrne - Customer Care", 1),
        ("en", "Team", "It left.\n\nKind regards,\nThe Cakery Team", 0),
        ("en", "Orla Byrne", "It left.\n\nOrla\n--\nOrla Byrne | Bakery", 0),
        ("fa", None, "ارسال شد.\n\nمخلصیم\nکاوه - پشتیبانی", 1),
        ("fa", None, "ارسال شد.\n\nبا عرض حرمت\nانجنیر نجیب‌الله", 1),
        ("ar", None, "تم الإرسال.\n\nواقبلوا الاحترام\nسلمى الخوري\nدائرة المبيعات", 1),
        ("ar", None, "تم الإرسال.\n\nللعلم\nإدارة الفندق", 0),
        ("en", "Ann Field", "It left yesterday.\n\nKind regards,\nAnn Field\nCustomer Care", 1),
        ("en", "Ann Field", "It left yesterday.\n\nBest,\nAnn", 1),
        ("en", "Ann Field", "It left yesterday.\n\nHave a great weekend!\nAnn", 1),
        ("en", "Ann Field", "It left yesterday.\n\nFingers crossed for the move,\nAnn", 1),
        ("en", "Ann Field", "It left yesterday and you do not need to do anything.\n\nAnn", 0),
        ("en", "Ann Field", "It left yesterday.\n\nKind regards", 0),
        ("en", None, "It left yesterday.\n\nYours sincerely,\n\nMarta Olsen", 1),
        ("en", None, "It left yesterday.\n\nKind regards,\nThe Support Team", 0),
        ("en", "Ann Field", "It left yesterday.", 0),
        ("en", "Ann Field", "It left yesterday.\n\nMany thanks,\nAnn", 1),
        ("en", "Ann Field", "It left yesterday.\n\nWarmly,\nAnn\n\nOn 3 May 2026, Tom wrote:\n> where is it", 1),
        ("fa", "لیلا راد", "سفارش ارسال شد.\n\nبا احترام\nلیلا راد", 1),
        ("fa", "لیلا راد", "سفارش ارسال شد.\n\nموفق باشید\nراد، واحد فروش", 1),
        ("fa", "لیلا راد", "سفارش ارسال شد.\n\nواحد پشتیبانی", 0),
        ("fa", "لیلا راد", "سفارش ارسال شد.\nلیلا راد", 0),
        ("fa", "لیلا راد", "سفارش ارسال شد.\n\nآخر هفته‌ی خوبی داشته باشید\nراد", 1),
        ("fa", None, "سفارش ارسال شد.\n\nبا سپاس فراوان\nآرمان یزدانی", 1),
        ("ar", "هند صالح", "تم شحن الطلب.\n\nمع أطيب التحيات،\nهند صالح", 1),
        ("ar", "هند صالح", "تم شحن الطلب.\n\nخدمة العملاء", 0),
        ("ar", "هند صالح", "تم شحن الطلب.\n\nهند", 0),
        ("ar", "هند صالح", "تم شحن الطلب.\n\nيومك سعيد،\nهند", 1),
        ("ar", "هند صالح", "تم شحن الطلب.\n\nوتفضلوا بقبول فائق الاحترام\nهند صالح", 1),
        ("ar", None, "تم شحن الطلب.\n\nتحياتي\nوليد منصور", 1),
    ],
)
def test_sign_off(language: str, agent: str | None, ending: str, signed: int) -> None:
    assert signals(ending, language=language, agent=agent)["letter.signed_off"] == signed


def test_only_mail_has_a_form() -> None:
    assert signals("Hi Ann", language="en", channel=Channel.CHAT) == {"letter.salutation_by_name": None, "letter.signed_off": None}


def test_the_first_mail_greets_and_half_must_be_signed() -> None:
    turns = [
        Turn(speaker=Speaker.CUSTOMER, text="Where is it?\nTom Baker"),
        Turn(speaker=Speaker.AGENT, text="Dear Tom,\nit left.\n\nKind regards,\nAnn Field"),
        Turn(speaker=Speaker.AGENT, text="It arrived."),
    ]
    interaction = Interaction(id="x", channel=Channel.EMAIL, language="en", agent=AgentRef(id="a1", name="Ann Field"))
    read = ANALYSIS.read(interaction, Transcript(turns=tuple(turns), language="en"))
    assert (read.signals["letter.salutation_by_name"].value, read.signals["letter.signed_off"].value) == (1, 0.5)
