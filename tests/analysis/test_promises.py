"""Promises: future acts of the agent or company, and whether they say by when."""

from __future__ import annotations

import pytest

from qa_service.analysis.promises import Promises

PROMISES = Promises()

COMPLETE = [
    ("en", "I'll ring you back tomorrow morning."),
    ("en", "We will refund the full amount within 5 working days."),
    ("en", "Our technician will visit you on Friday between 2 and 4."),
    ("en", "our accounts team will get in touch with you by five pm today"),
    ("en", "You'll have the replacement by Thursday."),
    ("en", "The money will be back on your card in three to five business days."),
    ("en", "I am going to email you the contract before noon."),
    ("en", "Someone from the warehouse will contact you within 48 hours."),
    ("en", "I'll follow up with the branch and call you on the 14th."),
    ("en", "We'll ship a new one out today."),
    ("en", "Kavita from billing is going to call you at half past three."),
    ("fa", "تا فردا ظهر باهاتون تماس می‌گیریم."),
    ("fa", "مبلغ ظرف ۷۲ ساعت به حسابتون واریز میشه."),
    ("fa", "همکارم پنجشنبه ساعت ۱۰ صبح میاد خدمتتون."),
    ("fa", "نتیجه را حداکثر تا پایان روز شنبه به شما اطلاع خواهیم داد."),
    ("fa", "امروز عصر کالا رو براتون ارسال می‌کنیم"),
    ("fa", "تا دو ساعت دیگه بهتون زنگ میزنم"),
    ("ar", "سنتواصل معك خلال 24 ساعة."),
    ("ar", "المندوب بيوصل الطلب بكرة العصر"),
    ("ar", "هنرجعلك المبلغ خلال ٣ أيام عمل"),
    ("ar", "راح نتصل عليك اليوم قبل الساعة خمسة"),
    ("ar", "سيقوم الفني بزيارتكم يوم الثلاثاء صباحاً."),
    ("ar", "رح نبعتلك بديل قبل نهاية الأسبوع"),
]
INCOMPLETE = [
    ("en", "I'll call you back soon."),
    ("en", "We will get back to you as soon as possible."),
    ("en", "Someone will be in touch."),
    ("en", "our engineer will come out shortly"),
    ("en", "You will receive your refund."),
    ("en", "I'll have the manager email you."),
    ("en", "We'll send you a new card in due course."),
    ("en", "They will look into it and let you know."),
    ("en", "i'll chase the courier for you and update you later"),
    ("fa", "به زودی با شما تماس می‌گیریم."),
    ("fa", "پیگیری می‌کنم و بهتون خبر میدم"),
    ("fa", "در اسرع وقت ارسال میشه"),
    ("fa", "همکاران ما موضوع را بررسی خواهند کرد."),
    ("fa", "مبلغ به حسابتون برگشت داده میشه"),
    ("ar", "سنتواصل معك في أقرب وقت ممكن."),
    ("ar", "هنكلمك قريب إن شاء الله"),
    ("ar", "بنرجع لك المبلغ"),
    ("ar", "رح نخبرك لما يصير شي جديد"),
    ("ar", "سيتم إرسال البديل لاحقاً"),
]
NONE = [
    ("en", "Let me check that for you."),
    ("en", "I'll check that for you now."),
    ("en", "I'll just need your postcode."),
    ("en", "I can't promise anything."),
    ("en", "If you need anything else, we'll be happy to help."),
    ("en", "Shall I call you back tomorrow?"),
    ("en", "I have refunded the amount to your card."),
    ("en", "You will need to call the bank."),
    ("en", "We close at five today."),
    ("en", "I'll put you on a short hold."),
    ("en", "we will not charge you for that"),
    ("en", "Your order was delivered on Friday."),
    ("en", "Have a great day tomorrow!"),
    ("en", "I'll give you the number for billing."),
    ("en", "I'll take your name first."),
    ("en", "You'll have two options on the screen."),
    ("en", "You'll get an error if the field is empty."),
    ("en", "I'll add that to your order now."),
    ("en", "I'll put a note on it."),
    ("en", "We have asked you to confirm the address."),
    ("fa", "الان براتون چک می‌کنم."),
    ("fa", "قولی نمی‌تونم بدم."),
    ("fa", "اگه سوالی داشتید با ما تماس بگیرید."),
    ("fa", "مبلغ دیروز واریز شد."),
    ("fa", "می‌خواید فردا باهاتون تماس بگیریم؟"),
    ("fa", "روز خوبی داشته باشید"),
    ("fa", "همین الان براتون درستش می‌کنم."),
    ("fa", "شماره‌ی پشتیبانی رو بهتون میگم."),
    ("ar", "لحظة أراجع لك الموضوع الحين."),
    ("ar", "لا أستطيع أن أعدك بذلك."),
    ("ar", "إذا احتجت أي شيء سنكون في خدمتك."),
    ("ar", "تم تحويل المبلغ أمس."),
    ("ar", "هل تريد أن نتصل بك غداً؟"),
    ("ar", "الدوام لين الساعة خمس"),
    ("ar", "بعطيك الرقم الحين."),
    ("ar", "تم تجهيز الطلب وهو جاهز الآن."),
]


