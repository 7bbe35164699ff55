"""When: words about the future as windows, seen from Wednesday 4 November 2026, 14:30."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from qa_service.analysis.when import window

NOW = datetime(2026, 11, 4, 14, 30, tzinfo=UTC)

#: Language, words, start and end as day and hour of November; ``-`` starts now.
WINDOWS = [
    ("en", "I'll ring you back tomorrow morning.", "05 06:00", "05 12:00"),
    ("en", "within 5 working days", "-", "12 00:00"),
    ("en", "We'll visit you on Friday between 2 and 4.", "06 14:00", "06 16:00"),
    ("en", "by five pm today", "-", "04 17:00"),
    ("en", "I will call you by five", "-", "04 17:00"),
    ("en", "by Thursday", "-", "06 00:00"),
    ("en", "in three to five business days", "-", "12 00:00"),
    ("en", "before noon", "-", "05 12:00"),
    ("en", "within twenty four hours", "-", "05 14:30"),
    ("en", "on the 14th", "14 00:00", "15 00:00"),
    ("en", "at half past three", "04 15:30", "04 16:30"),
    ("en", "next tuesday", "10 00:00", "11 00:00"),
    ("en", "on wednesday", "11 00:00", "12 00:00"),
    ("en", "friday next week", "13 00:00", "14 00:00"),
    ("en", "by the end of the week", "-", "07 00:00"),
    ("en", "before the weekend", "-", "07 00:00"),
    ("en", "over the weekend", "07 00:00", "09 00:00"),
    ("en", "by close of business", "-", "04 18:00"),
    ("en", "in half an hour", "-", "04 15:00"),
    ("en", "next week", "09 00:00", "14 00:00"),
    ("en", "it takes 2 weeks", "-", "19 00:00"),
    ("en", "after 6 today", "04 18:00", "05 00:00"),
    ("en", "by monday at 3pm", "-", "09 15:00"),
    ("en", "before the 20th of november", "-", "21 00:00"),
    ("fa", "تا فردا ظهر باهاتون تماس می‌گیریم.", "-", "05 12:00"),
    ("fa", "ظرف ۷۲ ساعت به حسابتون واریز میشه", "-", "07 14:30"),
    ("fa", "پنجشنبه ساعت ۱۰ صبح", "05 10:00", "05 11:00"),
    ("fa", "تا ساعت پنج و نیم", "-", "04 17:30"),
    ("fa", "ظرف سه روز کاری", "-", "10 00:00"),
    ("fa", "شنبه‌ی آینده", "07 00:00", "08 00:00"),
    ("fa", "پس‌فردا", "06 00:00", "07 00:00"),
    ("fa", "تا آخر هفته", "-", "07 00:00"),
    ("fa", "تا پایان وقت اداری", "-", "04 18:00"),
    ("fa", "نیم ساعت دیگه", "-", "04 15:00"),
    ("fa", "بین ساعت ۲ تا ۴ زنگ می‌زنیم", "04 14:00", "04 16:00"),
    ("fa", "۲۰ آبان", "11 00:00", "12 00:00"),
    ("ar", "سنتواصل معك خلال 24 ساعة.", "-", "05 14:30"),
    ("ar", "بكرة العصر", "05 16:00", "05 22:00"),
    ("ar", "خلال ٣ أيام عمل", "-", "10 00:00"),
    ("ar", "اليوم قبل الساعة خمسة", "-", "04 17:00"),
    ("ar", "يوم الثلاثاء صباحاً", "10 06:00", "10 12:00"),
    ("ar", "خلال يومين", "-", "07 00:00"),
    ("ar", "خلال ساعتين", "-", "04 16:30"),
    ("ar", "قبل نهاية الدوام", "-", "04 18:00"),
    ("ar", "بين الساعة ٣ و ٥", "04 15:00", "04 17:00"),
    ("ar", "غداً قبل الثانية عشرة", "-", "05 12:00"),
]
VAGUE = [
    ("en", "soon"), ("en", "as soon as possible"), ("en", "in a few days"), ("en", "in due course"), ("en", "I waited for the last 3 days"),
    ("en", "two days ago"), ("fa", "به زودی"), ("fa", "چند روز دیگه"), ("fa", "دو روز پیش"), ("ar", "قريب إن شاء الله"), ("ar", "كم يوم"),
    ("de", "morgen"), (None, "tomorrow"),
]  # fmt: skip


def shown(moment: datetime) -> str:
    assert (moment.year, moment.month) == (2026, 11)
    return f"{moment:%d %H:%M}"


@pytest.mark.parametrize(("language", "text", "start", "end"), WINDOWS)
def test_window(language: str, text: str, start: str, end: str) -> None:
    found = window(text, language, anchor=NOW)
    assert found is not None
    assert (shown(found.start), shown(found.end)) == (shown(NOW) if start == "-" else start, end)


@pytest.mark.parametrize(("language", "text"), VAGUE)
def test_vague_times_are_none(language: str | None, text: str) -> None:
    assert window(text, language, anchor=NOW) is None


def test_weekend_is_a_setting() -> None:
    # Thursday and Friday off: five working days from Wednesday are Saturday to Wednesday.
    found = window("within 5 working days", "en", anchor=NOW, weekend=frozenset({3, 4}))
    assert found is not None
    assert shown(found.end) == "12 00:00"
    friday = window("by the end of the week", "en", anchor=NOW, weekend=frozenset({3, 4}))
    assert friday is not None
    assert shown(friday.end) == "05 00:00"
    assert window("within 2 working days", "en", anchor=NOW, weekend=frozenset(range(7))) is not None


def test_hours_are_those_of_the_zone() -> None:
    tehran = timezone(timedelta(hours=3, minutes=30))
    found = window("by five", "en", anchor=NOW.astimezone(tehran))  # it is 18:00 there
    assert found is not None
    assert found.end == datetime(2026, 11, 5, 13, 30, tzinfo=UTC)


def test_dates_of_another_year() -> None:
    found = window("on March 9th", "en", anchor=NOW)
    assert found is not None
    assert (found.start.date().isoformat(), found.end - found.start) == ("2027-03-09", timedelta(days=1))
    assert window("on the 31st of February", "en", anchor=NOW) is None
