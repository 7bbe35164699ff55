"""No English on Persian and Arabic pages: whatever is visible there in Latin letters is a name, an id or what people have written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from qa_service.domain.permission import Actor, Role
from qa_service.domain.review import GivenAnswer
from qa_service.rendering.languages import LANGUAGES
from tests.web.walking import linked, parameterless

if TYPE_CHECKING:
    from playwright.sync_api import Page

RITA = Actor(id="rita", role=Role.REVIEWER)
#: Words of ours that are the same in every language: names of things that have no other.
NAMES = frozenset(re.findall(r"\S+", """
    API AC1 AHT AR ASA CES CSAT CSV E EML EN FA FCR GB GET HMAC HTML HTTP HTTPS ID IP JSON JSONL KB MB LINES MBOX MP3 NDJSON NPS OIDC
    PARQUET PDF POST SHA-256 SWOT TXT URL UTC WAV XLSX YAML ZIP
"""))  # fmt: skip
#: Two words beside each other that are no names make a sentence of ours.
SENTENCE = re.compile(r"[A-Za-z][A-Za-z'’-]*(?:[ ,]+[A-Za-z][A-Za-z'’-]*)+")
#: Texts that are seen: not what stands in our own isolates (names, ids, words of people), code, or in fields that people fill.
SEEN = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const people = 'bdi, q, code, pre, kbd, samp, textarea, option, script, style, .words, .said, .said-words';
  // What lint tells authors of forms is English, as the forms' language is, and as editors are told it.
  const authors = '.lint-message, .lint-hint';
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const one = node.parentElement;
    if (!node.textContent.trim() || !one || one.closest(people) || one.closest(authors) || !one.checkVisibility()) continue;
    // A name of a language is written in itself.
    const marked = one.closest('[lang]');
    if (marked && marked !== document.documentElement && marked.closest('.languages')) continue;
    found.push(node.textContent.trim());
  }
  return found;
}"""


@pytest.fixture(scope="module")
def house(site: Any) -> Any:
    """Chats of two agents, reviewed, so that profiles, teams and figures have something to say."""
    for agent in ({"id": "a17", "name": "سارا", "team": "فروش"}, {"id": "a18", "name": "رضا", "team": "فروش"}):
        for place in range(2):
            card = site.take(f"ن-{agent['id']}-{place}", agent=agent)
            site.services.reviewing.claim(card, by=RITA)
            given = [GivenAnswer(criterion=one, answer="no", reason="شنیدم") for one in ("greeting", "helped")]
            site.services.reviewing.answer(card, given, by=RITA, expected=None)
            site.services.reviewing.finalize(card, by=RITA, expected=None)
    site.take("ن-باز")
    return site


def foreign(page: Page, authored: frozenset[str]) -> list[str]:
    """What is seen in English, forms' own words left out."""
    found = []
    for text in page.evaluate(SEEN):
        told = text
        for words in authored:
            told = told.replace(words, " ")
        found += [one for one in SENTENCE.findall(told) if not {word.upper() for word in re.findall(r"[A-Za-z0-9-]+", one)} <= NAMES]
    return found


def authored(site: Any) -> frozenset[str]:
    """What the forms of these tests ask, in English alone, and what languages are called in themselves."""
    forms = site.services.rubrics.list()
    asked = [one for form in forms for one in form.criteria]
    told = [form.title for form in forms] + [one.title for form in forms for one in form.sections] + [one.question for one in asked]
    told += [option.title for one in asked for option in one.options]
    return frozenset(text for texts in told for text in texts.values()) | {one.name for one in LANGUAGES.values()}


@pytest.mark.parametrize("language", ["fa", "ar"])
@pytest.mark.parametrize("login", ["root", "carla", "sara"])
def test_no_page_says_anything_in_english(house: Any, window: Callable[..., Page], login: str, language: str) -> None:
    page, own, further, told = window(login, language=language), authored(house), {}, {}
    for path in parameterless():
        page.goto(path)
        told[path] = foreign(page, own)
        for one in linked(page):
            further.setdefault(one.rpartition("/")[0], one)
    for path in further.values():
        answer = page.goto(path) if not path.startswith(("/docs", "/v1")) else None
        if answer is not None and "text/html" in answer.headers.get("content-type", ""):
            told[path] = foreign(page, own)
    assert [f"{path}: {one}" for path, found in told.items() for one in found] == []
