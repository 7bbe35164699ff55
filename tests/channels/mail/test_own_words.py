"""What a writer added to a mail: quotes and signature blocks of real mailers, and real text that resembles them."""

from __future__ import annotations

import pytest

from qa_service.channels.mail.own_words import own_words

GMAIL = "On Mon, Nov 2, 2026 at 9:14 AM Sara <sara@shop.example> wrote:"

TAKEN_AWAY: list[tuple[str, str, str]] = [
    ("Gmail", f"Thanks, that works.\n\n{GMAIL}\n\n> Hello\n> there\n", "Thanks, that works."),
    (
        "Gmail, wrapped",
        "That works.\nOn Mon, Nov 2, 2026 at 9:14 AM Sara Very Long Name\n<sara@shop.example> wrote:\n> Hello\n",
        "That works.",
    ),
    ("Gmail, not marked", f"That works.\n\n{GMAIL}\nHello Bob,\nplease try again.", "That works."),
    ("Gmail, quoted deeper", f"Ok!\n\n{GMAIL}\n>> older\n> > older still\n> old", "Ok!"),
    ("Apple Mail", "Ok!\n\n> On 2 Nov 2026, at 09:14, Sara <sara@shop.example> wrote:\n> \n> Hello\n", "Ok!"),
    ("Apple Mail, not marked", "Ok!\n\nOn 2 Nov 2026, at 09:14, Sara <sara@shop.example> wrote:\n\nHello\n", "Ok!"),
    ("Thunderbird", "Ok!\n\nOn 02.11.2026 09:14, Sara wrote:\n> Hello\n", "Ok!"),
    (
        "Outlook",
        "Still broken.\n\nFrom: Support <s@shop.example>\nSent: Monday, November 2, 2026 9:14 AM\nTo: Bob\nSubject: RE: x\n\nDear Bob,\nold",  # noqa: E501
        "Still broken.",
    ),
    (
        "Outlook, rule above",
        "Text.\n\n________________________________\nFrom: Support <s@shop.example>\nSent: Monday\nTo: Bob\nSubject: x\n\nold",
        "Text.",
    ),
    ("Outlook, bold keys", "Text.\n\n*From:* Support <s@shop.example>\n*Sent:* Monday\n*To:* Bob\n*Subject:* x\n\nold", "Text."),
    ("old Outlook", "My answer.\n\n-----Original Message-----\nFrom: a@b.example\nSent: Monday\nSubject: x\n\nold", "My answer."),
    ("CRLF", f"Thanks.\r\n\r\n{GMAIL}\r\n> Hello\r\n", "Thanks."),
    (
        "answers between quoted lines",
        f"See below.\n\n{GMAIL}\n> Did you restart?\nYes, twice.\n> And the cable?\nA new one.",
        "See below.\n\nYes, twice.\nA new one.",
    ),
    ("answer below", f"{GMAIL}\n> Did you restart?\n\nYes I did.", "Yes I did."),
    ("phone line", "No it isn't.\n\nSent from my iPhone", "No it isn't."),
    ("Outlook on a phone", "No it isn't.\n\nGet Outlook for iOS", "No it isn't."),
    ("signature mark", "All done.\n\n-- \nAcme Ltd\nRegistered in England 1234567", "All done."),
    (
        "name below the mark stays after a sign-off",
        "Done.\n\nKind regards,\n-- \nSara Ahmadi\nBilling\n+98 21 1234567",
        "Done.\n\nKind regards,\nSara Ahmadi",
    ),
    (
        "contact block",
        "Done.\n\nBest regards,\nBob Smith\nCEO, Acme Ltd\nTel: +44 20 1234567\nwww.acme.example",
        "Done.\n\nBest regards,\nBob Smith",
    ),
    (
        "Persian Gmail with direction marks",
        "سلام، هنوز نرسیده.\n\n‫در تاریخ چهارشنبه ۴ نوامبر ۲۰۲۰ در ساعت ۱۰:۱۳ ‪Sara‬‏ <‪s@shop.example‬‏> نوشت:‬\n\n> سلام\n> وقت بخیر",
        "سلام، هنوز نرسیده.",
    ),
    (
        "Persian, not marked",
        "هنوز نرسیده.\n\nدر تاریخ ۱۴۰۵/۰۸/۱۲ ساعت ۰۹:۱۴، سارا محمدی نوشت:\nسلام وقت بخیر\nسفارش ارسال شد",
        "هنوز نرسیده.",
    ),
    ("Persian, wrapped", "هنوز نرسیده.\nدر تاریخ دوشنبه ۱۲ آبان ۱۴۰۵ ساعت ۹:۱۴\nسارا <s@shop.example> نوشت:\n> سلام", "هنوز نرسیده."),
    (
        "Persian Outlook",
        "هنوز مشکل دارم.\n\nاز: پشتیبانی <s@shop.example>\nارسال شده: دوشنبه ۱۲ آبان ۱۴۰۵\nبه: علی\nموضوع: پاسخ: خرابی\n\nسلام علی جان",
        "هنوز مشکل دارم.",
    ),
    ("Persian separator", "حل شد.\n\n-----پیام اصلی-----\nسلام", "حل شد."),
    ("Persian signature", "مشکل حل شد.\n\nبا احترام،\nعلی رضایی\nمدیر فروش\nتلفن: ۰۲۱۸۸۷۷۶۶۵۵", "مشکل حل شد.\n\nبا احترام،\nعلی رضایی"),
    ("Persian phone line", "حل نشد.\n\nارسال شده از iPhone من", "حل نشد."),
    (
        "Arabic Gmail",
        "لم تصل بعد.\n\n‫في الثلاثاء، 3 نوفمبر 2020 في 10:13 ص تمت كتابة ما يلي بواسطة ‪Sara‬‏ <‪s@shop.example‬‏>:‬\n\n> مرحبا",
        "لم تصل بعد.",
    ),
    (
        "Arabic Gmail, wrapped",
        "تم.\n\nفي الأحد، 13 سبتمبر 2026 في 7:58 م، تمت كتابة ما يلي بواسطة Praxis\nDr. Sami <info@clinic.example>:\n> قديم",
        "تم.",
    ),
    ("Arabic, writer before the verb", "لم تصل بعد.\n\nفي الأحد، ١٥ مارس ٢٠٢٦, ٥:٢٤ ص أياد <a@mail.example> كتب:\nنص قديم", "لم تصل بعد."),
    ("Arabic, verb first", "لم تصل بعد.\n\nكتب سارة <s@shop.example> في ٣ نوفمبر ٢٠٢٠:\nنص قديم", "لم تصل بعد."),
    ("Arabic with a given day", "شكرا.\n\nبتاريخ 4 يونيو، 2017 8:39 م، جاء من ديانا <d@mail.example>:\n> قديم", "شكرا."),
    (
        "Arabic Outlook",
        "ما زالت المشكلة.\n\nمن: الدعم <s@shop.example>\nتم الإرسال: الاثنين، 2 نوفمبر 2026\nإلى: علي\nالموضوع: رد: عطل\n\nعزيزي علي",
        "ما زالت المشكلة.",
    ),
    ("Arabic signature", "تم الحل.\n\nمع خالص التحية،\nمحمد علي\nقسم الدعم\nهاتف: 0501234567", "تم الحل.\n\nمع خالص التحية،\nمحمد علي"),
    ("nothing added", f"{GMAIL}\n> Hello\n", ""),
]


