"""Sources: places that recordings and conversations are taken from by themselves, and how far each is."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record


class SourceKind(StrEnum):
    """What a source is."""

    #: A folder of this machine.
    FOLDER = "folder"
    #: A bucket of an object store.
    BUCKET = "bucket"


class FileState(StrEnum):
    """What became of a file."""

    #: It is in: as an interaction, or beside one.
    TAKEN = "taken"
    #: It cannot be used as it is.
    FAILED = "failed"


class SourceProgress(Record):
    """How far a source is, as far as anybody looked."""

    #: When somebody looked last.
    looked_at: AwareDatetime | None = None
    #: When files were taken last.
    taken_at: AwareDatetime | None = None
    #: Files at the last look that were not taken yet: they still changed, or wait for what belongs to them.
    waiting: int = Field(default=0, ge=0)
    #: Files that were taken.
    taken: int = Field(default=0, ge=0)
    #: Files that cannot be used.
    failed: int = Field(default=0, ge=0)
