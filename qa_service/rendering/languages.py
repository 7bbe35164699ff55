"""Languages of reports and pages: direction, digits and their signs, months, and which plural a number takes (CLDR 47)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from qa_service.domain.report import Digits, ReportLanguage

_LATIN = "0123456789.,%"
_PERSIAN = "۰۱۲۳۴۵۶۷۸۹٫٬٪"
_ARABIC_INDIC = "٠١٢٣٤٥٦٧٨٩٫٬٪"


class Language(NamedTuple):
    """One of them."""

    code: ReportLanguage
    #: In itself, as people choose it from a list.
    name: str
    #: ``rtl`` or ``ltr``.
    direction: str
    #: What stands for each of :data:`_LATIN` with native digits.
    native: str
    #: Whether its dates are of the Solar Hijri calendar.
    solar: bool
    months: tuple[str, ...]
    #: The plural category of a number.
    plural: Callable[[float], str]
    #: Every category that its messages can need.
    plurals: tuple[str, ...]
    #: Puts between the parts of a list.
    comma: str

    @property
    def right_to_left(self) -> bool:
        """Whether it is read from the right."""
        return self.direction == "rtl"

    def digits(self, text: str, digits: Digits) -> str:
        """Figures in the digits that are wanted."""
        if digits is Digits.LATIN or self.native == _LATIN:
            return text
        return text.translate(dict(zip(map(ord, _LATIN), self.native, strict=True)))


def _english(n: float) -> str:
    return "one" if n == 1 else "other"


def _persian(n: float) -> str:
    return "one" if 0 <= n <= 1 else "other"


def _arabic(n: float) -> str:
    if n != int(n):
        return "other"
    if n in (0, 1, 2):
        return ("zero", "one", "two")[int(n)]
    rest = int(n) % 100
    return "few" if 3 <= rest <= 10 else "many" if 11 <= rest <= 99 else "other"


def _words(names: str) -> tuple[str, ...]:
    return tuple(names.split())


#: All of them.
LANGUAGES: Mapping[ReportLanguage, Language] = MappingProxyType({
    ReportLanguage.EN: Language(
        code=ReportLanguage.EN, name="English", direction="ltr", native=_LATIN, solar=False,
        months=_words("January February March April May June July August September October November December"),
        plural=_english, plurals=("one", "other"), comma=", ",
    ),
    ReportLanguage.FA: Language(
        code=ReportLanguage.FA, name="فارسی", direction="rtl", native=_PERSIAN, solar=True,
        months=_words("فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند"),
        plural=_persian, plurals=("one", "other"), comma="، ",
    ),
    ReportLanguage.AR: Language(
        code=ReportLanguage.AR, name="العربية", direction="rtl", native=_ARABIC_INDIC, solar=False,
        months=_words("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
        plural=_arabic, plurals=("zero", "one", "two", "few", "many", "other"), comma="، ",
    ),
})  # fmt: skip


def said_in(texts: Mapping[str, str], language: ReportLanguage, *, others: Sequence[str] = ("en",)) -> str:
    """A text in a language, else in one of the others, else in the first there is."""
    return next((texts[code] for code in (language.value, *others) if code in texts), next(iter(texts.values())))
