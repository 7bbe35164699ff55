"""Publication: which version of a rubric came when, who put it in force, and how it was written."""

from __future__ import annotations

from pydantic import AwareDatetime

from qa_service.domain.base import Record


class Publication(Record):
    """A version that somebody published through the service."""

    #: Rubric id.
    rubric: str
    #: Version.
    version: int
    #: As it was written, YAML with its comments.
    text: str
    #: What it is about, in the publisher's words.
    words: str | None = None
    #: User id.
    published_by: str
    #: When.
    published_at: AwareDatetime


class RubricVersion(Record):
    """One version of a rubric in its history."""

    #: Rubric id.
    rubric: str
    #: Version.
    version: int
    #: SHA-256 over its content.
    fingerprint: str
    #: Whether contacts are judged by it now.
    in_force: bool
    #: When it was first in force.
    at: AwareDatetime
    #: User id of whoever published it; null: it came from the folder of rubrics.
    by: str | None = None
    #: What it is about, in the publisher's words.
    words: str | None = None
