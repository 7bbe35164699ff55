"""Recordings: one audio file in (or one a party), an interaction with a job out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from qa_service.api.deps import Asked, CallerDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.uploads import Upload, UploadDep, UploadedFile, form_body, located
from qa_service.domain.rubric_checks import near
from qa_service.errors import InputError
from qa_service.services.ingest import Ingested, JobOptions

router = APIRouter(prefix="/recordings", route_class=Door)


class RecordingFields(Asked):
    """What the form says about a recording, where no side-car does."""

    #: Id of the interaction; made from the file's name when left out.
    id: str | None = None
    #: ``inbound`` or ``outbound``.
    direction: str | None = None
    #: ISO 639-1 code; detected when left out.
    language: str | None = None
    #: Start of the call, with its zone.
    started_at: str | None = None
    #: Agent's id.
    agent: str | None = None
    #: Agent's name.
    agent_name: str | None = None
    #: Agent's team.
    team: str | None = None
    #: Pseudonymous id of the customer.
    customer: str | None = None
    #: Queue or line.
    queue: str | None = None
    #: Seconds the customer waited.
    wait_seconds: float | None = Field(default=None, allow_inf_nan=False)
    #: ``live``, ``mystery``, ``training`` or ``test``.
    purpose: str | None = None
    #: Party on channel 0.
    left: str | None = None
    #: Party on channel 1.
    right: str | None = None
    #: ``mono`` when both parties share one channel.
    channels: Literal["mono"] | None = None

    def sidecar(self) -> bytes | None:
        """The same as a side-car; ``None`` when nothing is told."""
        agent = {"id": self.agent, "name": self.agent_name, "team": self.team}
        sides = {"left": self.left, "right": self.right}
        told = {
            **{name: getattr(self, name) for name in ("id", "direction", "language", "started_at", "queue", "wait_seconds", "purpose")},
            "agent": _without_none(agent) or None, "customer": {"id": self.customer} if self.customer else None,
            "channels": self.channels or _without_none(sides) or None,
        }
        return json.dumps(_without_none(told)).encode() if _without_none(told) else None


#: Parts that hold the audio of one party each.
_HALVES = ("agent_file", "customer_file")
#: Parts that may come with a file name.
_PARTS = ("file", *_HALVES, "sidecar")


def _binary(schema: dict[str, Any]) -> None:
    """A part with a file."""
    schema.pop("default")
    schema.update(format="binary", contentMediaType="application/octet-stream")


class RecordingForm(RecordingFields):
    """The multipart form of a recording: `file`, or `agent_file` and `customer_file` where each party was recorded to a file of its own."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["file"]}, {"required": [*_HALVES]}]})

    #: The recording, in any common format.
    file: str = Field(default="", json_schema_extra=_binary)
    #: What the agent said, one channel; the two files become one recording, the agent on the left.
    agent_file: str = Field(default="", json_schema_extra=_binary)
    #: What the customer said, one channel.
    customer_file: str = Field(default="", json_schema_extra=_binary)
    #: Side-car JSON (header, channel map, reference transcript) instead of the other fields.
    sidecar_: dict[str, Any] | None = Field(default=None, alias="sidecar")


class ReceivedRecording(BaseModel):
    """A recording as it came, checked for form."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    #: The audio: one file, or the agent's and the customer's.
    files: tuple[UploadedFile, ...]
    #: Side-car JSON, sent or made from the fields.
    sidecar: bytes | None
    #: Rubric and engine.
    options: JobOptions
    #: Equal for equal uploads.
    fingerprint: str


def received(upload: UploadDep) -> ReceivedRecording:
    """The parts of a recording's form; raises :class:`InputError`."""
    audio = _audio(upload)
    told = _only(upload, "sidecar")
    sidecar = told.path.read_bytes() if told is not None else upload.fields.get("sidecar")
    fields = _fields({name: data for name, data in upload.fields.items() if name not in _PARTS})
    own = fields.sidecar()
    if sidecar is not None and own is not None:
        raise InputError("the form has both a side-car and fields that say the same", field="sidecar", hint="send one or the other")
    options = JobOptions(rubric=fields.rubric, engine=fields.engine, priority=fields.priority)
    return ReceivedRecording(files=audio, sidecar=own if sidecar is None else sidecar, options=options, fingerprint=upload.fingerprint)


@router.post(
    "", status_code=202, response_model=Ingested, summary="Upload a recording",
    responses={
        200: {"model": Ingested, "description": "This content was there before; nothing was added"},
        202: {"description": "Taken in; the job works on it", "headers": located("The job")},
        **documented(401, 409, 413, 415, 422),
    },
    openapi_extra=form_body("RecordingForm"),
)
def ingest_recording(
    services: ServicesDep, who: CallerDep, once: OnceDep, form: Annotated[ReceivedRecording, Depends(received)]
) -> Response:
    """One audio file, or one for each party, with a side-car or fields that say what the file does not. Transcription and scoring are
    the job's; the same content again is answered with what is there."""

    def take() -> tuple[int, Ingested]:
        files = [(one.path, one.name) for one in form.files]
        if len(files) == 1:
            done = services.intake.recording(files[0][0], name=files[0][1], sidecar=form.sidecar, actor=who, options=form.options)
        else:
            done = services.intake.pair(files[0], files[1], sidecar=form.sidecar, actor=who, options=form.options)
        return (202 if done.created else 200), done

    return once.run(take, request=form.fingerprint, headers=job_location)


def job_location(body: Mapping[str, Any]) -> dict[str, str]:
    """Where the job is."""
    return {"Location": f"/v1/jobs/{body['job']}"}


def _audio(upload: Upload) -> tuple[UploadedFile, ...]:
    """The file, or the two of a pair."""
    whole, halves = _only(upload, "file"), [_only(upload, field) for field in _HALVES]
    missing = [field for field, half in zip(_HALVES, halves, strict=True) if half is None]
    if whole is not None and len(missing) == len(_HALVES):
        return (whole,)
    if whole is not None:
        hint = "send file, or agent_file and customer_file"
        raise InputError("the form has a whole recording and one of a party", field="file", hint=hint)
    if len(missing) == 1:
        raise InputError("the form has only one party's file", field=missing[0], hint="send both, or the recording as file")
    if missing:
        raise InputError("the form has no file", field="file", hint="send the recording as the part 'file', with a file name")
    return tuple(half for half in halves if half is not None)


def _only(upload: Upload, field: str) -> UploadedFile | None:
    for one in upload.files:
        if one.field not in _PARTS:
            hint = f"the parts with files are {', '.join(_PARTS)}"
            raise InputError("the form has no such file", field=one.field, file=one.name, hint=hint)
    found = [one for one in upload.files if one.field == field]
    if len(found) > 1:
        raise InputError(f"the form has {len(found)} of these", field=field, hint="send many files as a batch")
    return found[0] if found else None


def _fields(parts: Mapping[str, bytes]) -> RecordingFields:
    known = RecordingFields.model_fields
    for name in parts:
        if name not in known:
            raise InputError("the form has no such field", field=name, hint=near(name, known) or f"fields: {', '.join(known)}")
    try:
        return RecordingFields.model_validate({name: data.decode("utf-8") for name, data in parts.items() if data})
    except UnicodeDecodeError as error:
        raise InputError("a field is not UTF-8", field="body") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], field=str(first["loc"][0])) from error


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
