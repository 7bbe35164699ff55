"""Lint of sound rubrics: signals against the catalogue, and settings that cannot matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.lint import lint, phrase_lists
from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_source import Fault, Level, Position, RubricSource, in_file_order, refusal
from qa_service.domain.signal import SignalSpec, Unit

CATALOGUE: Mapping[str, SignalSpec] = {
    spec.name: spec
    for spec in (
        SignalSpec(name="silence.longest", unit=Unit.SECONDS, method="", channels=(Channel.PHONE,)),
        SignalSpec(name="talk.agent_share", unit=Unit.SHARE, method="", channels=(Channel.PHONE,)),
        SignalSpec(name="phase.closing", unit=Unit.FLAG, method=""),
        SignalSpec(name="structure.paragraphs", unit=Unit.COUNT, method="", channels=(Channel.EMAIL,)),
    )
}
QUESTION = {"en": "?", "fa": "؟", "ar": "؟"}
SAID = {"said": {"phrases": ["a"]}}


def positions(data: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], Position]:
    """Every part on a line of its own, in order."""
    found = {path: Position(1, 1)}
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        found |= positions(value, (*path, key))
    return {key: Position(line, 1) for line, key in enumerate(found, 1)}


def faults(data: dict[str, Any]) -> list[tuple[str, str, str]]:
    source = RubricSource("r.yaml", data, positions(data))
    found = lint(Rubric.model_validate(data), source, catalogue=CATALOGUE)
    assert [fault.position for fault in found] == sorted(fault.position for fault in found)
    return [(fault.level.value, fault.path.removeprefix("sections.0.criteria."), fault.message) for fault in found]


@pytest.mark.parametrize(
    ("detect", "expected"),
    [
        ({"signal": {"name": "silence.longest", "at_most": "10s"}}, None),
        ({"signal": {"name": "silence.longst", "at_most": "10s"}}, ("error", "0.detect.signal.name", "no signal 'silence.longst'")),
        ({"any": [SAID, {"none": [{"signal": {"name": "x", "above": 1}}]}]},
         ("error", "0.detect.any.1.none.0.signal.name", "no signal 'x'")),
        ({"signal": {"name": "structure.paragraphs", "above": 1}},
         ("error", "0.detect.signal.name", "phone carries no signal 'structure.paragraphs'")),
        ({"reached": "closing"}, None),
        ({"reached": "hold"}, ("error", "0.detect.reached", "no signal 'phase.hold'")),
        ({"signal": {"name": "talk.agent_share", "at_most": 40}},
         ("error", "0.detect.signal.at_most", "'talk.agent_share' lies between 0 and 1, so 40 can never matter")),
        ({"signal": {"name": "talk.agent_share", "at_most": "40%"}}, None),
        ({"said": {"phrases": ["a"], "within": "first 100%"}}, ("warning", "0.detect.said.within", "'first 100%' leaves nothing out")),
        ({"said": {"phrases": ["a"], "within": "after open"}},
         ("warning", "0.detect.said.within", "'open' is answered by people, so what is after it stays undecided")),
        ({"answered_within": {"limit": "1m", "which": "first", "share": 0.5}},
         ("warning", "0.detect.answered_within.share", "a share of one answer cannot matter")),
        ({"order": {"first": {"said": {"phrases": ["a"], "within": "last 20%"}},
         "then": {"said": {"phrases": ["b"], "within": "first 20%"}}}},
         ("warning", "0.detect.order", "'first' is only looked for behind everything that 'then' may be in")),
        ({"order": {"first": {"said": {"phrases": ["a"], "within": "last 60%"}},
         "then": {"said": {"phrases": ["b"], "within": "first 60%"}}}}, None),
        ({"means": {"like": ["a"]}}, ("warning", "0.detect.means.like", "1 example of a meaning: too few to tell it")),
        ({"any": [SAID, {"reached": "closing"}, SAID]}, ("warning", "0.detect.any.2", "the same said stands in this any twice")),
        ({"at_least": {"count": 2, "of": [SAID, SAID]}}, None),
        ({"any": [{"said": {"phrases": {"en": ["a"], "fa": ["b"]}}}, {"said": {"phrases": {"en": ["a"]}}}]},
         ("warning", "0.detect.any.1.said.phrases", "nothing for fa, which other phrases have")),
        ({"any": [{"said": {"phrases": {"en": ["a"], "de": ["b"]}}}, {"said": {"phrases": {"en": ["a"]}}}]}, None),
        ({"any": [{"said": {"phrases": {"en": ["a"]}}}, {"matches": {"pattern": {"*": ["a"]}}}]}, None),
    ],
)  # fmt: skip
def test_detections(form: Callable[..., dict[str, Any]], detect: Any, expected: tuple[str, str, str] | None) -> None:
    data = form({"question": QUESTION, "detect": detect}, {"id": "open", "question": QUESTION})
    assert faults(data) == ([] if expected is None else [expected])


SCALE = [{"id": one, "title": one, "value": value} for one, value in (("good", 1), ("fair", 0.5), ("bad", 0))]


def bands(signal: str, *bounds: Any) -> dict[str, Any]:
    answers = ("good", "fair", "bad")
    found = [{"at_most": bound, "answer": answers[index]} for index, bound in enumerate(bounds)]
    return {"question": QUESTION, "options": SCALE, "numeric": {"signal": signal, "bands": [*found, {"answer": "bad"}]}}


@pytest.mark.parametrize(
    ("criterion", "rubric", "expected"),
    [
        (bands("silence.longest", "10s", "20s"), {}, []),
        (bands("silence.longst", "10s", "20s"), {}, [("error", "0.numeric.signal", "no signal 'silence.longst'")]),
        (bands("structure.paragraphs", 1, 2), {}, [("error", "0.numeric.signal", "phone carries no signal 'structure.paragraphs'")]),
        (bands("talk.agent_share", "40%", 60), {},
         [("error", "0.numeric.bands.1.at_most", "'talk.agent_share' lies between 0 and 1, so 60 can never matter")]),
        (bands("silence.longest", "10s"), {}, [("warning", "0.options.1", "no band chooses 'fair', so that only people can")]),
        ({**bands("silence.longest", 1, 2), "review": "never"}, {}, []),
        ({"detect": {"promise": "made"}}, {}, [("error", "0.detect.promise", "no signal 'promise.count'")]),
        ({"bonus": True, "weight": 4}, {"settings": {"bonus_limit": 3}},
         [("warning", "0.weight", "a bonus of 4, and 'bonus_limit' lets 3 count")]),
        ({"bonus": True, "weight": 3}, {"settings": {"bonus_limit": 3}}, []),
        ({}, {"settings": {"bonus_limit": 3}}, [("warning", "settings.bonus_limit", "never used")]),
        ({}, {"languages": ["en"]}, []),
        ({"detect": {"said": {"phrases": {"en": ["a"]}}}}, {"languages": ["en", "ar"]},
         [("warning", "0.detect.said.phrases", "nothing for ar, which the rubric serves")]),
        ({"detect": {"said": {"phrases": {"en": ["a"], "de": ["b"]}}}}, {"languages": ["en"]},
         [("warning", "0.detect.said.phrases.de", "de is none of the languages that the rubric serves")]),
        ({"question": {"en": "?"}}, {"languages": ["en", "ar"]}, [("warning", "0.question", "not asked in ar")]),
        ({"question": "?"}, {}, [("warning", "0.question", "not asked in fa or ar")]),
        ({"question": {"en": "?", "ar": "؟"}}, {}, [("warning", "0.question", "not asked in fa")]),
        ({"review": "never"}, {}, [("warning", "0.review", "only a person can answer this, and nobody is to look")]),
        ({"review": "never", "detect": SAID}, {}, []),
        ({"detect": {"said": {"phrases": ["a"], "fuzzy": 80}}}, {}, []),
        ({"detect": {"said": {"phrases": ["a"], "fuzzy": 80}}}, {"channel": "chat"},
         [("warning", "0.detect.said.fuzzy", "only spoken words are misheard, and this is chat")]),
        ({}, {"phrases": {"hi": ["hello"]}}, [("warning", "phrases.hi", "phrases 'hi' are never used")]),
        ({"detect": {"said": {"phrases": "hi"}}}, {"phrases": {"hi": ["hello"]}}, []),
        ({"weight": 0.001}, {}, [("warning", "0.weight", "0.001 of 500.001 cannot be seen in the total")]),
        ({"weight": 0.01}, {}, []),  # 0.01 of 500.01 is 0.002 %
        ({}, {"settings": {"auto_fail_cap": 30}}, [("warning", "settings.auto_fail_cap", "never used")]),
        ({}, {"settings": {"auto_fail": "cap", "auto_fail_cap": 30}}, []),
    ],
)  # fmt: skip
def test_criteria_and_settings(
    form: Callable[..., dict[str, Any]], criterion: dict[str, Any], rubric: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert faults(form({"question": QUESTION, **criterion}, {"question": QUESTION, "weight": 500}, **rubric)) == expected


@pytest.mark.parametrize(
    ("auto_fail", "severity", "told"), [("zero", "customer", True), ("zero", "minor", False), ("cap", "customer", False)],
)
def test_weights_where_one_miss_makes_zero(form: Callable[..., dict[str, Any]], auto_fail: str, severity: str, told: bool) -> None:
    data = form({"question": QUESTION, "severity": "business"}, {"question": QUESTION, "severity": severity},
        settings={"auto_fail": auto_fail})
    assert [path for _, path, _ in faults(data)] == (["settings.auto_fail"] if told else [])


def test_a_section_that_cannot_be_seen(form: Callable[..., dict[str, Any]]) -> None:
    data = form({"question": QUESTION})
    data["sections"].append({**data["sections"][0], "id": "big", "weight": 1_000_000,
        "criteria": [{"id": "b", "question": QUESTION, "weight": 1}]})
    assert faults(data) == [("warning", "sections.0.weight", "1 of 1e+06 cannot be seen in the total")]


def test_phrase_lists_are_all_of_them(form: Callable[..., dict[str, Any]]) -> None:
    detect = {"all": [{"said": {"phrases": "hi"}}, {"not_said": {"phrases": ["a"]}}, {"matches": {"pattern": "b"}}]}
    lists = dict(phrase_lists(Rubric.model_validate(form({"detect": detect}, phrases={"hi": ["x"]}))))
    above = ("sections", 0, "criteria", 0, "detect", "all")
    assert lists == {
        ("phrases", "hi"): {"*": ("x",)},
        (*above, 1, "not_said", "phrases"): {"*": ("a",)}, (*above, 2, "matches", "pattern"): {"*": ("b",)},
    }  # fmt: skip


ERROR = Fault(Level.ERROR, "r.yaml", Position(3, 7), "a.b", "wrong", "do better")
WARNING = Fault(Level.WARNING, "r.yaml", Position(2, 1), "", "odd")


def test_faults_print_as_compilers_do() -> None:
    assert str(ERROR) == "r.yaml:3:7: error: a.b: wrong (do better)"
    assert str(WARNING) == "r.yaml:2:1: warning: odd"
    assert in_file_order([ERROR, WARNING, ERROR]) == [WARNING, ERROR]


def test_a_refusal_is_told_by_its_first_error() -> None:
    error = refusal([WARNING, ERROR, ERROR._replace(message="worse")])
    assert (error.file, error.line, error.field, error.message, error.hint) == ("r.yaml", 3, "a.b", "wrong", "do better")
    assert error.faults == ("r.yaml:3:7: error: a.b: wrong (do better)", "r.yaml:3:7: error: a.b: worse (do better)")
