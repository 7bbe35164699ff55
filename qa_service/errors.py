"""Every error this service raises on purpose, as one tree.

::

    QaError
    ├── ConfigurationError        a setting, model or extra that is missing or wrong
    │   └── WeightsError          model weights missing, truncated or altered
    ├── InputError                something a user gave us cannot be used
    │   ├── AudioError            a recording that cannot be decoded or is out of bounds
    │   ├── ConversationError     a conversation file or side-car that breaks the format
    │   ├── EmailError            an e-mail or mailbox that cannot be read
    │   ├── ManifestError         a CSV manifest with a faulty header or row
    │   ├── RubricError           a rubric that does not pass lint; carries every fault
    │   ├── UnknownAgentError     an agent nobody registered, where the settings refuse those
    │   └── AnswerError           an answer outside the form
    ├── NotFoundError             no such interaction, scorecard, job, agent, rubric ...
    ├── ConflictError             the request contradicts what is stored
    │   ├── DuplicateError        the same id with other content
    │   ├── StaleVersionError     an If-Match that is no longer current
    │   ├── ClaimError            the scorecard is not claimed, or by someone else
    │   └── UndecidedError        finalising while a criterion is undecided
    ├── PermissionDeniedError     known caller, not allowed
    ├── AuthenticationError       no key, or a key nobody issued
    ├── LedgerError               the audit chain does not verify
    └── ProcessingError           a step failed on input that looked fine
        └── EngineError           the speech engine gave up

Errors know nothing of HTTP; ``api.problems`` maps them, and a test proves that table complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class QaError(Exception):
    """Base of all errors; says what is wrong, where, and what to do about it."""

    #: Stable identifier, used as problem type and in batch reports.
    code: str = "qa_error"

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        field: str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        self.message = message
        self.file = str(file) if file is not None else None
        self.field = field
        self.line = line
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place = f"{place}:{self.line}" if place else f"line {self.line}"
        head = f"{place}: " if place else ""
        field = f"{self.field}: " if self.field else ""
        tail = f" ({self.hint})" if self.hint else ""
        return f"{head}{field}{self.message}{tail}"


class ConfigurationError(QaError):
    """A setting, model or optional package is missing or wrong."""

    code = "configuration"


class WeightsError(ConfigurationError):
    """Model weights are missing, truncated or not the ones that were verified."""

    code = "weights"


class InputError(QaError):
    """Something a user gave us cannot be used as it is."""

    code = "input"


class AudioError(InputError):
    """A recording that cannot be decoded, holds no sound, or is out of bounds."""

    code = "audio"


class ConversationError(InputError):
    """A conversation file or recording side-car that breaks the format."""

    code = "conversation"


class EmailError(InputError):
    """An e-mail or mailbox that cannot be read or has nothing in it."""

    code = "email"


class ManifestError(InputError):
    """A CSV manifest with a faulty header or row."""

    code = "manifest"


class RubricError(InputError):
    """A rubric that does not pass lint; ``faults`` holds every finding, not just the first."""

    code = "rubric"

    def __init__(self, message: str, *, faults: Sequence[str] = (), **where: object) -> None:
        super().__init__(message, **where)  # type: ignore[arg-type]
        self.faults = tuple(faults)


class UnknownAgentError(InputError):
    """An agent nobody registered, where ``unknown_agents`` is ``refuse``."""

    code = "unknown_agent"


class AnswerError(InputError):
    """An answer for a criterion or option that the form does not have."""

    code = "answer"


class NotFoundError(QaError):
    """No such thing under that id."""

    code = "not_found"


class ConflictError(QaError):
    """The request contradicts what is stored."""

    code = "conflict"


class DuplicateError(ConflictError):
    """The same id was stored before with other content."""

    code = "duplicate"


class StaleVersionError(ConflictError):
    """The caller's version is no longer the current one."""

    code = "stale_version"


class ClaimError(ConflictError):
    """The scorecard is not claimed by the caller."""

    code = "claim"


class UndecidedError(ConflictError):
    """Finalising was refused: ``criteria`` still have no answer."""

    code = "undecided"

    def __init__(self, message: str, *, criteria: Sequence[str] = ()) -> None:
        super().__init__(message, field=", ".join(criteria) or None)
        self.criteria = tuple(criteria)


class PermissionDeniedError(QaError):
    """The caller is known but not allowed to do this."""

    code = "permission_denied"


class AuthenticationError(QaError):
    """No key was given, or one that nobody issued."""

    code = "authentication"


class LedgerError(QaError):
    """The audit chain does not verify; names the first bad entry."""

    code = "ledger"


class ProcessingError(QaError):
    """A processing step failed on input that looked fine."""

    code = "processing"


class EngineError(ProcessingError):
    """The speech engine gave up on a recording."""

    code = "engine"
