"""Unprofessional words of agents, profanity of customers, and what only looks like them."""

from __future__ import annotations

import pytest

from qa_service.analysis.conduct import Conduct

CONDUCT = Conduct()

BAD = [
    ("en", "Are you deaf? I said no."),
    ("en", "That's not my problem."),
    ("en", "calm down lady"),
    ("en", "You should have read the contract."),
    ("en", "I don't care what the website says."),
    ("en", "this damn system again"),
    ("en", "Stop wasting my time."),
    ("en", "Well, that's your own fault."),
    ("en", "What do you want me to do about it?"),
    ("en", "You people are all the same."),
    ("en", "Our IT department is useless, honestly."),
    ("en", "Are you single?"),
    ("en", "don't be stupid"),
    ("fa", "به من چه ربطی داره"),
    ("fa", "این مشکل خودتونه نه ما"),
    ("fa", "چند بار باید بگم؟ مگه نمی‌فهمی؟"),
    ("fa", "صداتو بیار پایین"),
    ("fa", "وقت ما رو نگیرید"),
    ("fa", "تقصیر خودتونه که دیر اومدید"),
    ("fa", "همینه که هست"),
    ("fa", "مجرد هستی؟"),
    ("ar", "هذي مو مشكلتي"),
    ("ar", "انت ما تفهم؟"),
    ("ar", "قلتلك مية مرة لا"),
    ("ar", "الغلط منك انت"),
    ("ar", "لا تصرخ علي"),
    ("ar", "كان المفروض تقرأ الشروط"),
    ("ar", "انت متزوجة؟"),
]
FINE = [
    ("en", "I'm sorry about that, it was our mistake."),
    ("en", "It's not your fault at all."),
    ("en", "You said the driver called you stupid, is that right?"),
    ("en", 'The note reads "stop wasting my time", I am sorry you had to read that.'),
    ("en", "You should have received an email from us."),
    ("en", "As I said earlier, it will arrive on Monday."),
    ("en", "Please stay calm, help is on its way."),
    ("en", "The line is dead, so we will replace it."),
    ("en", "No question is a stupid question."),
    ("en", "Feel free to choose whatever suits you."),
    ("fa", "متاسفم، اشتباه از ما بوده"),
    ("fa", "اصلاً تقصیر شما نیست"),
    ("fa", "لطفا صبور باشید، الان بررسی می‌کنم"),
    ("fa", "فرمودید که پیک گفته «به من چه»، درسته؟"),
    ("ar", "الخطأ من عندنا ونعتذر"),
    ("ar", "مو غلطك أبداً"),
    ("ar", "حضرتك قلت إن المندوب قال لك مو مشكلتي، صح؟"),
    ("ar", "أتفهم انزعاجك"),
]


@pytest.mark.parametrize(("language", "text"), BAD)
def test_unprofessional(measure, language, text):
    signal = measure(CONDUCT, f"A: {text}", language=language)["unprofessional.agent"]
    assert signal.value
    assert signal.value >= 1
    assert all(text[place.start : place.end] for place in signal.places)


@pytest.mark.parametrize(("language", "text"), FINE)
def test_professional(measure, language, text):
    assert measure(CONDUCT, f"A: {text}", language=language)["unprofessional.agent"].value == 0


@pytest.mark.parametrize(("language", "text"), BAD)
def test_what_customers_say_is_not_the_agents(measure, language, text):
    assert measure(CONDUCT, f"C: {text}", "A: ok", language=language)["unprofessional.agent"].value == 0


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "this damn system again", 1),
        ("en", "don't be stupid", 1),
        ("en", "You should have read the contract.", 0),
        ("en", "You said it was a damn shame, is that right?", 0),
        ("ar", "مع أطيب التمنيات لكم", 0),
        ("fa", "فروشتون پررونق باشه", 0),
    ],
)
def test_insults_and_profanity_of_agents(measure, language, text, count):
    assert measure(CONDUCT, f"A: {text}", language=language)["profanity.agent"].value == count


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "what the hell is this shit", 2),
        ("en", "this is terrible", 0),
        ("fa", "لعنتی چرا کار نمی‌کنه", 1),
        ("fa", "خیلی بده", 0),
        ("ar", "يلعن هالخدمة", 1),
        ("ar", "خدمة سيئة", 0),
    ],
)
def test_profanity_of_customers(measure, language, text, count):
    assert measure(CONDUCT, f"C: {text}", language=language)["profanity.customer"].value == count
