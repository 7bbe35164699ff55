"""How mailers and people mark quoted mail and signatures, in English, Persian and Arabic.

Lines are matched without direction marks. Seen in Gmail, Outlook, Apple Mail, Yahoo and Thunderbird.
"""

from __future__ import annotations

import re

#: Direction marks that Gmail and Outlook put around right-to-left lines; ZWNJ and ZWJ belong to words and stay.
BIDI = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]")
#: An attribution shows who or when; prose ("your colleague wrote:") does not. ``\d`` takes Persian and Arabic digits.
ADDRESS_OR_TIME = re.compile(r"@|\d{1,2}:\d{2}")
#: First word of an attribution.
OPENER = re.compile(r"(?:on|at|le|am|el|il|op|em|den|dne|dnia|vào|في|بتاريخ|يوم|در|به تاریخ|کتب|كتب)\b|\d{4}", re.IGNORECASE)
_FA_WROTE = r"(?:نوشت|نوشته|نوشتند|نوشته است|نوشته‌است|نوشته‌اند|چنین نوشت)"
_AR_WROTE = r"(?:تمت كتابة ما يلي بواسطة|كتب/كتبت|كتب/ت|كتبت|كتب|جاء من)"
#: Attribution of one line (wrapped ones joined).
ATTRIBUTION = re.compile(
    rf"(?:در\b|به تاریخ|.{{0,80}}<[^<>@\s]+@[^<>\s]+>).{{3,250}}{_FA_WROTE}\s*:$"
    rf"|(?:في|بتاريخ|يوم)\b.{{3,250}}{_AR_WROTE}.{{0,150}}:$"
    rf"|{_AR_WROTE}\s.{{0,150}}<[^<>@\s]+@[^<>\s]+>.{{0,80}}:$"
)
#: A rule with words above quoted mail.
SEPARATOR = re.compile(
    r"[-_=*]{3,}\s*(?:پیام اصلی|پيام اصلي|متن اصلی|نامه اصلی|رسالة أصلية|الرسالة الأصلية|الرسالة الاصلية|original message)\s*[-_=*]{3,}$",
    re.IGNORECASE,
)
#: The same above forwarded mail.
FORWARDED = re.compile(
    r"[-_=*]{3,}\s*(?:forwarded message|پیام باز\s?ارسال[\s‌]?شده|پیام هدایت[\s‌]?شده|رسالة مُ?عاد توجيهها|رسالة محولة)\s*[-_=*]{3,}$"
    r"|begin forwarded message:$",
    re.IGNORECASE,
)


def _key(words: str) -> re.Pattern[str]:
    return re.compile(rf"\*?(?:{words})\s*:\*?(?:\s|$)")


#: Header lines that Outlook and others copy above quoted mail, one mapping a language.
HEADER_KEYS = (
    {
        "from": _key("از|فرستنده"),
        "sent": _key("ارسال[\\s‌]?شده|تاریخ ارسال|زمان ارسال|فرستاده[\\s‌]?شده|تاریخ"),
        "to": _key("به|گیرنده"),
        "cc": _key("رونوشت"),
        "subject": _key("موضوع|عنوان"),
    },
    {
        "from": _key("من|المرسل"),
        "sent": _key("تم الإرسال|تم الارسال|تاريخ الإرسال|أُرسلت|أرسلت|مرسل|التاريخ"),
        "to": _key("إلى|الى|المرسل إليه"),
        "cc": _key("نسخة|نسخة إلى"),
        "subject": _key("الموضوع|موضوع"),
    },
)
#: RFC 3676 section 4.3, and the rules that Outlook draws.
DELIMITER = re.compile(r"(?:--|__|[-_]{5,})\s*$")
#: Lines that a phone adds.
SENT_FROM = re.compile(
    r"(?:ارسال[\s‌]?شده (?:از|با|توسط)|فرستاده[\s‌]?شده از|از (?:آیفون|گوشی|تلفن) من|(?:تم الإرسال|أُرسلت|أرسلت|مرسلة?|تم إرسالها?) من"
    r"|من الـ? ?(?:iPhone|iPad)|الحصول على Outlook|دریافت Outlook)"
)
#: Sign-offs; they stay, contact details below them go.
SIGN_OFF = re.compile(
    r"(?:با (?:احترام|تشکر|سپاس|تقدیر)|ارادتمند|موفق باشید|سپاسگزارم?|تشکر|ممنون|پیشاپیش"
    r"|مع (?:خالص |أطيب |فائق )?(?:التحية|التحيات|تحياتي|الشكر|الاحترام|التقدير)|تحياتي|تحية طيبة|وتفضلوا|وتقبلوا|شكرا|شكرًا"
    r"|(?:best|kind|warm|many)\b.{0,20}(?:regards|wishes|thanks)|yours\b|sincerely|cheers\b|regards\b|thanks\b|thank you\b)",
    re.IGNORECASE,
)
#: What only a signature block holds.
CONTACT = re.compile(
    r"[^\s@]+@[^\s@]+\.\w|www\.|https?://|\+\d[\d ()\-]{6,}"
    r"|\b(?:tel|phone|mobile|cell|fax|direct|office|[tmpf])\s*[:.]\s*[+(\d]"
    r"|(?:تلفن|موبایل|همراه|فکس|نمابر|هاتف|جوال|فاكس|ایمیل|وبسایت|البريد)\s*:?\s*[+(\d]",
    re.IGNORECASE,
)