def counts(measure, language: str, *lines: str) -> tuple[float | None, float | None]:
    signals = measure(PROMISES, *lines, language=language)
    return signals["promise.count"].value, signals["promise.incomplete"].value


@pytest.mark.parametrize(("language", "text"), COMPLETE)
def test_complete(measure, language, text):
    assert counts(measure, language, f"A: {text}") == (1, 0)


@pytest.mark.parametrize(("language", "text"), INCOMPLETE)
def test_incomplete(measure, language, text):
    assert counts(measure, language, f"A: {text}") == (1, 1)


@pytest.mark.parametrize(("language", "text"), NONE)
def test_no_promise(measure, language, text):
    assert counts(measure, language, f"A: {text}") == (0, 0)


@pytest.mark.parametrize(("language", "text"), [*COMPLETE[:3], *INCOMPLETE[-3:]])
def test_a_promise_of_the_customer_is_none(measure, language, text):
    assert counts(measure, language, f"C: {text}") == (0, 0)


@pytest.mark.parametrize(
    ("language", "lines", "expected"),
    [
        ("en", ("A: We will send the engineer. He comes on Monday at nine.",), (1, 0)),
        ("en", ("A: We will send an engineer.", "C: when", "A: Monday at nine"), (1, 0)),
        ("en", ("A: We will send an engineer.", "C: my name is Dina by the way", "A: Our shop is open until five"), (1, 1)),
        ("en", ("A: Your flight leaves at 18:40 today. We will refund you shortly.",), (1, 1)),
        ("en", ("A: I'll call you tomorrow. We will also send a letter soon.",), (2, 1)),
        ("fa", ("A: براتون ارسال می‌کنیم.", "C: کی می‌رسه؟", "A: تا پنجشنبه"), (1, 0)),
        ("ar", ("A: راح نتواصل معك.", "C: متى؟", "A: بكرة الصبح"), (1, 0)),
        # what only spells a promise out needs no time of its own
        ("en", ("A: Our engineer comes tomorrow at nine.", "C: good", "A: He will bring the part with him."), (2, 0)),
        # a step that is then done was none
        ("en", ("A: I'll send your request to the bank.", "C: ok", "A: It has been sent."), (0, 0)),
        # nobody knows, so no time
        ("en", ("A: We will refund you, I don't know if today or tomorrow.",), (1, 1)),
    ],
)
def test_the_time_may_stand_beside_the_act(measure, language, lines, expected):
    count, incomplete = counts(measure, language, *lines)
    assert count is not None
    assert count >= expected[0]
    assert incomplete == expected[1]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "I'll hand it on and get back to you.", (1, 1)),
        ("en", "None of those letters will reach you.", (0, 0)),
        ("en", "Pay by noon or the room will be released.", (0, 0)),
        ("en", "If he is late I'll carry it up myself.", (0, 0)),
        ("fa", "پس‌فردا خودم براتون می‌رسونم.", (1, 0)),
        ("fa", "می‌سپرم به بچه‌های فنی.", (1, 1)),
        ("fa", "شعبه یکشنبه باز می‌شه.", (0, 0)),
        ("ar", "الفني عندك يوم الثلاثاء الساعة عشرة.", (1, 0)),
        ("ar", "عندنا سائق يوصلك ضمن المدينة.", (0, 0)),
    ],
)
def test_tense_and_actor(measure, language, text, expected):
    assert counts(measure, language, f"A: {text}") == expected


def test_the_place_is_the_sentence(measure):
    text = "Thanks. I'll call you back soon. Anything else?"
    (place,) = measure(PROMISES, f"A: {text}")["promise.incomplete"].places
    assert text[place.start : place.end].strip() == "I'll call you back soon."


def test_unknown_languages_are_not_measured(measure):
    assert counts(measure, "de", "A: Ich rufe Sie morgen an.") == (None, None)
