"""Recording imports: tables of calls whose recordings are fetched from addresses and folders."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from qa_service.api.deps import ActorDep, Cursor, Id, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.record_forms import CallsDep
from qa_service.api.uploads import form_body, located
from qa_service.domain.recording_import import FetchState
from qa_service.services.recording_imports import RecordingImportReport, RecordingImportView
from qa_service.store.recording_imports import ImportItem

router = APIRouter(prefix="/recording-imports", route_class=Door)


class RecordingImportPage(PageOf[RecordingImportView]):
    """A page of tables."""


class ImportItemPage(PageOf[ImportItem]):
    """A page of the calls of a table."""


@router.post(
    "", status_code=202, response_model=RecordingImportReport, summary="Import calls with their recordings",
    responses={
        202: {"description": "The call details are in; recordings are fetched from now on", "headers": located("The import")},
        **documented(401, 403, 409, 413, 415, 422),
    },
    openapi_extra=form_body("RecordingImportForm"),
)
def import_recordings(services: ServicesDep, who: ActorDep, once: OnceDep, form: CallsDep) -> Response:
    """A CSV or JSON Lines file, one call a row, with a column that holds the address or path of its recording. Only public addresses are
    asked, unless an operator names networks; paths lie below folders that an operator names. What cannot be fetched is told under `/items`
    with its line, and what may pass is tried again. The same table again fetches what is not here yet."""

    def take() -> tuple[int, RecordingImportReport]:
        return 202, services.recording_imports.take(form.source, options=form.options, wishes=form.wishes, by=who)

    return once.run(
        take, request=form.fingerprint, headers=lambda made: {"Location": f"/v1/recording-imports/{made['recordings']['id']}"}
    )


@router.get("", response_model=RecordingImportPage, responses=documented(401, 403, 422), summary="List imports of recordings")
def list_recording_imports(services: ServicesDep, cursor: Cursor = None, limit: Limit = 50) -> RecordingImportPage:
    """The last brought first, each with how far it is."""
    return RecordingImportPage.of(services.recording_imports.list(cursor=cursor, limit=limit))


@router.get(
    "/{number}", response_model=RecordingImportView, responses=documented(401, 403, 404, 422), summary="Read an import of recordings"
)
def get_recording_import(services: ServicesDep, number: Id) -> RecordingImportView:
    """How many recordings wait, were taken, cannot be."""
    return services.recording_imports.get(number)


@router.get(
    "/{number}/items", response_model=ImportItemPage, responses=documented(401, 403, 404, 422), summary="Read the outcome of every call"
)
def list_recording_import_items(
    services: ServicesDep, number: Id, state: Annotated[FetchState | None, Query()] = None, cursor: Cursor = None, limit: Limit = 50
) -> ImportItemPage:
    """In order; `error` names line and fault. `job` tells how far the work on a recording is."""
    return ImportItemPage.of(services.recording_imports.items(number, state=state, cursor=cursor, limit=limit))


@router.post(
    "/{number}/cancel", response_model=RecordingImportView, responses=documented(401, 403, 404, 409, 422),
    summary="Stop an import of recordings",
)
def cancel_recording_import(services: ServicesDep, who: ActorDep, once: OnceDep, number: Id) -> Response:
    """Nothing more of it is fetched; what was taken stays. 409 where nothing is waited for."""
    return once.run(lambda: (200, services.recording_imports.cancel(number, by=who)), request=number)
