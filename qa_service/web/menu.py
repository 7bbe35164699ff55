"""The menu: ways to the pages that a visitor may open, in groups."""

from __future__ import annotations

from typing import NamedTuple

from qa_service.domain.permission import Right
from qa_service.services.authentication import Caller


class Link(NamedTuple):
    """One way."""

    path: str
    #: Its message; what it leads to is told by the same key with ``_what`` behind it.
    key: str
    #: Who sees it; ``None``: everybody.
    right: Right | None = None

    def leads_to(self, path: str) -> bool:
        """Whether a page is this one, or below it."""
        return path == self.path or path.startswith(f"{self.path}/")


class Group(NamedTuple):
    """Ways that belong together."""

    #: Its message.
    key: str
    links: tuple[Link, ...]

    def leads_to(self, path: str) -> bool:
        """Whether a page is one of its own."""
        return any(link.leads_to(path) for link in self.links)


#: In the order of the page.
GROUPS: tuple[Group, ...] = (
    Group(
        "menu.review",
        (
            Link("/queue", "menu.queue", Right.WORK_QUEUE),
            Link("/interactions", "menu.interactions", Right.READ_INTERACTIONS),
            Link("/disputes", "menu.disputes", Right.READ_DISPUTES),
            Link("/calibrations", "menu.calibrations", Right.CALIBRATE),
        ),
    ),
    Group(
        "menu.people",
        (
            Link("/agents", "menu.agents", Right.READ_AGENTS),
            Link("/teams", "menu.teams", Right.READ_AGENTS),
            Link("/coaching", "menu.coaching", Right.READ_COACHING),
        ),
    ),
    Group(
        "menu.insight",
        (
            Link("/search", "menu.search", Right.READ_INTERACTIONS),
            Link("/saved-searches", "menu.saved", Right.SAVE_SEARCHES),
            Link("/reasons", "menu.reasons", Right.READ_HISTORY),
            Link("/trends", "menu.trends", Right.READ_HISTORY),
            Link("/promises", "menu.promises", Right.READ_HISTORY),
            Link("/month", "menu.month", Right.READ_HISTORY),
            Link("/figures", "menu.figures", Right.READ_FIGURES),
            Link("/outcomes", "menu.outcomes", Right.READ_OUTCOMES),
            Link("/accuracy", "menu.accuracy", Right.READ_AUDIT_LANE),
            Link("/reviewers", "menu.reviewers", Right.WORK_QUEUE),
            Link("/reports", "menu.reports", Right.MAKE_REPORTS),
        ),
    ),
    Group(
        "menu.manage",
        (
            Link("/users", "menu.users", Right.MANAGE_USERS),
            Link("/keys", "menu.keys", Right.MANAGE_USERS),
            Link("/sampling", "menu.sampling", Right.MANAGE_SAMPLING),
            Link("/policy", "menu.policy", Right.READ_POLICY),
            Link("/learned", "menu.learned", Right.LEARN),
            Link("/retention", "menu.retention", Right.ERASE),
            Link("/uploads", "menu.uploads", Right.INGEST),
            Link("/sources", "menu.sources", Right.READ_JOBS),
            Link("/work", "menu.work", Right.READ_JOBS),
            Link("/rubrics", "menu.rubrics", Right.READ_RUBRICS),
            Link("/audit", "menu.audit", Right.READ_LEDGER),
            Link("/webhooks", "menu.webhooks", Right.MANAGE_WEBHOOKS),
        ),
    ),
)
LINKS: tuple[Link, ...] = tuple(link for group in GROUPS for link in group.links)


def menu_of(visitor: Caller | None) -> tuple[Group, ...]:
    """What whoever is there may open; groups without anything are left out."""
    if visitor is None:
        return ()
    open_to = (Group(group.key, tuple(link for link in group.links if _may_open(visitor, link))) for group in GROUPS)
    return tuple(group for group in open_to if group.links)


def _may_open(visitor: Caller, link: Link) -> bool:
    return link.right is None or visitor.actor.may(link.right)
