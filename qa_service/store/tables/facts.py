"""Tables of the figures that estimates are made of: what each scorecard gives, their sums, and which scorecards have changed since."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Index, Integer, LargeBinary
from sqlmodel import Field

from qa_service.store.tables.base import Row

#: Triggers that note changed scorecards, so that no writer can forget to; a test and ``qa-service db check`` hold them to be there.
TRIGGERS = (
    "figures_scorecard_added", "figures_scorecard_changed", "figures_scorecard_removed", "figures_queue_item_added",
    "figures_queue_item_changed",
)


class FigureChangeRow(Row, table=True):
    """A scorecard that was added, removed, or changed in something that figures are made of."""

    __tablename__ = "figure_changes"

    # Databases number it; SQLite does so for its own kind of integer alone.
    id: int = Field(primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    scorecard_id: str


class FigureStateRow(Row, table=True):
    """What the figures were worked out with."""

    __tablename__ = "figure_state"

    name: str = Field(primary_key=True)
    value: str


class FigureFormRow(Row, table=True):
    """The items of one version of a rubric, in the order in which outcomes and sums have them."""

    __tablename__ = "figure_forms"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    fingerprint: str = Field(unique=True)
    rubric_id: str = Field(index=True)
    #: JSON: kind and id of each.
    items: str


class FactRow(Row, table=True):
    """What one scorecard that counts gives to the figures. No reference: it is what was counted, until it is counted otherwise."""

    __tablename__ = "facts"
    __table_args__ = (
        Index(None, "agent_id", "happened_at"), Index(None, "team", "happened_at"), Index(None, "month", "agent_id"),
        Index(None, "happened_at"),
    )  # fmt: skip

    scorecard_id: str = Field(primary_key=True)
    #: Empty: nobody; a team that is empty is the agent's of now.
    agent_id: str
    team: str
    channel: str
    language: str | None
    queue: str | None
    #: ``2026-11``.
    month: str
    happened_at: AwareDatetime
    purpose: str
    form: int
    basis: str
    #: Contacts that it stands for where people finished it.
    weight: float
    #: Who finished it.
    reviewer: str | None
    #: Percent, thousandths.
    score: int | None = Field(sa_type=BigInteger)
    #: See :func:`qa_service.domain.outcomes.pack`.
    outcomes: bytes = Field(sa_type=LargeBinary)


class RollupRow(Row, table=True):
    """Sums of moments over the scorecards of one agent, team, channel, month, purpose and form."""

    __tablename__ = "rollups"
    __table_args__ = (Index(None, "team", "month"), Index(None, "month"))

    agent_id: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    team: str = Field(primary_key=True)
    form: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    scorecards: int
    #: Items x moments, little-endian doubles.
    sums: bytes = Field(sa_type=LargeBinary)
