"""Signing in and out, one's account, and faults as pages; without a browser where none is needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from qa_service.domain.permission import SYSTEM

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "olive tram window 41"


@pytest.fixture
def visitor(site: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, headers={"Accept-Language": "en"}) as client:
        yield client


def sign_in(client: httpx.Client, login: str = "rita", password: str = PASSWORD, **more: str) -> httpx.Response:
    return client.post("/sign-in", data={"login": login, "password": password, **more})


def token(client: httpx.Client, path: str = "/account") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def test_whoever_is_not_signed_in_is_sent_to_do_so_and_back(visitor: httpx.Client) -> None:
    sent = visitor.get("/account?x=1")
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2Faccount%3Fx%3D1")
    back = sign_in(visitor, next="/account?x=1")
    assert (back.status_code, back.headers["location"]) == (303, "/account?x=1")
    assert "Rita" in visitor.get("/account").text


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "/v1/users", "", "/ok\r\nx: y"])
def test_nobody_is_sent_elsewhere(visitor: httpx.Client, wanted: str) -> None:
    assert sign_in(visitor, next=wanted).headers["location"] == "/"


def test_what_is_wrong_is_told_alike(visitor: httpx.Client) -> None:
    unknown, wrong = sign_in(visitor, "nobody"), sign_in(visitor, "rita", "wrong")
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.text.replace("nobody", "rita") == re.sub("nobody", "rita", wrong.text) or "wrong" in wrong.text
    assert "qa_session" not in visitor.cookies


def test_signing_out_ends_the_session(visitor: httpx.Client) -> None:
    sign_in(visitor)
    kept = dict(visitor.cookies)
    assert visitor.post("/sign-out", data={"csrf": token(visitor)}).headers["location"] == "/sign-in"
    again = httpx.get(f"{visitor.base_url}/account", cookies=kept)
    assert again.status_code == 303


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}])
def test_other_sites_change_nothing(visitor: httpx.Client, headers: dict[str, str]) -> None:
    sign_in(visitor)
    shown = token(visitor)
    assert visitor.post("/sign-out", data={"csrf": shown}, headers=headers).status_code == 403
    assert visitor.post("/sign-in", data={"login": "rita", "password": PASSWORD}, headers=headers).status_code == 403
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize("shown", [None, "", "x", "é"])
def test_a_form_without_its_token_changes_nothing(visitor: httpx.Client, shown: str | None) -> None:
    sign_in(visitor)
    answer = visitor.post("/sign-out", data={} if shown is None else {"csrf": shown})
    assert answer.status_code == 403
    assert visitor.get("/account").status_code == 200


def test_a_one_time_password_leads_to_choosing_another_and_nowhere_else(visitor: httpx.Client, site: Any) -> None:
    secret = site.services.passwords.reset("lea", by=SYSTEM)
    assert sign_in(visitor, "lea", secret).headers["location"] == "/account/password"
    shown = token(visitor, "/account/password")
    differs = visitor.post("/account/password", data={"csrf": shown, "old": secret, "new": "a1", "again": "a2"})
    assert (differs.status_code, "differ" in differs.text) == (422, True)
    weak = visitor.post("/account/password", data={"csrf": shown, "old": secret, "new": "lea", "again": "lea"})
    assert (weak.status_code, "too weak" in weak.text) == (422, True)
    wrong = visitor.post("/account/password", data={"csrf": shown, "old": "x", "new": PASSWORD, "again": PASSWORD})
    assert (wrong.status_code, "is wrong" in wrong.text) == (422, True)
    done = visitor.post("/account/password", data={"csrf": shown, "old": secret, "new": PASSWORD, "again": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("asked", "language", "direction"),
    [("fa-IR,en;q=0.5", "fa", "rtl"), ("de,ar;q=0.8,en;q=0.3", "ar", "rtl"), ("de", "en", "ltr"), ("fa;q=0", "en", "ltr"),
     ("", "en", "ltr"), (";;;,,,q", "en", "ltr")],
)
def test_the_browser_s_language_until_another_is_chosen(visitor: httpx.Client, asked: str, language: str, direction: str) -> None:
    page = visitor.get("/sign-in", headers={"Accept-Language": asked})
    assert f'<html lang="{language}" dir="{direction}"' in page.text
    visitor.post("/language", data={"language": "fa", "back": "/sign-in"})
    assert '<html lang="fa" dir="rtl"' in visitor.get("/sign-in", headers={"Accept-Language": asked}).text


@pytest.mark.parametrize("cookie", ["fa", "xx.latin.dark", "fa.roman.dark", "fa.latin.pink", "<script>", "fa.latin.dark.more"])
def test_preferences_that_cannot_be_are_none(visitor: httpx.Client, cookie: str) -> None:
    assert '<html lang="en" dir="ltr" data-theme="system"' in visitor.get("/sign-in", headers={"Cookie": f"qa_preferences={cookie}"}).text


def test_pages_have_a_strict_policy_and_run_nothing_inline(visitor: httpx.Client) -> None:
    sign_in(visitor)
    for path in ("/", "/sign-in", "/account", "/account/password"):
        page = visitor.get(path, follow_redirects=True)
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert not re.findall(r"https?:|\*|unsafe", policy)
        assert not re.findall(r"<script(?![^>]* src=)|\son[a-z]+=|\sstyle=|<style", page.text)


def test_assets_are_kept_for_good_by_what_they_hold(visitor: httpx.Client) -> None:
    page = visitor.get("/sign-in").text
    loaded = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(loaded) >= 4
    for address in loaded:
        answer = visitor.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert visitor.get("/static/app.css").headers["cache-control"] == "no-cache"
    assert visitor.get("/static/../settings.py").status_code == 404


def test_signing_in_with_a_keyboard_in_persian(window: Callable[..., Page]) -> None:
    page = window(None, path="/sign-in", language="fa")
    page.keyboard.type("rita")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.locator("h1").inner_text() == "آغاز"
    page.click("text=خروج")
    page.wait_for_url("**/sign-in")
