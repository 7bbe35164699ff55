"""Forms that bring files of call details and surveys: the file, and what it does not tell of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_service.api.deps import LINE, ServicesDep
from qa_service.api.uploads import Upload, UploadDep
from qa_service.channels.records.cells import DateOrder
from qa_service.channels.records.row import RecordOptions
from qa_service.domain.interaction import LanguageCode
from qa_service.domain.recording_import import ImportWishes, Parties
from qa_service.domain.rubric_checks import near
from qa_service.errors import InputError
from qa_service.services.importing import Source
from qa_service.settings import Settings

F = TypeVar("F", bound="RecordFields")


class RecordFields(BaseModel):
    """What a file does not tell of itself."""

    model_config = ConfigDict(extra="forbid")

    #: JSON object, field to name of a column, for columns that go by names of their own: `{"talk_seconds": "Duration of conversation"}`.
    columns: str | None = Field(default=None, max_length=20_000)
    #: Which of the first two numbers of a date is the day; left out, a date that can be read in two ways is a fault of its row.
    dates: DateOrder | None = None
    #: Time zone of moments that do not tell theirs; `QA_TIME_ZONE` unless told.
    time_zone: str | None = Field(default=None, max_length=100)


class CallDetailFields(RecordFields):
    """What a file of call details does not tell of itself."""

    #: Whether an empty time on hold or of wrap-up is 0; otherwise it is unknown.
    empty_is_zero: bool = False


class RecordingImportFields(CallDetailFields):
    """What a table of calls with recordings does not tell of itself."""

    #: Rubric instead of the one in force for calls.
    rubric: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)
    #: Speech engine instead of the one in the settings.
    engine: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)
    #: Language that is spoken; found out unless told.
    language: LanguageCode | None = None
    #: Who is where on recordings with two channels, or that both are in one; found out unless told.
    channels: Parties | None = None

    @property
    def wishes(self) -> ImportWishes:
        """What holds for all calls."""
        return ImportWishes(rubric=self.rubric, engine=self.engine, language=self.language, channels=self.channels)


class SurveyFields(RecordFields):
    """What a file of survey answers does not tell of itself."""

    #: Best answer to the question of satisfaction, where no column tells the scale.
    csat_scale: int = Field(default=5, ge=2, le=100)
    #: Best answer to the question of effort.
    ces_scale: int = Field(default=7, ge=2, le=100)
    #: Whether the greatest answer to that is the greatest effort; otherwise it is the least.
    effort: bool = False


_FILE: dict[str, Any] = {"format": "binary", "contentMediaType": "application/octet-stream"}


class CallDetailForm(CallDetailFields):
    """The multipart form of call details."""

    #: CSV or JSON Lines, one contact a row.
    file: str = Field(json_schema_extra=_FILE)


class RecordingImportForm(RecordingImportFields):
    """The multipart form of a table of calls with recordings."""

    #: CSV or JSON Lines, one call a row, with the address or path of its recording.
    file: str = Field(json_schema_extra=_FILE)


class SurveyForm(SurveyFields):
    """The multipart form of survey answers."""

    #: CSV or JSON Lines, one answer a row.
    file: str = Field(json_schema_extra=_FILE)


class ReceivedRecords(BaseModel):
    """A file as it came, and how to read it."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    #: The file.
    source: Source
    #: How to read it.
    options: RecordOptions
    #: Equal for equal uploads.
    fingerprint: str


class ReceivedCalls(ReceivedRecords):
    """A table of calls as it came."""

    #: What holds for all of them.
    wishes: ImportWishes


def received_call_details(services: ServicesDep, upload: UploadDep) -> ReceivedRecords:
    """The parts of a form of call details; raises :class:`InputError`."""
    fields = _fields(upload, CallDetailFields)
    options = _options(fields, services.settings)._replace(empty_is_zero=fields.empty_is_zero)
    return ReceivedRecords(source=_source(upload), options=options, fingerprint=upload.fingerprint)


def received_surveys(services: ServicesDep, upload: UploadDep) -> ReceivedRecords:
    """The parts of a form of survey answers; raises :class:`InputError`."""
    fields = _fields(upload, SurveyFields)
    options = _options(fields, services.settings)
    options = options._replace(csat_scale=fields.csat_scale, ces_scale=fields.ces_scale, effort=fields.effort)
    return ReceivedRecords(source=_source(upload), options=options, fingerprint=upload.fingerprint)


def received_calls(services: ServicesDep, upload: UploadDep) -> ReceivedCalls:
    """The parts of a form of calls with recordings; raises :class:`InputError`."""
    fields = _fields(upload, RecordingImportFields)
    options = _options(fields, services.settings)._replace(empty_is_zero=fields.empty_is_zero)
    return ReceivedCalls(source=_source(upload), options=options, wishes=fields.wishes, fingerprint=upload.fingerprint)


CallDetailsDep = Annotated[ReceivedRecords, Depends(received_call_details)]
CallsDep = Annotated[ReceivedCalls, Depends(received_calls)]
SurveysDep = Annotated[ReceivedRecords, Depends(received_surveys)]


def _source(upload: Upload) -> Source:
    found = [one for one in upload.files if one.field == "file"]
    strange = next((one for one in upload.files if one.field != "file"), None)
    if strange is not None:
        raise InputError("the form has no such file", field=strange.field, file=strange.name, hint="send the table as the part 'file'")
    if len(found) != 1:
        message = "the form has no file" if not found else f"the form has {len(found)} files"
        raise InputError(message, field="file", hint="send one table as the part 'file', with a file name")
    return Source(found[0].path, found[0].name)


def _fields(upload: Upload, kind: type[F]) -> F:
    known = kind.model_fields
    for name in upload.fields:
        if name not in known:
            raise InputError("the form has no such field", field=name, hint=near(name, known) or f"fields: {', '.join(known)}")
    try:
        return kind.model_validate({name: data.decode("utf-8") for name, data in upload.fields.items() if data})
    except UnicodeDecodeError as error:
        raise InputError("a field is not UTF-8", field="body") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], field=str(first["loc"][0])) from error


def _options(fields: RecordFields, settings: Settings) -> RecordOptions:
    zone = fields.time_zone
    if zone is not None and zone != "UTC" and zone not in available_timezones():
        raise InputError(f"no such time zone: {zone!r}", field="time_zone", hint="write it as Asia/Tehran or UTC")
    return RecordOptions(
        zone=settings.zone if zone is None else ZoneInfo(zone), columns=_columns(fields.columns), dates=fields.dates
    )


def _columns(text: str | None) -> Mapping[str, str]:
    hint = '{"talk_seconds": "Duration of conversation"}'
    if text is None:
        return {}
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("this is no JSON", field="columns", hint=hint) from error
    if not isinstance(told, dict) or not all(isinstance(name, str) for name in told.values()):
        raise InputError("this is no object of names", field="columns", hint=hint)
    return told
