"""JSON Schema (draft 2020-12) of the rubric language and of scorecards, derived from the types and the table of kinds."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, cast, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from qa_service.domain.base import Path, Record
from qa_service.domain.criteria import KINDS
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Scorecard

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COMMENTED = re.compile(r"((?:^    #: .*\n)+)^    (\w+):", re.MULTILINE)
_ROLE = re.compile(r":\w+:`~?([^`]+)`")
Schema = dict[str, Any]


def rubric_schema() -> Schema:
    """Schema of a rubric file, for editors and for checking."""
    models: tuple[type[Record], ...] = (Rubric, *KINDS.values())
    names, top = _definitions(models, "validation")
    definitions = top["$defs"]
    bodies = {kind: definitions.pop(names[model]) for kind, model in KINDS.items()}
    form = definitions.pop(names[Rubric])
    definitions["Detection"] = _detection({kind: KINDS[kind].body_schema(body) for kind, body in bodies.items()})
    return {"$schema": DIALECT, **form, "title": "Rubric", "$defs": dict(sorted(definitions.items()))}


def scorecard_schema() -> Schema:
    """Schema of scorecard JSON, as the service writes it and as people write gold scorecards (figures may be left out)."""
    names, top = _definitions((Scorecard,), "validation")
    definitions = top["$defs"]
    card = definitions.pop(names[Scorecard])
    return {
        "$schema": DIALECT, **card, "title": "Scorecard", "required": ["schema", *card["required"]],
        "$defs": dict(sorted(definitions.items())),
    }


def known_keys(path: Path) -> tuple[str, ...]:
    """Keys that a rubric file may have at a path, for hints."""
    schema = _cached_rubric_schema()
    nodes = [schema]
    for part in path:
        nodes = [below for node in nodes for one in _variants(node, schema) for below in _below(one, part)]
    return tuple(key for node in nodes for one in _variants(node, schema) for key in one.get("properties", {}))


@cache
def _cached_rubric_schema() -> Schema:
    return rubric_schema()


def _variants(node: Schema, root: Schema) -> Iterator[Schema]:
    if "$ref" in node:
        yield from _variants(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    elif "anyOf" in node:
        for one in node["anyOf"]:
            yield from _variants(one, root)
    else:
        yield node


def _below(node: Schema, part: str | int) -> Iterator[Schema]:
    inside = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part, node.get("additionalProperties"))
    if isinstance(inside, dict):
        yield inside


def _detection(bodies: Mapping[str, Schema]) -> Schema:
    bare = [kind for kind, body in bodies.items() if body.get("type") == "object" and not body.get("required")]
    return {
        "description": "One kind with its settings; all, any, none, at_least and weigh combine several.",
        "anyOf": [
            {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False, "properties": dict(bodies)},
            {"enum": bare},
        ],
    }


class _Generator(GenerateJsonSchema):
    """Refers to ``Detection``, which the table of kinds defines, and leaves out titles that only repeat the key."""

    def get_schema_from_definitions(self, json_ref: Any) -> Any:
        return {} if str(json_ref).endswith("/Detection") else super().get_schema_from_definitions(json_ref)

    def dict_schema(self, schema: Any) -> Any:
        """A key that fits no pattern is refused."""
        found = super().dict_schema(schema)
        return {**found, "additionalProperties": False} if "patternProperties" in found else found

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _definitions(models: tuple[type[Record], ...], mode: JsonSchemaMode) -> tuple[dict[Any, str], Schema]:
    """Name of each model, and a schema whose ``$defs`` describe them and all that they hold, with their comments as descriptions."""
    inputs = [(cast(type[BaseModel], model), mode) for model in models]
    references, top = models_json_schema(inputs, schema_generator=_Generator)
    names = {model: str(reference["$ref"]).rpartition("/")[2] for (model, _), reference in references.items()}
    for model in _reachable(models):
        definition = top["$defs"].get(names.get(model, model.__name__))
        if definition is not None:
            _describe(definition, model)
    return names, top


def _reachable(models: Iterable[type[Record]]) -> Iterator[type[Record]]:
    """The types themselves and all that their fields hold."""
    seen: set[type[Record]] = set()
    waiting = list(models)
    while waiting:
        model = waiting.pop()
        if model not in seen:
            seen.add(model)
            waiting.extend(one for field in model.model_fields.values() for one in _held(field.annotation))
            yield model


def _held(annotation: Any) -> Iterator[type[Record]]:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
    for argument in get_args(annotation):
        yield from _held(argument)


def _describe(definition: Schema, model: type[Record]) -> None:
    definition["description"] = _prose(definition.get("description", ""))
    for base in reversed(model.__mro__):
        if issubclass(base, Record) and base is not Record:
            for comment, name in _COMMENTED.findall(inspect.getsource(base)):
                field = model.model_fields.get(name)
                key = name if field is None or field.alias is None else field.alias
                if key in definition.get("properties", {}):
                    definition["properties"][key]["description"] = _prose(" ".join(line.strip(" #:") for line in comment.splitlines()))


def _prose(text: str) -> str:
    return _ROLE.sub(r"\1", text).replace("``", "'")
