"""Blame, brush-offs, mockery, talk about oneself, curt answers, and customers who mind."""

from __future__ import annotations

import pytest

from qa_service.analysis.manner import Manner
from qa_service.domain.interaction import Channel

MANNER = Manner()

SIGNS = [
    ("conduct.blame", "en", "You should have kept the receipt."),
    ("conduct.blame", "en", "It's because you didn't update the app."),
    ("conduct.blame", "en", "Then you ticked the wrong box."),
    ("conduct.blame", "en", "Check your contract."),
    ("conduct.blame", "en", "The mistake was clearly on your side."),
    ("conduct.blame", "fa", "باید قبل از امضا شرایط رو می‌خوندید."),
    ("conduct.blame", "fa", "شما مدارک رو سر وقت ندادین."),
    ("conduct.blame", "fa", "خودت رمز رو اشتباه زدی."),
    ("conduct.blame", "ar", "كان عليك أن تراجع الفاتورة قبل الدفع."),
    ("conduct.blame", "ar", "لأنك ما حفظت الملف."),
    ("conduct.blame", "ar", "حضرتك اللي اخترت العرض ده."),
    ("conduct.dismissal", "en", "There's nothing I can do."),
    ("conduct.dismissal", "en", "It's all on our website."),
    ("conduct.dismissal", "en", "That's just the policy."),
    ("conduct.dismissal", "en", "I only started here on Monday, I didn't make that offer."),
    ("conduct.dismissal", "fa", "معلوم نیست."),
    ("conduct.dismissal", "fa", "شرکت هیچ مسئولیتی ندارد."),
    ("conduct.dismissal", "fa", "همون که گفتم."),
    ("conduct.dismissal", "ar", "هذا الموجود."),
    ("conduct.dismissal", "ar", "شو بعرفني أنا."),
    ("conduct.dismissal", "ar", "النظام كده يا فندم."),
    ("conduct.mockery", "en", "haha three whole days"),
    ("conduct.mockery", "en", "Half the people who ring never plug it in."),
    ("conduct.mockery", "fa", "دلتون خوشه شما هم"),
    ("conduct.mockery", "ar", "ههههه ثلاثة أيام بس"),
    ("conduct.private", "en", "My sister has the same one and she never complains."),
    ("conduct.private", "en", "Head office doesn't care anyway."),
    ("conduct.private", "fa", "بین خودمون بمونه، مدیرمون پول نمی‌ده."),
    ("conduct.private", "ar", "بيني وبينك المدير ما يهتم."),
    ("conduct.familiarity", "en", "no worries hun"),
    ("conduct.familiarity", "fa", "اگه می‌خوای بگو"),
    ("conduct.familiarity", "ar", "تكرم يا قمر"),
]
NONE = [
    ("conduct.blame", "en", "You should have received an email by now."),
    ("conduct.blame", "en", "Did you enter the code because you didn't get the text?"),
    ("conduct.blame", "en", "It is not your fault at all."),
    ("conduct.blame", "en", "I'll check your contract for you."),
    ("conduct.blame", "fa", "اگه پیامک رو دریافت نکردید لطفا خبر بدید."),
    ("conduct.blame", "fa", "باید زودتر خبرتون می‌کردیم."),
    ("conduct.blame", "ar", "كان علينا أن نبلغكم قبل ذلك."),
    ("conduct.dismissal", "en", "I'm afraid there's nothing I can do tonight, but I will ask the depot at eight."),
    ("conduct.dismissal", "fa", "متاسفانه هنوز معلوم نیست، فردا ظهر خبر می‌دم."),
    ("conduct.dismissal", "ar", "للأسف ما بعرف هلأ، بس بسأل وبرجعلك."),
    ("conduct.mockery", "en", "Congratulations on the new baby!"),
    ("conduct.private", "en", "I'll ask my manager right away."),
    ("conduct.familiarity", "en", "Dear Mr Cole, it is done."),
    ("conduct.familiarity", "fa", "اگه می‌خواید بفرمایید"),
]


@pytest.mark.parametrize(("name", "language", "text"), SIGNS)
def test_signs(measure, name, language, text):
    signal = measure(MANNER, "C: it is broken", f"A: {text}", language=language)[name]
    assert signal.value
    assert all(text[place.start : place.end].strip() for place in signal.places)


@pytest.mark.parametrize(("name", "language", "text"), NONE)
def test_what_is_no_sign(measure, name, language, text):
    assert measure(MANNER, "C: it is broken", f"A: {text}", language=language)[name].value == 0


@pytest.mark.parametrize(("name", "language", "text"), SIGNS)
def test_what_customers_say_is_not_the_agents(measure, name, language, text):
    assert measure(MANNER, f"C: {text}", "A: ok", language=language)[name].value == 0


def test_laughing_along(measure):
    lines = ("C: haha I broke it again", "A: haha, no worries")
    assert measure(MANNER, *lines)["conduct.mockery"].value == 0
    assert measure(MANNER, *reversed(lines))["conduct.mockery"].value == 1


@pytest.mark.parametrize(
    ("lines", "share"),
    [
        (("A: Hello", "C: where is it", "A: no idea", "C: and the refund", "A: no"), 1.0),
        (("A: Hello", "C: where is it", "A: no idea", "C: and the refund", "A: The refund left us on Monday the third."), 0.5),
        (("A: Hello", "C: where is it", "A: One moment please"), 0.0),
        (("A: Hello", "C: bye"), 0.0),
    ],
)
def test_curt(measure, lines, share):
    assert measure(MANNER, *lines)["conduct.curt"].value == share


def test_a_short_mail_is_longer_than_a_short_message(measure):
    lines = ("C: where is my refund and why did it take so long", "A: It was sent on the third and should be with the bank.")
    assert measure(MANNER, *lines, channel=Channel.EMAIL)["conduct.curt"].value == 1
    assert measure(MANNER, *lines)["conduct.curt"].value == 0


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "what kind of service is this", 1),
        ("en", "Are you being funny?", 1),
        ("en", "okay, and the invoice?", 0),
        ("fa", "این چه طرز جواب دادنه", 1),
        ("fa", "ممنون از پاسختون", 0),
        ("ar", "شو هالأسلوب", 1),
        ("ar", "تمام شكرا", 0),
    ],
)
def test_customers_who_mind(measure, language, text, count):
    assert measure(MANNER, "C: hello", "A: yes", f"C: {text}", language=language)["objection.customer"].value == count


def test_before_the_first_answer_there_is_nothing_to_mind(measure):
    assert measure(MANNER, "C: what kind of service is this", "A: yes")["objection.customer"].value == 0


def test_no_lexicon(measure):
    assert all(signal.value is None for signal in measure(MANNER, "A: bonjour", language="fr").values())
