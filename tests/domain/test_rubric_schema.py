"""The generated JSON Schemas: they accept what the service reads and writes, and refuse misspelt keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from qa_service.domain.criteria import KINDS
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_schema import known_keys, rubric_schema, scorecard_schema
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Suggestion
from qa_service.domain.scoring import draft
from qa_service.domain.transcript import Transcript
from qa_service.store.rubric_files import read_rubric

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "rubrics").glob("*.yaml"))
RUBRIC, SCORECARD = Draft202012Validator(rubric_schema()), Draft202012Validator(scorecard_schema())
EVERY_KIND: list[Any] = [
    {"said": {"by": "agent", "phrases": {"en": ["a"], "*": "b"}, "within": "last 20%", "fuzzy": 85, "times": 2}},
    {"not_said": {"phrases": ["a", "b"], "within": "before open"}},
    {"matches": {"pattern": "a+", "by": "customer"}},
    {"means": {"like": ["a", "b"], "unlike": "c", "by": "agent", "within": "first 2 turns", "sure": 0.8, "shift": -1}},
    {"signal": {"name": "silence.longest", "at_most": "10s", "above": 0.5}},
    {"order": {"first": "manual", "then": {"said": {"phrases": "hi", "within": "first 30s"}}}},
    {"answered_within": {"limit": "60s", "which": "first"}},
    {"promise": {"says": ["who", "what", "when"]}},
    {"reached": "closing"},
    {
        "judge": {
            "question": "Was it resolved?", "by": "agent", "answers": {"yes": "done", "no": "left open"}, "within": "last 40%",
            "examples": [{"said": "It is done.", "answer": "yes", "why": "done"}], "quotes": "unless_no", "trust": 0.9,
        }
    },
    {"manual": {}},
    {"all": ["manual"]},
    {"any": [{"all": ["manual"]}]},
    {"none": [{"reached": "hold"}]},
    {"at_least": {"count": 1, "of": ["manual", {"reached": "hold"}]}},
    {"weigh": {"start": -0.5, "sure": 0.7, "cues": [{"add": 1.5, "when": "manual"}]}},
]


def errors(validator: Draft202012Validator, data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


@pytest.mark.parametrize("schema", [rubric_schema(), scorecard_schema()])
def test_the_schemas_are_schemas(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_examples_hold_every_kind() -> None:
    assert [next(iter(one)) for one in EVERY_KIND] == list(KINDS)
    assert rubric_schema()["$defs"]["Detection"]["anyOf"][0]["properties"].keys() == KINDS.keys()


@pytest.mark.parametrize("detection", [*EVERY_KIND, "manual"])
def test_both_readers_accept_it(form: Callable[..., dict[str, Any]], detection: Any) -> None:
    data = form({"detect": detection}, {"applies_when": detection}, {"id": "open"}, phrases={"hi": ["a"]})
    assert errors(RUBRIC, data) == []
    assert errors(RUBRIC, Rubric.model_validate(data).as_data()) == []


@pytest.mark.parametrize(
    "detection",
    [
        {"promise": "kept"}, {"promise": {}}, {"promise": {"says": []}}, {"promise": {"says": ["why"]}},
        {"promise": {"says": ["who", "who"]}},
        {"judge": {}}, {"judge": {"question": "Short?"}}, {"judge": {"question": "Was it resolved?", "model": "x"}},
        {"siad": {}}, {"said": {"phrase": "x"}}, {"said": {"phrases": "x", "by": "agnet"}},
         {"said": {"phrases": "x", "within": "first thirty"}},
        {"said": {"phrases": []}}, {"said": {"phrases": "x"}, "within": "first 3 turns"}, {}, {"reached": "end"}, {"all": []},
         {"all": "manual"},
        {"at_least": {"of": ["manual"]}}, {"signal": {"name": "a", "at_most": "1:30"}}, {"answered_within": {"limit": 60}}, "said",
        {"any": [{"none": [{"said": {"phrases": "x", "tmes": 2}}]}]}, {"said": {"phrases": {"english": ["x"]}}},
    ],
)  # fmt: skip
def test_both_readers_refuse_it(form: Callable[..., dict[str, Any]], detection: Any) -> None:
    data = form({"detect": detection}, phrases={"x": ["a"]})
    assert errors(RUBRIC, data)
    with pytest.raises(ValidationError):
        Rubric.model_validate(data)


@pytest.mark.parametrize(
    "change",
    [{"chanel": "phone"}, {"version": "3"}, {"version": 1.5}, {"channel": "fax"}, {"settings": {"passmark": 80}},
     {"phrases": {"Hi": ["x"]}},
     {"title": {"english": "x"}}, {"sections": []}, {"rubric": "Phone"}],
)  # fmt: skip
def test_misspelt_forms_are_refused(form: Callable[..., dict[str, Any]], change: dict[str, Any]) -> None:
    assert errors(RUBRIC, form({}, **change))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_rubrics_fit(path: Path) -> None:
    rubric, source = read_rubric(path)
    assert errors(RUBRIC, source.data) == []
    assert errors(RUBRIC, rubric.as_data()) == []


def test_scorecards_fit(
    form: Callable[..., dict[str, Any]], talk: Callable[..., Transcript], suggest: Callable[..., dict[str, Suggestion]]
) -> None:
    criteria = [{"detect": {"said": {"phrases": ["hello"]}}}, {"skill": "empathy", "severity": "customer"}]
    rubric = Rubric.model_validate(form(*criteria))
    suggestions = suggest(talk("agent 0-1: hello", words=True), *criteria)
    card = draft(
        rubric, interaction=InteractionRef(id="i", channel=rubric.channel, agent="a"), engine=Engines(analysis="rules/1"),
        suggestions=suggestions, answers={"c1": Answer(answer="yes", by="r1", reason="kind")},
    )
    assert errors(SCORECARD, card.as_data()) == []
    assert errors(SCORECARD, {**card.as_data(), "scores": 1})
    assert errors(SCORECARD, {**card.as_data(), "score": "86"})
    data = card.as_data()
    data["criteria"][0]["suggestion"]["evidence"][0]["qoute"] = "x"
    assert errors(SCORECARD, data)


def test_gold_scorecards_may_leave_the_figures_out() -> None:
    gold = {
        "schema": "scorecard/1", "interaction": {"id": "c", "channel": "chat"},
        "rubric": {"id": "r", "version": 1, "fingerprint": "sha256:0"},
        "engine": {"analysis": "by hand"}, "criteria": [{"id": "a", "section": "s", "weight": 5, "severity": "minor", "answer": "yes"}],
    }  # fmt: skip
    assert errors(SCORECARD, gold) == []
    assert errors(SCORECARD, {key: value for key, value in gold.items() if key != "schema"})


@pytest.mark.parametrize(
    ("path", "some"),
    [
        ((), {"rubric", "sections"}), (("settings",), {"pass_mark"}), (("sections", 0), {"criteria", "auto_fail"}),
        (("sections", 0, "criteria", 3), {"applies_when", "coach"}), (("sections", 0, "criteria", 3, "options", 0), {"value"}),
        (("sections", 0, "criteria", 0, "detect"), set(KINDS)), (("sections", 0, "criteria", 0, "detect", "said"), {"phrases", "times"}),
        (("sections", 0, "criteria", 0, "detect", "all", 0, "at_least", "of", 1, "signal"), {"at_most", "name"}),
        (("sections", 0, "criteria", 0, "detect", "order"), {"first", "then"}), (("nowhere", 3), set()),
    ],
)
def test_known_keys_follow_the_types(path: tuple[str | int, ...], some: set[str]) -> None:
    assert some <= set(known_keys(path))
    assert bool(known_keys(path)) is bool(some)


def test_editors_get_descriptions_and_choices() -> None:
    schema = rubric_schema()
    criterion = schema["$defs"]["Criterion"]["properties"]
    assert criterion["weight"]["description"] == "Points at stake; up to three decimals."
    assert schema["$defs"]["By"]["enum"] == ["agent", "customer", "any"]
    said = schema["$defs"]["Detection"]["anyOf"][0]["properties"]["said"]
    assert all(said["properties"][key]["description"] for key in ("by", "phrases", "within", "fuzzy", "times"))
    assert "``" not in str(schema)
