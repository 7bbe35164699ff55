"""Forms that bring files: streamed to disk part by part, and what they say beside the files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from pydantic import ValidationError

from qa_service.api.deps import CSRF_HEADER, ServicesDep
from qa_service.api.emails import mail_parties
from qa_service.api.uploads import Upload, received_upload
from qa_service.bootstrap import Services
from qa_service.channels.pairs import AGENT_LEFT
from qa_service.domain.permission import Actor
from qa_service.domain.recording import ChannelMap
from qa_service.domain.speaker import Speaker
from qa_service.errors import InputError
from qa_service.services.assumed import Assumed
from qa_service.services.ingest import JobOptions
from qa_service.services.submission import Order, parties
from qa_service.web.visitor import CSRF_FIELD, SenderDep, check_token

#: What may be said of the channels of recordings, and what it means.
CHANNEL_MAPS: Mapping[str, ChannelMap] = {
    "": ChannelMap(), "agent_left": AGENT_LEFT, "agent_right": ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT),
    "mono": ChannelMap(mono=True),
}  # fmt: skip
_LONGEST = 2000
_TOLD = ("language", "queue", "agent", "agent_name", "team", "purpose")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An upload of a page."""

    #: Whoever sent it.
    who: Actor
    #: Its files; they go with the response.
    upload: Upload
    #: What it says besides.
    fields: Mapping[str, str]


async def sent_upload(request: Request, services: ServicesDep, who: SenderDep) -> AsyncIterator[Sent]:
    """What a form with files brings; who sends it is known before any of it is read. Raises :class:`HttpProblem` for one that no page of
    ours sent."""
    shown = request.headers.get(CSRF_HEADER)
    if shown is not None:
        check_token(request, shown)
    async with received_upload(request, services, {}) as upload:
        fields = {name: _text(name, data) for name, data in upload.fields.items()}
        if shown is None:
            check_token(request, fields.get(CSRF_FIELD))
        yield Sent(who=who.actor, upload=upload, fields=fields)


SentDep = Annotated[Sent, Depends(sent_upload)]


def order_of(services: Services, fields: Mapping[str, str], *, files: tuple[str, ...], by: Actor) -> Order:
    """What is asked for; raises :class:`InputError`."""
    addresses, domains = mail_parties(services, _names(fields.get("agent_addresses", "")), _names(fields.get("agent_domains", "")))
    parties(addresses, domains)
    options = JobOptions(rubric=fields.get("rubric") or None, engine=fields.get("engine") or None, rescore=True)
    return Order(
        actor=by.id, options=options, agent_addresses=addresses, agent_domains=domains, assumed=_assumed(fields), files=files
    )


def batch_name(fields: Mapping[str, str], *, first: str, files: int) -> str:
    """As whoever sends it calls it, else after its first file."""
    return (fields.get("name") or (f"{first} (+{files - 1})" if files > 1 else first))[:500]


def _assumed(fields: Mapping[str, str]) -> Assumed:
    channels = fields.get("channels", "")
    if channels not in CHANNEL_MAPS:
        raise InputError(f"{channels!r} is no map of channels", field="channels", hint=", ".join(filter(None, CHANNEL_MAPS)))
    told = {name: fields[name] for name in _TOLD if fields.get(name)}
    try:
        return Assumed.model_validate({**told, "channel_map": CHANNEL_MAPS[channels]})
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], field=".".join(map(str, first["loc"]))) from error


def _names(told: str) -> list[str]:
    return [name for one in told.replace(";", ",").replace("،", ",").split(",") if (name := one.strip())]


def _text(name: str, data: bytes) -> str:
    try:
        value = data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise InputError("a field is not UTF-8", field=name) from error
    if len(value) > _LONGEST or "\x00" in value:
        raise InputError("what stands there is too long, or no text", field=name, hint=f"{_LONGEST} characters at most")
    return value
