"""What a revealed calibration session shows in words, the wording it proposes, and what of it joins the gold set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.calibration import Calibration
from qa_service.domain.calibration_results import CalibrationResults
from qa_service.domain.coefficient import CriterionAgreement, Untold
from qa_service.domain.permission import Actor
from qa_service.domain.proposal import Proposal
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Split
from qa_service.errors import ConflictError, InputError
from qa_service.web.forms import FieldsDep
from qa_service.web.pages import PageRoute, render
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/calibrations", route_class=PageRoute, include_in_schema=False)
#: Krippendorff's line: below it no conclusion should be drawn from answers (2019, p. 356).
LEAST_ALPHA = 0.667


def meaning(one: CriterionAgreement) -> str:
    """What agreement on a criterion means: ``same``, ``good``, ``poor``, or ``open`` where the interval lies on both sides of the line."""
    alpha = one.alpha
    if alpha.untold is Untold.ONE_ANSWER:
        return "same"
    if alpha.value is None or alpha.low is None or alpha.high is None:
        return "apart" if one.agreement.value is not None and one.agreement.value < 1 else "open"
    return "good" if alpha.low >= LEAST_ALPHA else "poor" if alpha.high < LEAST_ALPHA else "open"


def told(services: Services, session: Calibration, results: CalibrationResults | None, rubric: Rubric) -> dict[str, Any]:
    """For the template of a session that was revealed."""
    if results is None:
        return {"meanings": {}, "tally": {}, "leanings": [], "proposals": (), "splits": list(Split)}
    meanings = {one.criterion: meaning(one) for one in results.criteria}
    leanings = [
        (form, one) for form in rubric.criteria for one in results.leniency.get(form.id, ()) if one.low > 0 or one.high < 0
    ]
    return {
        "meanings": meanings, "tally": Counter(meanings.values()), "leanings": leanings, "splits": list(Split),
        "proposals": _proposals(services, session),
    }


@router.post("/{calibration}/wording")
def propose_calibration_wording_page(services: ServicesDep, who: PageActorDep, calibration: str, sent: FieldsDep) -> Response:
    """Propose other words for a question that was talked about."""
    session = services.calibrating.get(calibration, by=who).session
    for field in ("wording", "why"):
        if not sent.get(field) or len(sent[field]) > 4000:
            raise InputError("say how it should read, and why", field=field)
    services.proposals.propose(
        session.rubric.id, criterion=sent.get("criterion", ""), wording={_language(sent.get("language", "")): sent["wording"]},
        why=sent["why"], by=who, session=calibration,
    )
    return RedirectResponse(f"/calibrations/{calibration}#wording", status_code=303)


@router.post("/{calibration}/gold")
def write_calibration_gold_page(request: Request, services: ServicesDep, who: PageActorDep, calibration: str, sent: FieldsDep) -> Response:
    """Add what was agreed to the gold set; what joined, and what did not, is told."""
    wanted = next((one for one in Split if one.value == sent.get("split")), Split.TRAIN)
    written = services.calibrated_gold.write(calibration, split=wanted, by=_leading(services, calibration, who))
    return render(request, "calibration_gold.html", written=written, calibration=calibration)


def _leading(services: Services, calibration: str, who: Actor) -> Actor:
    """Whoever acts, once it is sure that the session is theirs to see; raises :class:`NotFoundError`."""
    if services.calibrating.get(calibration, by=who).session.closed_at is None:
        raise ConflictError("the session is not closed", field="state", hint="close it first")
    return who


def _proposals(services: Services, session: Calibration) -> Sequence[Proposal]:
    return [one for one in services.proposals.list(session.rubric.id, limit=200).items if one.session == session.id]


def _language(code: str) -> str:
    if code not in ("en", "fa", "ar"):
        raise InputError(f"{code!r} is no language of the pages", field="language", hint="en, fa or ar")
    return code
