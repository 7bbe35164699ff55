"""Words of the pages: every message is there, and nothing is written on a page that is no message."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Role
from qa_service.domain.queue import ItemState, SkipReason
from qa_service.domain.report import Digits, ReportLanguage
from qa_service.domain.rubric import Severity
from qa_service.domain.scorecard import Status
from qa_service.domain.speaker import Speaker
from qa_service.rendering.messages import catalogue
from qa_service.web import menu
from qa_service.web.preferences import Theme

TEMPLATES = sorted((Path(menu.__file__).parent / "templates").rglob("*.html"))
#: Messages that are chosen by a value: what stands before it, and the values.
FAMILIES = {
    "role": Role, "channel": Channel, "status": Status, "item_state": ItemState, "skip_reason": SkipReason, "severity": Severity,
    "speaker": Speaker, "digits": Digits, "theme": Theme,
}
#: What is no word of a language.
PLAIN = {"selected", "×", "▶", "·", "–", "…", "J / K", "1 … 9"}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_message_of_a_page_is_written_in_every_language(template: Path) -> None:
    keys = set(re.findall(r"""\bt\('([a-z_.0-9]+)'[,)]""", template.read_text(encoding="utf-8")))
    for language in ReportLanguage:
        assert keys <= set(catalogue(language)), sorted(keys - set(catalogue(language)))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_value_has_its_message(family: str) -> None:
    for language in ReportLanguage:
        for value in FAMILIES[family]:
            assert f"{family}.{value.value}" in catalogue(language)


def test_every_way_in_the_menu_has_its_message() -> None:
    for language in ReportLanguage:
        for link in menu.LINKS:
            assert link.key in catalogue(language)
            assert link.path == "/" or f"{link.key}_what" in catalogue(language)


class Bare(HTMLParser):
    """Words of a template that stand there as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.typed = False

    def handle_data(self, data: str) -> None:
        self.found += [data.strip()] if data.strip() and not self.typed else []

    def handle_endtag(self, tag: str) -> None:
        self.typed = self.typed and tag != "code"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # What is typed into a terminal is in no language.
        self.typed = self.typed or tag == "code"
        self.found += [value for name, value in attrs if name in ("title", "placeholder", "alt", "aria-label") and value and value.strip()]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_on_a_page_is_untranslated(template: Path) -> None:
    page = Bare()
    page.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL))
    assert [text for text in page.found if re.search(r"[^\W\d_]{2,}", text) and text not in PLAIN] == []


def test_messages_differ_from_english() -> None:
    english = catalogue(ReportLanguage.EN)
    for language in (ReportLanguage.FA, ReportLanguage.AR):
        same = [key for key, text in catalogue(language).items() if text == english[key]]
        words = [key for key in same if re.search(r"[A-Za-z]{4,}", re.sub(r"\{\w+\}", "", str(english[key])))]
        assert words == ["web.product"]


