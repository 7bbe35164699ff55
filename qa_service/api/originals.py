"""Originals: what masking took out of an interaction, for admins who say why; there is none unless the operator turned the vault on."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from qa_service.api.deps import TEXT, CallerDep, Id, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.services.originals import OriginalsDeleted, OriginalView

router = APIRouter(prefix="/interactions", route_class=Door)

Reason = Annotated[str, Query(min_length=5, max_length=1000, pattern=TEXT, description="Why; it is kept in the ledger with your name.")]
_BYTES = "application/octet-stream"
_AUDIO = {_BYTES: {"schema": {"type": "string", "contentMediaType": _BYTES}}}


@router.get(
    "/{interaction}/original", response_model=OriginalView, responses=documented(401, 403, 404, 422, 503), summary="Read what was masked"
)
def get_interaction_original(services: ServicesDep, who: CallerDep, interaction: Id, reason: Reason) -> OriginalView:
    """What stood in the place of each placeholder. 404 where the vault was off when it came in, or it was deleted; 503 where the key that
    sealed it is not here. The act is written to the ledger."""
    return services.originals.read(interaction, reason=reason, actor=who)


@router.get(
    "/{interaction}/original/audio", response_class=Response, summary="Listen to what was silenced",
    responses={200: {"description": "The recording as it was uploaded", "content": _AUDIO}, **documented(401, 403, 404, 422, 503)},
)
def get_interaction_original_audio(services: ServicesDep, who: CallerDep, interaction: Id, reason: Reason) -> Response:
    """The whole recording with nothing silenced, decrypted as it is sent. The act is written to the ledger."""
    name, pieces = services.originals.audio(interaction, reason=reason, actor=who)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type=_BYTES, headers=headers)


@router.delete(
    "/{interaction}/original", response_model=OriginalsDeleted, responses=documented(401, 403, 404, 422), summary="Delete what was masked"
)
def delete_interaction_original(services: ServicesDep, who: CallerDep, interaction: Id, reason: Reason) -> OriginalsDeleted:
    """Texts and recording are gone from the vault for good; transcript, silenced recording and scorecards stay. The act is written to the
    ledger, and needs no key of the vault."""
    return services.originals.delete(interaction, reason=reason, actor=who)
