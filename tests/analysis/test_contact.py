"""Contact: what customers say of contacts before, and of what was promised in them."""

from __future__ import annotations

import pytest

from qa_service.analysis.contact import ContactWords

WORDS = ContactWords()

SAID = [
    ("repeat", "en", "I called yesterday about this and was told to wait."),
    ("repeat", "en", "This is the third time I am writing to you."),
    ("repeat", "en", "I have already emailed you twice."),
    ("repeat", "en", "just following up on my last email"),
    ("repeat", "en", "As I told your colleague, the lamp is broken."),
    ("repeat", "fa", "دیروز هم در همین مورد زنگ زدم."),
    ("repeat", "fa", "این سومین باره که تماس می‌گیرم"),
    ("repeat", "fa", "دو بار پیام دادم و کسی جواب نداد"),
    ("repeat", "fa", "پیرو تماس قبلی مزاحم شدم"),
    ("repeat", "ar", "اتصلت بكم أمس بخصوص نفس الموضوع"),
    ("repeat", "ar", "هذه المرة الثالثة التي أتواصل معكم"),
    ("repeat", "ar", "سبق وأن أبلغتكم عن العطل"),
    ("repeat", "ar", "كلمتكم امبارح عن الشنطة"),
    ("broken", "en", "Nobody called me back."),
    ("broken", "en", "Your engineer never turned up on Friday."),
    ("broken", "en", "I still have not received the refund."),
    ("broken", "en", "You promised a call, but nothing happened."),
    ("broken", "fa", "قرار بود تماس بگیرید ولی خبری نشد"),
    ("broken", "fa", "هیچ‌کس با من تماس نگرفت"),
    ("broken", "fa", "تکنسینتون نیومد"),
    ("broken", "ar", "ما حدا اتصل فيني"),
    ("broken", "ar", "وعدتوني بالرد ولسه ما وصلني شي"),
    ("broken", "ar", "محدش كلمني"),
    ("kept", "en", "Thanks for calling me back so quickly."),
    ("kept", "en", "The refund has arrived today, thank you."),
    ("kept", "fa", "مبلغ واریز شد، ممنون از پیگیریتون"),
    ("kept", "ar", "وصلني المبلغ شكراً لكم"),
]
NOTHING = [
    ("en", "I would like to book a table for two."),
    ("en", "I called my bank yesterday and they said it is your fault."),
    ("en", "Has the parcel arrived at the depot?"),
    ("en", "When will it be fixed?"),
    ("fa", "می‌خواستم یک اتاق رزرو کنم."),
    ("fa", "شماره مرسوله رو دارم."),
    ("ar", "أريد حجز موعد يوم الأحد."),
    ("ar", "هل يمكن تغيير العنوان؟"),
]


@pytest.mark.parametrize(("meaning", "language", "text"), SAID)
def test_what_is_said_is_found(meaning: str, language: str, text: str, measure) -> None:  # type: ignore[no-untyped-def]
    found = measure(WORDS, "A: Hello", f"C: {text}", language=language)
    assert found[f"contact.says_{meaning}"].value >= 1
    assert found[f"contact.says_{meaning}"].places[0].turn == 1


@pytest.mark.parametrize(("language", "text"), NOTHING)
def test_plain_requests_say_nothing_of_the_kind(language: str, text: str, measure) -> None:  # type: ignore[no-untyped-def]
    found = measure(WORDS, "A: Hello", f"C: {text}", language=language)
    assert [signal.value for signal in found.values()] == [0, 0, 0]


def test_only_the_customer_counts_and_thanks_at_the_end_are_of_this_contact(measure) -> None:  # type: ignore[no-untyped-def]
    lines = ("A: Nobody called you? I called yesterday.", "C: My lamp is broken.", "A: Try now.", "C: One moment.", "A: And?")
    found = measure(WORDS, *lines, "C: It is fixed now, thanks for calling me back.")
    assert [signal.value for signal in found.values()] == [0, 0, 0]


def test_language_without_a_lexicon_is_not_measured(measure) -> None:  # type: ignore[no-untyped-def]
    found = measure(WORDS, "C: Ich habe gestern angerufen.", language="de")
    assert all(signal.value is None for signal in found.values())
