"""Tables of sampling plans and of what they picked, period by period."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from qa_service.store.tables.base import Row


class SamplingPlanRow(Row, table=True):
    """A plan as it is now; runs hold the versions that they were made with."""

    __tablename__ = "sampling_plans"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: str = Field(primary_key=True)
    #: Grows with every change.
    version: int
    active: bool
    #: JSON.
    data: str
    created_by: str
    created_at: AwareDatetime
    changed_at: AwareDatetime
    #: Only periods that end after it are sampled by themselves.
    active_since: AwareDatetime


class SamplingRunRow(Row, table=True):
    """What a plan picked of a period, once."""

    __tablename__ = "sampling_runs"
    __table_args__ = (UniqueConstraint("plan_id", "period"), Index(None, "plan_id", "created_at", "id"))

    id: str = Field(primary_key=True)
    plan_id: str = Field(foreign_key="sampling_plans.id")
    plan_version: int
    period: str
    since: AwareDatetime
    until: AwareDatetime
    seed: str
    eligible: int
    #: Of the period, but in the queue by another plan.
    taken: int
    picked: int
    blind: int
    #: JSON: the plan as it was, groups, fairness, and what nobody could be given.
    data: str
    created_by: str
    created_at: AwareDatetime
