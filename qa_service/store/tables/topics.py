"""Table of topics, one row a build."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class TopicSetRow(Row, table=True):
    """Topics of one build as people have edited them, and the model that assigns them."""

    __tablename__ = "topic_sets"

    version: int = Field(primary_key=True)
    #: JSON.
    topics: str
    #: JSON.
    model: str
    created_at: AwareDatetime
    active: bool
