"""Tables of calls whose recordings are fetched."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class RecordingImportRow(Row, table=True):
    """One table of calls."""

    __tablename__ = "recording_imports"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: str = Field(primary_key=True)
    name: str
    created_at: AwareDatetime
    actor: str
    total: int
    #: JSON of what is wanted: rubric, engine, parties.
    options: str


class RecordingImportItemRow(Row, table=True):
    """One call of it."""

    __tablename__ = "recording_import_items"
    __table_args__ = (Index(None, "state", "next_at"), Index(None, "import_id", "state"))

    import_id: str = Field(primary_key=True, foreign_key="recording_imports.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    line: int
    #: Address or path of the recording.
    place: str
    #: JSON of what the table tells of the call, until it was taken in.
    header: str | None
    state: str
    attempts: int
    next_at: AwareDatetime | None
    interaction_id: str | None = Field(foreign_key="interactions.id", index=True)
    job_id: str | None
    error: str | None
