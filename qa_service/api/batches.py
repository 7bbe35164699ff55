"""Batches: many files at once, each with its own outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import AskedDep, CallerDep, Cursor, Id, Limit, PageOf, ServicesDep
from qa_service.api.emails import MailPartiesDep
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.uploads import Upload, UploadDep, form_body, located
from qa_service.errors import InputError
from qa_service.services.ingest import JobOptions
from qa_service.services.submission import BatchView, Order, parties
from qa_service.store.batches import BatchItem
from qa_service.store.jobs import JobState

router = APIRouter(prefix="/batches")


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
) -> Response:
    """Files are staged on disk and taken in after the answer, surviving a restart. A broken one is told under `/items` by its name and
    the rest goes on; what was there before is not added again."""
    addresses, domains = told
    parties(addresses, domains)
    options = JobOptions(**asked.model_dump())
    files = tuple(one.name for one in upload.files)
    order = Order(actor=who, options=options, agent_addresses=addresses, agent_domains=domains, files=files)

    def take() -> tuple[int, BatchView]:
        return 202, services.submissions.submit(upload.folder, order, name=_name(upload))

    return once.run(take, request=upload.fingerprint, headers=_location)


@router.get("", response_model=BatchPage, responses=documented(401, 422), summary="List batches")
def list_batches(services: ServicesDep, cursor: Cursor = None, limit: Limit = 50) -> BatchPage:
    """The last asked for first, from the API and the command line."""
    return BatchPage.of(services.submissions.list(cursor=cursor, limit=limit))


@router.get("/{batch}", response_model=BatchView, responses=documented(401, 404, 422), summary="Read a batch")
def get_batch(services: ServicesDep, batch: Id) -> BatchView:
    """How many files are queued, running, done and failed. `total` is exact once the files were taken in (a file may hold many)."""
    return services.submissions.get(batch)


@router.get("/{batch}/items", response_model=BatchItemPage, responses=documented(401, 404, 422), summary="Read the outcome of every file")
def list_batch_items(
    services: ServicesDep, batch: Id, state: Annotated[JobState | None, Query()] = None, cursor: Cursor = None, limit: Limit = 50
) -> BatchItemPage:
    """In order; `error` names what is wrong with a file. Empty until the files were taken in."""
    return BatchItemPage.of(services.submissions.items(batch, state=state, cursor=cursor, limit=limit))


def _location(body: Mapping[str, Any]) -> dict[str, str]:
    return {"Location": f"/v1/batches/{body['id']}"}


def _name(upload: Upload) -> str:
    told = upload.fields.get("name", b"").decode("utf-8", "replace").replace("\0", "").strip()
    more = f" and {len(upload.files) - 1} more" if len(upload.files) > 1 else ""
    return (told or f"{upload.files[0].name}{more}")[:500]
