"""Phrases as authors write them: a name, a list for every language, or a list by language."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from qa_service.domain.base import Path, Refusal, refuse

#: Stands for any language.
ANY_LANGUAGE = "*"
LANGUAGE_CODE = re.compile(r"^[a-z]{2,3}$")


def by_language(raw: object) -> dict[str, tuple[str, ...]]:
    """Normalise ``"text"``, ``[...]`` and ``{en: [...]}``; raises ``ValidationError`` at the place of anything empty or odd."""
    if isinstance(raw, str | list | tuple):
        refuse("Phrases", _faults(raw, ()))
        return {ANY_LANGUAGE: _texts(raw)}
    if not isinstance(raw, Mapping) or not raw:
        raise ValueError("write phrases as a list, or by language: {en: [...], fa: [...]}")
    refuse("Phrases", (fault for language, texts in raw.items() for fault in (*_language(language), *_faults(texts, (str(language),)))))
    return {str(language): _texts(texts) for language, texts in raw.items()}


def _texts(raw: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (raw,) if isinstance(raw, str) else tuple(raw)


def _language(code: object) -> Iterator[Refusal]:
    if code != ANY_LANGUAGE and not LANGUAGE_CODE.match(str(code)):
        yield Refusal((str(code),), f"{code!r} is no language code", "write en, fa, ar or another ISO 639 code")


def _faults(raw: object, path: Path) -> Iterator[Refusal]:
    if isinstance(raw, str) and raw.strip():
        return
    if not isinstance(raw, list | tuple) or not raw:
        yield Refusal(path, "no phrases here", 'write a list: ["...", "..."]')
        return
    for index, text in enumerate(raw):
        if not isinstance(text, str):
            yield Refusal((*path, index), f"{text!r} is no phrase", "put it in quotes")
        elif not text.strip():
            yield Refusal((*path, index), "an empty phrase")


def content_key(prefix: str, value: object) -> str:
    """A key that is equal for equal content."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return f"{prefix}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


_LISTS = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
_LISTS_SCHEMA = {
    "anyOf": [
        _LISTS,
        {
            "type": "object", "minProperties": 1, "propertyNames": {"pattern": r"^([a-z]{2,3}|\*)$"},
            "additionalProperties": {"anyOf": [_LISTS, {"type": "string"}]},
        },
    ]
}


def _named_or_listed(raw: object) -> str | dict[str, tuple[str, ...]]:
    return raw if isinstance(raw, str) else by_language(raw)


#: Phrases in place, or the name of phrases at the top of the rubric.
PhrasesField = Annotated[
    str | dict[str, tuple[str, ...]],
    BeforeValidator(_named_or_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, *_LISTS_SCHEMA["anyOf"]]}),
]
#: Phrases in place.
PhraseListsField = Annotated[
    dict[str, tuple[str, ...]], BeforeValidator(by_language), WithJsonSchema({"anyOf": [{"type": "string"}, *_LISTS_SCHEMA["anyOf"]]})
]
