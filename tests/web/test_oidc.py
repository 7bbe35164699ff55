"""Signing in with the provider of an organisation, in a real browser and across sites; and what is told when that is refused."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from qa_service.domain.permission import SYSTEM, Role
from qa_service.settings import Settings
from tests.api.test_oidc import CLIENT, ROLES, SECRET, Provider
from tests.web.conftest import KEY, Site, person, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


class Gate(Provider):
    """A provider that may say no."""

    refuses: str | None = None

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        url = urlsplit(request.path)
        if self.refuses is None or not url.path.endswith("/authorize"):
            return super()._answer(request)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        told = urlencode({"error": self.refuses, "state": query["state"]})
        return self._send(request, 302, b"", location=f"{query['redirect_uri']}?{told}")


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    provider = Gate()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, write_form: Callable[..., Path], gate: Gate) -> Iterator[Site]:
    """Browsers reach it as ``localhost``, which is another site than the provider's address."""
    forms = tmp_path_factory.mktemp("forms")
    write_form(forms, "chat")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("house"), rubrics_dir=forms, engine="sidecar", learned=False, meanings=False, admin_key=KEY,
        public_url=f"http://localhost:{port}", oidc_issuer=gate.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET,
        oidc_role_claim="groups", oidc_roles=ROLES, sign_in_tries=1000,
    )  # fmt: skip
    with served(settings, port=port) as found:
        person(found.services, "rita", Role.REVIEWER, email="rita@example.org")
        yield Site(settings.public_url, found.services)


@pytest.fixture
def provider(gate: Gate, house: Site) -> Gate:
    gate.reset()
    gate.refuses = None
    return gate


@pytest.fixture
def page(browser: Browser, house: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=house.url, locale="en")
    yield context.new_page()
    context.close()


def linked(house: Site, provider: Gate) -> None:
    """The provider's person is Rita."""
    with house.services.database.unit() as unit:
        if unit.identities.user_of(provider.issuer, "u-1") is None:
            unit.identities.link(provider.issuer, "u-1", user="rita", at=house.services.clock())


def press(page: Page, path: str = "/sign-in") -> None:
    page.goto(path)
    with page.expect_navigation():
        page.click("text=Sign in with your organisation")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "nobody here does yet"), ({"groups": ["everybody"]}, "gives you no role here"),
        ({"nonce": "another"}, "begun elsewhere"), ({"aud": "somebody else"}, "did not work"),
    ],
)  # fmt: skip
def test_whoever_is_refused_is_told_on_a_page(house: Site, provider: Gate, page: Page, change: dict[str, Any], told: str) -> None:
    provider.person["sub"] = "stranger"
    provider.claims = change
    press(page)
    assert "/sign-in" in page.url
    assert told in page.locator("[role=alert]").inner_text()
    assert page.locator("#login").is_visible()
    page.goto("/queue")
    assert "/sign-in" in page.url


def test_a_provider_that_says_no(provider: Gate, page: Page) -> None:
    provider.refuses = "access_denied"
    press(page)
    assert "said no" in page.locator("[role=alert]").inner_text()


def test_a_provider_that_cannot_be_reached(provider: Gate, page: Page) -> None:
    provider.broken = {"token": (503, b"{}")}
    press(page)
    assert "cannot be reached" in page.locator("[role=alert]").inner_text()


def test_a_refusal_that_nobody_knows_is_no_markup(provider: Gate, page: Page) -> None:
    page.goto("/sign-in?refused=%3Cscript%3Ewindow.stolen%3D1%3C%2Fscript%3E")
    assert "did not work" in page.locator("[role=alert]").inner_text()
    assert page.evaluate("window.stolen") is None


def test_signing_in_by_the_button_to_where_one_wanted_to_go(house: Site, provider: Gate, page: Page) -> None:
    linked(house, provider)
    press(page, "/account?x=1")
    assert page.url == f"{house.url}/account?x=1"
    assert house.services.users.get("rita").name in page.locator("main").inner_text()
    cookie = next(one for one in page.context.cookies() if one["name"] == "qa_session")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert all(cookie["value"] not in one for one in (page.url, page.content()))
    assert house.services.sessions.list("rita")[0].how == "oidc"
    page.goto("/users")
    assert "may not" in page.locator("h1").inner_text()


def test_a_user_who_was_switched_off(house: Site, provider: Gate, page: Page) -> None:
    linked(house, provider)
    house.services.users.change("rita", {"active": False}, by=SYSTEM)
    press(page)
    assert "switched off" in page.locator("[role=alert]").inner_text()
    house.services.users.change("rita", {"active": True}, by=SYSTEM)
