"""Announcements: who stood out in a month, as it was announced, once for each team and once for the house."""

from __future__ import annotations

from qa_service.domain.recognition import Announcement, Recognition
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, given
from qa_service.store.tables import AnnouncementRow, core

_IT = core(AnnouncementRow).c


class Announcements(Repository):
    """Announcements by id."""

    def add(self, one: Announcement) -> Announcement:
        """Keep a new one; raises :class:`ConflictError` where that month was announced already."""
        it = one.recognition
        values = {
            "id": one.id, "month": it.month, "team": it.team, "place": "house" if it.team is None else f"team {it.team}",
            "recognition": it.model_dump_json(), "by": one.by, "at": one.at, "words": one.words,
        }
        if not self._insert_new(AnnouncementRow, [values]):
            raise ConflictError(f"{it.month} was announced already", field="month", hint="an announcement is not taken back")
        return one

    def get(self, announcement: str) -> Announcement:
        """Raises :class:`NotFoundError`."""
        row = self._first(AnnouncementRow, _IT.id == announcement)
        if row is None:
            raise NotFoundError(f"no announcement {announcement!r}", field="announcement")
        return _announcement(row)

    def list(
        self, *, teams: frozenset[str] | None = None, month: str | None = None, team: str | None = None, cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Announcement]:
        """The last announced first; ``teams``: those of the house and of these teams."""
        where = given(
            (month, _IT.month.__eq__), (team, _IT.team.__eq__), (teams, lambda some: _IT.team.is_(None) | _IT.team.in_(sorted(some)))
        )
        page = self._page(AnnouncementRow, *where, by="at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_announcement(row) for row in rows])


def _announcement(row: AnnouncementRow) -> Announcement:
    recognition = Recognition.model_validate_json(row.recognition)
    return Announcement(id=row.id, recognition=recognition, by=row.by, at=row.at, words=row.words)
