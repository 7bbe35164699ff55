"""The catalogue: every message in every language, whole, and in the language it is said to be in."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from qa_service.domain.indicators import INDICATORS
from qa_service.domain.report import ReportKind, ReportLanguage
from qa_service.rendering.languages import LANGUAGES
from qa_service.rendering.messages import Message, catalogue, message, placeholders

#: The same in all languages.
_ALIKE = {"quote.good", "quote.bad"}
_LATIN, _ARABIC_SCRIPT = re.compile(r"[A-Za-z]{2,}"), re.compile(r"[\u0621-\u06cc]")
#: Names that keep their letters everywhere.
_NAMES = re.compile(
    r"\{\w+\}|qa-service(?: [a-z-]+)+|qa_service|QA_[A-Z_]+|AC1|CSAT|NPS|OpenID|QA|API"
    r"|JSON Lines|JSON|PDF|CSV|HTML|Parquet|SEQUENCE:HASH|(?<![A-Z])(?:OR|NOT|NEAR)(?![A-Z])|Contact Quality"
    r"|HTTPS|YAML|Ctrl\+Space|Tab|Esc|X_agent|X_caller|JSON Lines|EML|MBOX|VTT|SRT|WAV|MP3|FLAC|\ben fa ar\b|/v1/?\w*|/docs", re.IGNORECASE
)


def texts(found: Message) -> list[str]:
    return [found] if isinstance(found, str) else list(found.values())


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_key_is_there_and_no_other(language: ReportLanguage) -> None:
    assert set(catalogue(language)) == set(catalogue(ReportLanguage.EN))


@pytest.mark.parametrize("language", ReportLanguage)
def test_placeholders_and_plurals_are_whole(language: ReportLanguage) -> None:
    for key, english in catalogue(ReportLanguage.EN).items():
        mine = catalogue(language)[key]
        assert isinstance(mine, str) == isinstance(english, str), key
        wanted = frozenset().union(*map(placeholders, texts(english)))
        if isinstance(mine, str):
            assert placeholders(mine) == wanted, key
        else:
            assert set(mine) == set(LANGUAGES[language].plurals), key
            # one and two are said in words in Arabic
            assert placeholders(mine["other"]) == wanted, key
            assert all(placeholders(text) <= wanted for text in mine.values()), key


@pytest.mark.parametrize("language", [ReportLanguage.FA, ReportLanguage.AR])
def test_nothing_is_left_in_english(language: ReportLanguage) -> None:
    english = catalogue(ReportLanguage.EN)
    for key, found in catalogue(language).items():
        for text in texts(found):
            bare = _NAMES.sub("", text)
            if key in _ALIKE or not _LATIN.search(_NAMES.sub("", " ".join(texts(english[key])))):
                continue
            assert _ARABIC_SCRIPT.search(bare) or not bare.strip(), (key, text)
            assert not _LATIN.search(bare), (key, text)


def test_letters_are_those_of_the_language() -> None:
    languages = (ReportLanguage.FA, ReportLanguage.AR)
    persian, arabic = ("".join(text for one in catalogue(code).values() for text in texts(one)) for code in languages)
    assert not set(persian) & set("يكةى"), "Arabic yeh, kaf and teh marbuta in Persian"
    assert not set(arabic) & set("یکگچپژ"), "Persian letters in Arabic"


@pytest.mark.parametrize("language", ["fa", "ar"])
def test_figures_of_reports_are_written_by_the_locale(language: str) -> None:
    text = files("qa_service.rendering").joinpath("catalogue", f"{language}.yaml").read_text(encoding="utf-8")
    assert not re.search("[۰-۹٠-٩٪٫]", text)


@pytest.mark.parametrize(("language", "cases"), [
    (ReportLanguage.EN, {0: "other", 1: "one", 2: "other", 11: "other", 1.5: "other"}),
    (ReportLanguage.FA, {0: "one", 1: "one", 2: "other", 0.5: "one", 1.5: "other"}),
    # CLDR's samples
    (ReportLanguage.AR, {
        0: "zero", 1: "one", 2: "two", 3: "few", 10: "few", 11: "many", 26: "many", 99: "many", 100: "other", 102: "other", 103: "few",
        111: "many", 1000: "other", 1011: "many", 0.1: "other",
    }),
])  # fmt: skip
def test_plural_categories(language: ReportLanguage, cases: dict[float, str]) -> None:
    assert {n: LANGUAGES[language].plural(n) for n in cases} == cases
    assert set(cases.values()) <= set(LANGUAGES[language].plurals)


def test_a_message_by_number() -> None:
    assert message("note.few", ReportLanguage.AR, n=2).startswith("اعتُمد تقييمان")
    assert message("note.few", ReportLanguage.AR, n=11) != message("note.few", ReportLanguage.AR, n=4)
    with pytest.raises(KeyError):
        message("no.such", ReportLanguage.EN)


def test_every_indicator_and_kind_has_its_words() -> None:
    keys = set(catalogue(ReportLanguage.EN))
    assert {f"indicator.{one}" for one in INDICATORS} | {f"report.{one.value}" for one in ReportKind} <= keys
