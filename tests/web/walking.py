"""Walking: every page without a parameter, as the router has them, so that new families are walked through by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.routing import APIRoute

from qa_service.web import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Opened without being signed in, or only in a session that has just begun.
_OUTSIDE = ("/sign-in",)


def parameterless() -> list[str]:
    """Paths of all pages that need nothing named, in the order of the router."""
    routes = [one for router in PAGES for one in router.routes if isinstance(one, APIRoute)]
    paths = [one.path for one in routes if "GET" in one.methods and "{" not in one.path and not _asks(one)]
    return [one for one in dict.fromkeys(paths) if not one.startswith(_OUTSIDE)]


def linked(page: Page) -> list[str]:
    """Ways within the content of a page, to things by their ids: the first of each kind."""
    found: dict[str, str] = {}
    for href in page.eval_on_selector_all("main a[href^='/']", "all => all.map((one) => one.getAttribute('href'))"):
        path = href.partition("?")[0].partition("#")[0]
        found.setdefault(path.rpartition("/")[0], path)
    return [one for kind, one in found.items() if kind]


def _asks(route: APIRoute) -> bool:
    """Whether the address says of what: a team's name, say, or an id."""
    return any(one.field_info.is_required() or one.alias == "id" for one in route.dependant.query_params)
