"""Batches: many files at once, each with its own outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from qa_service.api.deps import ActorDep, AskedDep, CallerDep, Cursor, Id, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.emails import MailPartiesDep
from qa_service.api.exports import FILES, TYPES
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.uploads import Upload, UploadDep, form_body, located
from qa_service.errors import InputError
from qa_service.services.batch_runs import BatchChanged, BatchProgress
from qa_service.services.exports import ExportFormat
from qa_service.services.ingest import JobOptions
from qa_service.services.submission import BatchView, Order, parties
from qa_service.store.batches import BatchItem
from qa_service.store.jobs import JobState

router = APIRouter(prefix="/batches", route_class=Door)


class BatchPage(PageOf[BatchView]):
    """A page of batches."""


class BatchItemPage(PageOf[BatchItem]):
    """A page of the files of a batch."""


class BatchForm(BaseModel):
    """The multipart form of a batch."""

    model_config = ConfigDict(json_schema_extra={"required": ["file"]})

    #: Recordings, side-cars (``NAME.json`` beside ``NAME.wav``), conversation JSON, e-mails, WebVTT, SRT, and a CSV manifest, by name.
    file: list[Annotated[str, Field(json_schema_extra={"format": "binary", "contentMediaType": "application/octet-stream"})]]
    #: Name of the batch.
    name: str | None = None


def received(upload: UploadDep) -> Upload:
    """The files of a batch; raises :class:`InputError`."""
    if not upload.files:
        raise InputError("the form has no file", field="file", hint="send every file as a part 'file', with its name")
    for name in upload.fields.keys() - {"name"}:
        raise InputError("the form has no such field", field=name, hint="besides files, a batch has a name")
    return upload


@router.post(
    "", status_code=202, response_model=BatchView, summary="Upload many files",
    responses={
        202: {"description": "Staged; a workflow takes them in", "headers": located("The batch")},
        **documented(401, 409, 413, 415, 422),
    },
    openapi_extra=form_body("BatchForm"),
)
def ingest_batch(
    services: ServicesDep, who: CallerDep, once: OnceDep, asked: AskedDep, told: MailPartiesDep,
    upload: Annotated[Upload, Depends(received)],
    rescore: Annotated[bool, Query(description="Also score again what was scored by an earlier version of rubric or engine.")] = False,
) -> Response:
    """Files are staged on disk and taken in after the answer, surviving a restart. A broken one is told under `/items` by its name and
    the rest goes on; what was there before is not added again."""
    addresses, domains = told
    parties(addresses, domains)
    options = JobOptions(**asked.model_dump(), rescore=rescore)
    files = tuple(one.name for one in upload.files)
    order = Order(actor=who, options=options, agent_addresses=addresses, agent_domains=domains, files=files)

    def take() -> tuple[int, BatchView]:
        return 202, services.submissions.submit(upload.files, order, name=_name(upload))

    return once.run(take, request=upload.fingerprint, headers=_location)


@router.get("", response_model=BatchPage, responses=documented(401, 422), summary="List batches")
def list_batches(services: ServicesDep, cursor: Cursor = None, limit: Limit = 50) -> BatchPage:
    """The last asked for first, from the API and the command line."""
    return BatchPage.of(services.submissions.list(cursor=cursor, limit=limit))


@router.get("/{batch}", response_model=BatchProgress, responses=documented(401, 404, 422), summary="Read a batch")
def get_batch(services: ServicesDep, batch: Id) -> BatchProgress:
    """How many files are queued, running, done and failed, how fast it goes and how long the rest takes if it goes on so. The first files
    are worked on while the last are taken in; `total` is exact once all were (a file may hold many), and `state` is `queued` until then."""
    return services.batch_runs.progress(batch)


@router.get("/{batch}/items", response_model=BatchItemPage, responses=documented(401, 404, 422), summary="Read the outcome of every file")
def list_batch_items(
    services: ServicesDep, batch: Id, state: Annotated[JobState | None, Query()] = None, cursor: Cursor = None, limit: Limit = 50
) -> BatchItemPage:
    """In order, as far as they were taken in: `error` names what is wrong with a file, `manifest` and `line` where it is listed."""
    return BatchItemPage.of(services.submissions.items(batch, state=state, cursor=cursor, limit=limit))


@router.get(
    "/{batch}/results", response_class=Response, summary="Export the results of a batch",
    responses={200: {"description": "The file", "content": FILES}, **documented(401, 403, 404, 422)},
)
def export_batch_results(
    services: ServicesDep, who: ActorDep, batch: Id, format_: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.PARQUET
) -> Response:
    """One row for each file, in order, as far as they were taken in: how far it is, what is wrong with it, and its scorecard as you may see
    it. The act is written to the ledger."""
    hidden = frozenset(services.calibrating.answering(by=who))
    pieces = services.batch_results.sent(batch, format_=format_, by=who, calibrating=hidden)
    headers = {"Content-Disposition": f'attachment; filename="batch.{format_.value}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type=TYPES[format_], headers=headers)


@router.post(
    "/{batch}/retry", status_code=202, response_model=BatchChanged, responses=documented(401, 403, 404, 409, 422),
    summary="Try what failed again",
)
def retry_batch(
    services: ServicesDep, who: ActorDep, once: OnceDep, batch: Id,
    position: Annotated[int | None, Query(ge=0, description="Only the file in this place.")] = None,
) -> Response:
    """What was taken in and failed on the way gets new jobs, and so does what was cancelled. A file that could not be read at all is to be
    sent again, mended. 409 where there is nothing to try."""
    return once.run(lambda: (202, services.batch_runs.retry(batch, by=who, position=position)), request=f"{batch} {position}")


@router.post(
    "/{batch}/cancel", response_model=BatchChanged, responses=documented(401, 403, 404, 409, 422), summary="Stop what has not begun"
)
def cancel_batch(services: ServicesDep, who: ActorDep, once: OnceDep, batch: Id) -> Response:
    """Jobs that wait are failed as `cancelled`; what is under way ends as it would. 409 where nothing waits any more."""
    return once.run(lambda: (200, services.batch_runs.cancel(batch, by=who)), request=batch)


def _location(body: Mapping[str, Any]) -> dict[str, str]:
    return {"Location": f"/v1/batches/{body['id']}"}


def _name(upload: Upload) -> str:
    told = upload.fields.get("name", b"").decode("utf-8", "replace").replace("\0", "").strip()
    more = f" and {len(upload.files) - 1} more" if len(upload.files) > 1 else ""
    return (told or f"{upload.files[0].name}{more}")[:500]
