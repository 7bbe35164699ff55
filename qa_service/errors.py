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
    │   ├── TableError            call details or surveys: a file, or a row of one, that cannot be read
    │   ├── RubricError           a rubric that does not pass lint; carries every fault
    │   ├── UnknownAgentError     an agent nobody registered, where the settings refuse those
    │   ├── PasswordError         a new password that is too weak
    │   └── AnswerError           an answer outside the form
    ├── NotFoundError             no such interaction, scorecard, job, agent, rubric ...
    │   └── ErasedError           its content was erased, at somebody's wish or after its time
    ├── ConflictError             the request contradicts what is stored
    │   ├── DuplicateError        the same id with other content
    │   ├── StaleVersionError     an If-Match that is no longer current
    │   ├── ClaimError            the scorecard is not claimed, or by someone else
    │   ├── DeadlineError         it is too late for this
    │   ├── HeldError             a legal hold keeps it from being erased
    │   └── UndecidedError        finalising while a criterion is undecided
    ├── PermissionDeniedError     known caller, not allowed
    │   └── OwnReviewError        nobody reviews what they said themselves
    ├── AuthenticationError       no key or session, or one that nobody issued; a wrong login or password
    │   └── SignInError           signing in with an OpenID provider was refused; ``field`` names what was wrong
    ├── TooManyTriesError         too many tries to sign in; tells when the next one counts
    ├── LedgerError               the audit chain does not verify
    └── ProcessingError           a step failed on input that looked fine
        ├── EngineError           the speech engine gave up
        ├── ProviderError         the OpenID provider cannot be reached or used
        ├── DeliveryError         a message to a webhook did not arrive
        ├── BusyError             so much waits for work that no more is taken for now
        ├── UnreachableError      an address that somebody named does not answer, or may not be reached
        ├── StorageError          the place where recordings are kept cannot be reached, or refuses
        └── JudgeError            the language model gave no answer that can be used

Errors know nothing of HTTP; ``api.problems`` maps them, and a test proves that table complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class TableError(InputError):
    """A file of call details or surveys that cannot be read, or one row of it."""

    code = "table"


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


class PasswordError(InputError):
    """A new password that is too weak to be taken."""

    code = "password"


class NotFoundError(QaError):
    """No such thing under that id."""

    code = "not_found"


class ErasedError(NotFoundError):
    """Its content was erased for good."""

    code = "erased"


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


class DeadlineError(ConflictError):
    """It is too late for this."""

    code = "deadline"


class HeldError(ConflictError):
    """A legal hold keeps it from being erased."""

    code = "held"


class UndecidedError(ConflictError):
    """Finalising was refused: ``criteria`` still have no answer; ``reasons`` tell why each of them needs a person's."""

    code = "undecided"

    def __init__(self, message: str, *, criteria: Sequence[str] = (), reasons: Mapping[str, str] | None = None) -> None:
        told = reasons or {}
        super().__init__(message, field=", ".join(criteria) or None, hint="; ".join(f"{one}: {why}" for one, why in told.items()) or None)
        self.criteria = tuple(criteria)
        self.reasons = dict(told)


class PermissionDeniedError(QaError):
    """The caller is known but not allowed to do this."""

    code = "permission_denied"


class OwnReviewError(PermissionDeniedError):
    """Nobody reviews what they said themselves."""

    code = "own_review"


class AuthenticationError(QaError):
    """No key or session was given, or one that nobody issued, or login and password do not match."""

    code = "authentication"


class SignInError(AuthenticationError):
    """Signing in with the OpenID provider was refused; ``field`` names what was wrong."""

    code = "sign_in"


class TooManyTriesError(QaError):
    """Too many tries to sign in; ``retry_after`` seconds from now the next one counts."""

    code = "too_many_tries"

    def __init__(self, message: str, *, retry_after: int = 1, **where: object) -> None:
        super().__init__(message, **where)  # type: ignore[arg-type]
        self.retry_after = retry_after


class LedgerError(QaError):
    """The audit chain does not verify; names the first bad entry."""

    code = "ledger"


class ProcessingError(QaError):
    """A processing step failed on input that looked fine."""

    code = "processing"


class EngineError(ProcessingError):
    """The speech engine gave up on a recording."""

    code = "engine"


class ProviderError(ProcessingError):
    """The OpenID provider cannot be reached, or answers in a way that cannot be used."""

    code = "provider"


class DeliveryError(ProcessingError):
    """Nobody answers at the address of a webhook, or it may not be reached."""

    code = "delivery"


class BusyError(ProcessingError):
    """So much waits for work that no more is taken for now."""

    code = "busy"


class UnreachableError(ProcessingError):
    """An address that somebody named does not answer, or may not be reached."""

    code = "unreachable"


class StorageError(ProcessingError):
    """The place where recordings are kept cannot be reached, or refuses."""

    code = "storage"


class JudgeError(ProcessingError):
    """The language model's server did not answer, refused, or answered something that cannot be used."""

    code = "judge"
