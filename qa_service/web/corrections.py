"""Corrections: who speaks on which channel of a recording, and what a contact took place for."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.channels.pairs import AGENT_LEFT
from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import Actor, Right
from qa_service.domain.recording import ChannelMap
from qa_service.domain.speaker import Speaker
from qa_service.errors import NotFoundError
from qa_service.store.interactions import State, StoredInteraction
from qa_service.web.pages import PageRoute
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/interactions", route_class=PageRoute, include_in_schema=False)

Side = Literal["left", "right"]
_STEREO = 2


def corrections(services: Services, stored: StoredInteraction, who: Actor) -> dict[str, Any]:
    """What may be corrected of it: purposes, and the map of a recording with two channels; nothing for whoever may not."""
    if not who.may(Right.CORRECT_INTERACTIONS) or stored.state is State.ERASED:
        return {"purposes": (), "told_channels": None}
    try:
        found = services.channels.get(stored.interaction.id, within=who.scope(Right.CORRECT_INTERACTIONS))
    except NotFoundError:
        found = None
    return {"purposes": tuple(Purpose), "told_channels": found if found is not None and found.channels == _STEREO else None}


@router.post("/{interaction}/channels")
def tell_channels_page(services: ServicesDep, who: PageActorDep, interaction: str, agent: Annotated[Side, Form()]) -> Response:
    """Say on which side the agent is."""
    told = AGENT_LEFT if agent == "left" else ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT)
    services.channels.put(interaction, told, actor=who.id)
    return _back(interaction)


@router.post("/{interaction}/purpose")
def tell_purpose_page(services: ServicesDep, who: PageActorDep, interaction: str, purpose: Annotated[Purpose, Form()]) -> Response:
    """Say what it took place for."""
    services.purposes.put(interaction, purpose, by=who)
    return _back(interaction)


def _back(interaction: str) -> Response:
    return RedirectResponse(f"/interactions/{quote(interaction, safe='')}", status_code=303)
