"""``manual``, combinations and how detections are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.criteria import KINDS
from qa_service.domain.criteria.base import parse_detection
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.transcript import Transcript

YES, NO = {"said": {"phrases": ["hello"]}}, {"said": {"phrases": ["bye"]}}
OPEN = "manual"


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ({"all": [YES, YES]}, "yes"), ({"all": [YES, NO]}, "no"), ({"all": [YES, OPEN]}, "undecided"), ({"all": [NO, OPEN]}, "no"),
        ({"any": [NO, YES]}, "yes"), ({"any": [NO, NO]}, "no"), ({"any": [NO, OPEN]}, "undecided"), ({"any": [YES, OPEN]}, "yes"),
        ({"none": [NO, NO]}, "yes"), ({"none": [NO, YES]}, "no"), ({"none": [NO, OPEN]}, "undecided"), ({"none": [YES, OPEN]}, "no"),
        ({"at_least": {"count": 2, "of": [YES, YES, OPEN]}}, "yes"), ({"at_least": {"count": 2, "of": [YES, NO, OPEN]}}, "undecided"),
        ({"at_least": {"count": 2, "of": [NO, NO, OPEN]}}, "no"),
        ({"all": [{"any": [NO, YES]}, {"none": [NO]}]}, "yes"),
        ("manual", "undecided"), ({"manual": {}}, "undecided"), ({"manual": None}, "undecided"),
    ],
)  # fmt: skip
def test_verdicts(talk: Callable[..., Transcript], decide: Callable[..., Outcome], detection: Any, expected: str) -> None:
    assert decide(talk("agent: hello"), detection).verdict == expected


WRITTEN: dict[str, Any] = {
    "said": {"said": {"by": "agent", "phrases": {"en": ["a"]}, "within": "first 20%", "fuzzy": 80, "times": 2}},
    "not_said": {"not_said": {"phrases": "named"}},
    "matches": {"matches": {"pattern": {"*": ["a+"]}}},
    "means": {"means": {"by": "agent", "like": ["a", "b"], "unlike": ["c"], "within": "last 40%", "sure": 0.8, "shift": -1.0}},
    "signal": {"signal": {"name": "a.b", "at_most": 10.0}},
    "order": {"order": {"first": {"manual": {}}, "then": {"said": {"phrases": "x"}}}},
    "answered_within": {"answered_within": {"limit": "24h", "which": "first"}},
    "judge": {"judge": {"question": "Was it resolved?", "by": "agent", "quotes": "unless_no", "trust": 0.9}},
    "promise": {"promise": {"says": ["who", "when"]}},
    "reached": {"reached": "closing"},
    "manual": {"manual": {}},
    "all": {"all": [{"manual": {}}]},
    "any": {"any": [{"reached": "hold"}, {"manual": {}}]},
    "none": {"none": [{"said": {"phrases": "x", "by": "customer"}}]},
    "at_least": {"at_least": {"count": 1, "of": [{"manual": {}}, {"reached": "hold"}]}},
    "weigh": {"weigh": {"start": -0.5, "sure": 0.7, "cues": [{"add": 1.5, "when": {"reached": "hold"}}]}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written_as_it_was_read_without_its_defaults(kind: str) -> None:
    parsed = parse_detection(WRITTEN[kind])
    assert parsed.model_dump(mode="json") == WRITTEN[kind]
    assert parse_detection(parsed.model_dump(mode="json")) == parsed


@pytest.mark.parametrize(
    ("raw", "path", "message"),
    [
        ({"siad": {}}, ("siad",), "unknown detection 'siad'"),
        ("sad", ("sad",), "unknown detection 'sad'"),
        ({"said": {"phrases": "a"}, "within": "x"}, (), "not said, within"),
        ({}, (), "not nothing"),
        ([YES], (), "a detection is one kind"),
        (None, (), "a detection is one kind"),
        (5, (), "a detection is one kind"),
        ({"all": []}, ("of",), "at least 1"),
        ({"all": None}, ("of",), "valid tuple"),
        ({"at_least": {"count": 3, "of": [YES, NO]}}, ("count",), "3 of 2 can never be yes"),
        ({"at_least": {"count": 0, "of": [YES]}}, ("count",), "greater than or equal to 1"),
        ({"at_least": None}, ("of",), "required"),
        ({"all": [YES, {"said": {"phrases": [""]}}]}, ("of", 1, "phrases", 0), "an empty phrase"),
        ({"said": {"phrases": {"english": ["a"]}}}, ("phrases", "english"), "no language code"),
        ({"said": {"phrases": {"en": [5]}}}, ("phrases", "en", 0), "5 is no phrase"),
        ({"said": {"phrases": []}}, ("phrases",), "no phrases here"),
        ({"said": {"phrases": "x", "times": True}}, ("times",), "valid integer"),
        ({"said": {"phrases": "x", "times": 0}}, ("times",), "greater than or equal to 1"),
        ({"said": {"phrases": "x", "fuzzy": 30}}, ("fuzzy",), "greater than or equal to 50"),
        ({"said": {"phrases": "x", "by": "agnet"}}, ("by",), "'agent', 'customer' or 'any'"),
        ({"answered_within": {"limit": 60}}, ("limit",), "needs a unit"),
        ({"reached": "end"}, ("phase",), "'greeting'"),
        ({"manual": {"x": 1}}, ("x",), "Extra"),
    ],
)
def test_faults_are_told_at_their_place(raw: Any, path: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        parse_detection(raw)
    assert any(error["loc"] == path and message in error["msg"] for error in raised.value.errors()), raised.value.errors()


def test_walk_tells_where_each_detection_stands_in_the_file() -> None:
    parsed = parse_detection({"all": [YES, {"at_least": {"count": 1, "of": [{"order": {"first": YES, "then": NO}}]}}]})
    assert [path for path, _ in parsed.walk(("detect",))] == [
        ("detect", "all"),
        ("detect", "all", 0, "said"),
        ("detect", "all", 1, "at_least"),
        ("detect", "all", 1, "at_least", "of", 0, "order"),
        ("detect", "all", 1, "at_least", "of", 0, "order", "first", "said"),
        ("detect", "all", 1, "at_least", "of", 0, "order", "then", "said"),
    ]
