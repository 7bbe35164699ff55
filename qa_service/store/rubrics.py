"""Rubric versions: a version that was stored never changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_version import told
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.repository import Repository, given
from qa_service.store.tables import RubricRow, core

_RUBRICS = core(RubricRow).c


class StoredVersion(NamedTuple):
    """A version without its content."""

    version: int
    fingerprint: str
    #: When it was stored.
    at: datetime
    active: bool


class Rubrics(Repository):
    """Rubrics by id and version, and by fingerprint."""

    def add(self, rubric: Rubric, *, at: datetime, active: bool = True) -> bool:
        """Keep a version; false when it is there already. An active one replaces the other versions of its id.

        Raises :class:`ConflictError` when that version is stored with other content.
        """
        values = {
            "id": rubric.rubric, "version": rubric.version, "fingerprint": rubric.fingerprint, "channel": rubric.channel.value,
            "data": json.dumps(rubric.as_data(), ensure_ascii=False), "created_at": at, "active": active,
        }
        created = self._first(RubricRow, _RUBRICS.id == rubric.rubric, _RUBRICS.version == rubric.version) is None
        created = created and self._insert_new(RubricRow, [values])
        stored = self._first(RubricRow, _RUBRICS.id == rubric.rubric, _RUBRICS.version == rubric.version)
        if stored is None or stored.fingerprint != rubric.fingerprint:
            differs = "" if stored is None else f": {told(Rubric.model_validate_json(stored.data), rubric)}"
            raise ConflictError(
                f"rubric {rubric.rubric!r} version {rubric.version} is stored with other content{differs}", field="version",
                hint=f"raise version to {self._last(rubric.rubric) + 1}",
            )
        if active and (created or not stored.active):
            self.activate(rubric.rubric, rubric.version)
        return created

    def activate(self, rubric: str, version: int) -> None:
        """Use that version from now on, and no other of its id; raises :class:`NotFoundError`."""
        self._update(RubricRow, _RUBRICS.id == rubric, _RUBRICS.version != version, _RUBRICS.active, values={"active": False})
        if not self._update(RubricRow, _RUBRICS.id == rubric, _RUBRICS.version == version, values={"active": True}):
            raise NotFoundError(f"no rubric {rubric!r} version {version}", field="rubric")

    def retire(self, rubric: str) -> None:
        """Use no version of it any more; scorecards made with it stay."""
        self._update(RubricRow, _RUBRICS.id == rubric, values={"active": False})

    def get(self, rubric: str, version: int | None = None) -> Rubric:
        """That version, else the newest; raises :class:`NotFoundError`."""
        found = self._some(_RUBRICS.id == rubric, *given((version, _RUBRICS.version.__eq__)))
        if not found:
            raise NotFoundError(f"no rubric {rubric!r}" + (f" version {version}" if version is not None else ""), field="rubric")
        return found[-1]

    def by_fingerprint(self, fingerprint: str) -> Rubric:
        """The rubric with exactly that content; raises :class:`NotFoundError`."""
        found = self._some(_RUBRICS.fingerprint == fingerprint)
        if not found:
            raise NotFoundError(f"no rubric with fingerprint {fingerprint!r}", field="rubric")
        return found[0]

    def active_for(self, channel: Channel) -> tuple[Rubric, ...]:
        """The rubrics in use for a channel, by id."""
        return tuple(self._some(_RUBRICS.channel == channel.value, _RUBRICS.active))

    def versions(self, rubric: str) -> tuple[Rubric, ...]:
        """All versions of one, the oldest first; empty for one that nobody stored."""
        return tuple(self._some(_RUBRICS.id == rubric))

    def history(self, rubric: str) -> tuple[StoredVersion, ...]:
        """What is known of all versions of one, the newest first."""
        chosen = sa.select(_RUBRICS.version, _RUBRICS.fingerprint, _RUBRICS.created_at, _RUBRICS.active)
        rows = self._session.execute(chosen.where(_RUBRICS.id == rubric).order_by(_RUBRICS.version.desc()))
        return tuple(StoredVersion(*row) for row in rows)

    def list(self, *, channel: Channel | None = None, active: bool | None = None) -> tuple[Rubric, ...]:
        """All versions, by id and version."""
        return tuple(self._some(*given((channel, _RUBRICS.channel.__eq__), (active, _RUBRICS.active.__eq__))))

    def fingerprints(self) -> tuple[str, ...]:
        """Of all versions, the newest of each rubric first."""
        return tuple(self._session.scalars(sa.select(_RUBRICS.fingerprint).order_by(_RUBRICS.id, _RUBRICS.version.desc())))

    def channels(self) -> frozenset[Channel]:
        """Channels that a rubric is in use for."""
        return frozenset(Channel(one) for one in self._session.scalars(sa.select(_RUBRICS.channel).where(_RUBRICS.active).distinct()))

    def _some(self, *where: sa.ColumnElement[bool]) -> Sequence[Rubric]:
        chosen = sa.select(RubricRow).where(*where).order_by(_RUBRICS.id, _RUBRICS.version)
        return [Rubric.model_validate_json(row.data) for row in self._session.scalars(chosen)]

    def _last(self, rubric: str) -> int:
        return int(self._session.execute(sa.select(sa.func.max(_RUBRICS.version)).where(_RUBRICS.id == rubric)).scalar() or 0)
