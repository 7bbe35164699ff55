"""Signals: the catalogue of what is measured."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from qa_service.api.deps import ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.history import SPECS
from qa_service.domain.signal import SignalSpec

router = APIRouter(prefix="/signals", route_class=Door)


class SignalCatalogue(BaseModel):
    """Everything that is measured."""

    model_config = ConfigDict(extra="forbid")

    #: Version of the analysis.
    analysis: str
    #: By name.
    signals: tuple[SignalSpec, ...]
    #: Those that rest on other interactions of the customer and may change; rubrics cannot use them.
    across: tuple[SignalSpec, ...]


@router.get("", response_model=SignalCatalogue, responses=documented(401), summary="List the signals that are measured")
def list_signals(services: ServicesDep) -> SignalCatalogue:
    """Name, unit, method and channels of every signal, as rubrics may use them."""
    catalogue = services.analysis.catalogue
    return SignalCatalogue(analysis=services.analysis.version, signals=tuple(catalogue[name] for name in sorted(catalogue)), across=SPECS)
