"""Phrases as authors write them: a name, a list for every language, or a list by language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

#: Stands for any language.
ANY_LANGUAGE = "*"


def by_language(raw: object) -> dict[str, tuple[str, ...]]:
    """Normalise ``"text"``, ``[...]`` and ``{en: [...]}``; raises ``ValueError`` for anything empty."""
    if isinstance(raw, str | list | tuple):
        raw = {ANY_LANGUAGE: raw}
    if not isinstance(raw, Mapping) or not raw:
        raise ValueError("write phrases as a list, or by language: {en: [...], fa: [...]}")
    return {str(language): _texts(texts, str(language)) for language, texts in raw.items()}


def _texts(raw: object, language: str) -> tuple[str, ...]:
    texts = (raw,) if isinstance(raw, str) else tuple(raw) if isinstance(raw, list | tuple) else ()
    if not texts:
        raise ValueError(f"no phrases for language {language}")
    for text in texts:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{text!r} is no phrase (language {language}): put it in quotes")
    return tuple(texts)


def content_key(prefix: str, value: object) -> str:
    """A key that is equal for equal content."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return f"{prefix}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


_LISTS = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
LISTS_SCHEMA = {
    "anyOf": [_LISTS, {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [_LISTS, {"type": "string"}]}}]
}


def _named_or_listed(raw: object) -> str | dict[str, tuple[str, ...]]:
    return raw if isinstance(raw, str) else by_language(raw)


#: Phrases in place, or the name of phrases at the top of the rubric.
PhrasesField = Annotated[
    str | dict[str, tuple[str, ...]],
    BeforeValidator(_named_or_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, *LISTS_SCHEMA["anyOf"]]}),
]
PhraseListsField = Annotated[dict[str, tuple[str, ...]], BeforeValidator(by_language), WithJsonSchema(LISTS_SCHEMA)]
