"""Call details: files of what telephony and help desks tell of contacts, recorded or not."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from qa_service.api.deps import ActorDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.record_forms import CallDetailsDep
from qa_service.api.uploads import form_body
from qa_service.services.importing import ImportReport

router = APIRouter(prefix="/call-details", route_class=Door)


@router.post(
    "", response_model=ImportReport, responses=documented(401, 409, 413, 415, 422), openapi_extra=form_body("CallDetailForm"),
    summary="Import call details",
)
def import_call_details(services: ServicesDep, who: ActorDep, once: OnceDep, form: CallDetailsDep) -> Response:
    """A CSV or JSON Lines file, one contact a row. Good rows go in together; each faulty one is told with line, column and what was
    expected. The same file again adds nothing; a corrected row takes the place of the one with its id, and is told."""
    act = services.call_details.take
    return once.run(lambda: (200, act(form.source, options=form.options, by=who)), request=form.fingerprint)
