"""The wording of a criterion: all that decides what people and the machine answer it by, as one fingerprint.

Answers given under one wording say nothing about another, so they are counted apart. A wording is the question, the options, the
condition under which it is asked, the opportunity, the detection, the named phrases they use, the languages that the form serves, and the
wordings of the criteria that it waits for (their answers and evidence decide with). Weight, severity, skill, section, advice and who must
look are no part of it: they change points and nobody's answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from qa_service.domain.rubric import Criterion, Option, Rubric
from qa_service.domain.rubric_checks import borders

#: What of a criterion belongs to its wording as it is written.
_PARTS = ("question", "asked_when", "applies_when", "detect", "numeric")


def wordings(rubric: Rubric) -> Mapping[str, str]:
    """Criterion id -> 64 bits of the SHA-256 over the canonical JSON of its wording, in hexadecimal; equal only for equal wordings,
    whatever versions of the form they stand in."""
    return _wordings(_Form(rubric))


class _Form:
    """A rubric as a key: one content, one key. (A rubric holds mappings and cannot be one itself.)"""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric

    def __hash__(self) -> int:
        return hash(self.rubric.fingerprint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Form) and other.rubric.fingerprint == self.rubric.fingerprint


@lru_cache(maxsize=64)
def _wordings(form: _Form) -> Mapping[str, str]:
    rubric = form.rubric
    waits, found = borders(rubric), dict[str, str]()
    for criterion in rubric.order:
        found[criterion.id] = _digest(
            {
                **{name: value for name, value in criterion.model_dump(mode="json", include=set(_PARTS)).items() if value is not None},
                "options": [_plain(option) for option in criterion.options], "languages": sorted(rubric.languages),
                "phrases": _phrases(rubric, criterion), "waits": {other: found[other] for other in sorted(waits[criterion.id])},
            }
        )
    return MappingProxyType({criterion.id: found[criterion.id] for criterion in rubric.criteria})


def _plain(option: Option) -> dict[str, Any]:
    """What an option is worth changes nobody's answer, but whether it earns anything decides what counts as a miss."""
    return {"id": option.id, "title": option.title, "earns": option.value > 0}


def _phrases(rubric: Rubric, criterion: Criterion) -> dict[str, Any]:
    names = {name for detection in criterion.detections() for name in detection.phrase_names()}
    return {name: rubric.phrases[name] for name in sorted(names)}


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
