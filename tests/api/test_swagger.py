"""Swagger UI: served from this package, and nothing on it leads out of the machine."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from qa_service.api.docs import STATIC

_LOADS = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}


class Loads(HTMLParser):
    """What a page makes a browser load, and what it runs or styles inline."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.inline: list[str] = []
        self._within: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.urls += [str(told[_LOADS[tag]])] if tag in _LOADS and told.get(_LOADS[tag]) else []
        self.inline += [name for name in told if name.startswith("on") or name == "style"]
        self._within = tag if tag in ("script", "style") else None

    def handle_data(self, data: str) -> None:
        self.inline += [data] if self._within and data.strip() else []


@pytest.fixture(scope="module")
def page(client: TestClient) -> Loads:
    answer = client.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    found = Loads()
    found.feed(answer.text)
    return found


def test_the_page_loads_only_from_here_and_runs_nothing_inline(client: TestClient, page: Loads) -> None:
    assert len(page.urls) == 5
    assert page.inline == []
    for url in page.urls:
        assert url.startswith("/docs/static/")
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] in {"text/javascript", "text/css", "image/png"}


def test_the_policy_lets_nothing_else_through(client: TestClient) -> None:
    policy = client.get("/docs").headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert not re.findall(r"https?:|\*|unsafe", policy)


def test_the_initialiser_asks_this_server_only() -> None:
    script = (STATIC / "docs.js").read_text(encoding="utf-8")
    assert 'url: "/openapi.json"' in script
    assert "validatorUrl: null" in script
    assert "persistAuthorization: true" in script
    assert not re.findall(r"https?://", script)


def test_style_sheets_load_nothing_from_elsewhere() -> None:
    for sheet in STATIC.glob("*.css"):
        found = re.findall(r"url\(\s*[\"']?([^\"')]+)|@import\s+([^;]+)", sheet.read_text(encoding="utf-8"))
        assert not [one for one, imported in found if imported or not one.startswith(("data:", "#"))]


def test_the_document_names_no_other_server(client: TestClient) -> None:
    document = client.get("/openapi.json")
    assert "servers" not in document.json()
    # Nobody's, by RFC 2606: the example of a webhook.
    assert set(re.findall(r"https?://[^\s\"']*", document.text)) == {"https://hooks.example.com/qa"}


def test_the_licence_of_the_vendored_files_is_there() -> None:
    assert "Apache License" in (STATIC / "LICENSE").read_text(encoding="utf-8")
    assert "SmartBear" in (STATIC / "NOTICE").read_text(encoding="utf-8")
