"""Problems (RFC 9457): every error of this service, of the framework and of nobody's foresight as ``application/problem+json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from qa_service import errors

#: Media type of problems.
MEDIA_TYPE = "application/problem+json"
_URN = "urn:qa-service:problem:"

#: Every error class of the tree and its status; a test proves it complete.
STATUSES: Mapping[type[errors.QaError], int] = MappingProxyType(
    {
        errors.QaError: 500,
        errors.ConfigurationError: 503,
        errors.WeightsError: 503,
        errors.InputError: 422,
        errors.AudioError: 422,
        errors.ConversationError: 422,
        errors.EmailError: 422,
        errors.ManifestError: 422,
        errors.TableError: 422,
        errors.RubricError: 422,
        errors.UnknownAgentError: 422,
        errors.AnswerError: 422,
        errors.PasswordError: 422,
        errors.NotFoundError: 404,
        errors.ErasedError: 410,
        errors.ConflictError: 409,
        errors.DuplicateError: 409,
        errors.StaleVersionError: 412,
        errors.ClaimError: 409,
        errors.DeadlineError: 409,
        errors.HeldError: 409,
        errors.UndecidedError: 409,
        errors.PermissionDeniedError: 403,
        errors.OwnReviewError: 403,
        errors.AuthenticationError: 401,
        errors.SignInError: 401,
        errors.TooManyTriesError: 429,
        errors.LedgerError: 500,
        # What a request can run into: a database that is locked or gone.
        errors.ProcessingError: 503,
        errors.StorageError: 503,
        errors.EngineError: 500,
        errors.ProviderError: 503,
        errors.DeliveryError: 503,
        errors.BusyError: 503,
        errors.UnreachableError: 503,
        errors.JudgeError: 503,
    }
)
#: Codes of conditions that only HTTP knows.
_CODES: Mapping[int, str] = MappingProxyType(
    {
        400: "malformed", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type",
        416: "range_not_satisfiable", 428: "precondition_required",
    }
)
#: Headers that a status asks for.
_HEADERS: Mapping[int, Mapping[str, str]] = MappingProxyType({401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}})


class FieldFault(BaseModel):
    """One fault of a request that has several."""

    model_config = ConfigDict(json_schema_extra={"example": {"field": "limit", "message": "Input should be less than or equal to 500"}})

    #: Parameter, header or place in the body.
    field: str
    #: What is wrong with it.
    message: str


class Problem(BaseModel):
    """What went wrong, where, and what to do about it (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": f"{_URN}undecided", "title": "Finalising was refused: criteria still have no answer", "status": 409,
                "detail": "these criteria need an answer before the scorecard can be final", "instance": "/v1/scorecards/5f2c/finalize",
                "code": "undecided", "field": "identity_check, empathy", "criteria": ["identity_check", "empathy"],
                "reasons": {
                    "identity_check": "the form wants a person's own answer",
                    "empathy": "the machine leaves it open: for a person to decide",
                },
            }
        }
    )

    #: Names the kind of problem: ``urn:qa-service:problem:CODE``.
    type: str
    #: The kind of problem in words, the same for all of its kind.
    title: str
    #: The HTTP status.
    status: int
    #: This problem in words.
    detail: str
    #: Path of the request.
    instance: str
    #: Stable identifier of the kind of problem.
    code: str
    #: File at fault, as its sender named it.
    file: str | None = None
    #: Field, parameter or header at fault.
    field: str | None = None
    #: Line at fault, from 1.
    line: int | None = None
    #: What to do about it.
    hint: str | None = None
    #: Criteria that still need an answer (code ``undecided``).
    criteria: tuple[str, ...] | None = None
    #: Why each of them needs a person's answer.
    reasons: dict[str, str] | None = None
    #: Everything that lint found (code ``rubric``).
    faults: tuple[str, ...] | None = None
    #: Every fault of the request (code ``invalid_request``).
    errors: tuple[FieldFault, ...] | None = None


class HttpProblem(HTTPException):
    """A condition that only HTTP knows: a body that is too large, a precondition that is missing."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, field: str | None = None, hint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status_code=int(status), detail=detail, headers=headers)
        self.field = field
        self.hint = hint


def install(app: FastAPI) -> None:
    """Answer every error of an application with a problem; what nobody foresaw is the outermost guard's."""
    app.add_exception_handler(errors.QaError, _of_ours)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_validation)


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem as a response."""
    told = {**_HEADERS.get(problem.status, {}), **(headers or {})}
    return Response(problem.model_dump_json(exclude_none=True), status_code=problem.status, media_type=MEDIA_TYPE, headers=told)


def problem_of(error: errors.QaError, *, instance: str) -> Problem:
    """The problem that an error of ours is."""
    return Problem(
        type=_URN + error.code, title=title(type(error)), status=STATUSES[type(error)], detail=error.message, instance=instance,
        code=error.code, file=error.file, field=error.field, line=error.line, hint=error.hint,
        criteria=getattr(error, "criteria", None), reasons=getattr(error, "reasons", None) or None, faults=getattr(error, "faults", None),
    )


def unexpected(*, instance: str, request_id: str) -> Problem:
    """The problem for an error nobody foresaw; what it was stays in the log."""
    detail = f"something went wrong inside the service; its log has it under request {request_id}"
    return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, detail, code="internal", instance=instance)


def title(kind: type[errors.QaError]) -> str:
    """The kind of error in words."""
    return (kind.__doc__ or kind.code).partition("\n")[0].replace("``", "").rstrip(".")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an operation may answer with, for the OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told: dict[int | str, dict[str, Any]] = {one: {"description": HTTPStatus(one).phrase, "content": content} for one in sorted(statuses)}
    return {**told, "default": {"description": "Any other problem", "content": content}}


def _plain(status: HTTPStatus, detail: str, *, code: str, instance: str, **more: Any) -> Problem:
    return Problem(type=_URN + code, title=status.phrase, status=int(status), detail=detail, instance=instance, code=code, **more)


async def _of_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.QaError)
    wait = {"Retry-After": str(error.retry_after)} if isinstance(error, errors.TooManyTriesError) else None
    return respond(problem_of(error, instance=request.url.path), wait)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    field, hint = getattr(error, "field", None), getattr(error, "hint", None)
    code = _CODES.get(status, f"http_{int(status)}")
    nowhere = status in (404, 405) and error.detail == status.phrase
    detail = f"there is no {request.method} {request.url.path}" if nowhere else str(error.detail)
    return respond(_plain(status, detail, code=code, instance=request.url.path, field=field, hint=hint), error.headers)


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = tuple(_field_fault(one) for one in error.errors())
    first = faults[0]
    problem = _plain(
        HTTPStatus.UNPROCESSABLE_ENTITY, f"{first.field}: {first.message}", code="invalid_request", instance=request.url.path,
        field=first.field, errors=faults,
    )
    return respond(problem)


def _field_fault(error: Mapping[str, Any]) -> FieldFault:
    if error["type"] == "json_invalid":
        return FieldFault(field="body", message=f"not valid JSON: {error['ctx']['error']} at character {error['loc'][-1]}")
    return FieldFault(field=_place(error["loc"]), message=str(error["msg"]))


def _place(location: Sequence[str | int]) -> str:
    """``("body", "answers", 0, "criterion")`` -> ``answers[0].criterion``."""
    inner = location[1:] or location
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in inner).removeprefix(".")
