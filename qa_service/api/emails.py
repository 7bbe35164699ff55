"""E-mails: RFC 822 messages and mailboxes; threads, quoted text and signatures are sorted out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import AskedDep, CallerDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.receipts import Receipts, only
from qa_service.api.uploads import Upload, receiving
from qa_service.channels import MailParties
from qa_service.errors import InputError
from qa_service.services.ingest import JobOptions
from qa_service.services.submission import parties

router = APIRouter(prefix="/emails", route_class=Door)

#: Bodies that are one file, and the name it goes under.
_RAW = {"message/rfc822": "message.eml", "application/mbox": "mailbox.mbox"}
_EXAMPLE = """From: Sam Carter <sam@example.org>
To: support@shop.example
Subject: Where is my order?
Message-ID: <1042@example.org>
Date: Mon, 2 Nov 2026 09:14:05 +0000
Content-Type: text/plain; charset=utf-8

Hello, my order should have been here on Friday. Can you tell me where it is?
"""


class EmailForm(BaseModel):
    """The multipart form of e-mails."""

    model_config = ConfigDict(json_schema_extra={"required": ["file"]})

    #: ``.eml`` and ``.mbox`` files; letters of one thread find each other.
    file: list[Annotated[str, Field(json_schema_extra={"format": "binary", "contentMediaType": "application/octet-stream"})]]


_BODY = {
    "message/rfc822": {"schema": {"type": "string"}, "example": _EXAMPLE},
    "application/mbox": {"schema": {"type": "string"}},
    "multipart/form-data": {"schema": {"$ref": "#/components/schemas/EmailForm"}},
}


def mail_parties(
    services: ServicesDep,
    agent_addresses: Annotated[list[str] | None, Query(max_length=1000, description="Addresses of agents and shared mailboxes.")] = None,
    agent_domains: Annotated[list[str] | None, Query(max_length=1000, description="Domains all of whose addresses are agents'.")] = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is the agent: as the query says, else as the settings say, else everybody but the first writer of a thread."""
    if agent_addresses or agent_domains:
        return tuple(agent_addresses or ()), tuple(agent_domains or ())
    settings = services.settings
    return _names(settings.agent_addresses), _names(settings.agent_domains)


MailPartiesDep = Annotated[tuple[tuple[str, ...], tuple[str, ...]], Depends(mail_parties)]


def _checked(told: MailPartiesDep) -> MailParties:
    return parties(*told)


def received(upload: Annotated[Upload, Depends(receiving(_RAW))]) -> Upload:
    """The e-mails of a request; raises :class:`InputError` when there are none."""
    if not upload.files:
        raise InputError("the form has no file", field="file", hint="send .eml or .mbox files, with their names")
    for name in upload.fields:
        raise InputError("the form has no such field", field=name, hint="agent_addresses, agent_domains, rubric, engine: in the query")
    return upload


@router.post(
    "", status_code=202, response_model=Receipts, summary="Send e-mails",
    responses={
        200: {"model": Receipts, "description": "All of it was there before; nothing was added"},
        202: {"description": "One outcome for each thread"}, **documented(401, 409, 413, 415, 422),
    },
    openapi_extra={"requestBody": {"required": True, "content": _BODY}},
)
def ingest_emails(
    request: Request, services: ServicesDep, who: CallerDep, once: OnceDep, asked: AskedDep,
    told: Annotated[MailParties, Depends(_checked)], upload: Annotated[Upload, Depends(received)],
) -> Response:
    """A message, a mailbox, or files of both. Each thread becomes one interaction; where all that came is one thread that cannot be
    used, the answer is its problem."""

    def take() -> tuple[int, Receipts]:
        receipts = services.intake.emails(
            [one.path for one in upload.files], root=upload.folder, parties=told, actor=who, options=JobOptions(**asked.model_dump())
        )
        if len(receipts) == 1:
            only(receipts[0])
        found = Receipts.of(receipts, instance=request.url.path)
        return found.status, found

    return once.run(take, request=upload.fingerprint)


def _names(setting: str) -> tuple[str, ...]:
    return tuple(name for one in setting.split(",") if (name := one.strip()))
