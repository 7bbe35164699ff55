"""Tables of the search index: which interactions are in it, the words of their turns, and the vectors of their passages.

On SQLite the words are indexed by the virtual table ``search_words`` (FTS5), which the migration makes; on PostgreSQL by ``vector``.
"""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Column, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from qa_service.store.tables.base import Row

#: A whole number that SQLite takes for its own row number.
KEY = BigInteger().with_variant(sa.Integer(), "sqlite")


class SearchInteractionRow(Row, table=True):
    """An interaction in the index."""

    __tablename__ = "search_interactions"
    __table_args__ = (Index(None, "agent_id", "key"), Index(None, "channel", "key"))

    #: Second of the contact and a number within it: later contacts have larger ones.
    key: int = Field(sa_column=Column(KEY, primary_key=True, autoincrement=False))
    interaction_id: str = Field(foreign_key="interactions.id", unique=True)
    channel: str
    language: str | None
    agent_id: str | None
    #: As the source told it at the time.
    team: str | None
    queue: str | None
    turns: int
    #: Way in which the words were folded.
    folding: str
    #: Order in which interactions came to the index.
    seq: int = Field(sa_type=BigInteger, index=True)
    indexed_at: AwareDatetime


class SearchTurnRow(Row, table=True):
    """The folded words of a turn, and behind them what else it can be found by."""

    __tablename__ = "search_turns"
    __table_args__ = (
        Index(
            "ix_search_turns_vector", "vector", postgresql_using="gin", postgresql_with={"fastupdate": "off"},
            sqlite_where=text("vector IS NOT NULL"),
        ),
    )

    #: The interaction's key and the number of the turn.
    id: int = Field(sa_column=Column(KEY, primary_key=True, autoincrement=False))
    words: str
    #: PostgreSQL only.
    vector: str | None = Field(sa_column=Column(TSVECTOR().with_variant(sa.Text(), "sqlite"), nullable=True))


class SearchSignalRow(Row, table=True):
    """What was measured of an interaction in the index, in a form that can be filtered by."""

    __tablename__ = "search_signals"

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    #: Value by signal, JSON; what could not be measured is left out.
    data: str


class SearchPassageRow(Row, table=True):
    """The vectors of an interaction's passages."""

    __tablename__ = "search_passages"
    __table_args__ = (Index(None, "encoder", "seq"),)

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    key: int = Field(sa_type=BigInteger)
    #: Version of the encoder.
    encoder: str
    #: First and last turn of each passage, JSON.
    places: str
    #: Whole numbers of one byte, 384 a passage.
    data: bytes = Field(sa_type=LargeBinary)
    #: Order in which they were made.
    seq: int = Field(sa_type=BigInteger)
