"""Personal data that agents ask for or write out."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.personal_data import PersonalData
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([PersonalData()])


def signals(language: str, text: str, *, public: bool = True, speaker: Speaker = Speaker.AGENT) -> dict[str, float | None]:
    transcript = Transcript(turns=(Turn(speaker=speaker, text=text, public=public),), language=language)
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.SOCIAL, language=language), transcript)
    return {name: signal.value for name, signal in read.signals.items()}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Could you post your full name and phone number below?"),
        ("en", "Can you reply with your order number and postcode?"),
        ("en", "What name is the booking under?"),
        ("en", "Hi Sam, going to 4 Elm Road, is that right?"),
        ("en", "We rang you on 0770 090 0123 but nobody answered."),
        ("en", "I've looked you up under sam@example.com."),
        ("en", "What's your account number and date of birth, and I'll look?"),
        ("en", "Your claim 44718 for the shed was approved, Mr Roe."),
        ("fa", "شماره حساب شما ۰۱۰۲۲۲۳۳۳۴ در شعبه‌ی مرکزی مسدود شده."),
        ("ar", "راجعنا ملفك ٤٤٧١٨ وتبين أن الدفعة ناقصة."),
        ("fa", "شماره موبایلتون رو همینجا بنویسید."),
        ("fa", "خانم راد، آدرستون مگه ولیعصر کوچه ۱۲ پلاک ۴ نبود؟"),
        ("ar", "اكتب لنا رقم الهوية ورقم الجوال هنا."),
        ("ar", "أستاذة منى اتصلنا على 0501234567 وما رديتي."),
    ],
)
def test_in_public(language: str, text: str) -> None:
    assert signals(language, text)["personal_data.in_public"]
    assert not signals(language, text, public=False)["personal_data.in_public"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Please do not post your number here, DM it to us."),
        ("en", "Send us the order number in a private message."),
        ("en", "Call our line on 555-0100 or visit the shop at 3 High Street."),
        ("en", "We open at 9 and close at 18, and the number 42 bus stops outside."),
        ("en", "Case 2026-77123 is open, next update at 14.30 on 20.11.2026."),
        ("en", "Which branch was it and what time roughly?"),
        ("fa", "لطفا شماره موبایل رو اینجا ننویسید و دایرکت کنید."),
        ("fa", "با شماره پشتیبانی ۰۲۱۸۸۸۸۸۸۸۸ تماس بگیرید."),
        ("ar", "لا تكتب رقمك هنا، أرسله على الخاص."),
        ("ar", "اتصل على الخط الساخن 19123456 أو زر فرع شارع الملك."),
    ],
)
def test_harmless(language: str, text: str) -> None:
    assert signals(language, text)["personal_data.in_public"] == 0


@pytest.mark.parametrize(
    ("language", "text", "minded"),
    [
        ("en", "did you have to tell the whole world that", True),
        ("en", "delete that please, it's got my address in it", True),
        ("en", "thanks, I'll send it by DM", False),
        ("fa", "چرا شماره‌ی منو جلوی همه نوشتید", True),
        ("fa", "باشه دایرکت می‌فرستم", False),
        ("ar", "ليش تكتب رقم حسابي قدام الناس", True),
        ("ar", "تمام أرسله على الخاص", False),
    ],
)
def test_customers_who_mind_that_all_can_read(language: str, text: str, minded: bool) -> None:
    said = ((Speaker.CUSTOMER, "?"), (Speaker.AGENT, "!"), (Speaker.CUSTOMER, text))
    turns = tuple(Turn(speaker=speaker, text=words, public=True) for speaker, words in said)
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.SOCIAL, language=language), Transcript(turns=turns, language=language))
    assert bool(read.signals["personal_data.objected"].value) == minded
    private = tuple(turn.model_copy(update={"public": False}) for turn in turns)
    read = ANALYSIS.read(Interaction(id="x", channel=Channel.SOCIAL, language=language), Transcript(turns=private, language=language))
    assert not read.signals["personal_data.objected"].value


def test_asking_in_private_is_still_asking() -> None:
    found = signals("en", "Please send your order number by DM.")
    assert (found["personal_data.agent_asks"], found["personal_data.in_public"]) == (1, 0)


def test_the_customers_own_post_is_not_the_agents() -> None:
    assert signals("en", "My number is 0770 090 0123", speaker=Speaker.CUSTOMER)["personal_data.in_public"] == 0