@pytest.mark.parametrize(("name", "body", "own"), TAKEN_AWAY, ids=[case[0] for case in TAKEN_AWAY])
def test_quotes_and_signatures_go(name: str, body: str, own: str) -> None:
    del name
    assert own_words(body) == own


KEPT: list[tuple[str, str]] = [
    ("a colleague's words", "On Monday your colleague wrote:\nwe will refund you.\nBut nothing came."),
    ("Persian: a colleague's words", "سلام\nهمکار شما در تاریخ ۵ آبان نوشت:\nمبلغ برگشت می‌خورد\nولی نخورد"),
    ("Arabic: a colleague's words", "مرحبا\nفي يوم الأحد كتب زميلكم:\nسنعيد المبلغ\nولم يصل شيء"),
    ("thanks at the start of a line", "Hello\nThank you, but this did not solve it.\nPlease call me back today."),
    ("order number after thanks", "Where is it?\n\nThank you\nOrder 1234567"),
    ("hyphen list", "Please send:\n- invoice\n- contract\n- receipt\n\nThanks,\nAnn"),
    ("sign-off with name and team", "Done.\n\nBest regards,\nSara\nBilling Team"),
    ("postscript", "Done.\n\nBest,\nSara\nsara@shop.example\n\nP.S. please keep the receipt, you will need it."),
    ("text below a rule", "First part of it.\n\n--\nSecond part: I also want to know why it took so long."),
    ("warning in the text", "The screen says:\nWarning: your e-mail was not sent.\nWhat now?"),
    ("sentence on sending", "Sent from my old flat in Leeds to your shop by courier on Monday, and nobody answered me since."),
    ("times of a day", "At 9:14 I called, at 9:30 again:\nno answer."),
    ("half-spaces and direction", "می‌خواهم سفارش‌ام را لغو کنم؛ کد: ABC"),
    ("long paragraph", "word " * 3000 + "end"),
]


@pytest.mark.parametrize(("name", "body"), KEPT, ids=[case[0] for case in KEPT])
def test_real_text_stays(name: str, body: str) -> None:
    del name
    assert own_words(body) == body


def test_an_itinerary_is_no_header() -> None:
    found = own_words("I booked this:\nFrom: Tehran\nTo: Dubai\nDate: 3 May\nand need to change it.")
    assert "Tehran" in found
    assert found.endswith("and need to change it.")


def test_a_bare_forward_is_kept_and_a_commented_one_cut() -> None:
    forwarded = "---------- Forwarded message ---------\nFrom: Bank <b@bank.example>\nDate: Mon\nSubject: Card\n\nYour card is blocked."
    assert own_words(forwarded) == forwarded
    assert own_words(f"Is this you?\n\n{forwarded}") == "Is this you?"


@pytest.mark.parametrize(
    ("body", "own"),
    [
        pytest.param("on " + "a " * 50_000, "on " + "a " * 49_999 + "a", id="a long line that starts like an attribution"),
        pytest.param("x" + "\n" * 50_000 + "y", "x\n\ny", id="blank lines"),
        pytest.param("x\n" + "> " * 50_000 + "y", "x", id="deep quotation"),
        pytest.param("Thanks,\n" * 2_000 + "x", "Thanks,\n" * 2_000 + "x", id="sign-offs"),
        pytest.param("On 9:14 a@b\n" * 2_000 + "x", "On 9:14 a@b\n" * 2_000 + "x", id="openers"),
    ],
)
def test_bodies_that_would_take_a_quadratic_pattern_minutes(body: str, own: str) -> None:
    assert own_words(body) == own
