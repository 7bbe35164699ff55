"""Secrets that agents ask for or send."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.sensitive_data import SensitiveData
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([SensitiveData()])


def counts(text: str, language: str, speaker: Speaker = Speaker.AGENT) -> tuple[bool, bool]:
    """Whether something was asked and whether something was sent."""
    transcript = Transcript(turns=(Turn(speaker=speaker, text=text),), language=language)
    found = ANALYSIS.read(Interaction(id="x", channel=Channel.EMAIL, language=language), transcript).signals
    return bool(found["sensitive_data.asked"].value), bool(found["sensitive_data.sent"].value)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Could you send me your full card number and the expiry date?"),
        ("en", "Please reply with your current password so that I can log in for you."),
        ("en", "To go on, we need:\n- the 16-digit number of your card\n- the three digits on the back"),
        ("en", "Just forward the one-time code you get by text."),
        ("en", "What is your PIN?"),
        ("en", "For the refund pls send:\n1. Name on card\n2. Full 16-digit card number\n3. Expiry"),
        ("fa", "لطفا از تماس دوباره خودداری کنید چون صف شلوغ می‌شود و ضمنا برای سرعت کار رمز دوم و CVV2 کارت را بفرستید."),
        ("en", "Kindly share the OTP received on your mobile."),
        ("fa", "لطفا شماره کامل کارت و cvv2 را برای ما ایمیل کنید."),
        ("fa", "رمز عبورتان و کدی که پیامک می‌شود را بفرستید تا وارد شوم."),
        ("fa", "کد تایید رو بگید لطفا"),
        ("ar", "يرجى تزويدنا برقم البطاقة كاملاً مع رمز الأمان."),
        ("ar", "ابعتلي كلمة السر عشان أدخل على حسابك"),
        ("ar", "أرسل لنا رمز التحقق الذي وصلك في رسالة."),
    ],
)
def test_asked(language: str, text: str) -> None:
    assert counts(text, language) == (True, False)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Never send your password or card number by email."),
        ("en", "Please do not reply with your PIN."),
        ("en", "We will never ask you for your password or a one-time code."),
        ("en", "Could you confirm the last four digits of your card?"),
        ("en", "Please click 'Forgot password' and choose a new password."),
        ("en", "The refund goes back to your card within five days."),
        ("en", "Please quote reference 4471 when you call."),
        ("fa", "لطفا رمز یا کد تایید را برای هیچ‌کس نفرستید."),
        ("fa", "چهار رقم آخر کارت را بنویسید."),
        ("fa", "برای تغییر رمز عبور وارد پنل شوید."),
        ("fa", "شماره کارت رو اصلا ایمیل نکنین."),
        ("ar", "لا ترسل رقم البطاقة أو كلمة المرور لأي أحد."),
        ("ar", "لن نطلب منك رمز التحقق أبداً."),
        ("ar", "أرسل لنا آخر أربعة أرقام من البطاقة."),
        ("ar", "يمكنك تغيير كلمة المرور من الإعدادات."),
    ],
)
def test_harmless(language: str, text: str) -> None:
    assert counts(text, language) == (False, False)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "User name: mlee\nPassword: Heron-22"),
        ("en", "Your temporary PIN is 8841."),
        ("en", "The card on file is 4242 4242 4242 4242."),
        ("fa", "نام کاربری: sara\nرمز عبور: Sib@1402"),
        ("fa", "رمز عبور شما 88412 است"),
        ("ar", "كلمة المرور: Nakhla@2026"),
        ("ar", "الرقم السري الجديد هو 7741"),
    ],
)
def test_sent(language: str, text: str) -> None:
    assert counts(text, language)[1]


@pytest.mark.parametrize(
    "text",
    [
        "Order 4242 4242 4242 4243 left.",
        "Call us on +44 20 7946 0123.",
        "> Password: Heron-22\nThanks, noted.",
        "Your password expires in 14 days.",
    ],
)
def test_not_sent(text: str) -> None:
    assert counts(text, "en") == (False, False)


def test_what_the_customer_sends_is_not_the_agents() -> None:
    assert counts("My card is 4242 4242 4242 4242, please send me your PIN", "en", Speaker.CUSTOMER) == (False, False)
