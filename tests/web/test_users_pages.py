"""Users, keys and sessions in a real browser: who comes in, who goes, and secrets that are shown once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from qa_service.domain.permission import SYSTEM, Right, Role
from qa_service.domain.report import ReportLanguage
from qa_service.rendering.messages import catalogue
from tests.web.conftest import person, status_of, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = "<img src=x onerror=window.stolen=1>سارا"
EVERY = ("/users", "/users/new", "/users/odd", "/users/odd/off", "/users/odd/password", "/keys", "/keys?everybody=true", "/account")


@pytest.fixture(scope="module")
def staffed(site: Any) -> Any:
    """With somebody whose names are hostile and long, and a key of theirs."""
    person(site.services, "odd", Role.COACH, teams=frozenset({HOSTILE, "x" * 200}))
    site.services.users.change("odd", {"name": HOSTILE + "y" * 150}, by=SYSTEM)
    site.services.keys.issue(HOSTILE, by=SYSTEM, user="odd", rights=frozenset({Right.READ_FIGURES}))
    return site


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_right_has_its_message(language: ReportLanguage) -> None:
    assert [right.value for right in Right if f"right.{right.value}" not in catalogue(language)] == []


def test_a_newcomer_from_the_form_to_a_password_of_their_own(staffed: Any, window: Callable[..., Page]) -> None:
    admin = window("root", path="/users")
    admin.click("text=Add a user")
    admin.fill("#login", "Nader")
    admin.fill("#name", "نادر <b>")
    admin.select_option("#role", "coach")
    admin.fill("#teams", "billing\nclaims")
    admin.check("input[name=language][value=fa]")
    with admin.expect_response("**/users/new") as answered:
        admin.click("button.main >> text=Add the user")
    assert answered.value.headers["cache-control"] == "no-store"
    secret = admin.locator("#secret").inner_text()
    admin.click("button:has-text('Copy')")
    admin.wait_for_url("**/users/nader")
    admin.reload()
    assert secret not in admin.content()
    made = staffed.services.users.get("nader")
    assert (made.role, set(made.teams), made.languages) == (Role.COACH, {"billing", "claims"}, ("fa",))
    new = window(None, path="/sign-in")
    new.fill("#login", "nader")
    new.fill("#password", secret)
    new.click("button.main")
    new.wait_for_url("**/account/password")
    admin.goto("/users/new")
    admin.fill("#login", "nader")
    admin.fill("#name", "Somebody else")
    admin.click("button.main >> text=Add the user")
    assert "This login is taken" in admin.locator(".fault").inner_text()
    assert admin.input_value("#name") == "Somebody else"


def test_two_admins_on_one_user(staffed: Any, window: Callable[..., Page]) -> None:
    person(staffed.services, "vera", Role.REVIEWER)
    page = window("root", path="/users/vera")
    staffed.services.users.change("vera", {"role": Role.COACH}, by=SYSTEM)
    page.fill("#name", "Vera Two")
    page.click("button:has-text('Save')")
    assert "Somebody changed this user meanwhile" in page.locator(".fault").inner_text()
    assert [" ".join(one.split()) for one in page.locator("p.note").all_inner_texts()] == ["Saved now: Vera", "Saved now: Coach"]
    assert page.input_value("#name") == "Vera Two"
    page.select_option("#role", "coach")
    page.click("button:has-text('Save')")
    page.wait_for_url("**/users/vera")
    found = staffed.services.users.get("vera")
    assert (found.name, found.role) == ("Vera Two", Role.COACH)


def test_switching_off_names_what_will_happen(staffed: Any, window: Callable[..., Page]) -> None:
    person(staffed.services, "gone", Role.REVIEWER)
    staffed.services.keys.issue("k", by=SYSTEM, user="gone")
    theirs = window("gone", path="/account")
    page = window("root", path="/users/gone")
    page.click("a:has-text('Switch off')")
    told = page.locator(".confirm").inner_text()
    assert "1 open session ends." in told
    assert "1 API key stops working" in told
    page.click("button:has-text('Switch off')")
    page.wait_for_url("**/users/gone")
    assert "switched off" in page.locator(".head").inner_text()
    theirs.reload()
    assert "/sign-in" in theirs.url
    page.click("button:has-text('Switch on again')")
    assert staffed.services.users.get("gone").active


def test_the_last_admin_stays(staffed: Any, window: Callable[..., Page]) -> None:
    services = staffed.services
    others = [one for one in services.users.list(role=Role.ADMIN) if one.id != "root"]
    for one in others:
        services.users.change(one.id, {"active": False}, by=SYSTEM)
    page = window("root", path="/users/root")
    page.select_option("#role", "reviewer")
    page.click("button:has-text('Save')")
    assert "last active administrator" in page.locator(".fault").inner_text()
    page.goto("/users/root/off")
    assert "This is you" in page.locator(".confirm").inner_text()
    page.click("button:has-text('Switch off')")
    assert "last active administrator" in page.locator(".fault").inner_text()
    for one in others:
        services.users.change(one.id, {"active": True}, by=SYSTEM)


def test_a_key_is_shown_once_limited_and_revoked(staffed: Any, window: Callable[..., Page]) -> None:
    page = window("lea", path="/account")
    page.click("text=Your API keys")
    page.fill("#name", "nightly <i>")
    page.check("input[name=limit][value=some]")
    page.click("button:has-text('Make the key')")
    assert "nothing is ticked" in page.locator(".fault").inner_text()
    page.check(f"input[name=right][value='{Right.READ_FIGURES.value}']")
    page.click("button:has-text('Make the key')")
    secret = page.locator("#secret").inner_text()
    page.wait_for_url("**/keys")
    asked = {"headers": {"X-API-Key": secret}}
    assert httpx.get(f"{staffed.url}/v1/figures/indicators", **asked).status_code in (200, 404)
    assert httpx.get(f"{staffed.url}/v1/interactions", **asked).status_code == 403
    page.reload()
    assert secret not in page.content()
    row = page.locator("tr", has_text="nightly <i>")
    assert "1 thing" in row.inner_text()
    row.locator("summary >> text=Revoke").click()
    assert "cannot be undone" in row.inner_text()
    row.locator("button:has-text('Revoke it for good')").click()
    assert "revoked" in page.locator("tr", has_text="nightly <i>").inner_text()
    assert httpx.get(f"{staffed.url}/v1/interactions", **asked).status_code == 401


def test_admins_see_everybody_s_keys_and_others_their_own(staffed: Any, window: Callable[..., Page]) -> None:
    admin = window("root", path="/keys?everybody=true")
    assert HOSTILE in admin.locator("table").inner_text()
    assert admin.evaluate("window.stolen") is None
    admin.goto("/keys?user=odd")
    assert admin.locator("input[name=right][value='users.manage']").count() == 0
    rita = window("rita", path="/keys")
    assert HOSTILE not in rita.content()
    assert status_of(rita, "/keys?everybody=true") == 403
    assert status_of(rita, "/keys?user=odd") == 403


def test_signing_out_elsewhere(staffed: Any, window: Callable[..., Page]) -> None:
    person(staffed.services, "two", Role.REVIEWER)
    here, there = window("two", path="/account"), window("two", path="/account")
    here.reload()
    here.locator("button:has-text('Sign out there')").click()
    there.reload()
    assert "/sign-in" in there.url
    here.goto("/account")
    assert here.locator("button:has-text('Sign out there')").count() == 0


def test_whoever_only_reads_pages_is_not_idle(staffed: Any, window: Callable[..., Page]) -> None:
    person(staffed.services, "reader", Role.REVIEWER)
    page = window("reader", path="/account")
    session, known = staffed.services.sessions.list("reader")[0], staffed.services.authentication
    before = session.seen_at - timedelta(minutes=10)
    with staffed.services.database.unit() as unit:
        unit.sessions.touch(session.id, at=before)
    known.forget()
    known._noted.clear()
    page.reload()
    until(lambda: staffed.services.sessions.list("reader")[0].seen_at > before)


@pytest.mark.parametrize("login", ["lea", "rita", "carla", "sara"])
def test_users_are_for_admins(staffed: Any, window: Callable[..., Page], login: str) -> None:
    page = window(login)
    assert page.locator("nav a[href='/users']").count() == 0
    for path in ("/users", "/users/rita", "/users/rita/off"):
        assert status_of(page, path) == 403, path


@pytest.mark.parametrize("language", ["en", "fa"])
def test_nothing_runs_over_the_edge(staffed: Any, window: Callable[..., Page], language: str) -> None:
    page = window("root", language=language, viewport={"width": 390, "height": 800})
    for path in EVERY:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert page.evaluate("window.stolen") is None


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fa", "dark")])
def test_pages_are_accessible(staffed: Any, window: Callable[..., Page], language: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("root", language=language, color_scheme=scheme)
    for path in EVERY:
        page.goto(path)
        found = axe.Axe().run(page)
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found.response["violations"]]
        assert told == [], path
