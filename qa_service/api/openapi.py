"""The OpenAPI 3.1 document: what FastAPI derives, completed with problems, upload forms and the ``#:`` comment of every field."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from qa_service import __version__
from qa_service.api import ROUTERS
from qa_service.api.batches import BatchForm
from qa_service.api.emails import EmailForm
from qa_service.api.problems import Problem, documented
from qa_service.api.record_forms import CallDetailForm, RecordingImportForm, SurveyForm
from qa_service.api.recordings import RecordingForm
from qa_service.channels.wire import WireConversation

TITLE = "qa_service"
_SUMMARY = "Self-hosted quality assurance and speech analytics for contact centres"
_DESCRIPTION = """Recordings, chats, e-mails and social threads go in; rubrics are pre-scored with evidence; people finalise.

- **Key**: `Authorization: Bearer KEY` or `X-API-Key: KEY` on everything but health. The admin key is shown once, at the first start.
- **Pages** sign in instead (`POST /v1/sessions`), and send the `csrf_token` of the answer as `X-CSRF-Token` with what changes something.
- **Work** never runs in a request: uploads answer `202` with an interaction and its job; poll the job. Tables of call
  details and surveys are read at once, and answered row by row.
- **Problems** are RFC 9457: a stable `code`, and the file, field, line and hint where there are any.
- **Lists** come in pages: pass `next` as `cursor`. Times carry their zone; periods are `from <= contact < to`.
- **Changes** to a scorecard name the revision that you saw: its `ETag` as `If-Match`.
- **Retries** are safe with an `Idempotency-Key` on `POST`; the same content is never taken in twice anyway.
"""
#: Models that appear in hand-written request bodies only.
_FORMS: tuple[type[BaseModel], ...] = (RecordingForm, EmailForm, BatchForm, CallDetailForm, RecordingImportForm, SurveyForm)
_EXTRA: tuple[type[BaseModel], ...] = (Problem, WireConversation, *_FORMS)
_REFERENCE = "#/components/schemas/{model}"
#: Shapes of files under the names that callers know them by.
_RENAMED = {
    "WireConversation": "Conversation", "WireTurn": "ConversationTurn", "WireWord": "ConversationWord", "WireSurvey": "ConversationSurvey",
}
#: Whose comments tell what their fields are.
_LIKE = {"Conversation": "Interaction", "ConversationTurn": "Turn", "ConversationWord": "Word", "ConversationSurvey": "Survey"}
#: Whatever names one of these may find its content erased.
_ERASABLE = ("{interaction}", "{scorecard}", "{dispute}")
_SPAN = {"start": "Start, seconds from the start of the contact.", "end": "End, seconds."}
#: Where they differ from those.
_TOLD = {
    "Conversation": {"turns": "What was said, in order of time; all turns carry the same kind of time, or none."},
    "ConversationTurn": {**_SPAN, "text": "The words as said or written.", "words": "Recognised words; none for written turns."},
    "ConversationWord": _SPAN,
}
_NOTE = re.compile(r"^(?P<indent> +)#: (?P<text>.*)$")
_ROLE = re.compile(r":[a-z]+:`[~.]?([^`]+)`")
_NAME = re.compile(r"^ +(?P<name>[a-z_][a-z0-9_]*):? ?[:=]")


def install(app: FastAPI) -> None:
    """Make the application tell this document."""
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=TITLE, version=__version__, openapi_version="3.1.0", summary=_SUMMARY, description=_DESCRIPTION, routes=app.routes,
            tags=[{"name": one.tag, "description": one.summary} for one in ROUTERS],
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        schemas: dict[str, Any] = document["components"]["schemas"]
        for model in _EXTRA:
            _add(schemas, model)
        for name, schema in schemas.items():
            _describe(name, schema)
        for form in _FORMS:
            schemas[form.__name__] = _sent(schemas[form.__name__])
        for path, operation in ((path, one) for path, item in document["paths"].items() for one in item.values()):
            if any(name in path for name in _ERASABLE):
                operation["responses"] = _with(operation["responses"], HTTPStatus.GONE)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
            if operation.get("security"):
                # Whatever takes a key may be refused for the right that it lacks.
                operation["responses"] = _with(operation["responses"], HTTPStatus.FORBIDDEN)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = document
    return app.openapi_schema


def _with(responses: dict[str, Any], status: int) -> dict[str, Any]:
    """The same, and that one, by status."""
    told: dict[Any, Any] = {**documented(status), **responses}
    return {str(code): told[code] for code in sorted(told, key=str)}


def _add(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    text = json.dumps(model.model_json_schema(ref_template=_REFERENCE))
    for old, new in _RENAMED.items():
        text = text.replace(f'"{old}"', f'"{new}"').replace(f'/{old}"', f'/{new}"')
    schema = json.loads(text)
    for name, inner in schema.pop("$defs", {}).items():
        schemas.setdefault(name, inner)
    schemas[_RENAMED.get(model.__name__, model.__name__)] = schema


def _sent(form: dict[str, Any]) -> dict[str, Any]:
    """A form: what is required comes first, and nothing in it can be null."""
    fields = {name: _without_null(field) for name, field in form["properties"].items()}
    first = {name: fields[name] for name in ("file", "sidecar") if name in fields}
    return {**form, "properties": {**first, **fields}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What can be left out, but not be null, since it is sent as text."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf" and (name, value) != ("default", None)}
    return {**kinds[0], **rest}


def _describe(name: str, schema: dict[str, Any]) -> None:
    notes = {**_notes().get(_LIKE.get(name, name), {}), **_TOLD.get(name, {})}
    for field, inner in schema.get("properties", {}).items():
        note = notes.get(field) or notes.get(f"{field}_")
        if note and "description" not in inner:
            inner["description"] = note


@cache
def _notes() -> dict[str, dict[str, str]]:
    """Model name -> field -> its comment, inherited ones included."""
    return {model.__name__: {k: v for base in reversed(model.__mro__) for k, v in _own(base).items()} for model in _models(BaseModel)}


def _models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        if model.__module__.startswith("qa_service."):
            yield model
        yield from _models(model)


@cache
def _own(model: type) -> dict[str, str]:
    """The ``#:`` comments in the source of one class."""
    if not model.__module__.startswith("qa_service.") or "[" in model.__name__:
        return {}
    found: dict[str, str] = {}
    note: list[str] = []
    for line in inspect.getsource(model).splitlines():
        if told := _NOTE.match(line):
            note.append(told["text"])
        elif note and (named := _NAME.match(line)):
            found[named["name"]] = _ROLE.sub(r"`\1`", " ".join(note)).replace("``", "`").replace("`None`", "`null`")
            note = []
    return found
