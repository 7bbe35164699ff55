"""Sources: folders and buckets that recordings and conversations are taken from by themselves."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from qa_service.api.deps import ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.services.sources import SourceView

router = APIRouter(prefix="/sources", route_class=Door)


class SourceList(BaseModel):
    """The sources of the process that answers."""

    model_config = ConfigDict(extra="forbid")

    #: By name.
    sources: tuple[SourceView, ...]


@router.get("", response_model=SourceList, responses=documented(401, 403), summary="List sources")
def list_sources(services: ServicesDep) -> SourceList:
    """Those of the settings, with how far each is, why the last look came to nothing, and which files cannot be used."""
    return SourceList(sources=services.sources.list())
