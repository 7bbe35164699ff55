"""Conversations: chats, posts and ready transcripts as conversation JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from qa_service.api.deps import AskedDep, CallerDep, ServicesDep, media_type
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.receipts import Receipts, location, only
from qa_service.services.ingest import Ingested, JobOptions

router = APIRouter(prefix="/conversations", route_class=Door)

_JSON, _LINES = "application/json", ("application/x-ndjson", "application/jsonl")
_NAME = "conversations.json"
EXAMPLE = {
    "id": "c-1042", "channel": "chat", "language": "en", "started_at": "2026-11-02T09:14:05Z",
    "agent": {"id": "a17", "name": "Sara", "team": "billing"}, "customer": {"id": "k-88"}, "queue": "billing",
    "turns": [
        {"speaker": "customer", "text": "Hi, I was charged twice this month.", "sent_at": "2026-11-02T09:14:05Z"},
        {"speaker": "agent", "text": "Hello, this is Sara. I am sorry about that, let me look into it.", "sent_at": "2026-11-02T09:14:41Z"},
    ],
}
_ONE = {"$ref": "#/components/schemas/Conversation"}
_BODY = {
    _JSON: {
        "schema": {"oneOf": [_ONE, {"type": "array", "items": _ONE}]},
        "examples": {"one": {"summary": "One chat", "value": EXAMPLE}, "list": {"summary": "A list", "value": [EXAMPLE]}},
    },
    **{one: {"schema": {"type": "string", "description": "One conversation a line"}} for one in _LINES},
}


async def _body(request: Request) -> tuple[bytes, bool]:
    """The body, and whether it promises many."""
    lines = media_type(request, (_JSON, *_LINES)) in _LINES
    data = await request.body()
    return data, lines or data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


@router.post(
    "", status_code=202, response_model=Ingested | Receipts, summary="Send conversations",
    responses={
        200: {"model": Ingested | Receipts, "description": "All of it was there before; nothing was added"},
        202: {"description": "Taken in; one object gives its interaction and job, a list or JSON Lines one outcome for each"},
        **documented(401, 409, 413, 415, 422),
    },
    openapi_extra={"requestBody": {"required": True, "content": _BODY}},
)
def ingest_conversations(
    request: Request, services: ServicesDep, who: CallerDep, once: OnceDep, asked: AskedDep,
    body: Annotated[tuple[bytes, bool], Depends(_body)],
) -> Response:
    """One conversation, a list of them, or JSON Lines. A faulty single one is answered with its problem; of many, each has an outcome of
    its own and the good ones go on."""
    data, many = body

    def take() -> tuple[int, BaseModel]:
        receipts = services.intake.conversations(data, name=_NAME, actor=who, options=JobOptions(**asked.model_dump()))
        if len(receipts) == 1 and not many:
            return only(receipts[0])
        found = Receipts.of(receipts, instance=request.url.path)
        return found.status, found

    return once.run(take, request=data, headers=location)
