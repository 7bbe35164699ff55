"""Every page of the router, for every role: the page or a refusal, never a fault; whole and accessible in both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute

from qa_service.domain.permission import GRANTS, Right, Role
from qa_service.web import PAGES
from qa_service.web.rights import PAGE_RIGHTS
from tests.web.walking import parameterless

if TYPE_CHECKING:
    from playwright.sync_api import Page

LOGINS = {"root": Role.ADMIN, "lea": Role.QA_LEAD, "rita": Role.REVIEWER, "carla": Role.COACH, "sara": Role.AGENT}


@pytest.fixture(scope="module")
def house(site: Any) -> Any:
    """Something of everybody's: a contact of Sara's, and one of a team that Carla does not coach."""
    site.take("w-own")
    site.take("w-other", agent={"id": "a44", "name": "Nobody Elsewhere", "team": "claims"})
    return site


def rights() -> dict[str, Right | None]:
    """What each page of the walk asks for."""
    routes = [one for router in PAGES for one in router.routes if isinstance(one, APIRoute) and "GET" in one.methods]
    return {one.path: PAGE_RIGHTS.get(one.name) for one in routes}


def test_every_handler_has_its_right() -> None:
    names = {one.name for router in PAGES for one in router.routes if isinstance(one, APIRoute)}
    assert set(PAGE_RIGHTS) <= names, "rights of pages that are not there"


@pytest.mark.parametrize("login", LOGINS)
def test_each_role_sees_the_page_or_is_told_that_it_may_not(house: Any, window: Callable[..., Page], login: str) -> None:
    page, asked = window(login), rights()
    for path in parameterless():
        answer = page.goto(path)
        assert answer is not None
        right = asked[path]
        may = right is None or LOGINS[login] in GRANTS[right]
        assert answer.status == (200 if may else 403), (path, answer.status)
        assert page.locator("h1").count() == 1, path
        if LOGINS[login] in (Role.COACH, Role.AGENT):
            content = page.content()
            assert "Nobody Elsewhere" not in content, path
            assert "w-other" not in content, path


@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1280), ("fa", "dark", 390)])
def test_every_page_is_accessible_and_fits(house: Any, window: Callable[..., Page], language: str, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the check of accessibility needs axe-playwright-python")
    page = window("root", language=language, color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in parameterless():
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in axe.Axe().run(page).response["violations"]]
        assert told == [], path
        page.set_viewport_size({"width": 1670 - width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        page.set_viewport_size({"width": width, "height": 800})
