"""Models of satisfaction by version, and what they predicted; neither is ever changed, newer ones come beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.csat_model import CsatModel, Prediction
from qa_service.errors import NotFoundError
from qa_service.store.interactions import State
from qa_service.store.repository import Repository, chunks
from qa_service.store.tables import CsatModelRow, CsatPredictionRow, InteractionRow, core

_MODELS, _IT = core(CsatModelRow).c, core(CsatPredictionRow).c


class StoredCsatModel(Record):
    """A version, and how it came about."""

    model: CsatModel
    #: Who asked for it.
    created_by: str
    #: When.
    created_at: AwareDatetime
    #: Whether new contacts are predicted with it.
    active: bool


class Made(NamedTuple):
    """A prediction, and when it was made."""

    prediction: Prediction
    at: datetime
    #: Whether figures count it.
    in_force: bool


class CsatModels(Repository):
    """Models and their predictions."""

    def add(self, model: CsatModel, *, by: str, at: datetime) -> None:
        """Keep a version, not in use yet; :class:`~qa_service.errors.ConflictError` at the end of the unit when it is there."""
        data = model.model_dump_json()
        self._insert(CsatModelRow, [{"version": model.version, "data": data, "created_by": by, "created_at": at, "active": False}])

    def next_version(self) -> int:
        """From 1."""
        return int(self._session.scalar(sa.select(sa.func.max(_MODELS.version))) or 0) + 1

    def get(self, version: int) -> StoredCsatModel:
        """That version; raises :class:`NotFoundError`."""
        row = self._first(CsatModelRow, _MODELS.version == version)
        if row is None:
            raise NotFoundError(f"no model of satisfaction has version {version}", field="version")
        return _stored(row)

    def list(self) -> tuple[StoredCsatModel, ...]:
        """The newest first."""
        return tuple(map(_stored, self._session.scalars(sa.select(CsatModelRow).order_by(_MODELS.version.desc()))))

    def active(self) -> StoredCsatModel | None:
        """The one in use; ``None`` before the first."""
        row = self._first(CsatModelRow, _MODELS.active)
        return None if row is None else _stored(row)

    def use(self, version: int) -> None:
        """Predict new contacts with that version and no other. Raises :class:`NotFoundError`."""
        self._update(CsatModelRow, _MODELS.version != version, _MODELS.active, values={"active": False})
        if not self._update(CsatModelRow, _MODELS.version == version, values={"active": True}):
            self.get(version)

    def save(self, predictions: Sequence[Prediction], *, at: datetime) -> int:
        """Keep new ones; those that figures counted so far stay beside them. How many there were.

        What a version predicted of an interaction before stays as it was; what was erased meanwhile is predicted no more.
        """
        known = self._versions(one.interaction for one in predictions)
        there = self._there([one.interaction for one in predictions])
        fresh = [one for one in predictions if one.interaction in there and one.version not in known.get(one.interaction, ())]
        for ids in chunks(sorted(one.interaction for one in fresh)):
            self._update(CsatPredictionRow, _IT.interaction_id.in_(ids), _IT.in_force, values={"in_force": False})
        self._insert(CsatPredictionRow, [_values(one, at) for one in fresh])
        return len(fresh)

    def of(self, interaction: str) -> tuple[Made, ...]:
        """What was ever predicted of an interaction, what counts first."""
        chosen = sa.select(CsatPredictionRow).where(_IT.interaction_id == interaction).order_by(_IT.in_force.desc(), _IT.version.desc())
        return tuple(map(_made, self._session.scalars(chosen)))

    def in_force(self, interactions: Iterable[str]) -> dict[str, Prediction]:
        """What counts, by interaction."""
        found: Iterator[Made] = (
            _made(row) for ids in chunks(interactions) for row in self._all(CsatPredictionRow, _IT.interaction_id.in_(ids), _IT.in_force)
        )
        return {one.prediction.interaction: one.prediction for one in found}

    def _there(self, interactions: Sequence[str]) -> set[str]:
        """Those that are not erased, and are not while this unit of work lasts."""
        told = core(InteractionRow).c
        return {
            one
            for ids in chunks(sorted(interactions))
            for one in self._session.scalars(
                sa.select(told.id).where(told.id.in_(ids), told.state != State.ERASED.value).order_by(told.id).with_for_update(read=True)
            )
        }

    def _versions(self, interactions: Iterable[str]) -> Mapping[str, set[int]]:
        found: dict[str, set[int]] = {}
        for ids in chunks(sorted(interactions)):
            chosen = sa.select(_IT.interaction_id, _IT.version).where(_IT.interaction_id.in_(ids))
            for interaction, version in self._session.execute(chosen):
                found.setdefault(interaction, set()).add(version)
        return found


def _values(one: Prediction, at: datetime) -> dict[str, Any]:
    return {
        "interaction_id": one.interaction, "version": one.version, "chance": one.chance, "level": one.level, "answering": one.answering,
        "made_at": at, "in_force": True,
    }


def _made(row: CsatPredictionRow) -> Made:
    prediction = Prediction(
        interaction=row.interaction_id, version=row.version, chance=row.chance, level=row.level, answering=row.answering
    )
    return Made(prediction, row.made_at, row.in_force)


def _stored(row: CsatModelRow) -> StoredCsatModel:
    model = CsatModel.model_validate_json(row.data)
    return StoredCsatModel(model=model, created_by=row.created_by, created_at=row.created_at, active=row.active)
