"""Surveys: files of what customers answered after their contacts."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from qa_service.api.deps import ActorDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.record_forms import SurveysDep
from qa_service.api.uploads import form_body
from qa_service.services.importing import ImportReport

router = APIRouter(prefix="/surveys", route_class=Door)


@router.post(
    "", response_model=ImportReport, responses=documented(401, 409, 413, 415, 422), openapi_extra=form_body("SurveyForm"),
    summary="Import survey answers",
)
def import_surveys(services: ServicesDep, who: ActorDep, once: OnceDep, form: SurveysDep) -> Response:
    """A CSV or JSON Lines file, one answer a row: satisfaction, recommendation (0 to 10), effort, settled or not, a comment (masked
    before it is stored). Good rows go in together; each faulty one is told with line, column and what was expected."""
    act = services.surveys.take
    return once.run(lambda: (200, act(form.source, options=form.options, by=who)), request=form.fingerprint)
