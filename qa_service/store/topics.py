"""Topics by version: what people see and edit, and the model that assigns them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from qa_service.domain.topic import TopicSet
from qa_service.store.repository import Repository
from qa_service.store.tables import TopicSetRow, core

_IT = core(TopicSetRow).c




class TopicSets(Repository):
    """Builds of topics; the last is in force."""

    def add(self, topics: TopicSet, model: Mapping[str, Any], *, at: datetime) -> None:
        """A new build, in force from now on; raises :class:`~qa_service.errors.ConflictError` for a version that is there."""
        self._update(TopicSetRow, _IT.active.is_(True), values={"active": False})
        text = json.dumps(model, ensure_ascii=False, sort_keys=True)
        self._insert(
            TopicSetRow, [{"version": topics.version, "topics": topics.model_dump_json(), "model": text, "created_at": at, "active": True}]
        )

    def newest(self) -> int:
        """Version of the last build; 0 before the first."""
        return int(self._session.scalar(sa.select(sa.func.max(_IT.version))) or 0)

    def active(self) -> TopicSet | None:
        """The topics in force."""
        row = self._first(TopicSetRow, _IT.active.is_(True))
        return None if row is None else TopicSet.model_validate_json(row.topics)

    def active_version(self) -> int | None:
        """Their version, without reading them."""
        found = self._session.scalar(sa.select(_IT.version).where(_IT.active.is_(True)))
        return None if found is None else int(found)

    def model(self, version: int) -> Mapping[str, Any]:
        """The model of a version that is there."""
        text = self._session.scalar(sa.select(_IT.model).where(_IT.version == version))
        found: Mapping[str, Any] = json.loads(text or "{}")
        return found

    def edit(self, topics: TopicSet) -> None:
        """The same build, edited."""
        self._update(TopicSetRow, _IT.version == topics.version, values={"topics": topics.model_dump_json()})
