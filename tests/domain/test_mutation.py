"""Mutants: what each operator makes of a detection, and that they cost no second look-up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.finder import Finder
from qa_service.domain.mutation import Mutant, findings_of, mutants, part_with
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript
from qa_service.store.rubric_files import read_rubric

ROOT = Path(__file__).parents[2]
A, B = {"said": {"phrases": {"en": ["a"]}}}, {"reached": "hold"}


def made(form: Callable[..., dict[str, Any]], *criteria: dict[str, Any], **rubric: Any) -> list[Mutant]:
    return list(mutants(Rubric.model_validate(form(*criteria, **rubric))))


def told(found: list[Mutant]) -> set[str]:
    return {f"{'.'.join(str(part) for part in one.path[4:])}: {one.what}" for one in found}


@pytest.mark.parametrize(
    ("detect", "expected"),
    [
        ({"signal": {"name": "a.b", "at_most": 10}},
         {"detect.signal: at_most becomes above", "detect.signal: at_most 10 becomes 20", "detect.signal: at_most 10 becomes 5"}),
        ({"signal": {"name": "a.b", "above": 0}},
         {"detect.signal: above becomes at_most", "detect.signal: above 0 becomes 1", "detect.signal: above 0 becomes -1"}),
        ({"signal": {"name": "a.b", "at_least": 2, "below": 5}}, {"detect.signal: without at_least", "detect.signal: without below"}),
        ({"signal": {"name": "a.b", "measured": True}}, {"detect.signal: measured becomes not measured"}),
        ({"reached": "hold"}, {"detect.reached: negated"}),
        ({"promise": "made"}, {"detect.promise: negated"}),
        ("manual", set()),
        ({"answered_within": {"limit": "60s"}},
         {"detect.answered_within: negated", "detect.answered_within: limit becomes 2m", "detect.answered_within: limit becomes 30s",
          "detect.answered_within: each becomes first"}),
        ({"all": [B, "manual"]},
         {"detect.all: all becomes any", "detect.all.0.reached: taken out", "detect.all.0.reached: negated",
          "detect.all.1.manual: taken out"}),
        ({"any": [B]}, {"detect.any.0.reached: negated"}),
        ({"none": [B, "manual"]},
         {"detect.none.0.reached: taken out", "detect.none.0.reached: negated", "detect.none.1.manual: taken out"}),
        ({"at_least": {"count": 2, "of": [B, "manual"]}},
         {"detect.at_least: at least 2 becomes 1", "detect.at_least.of.0.reached: negated"}),
        ({"order": {"first": B, "then": "manual"}}, {"detect.order: the other way round", "detect.order.first.reached: negated"}),
        ({"weigh": {"cues": [{"add": 1, "when": B}, {"add": -1, "when": "manual"}]}},
         {"detect.weigh: start 0 becomes -1", "detect.weigh: start 0 becomes 1", "detect.weigh.cues.0.when.reached: taken out",
          "detect.weigh.cues.0.when.reached: negated", "detect.weigh.cues.1.when.manual: taken out"}),
        ({"said": {"by": "agent", "phrases": {"en": ["a"], "fa": ["b"]}, "within": "first 30s"}},
         {f"detect.said: {one}" for one in (
             "negated", "nothing in en", "nothing in fa", "never found", "first 30s becomes anywhere", "first 30s becomes first 1m",
             "first 30s becomes first 15s", "by agent becomes by customer", "by agent becomes by any")}),
        ({"matches": {"pattern": "a+", "within": "first 1 turns"}},
         {f"detect.matches: {one}" for one in (
             "negated", "never found", "first 1 turns becomes anywhere", "first 1 turns becomes first 2 turns",
             "by any becomes by agent", "by any becomes by customer")}),
    ],
)  # fmt: skip
def test_operators(form: Callable[..., dict[str, Any]], detect: Any, expected: set[str]) -> None:
    assert told(made(form, {"detect": detect})) == expected


def test_opportunity_condition_and_bands(form: Callable[..., dict[str, Any]]) -> None:
    scale = [{"id": "good", "title": "G", "value": 1}, {"id": "bad", "title": "B", "value": 0}]
    bands = {"signal": "a.b", "bands": [{"at_most": 10, "answer": "good"}, {"answer": "bad"}]}
    found = made(form, {"applies_when": B, "options": scale, "numeric": bands}, {"asked_when": {"c0": "bad"}})
    assert told(found) == {
        "applies_when: always asked", "asked_when: always asked", "applies_when.reached: negated", "numeric: bounds doubled",
        "numeric: bounds halved",
    }  # fmt: skip
    doubled = next(one.criterion.numeric for one in found if one.what == "bounds doubled")
    assert doubled is not None
    assert [band.at_most for band in doubled.bands] == [20, None]


@pytest.mark.parametrize("path", sorted((ROOT / "rubrics").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_rubrics_have_mutants_that_differ(path: Path) -> None:
    rubric, source = read_rubric(path)
    found = list(mutants(rubric))
    assert len(found) > 50
    by_id = {criterion.id: criterion for criterion in rubric.criteria}
    for one in found:
        assert one.criterion != by_id[one.criterion.id]
        assert one.path in source.positions, one.path


LINES = "agent: hello and welcome\ncustomer: hello\nagent: سلام\nagent: bye"


@pytest.mark.parametrize("what", ["nothing in en", "nothing in fa", "never found"])
@pytest.mark.parametrize("phrases", ["named", {"en": ["hello", "bye"], "fa": ["سلام"]}])
def test_what_was_found_serves_the_mutants(
    form: Callable[..., dict[str, Any]], talk: Callable[..., Transcript], phrases: Any, what: str
) -> None:
    """A mutant finds by the original's findings what it would find by itself."""
    transcript = talk(LINES)
    turns = tuple(turn.model_copy(update={"language": "fa" if "س" in turn.text else "en"}) for turn in transcript.turns)
    transcript = transcript.model_copy(update={"turns": turns})
    named = {"named": {"en": ["hello", "bye"], "fa": ["سلام"]}}
    rubric = Rubric.model_validate(form({"detect": {"all": [{"said": {"by": "agent", "phrases": phrases}}]}}, phrases=named))
    findings = Finder(rubric.queries.values()).find(transcript)
    mutant = next(one for one in mutants(rubric) if one.what == what)
    part = part_with(rubric, mutant.criterion)
    (key,) = part.queries
    afresh = Finder(part.queries.values()).find(transcript).get(key, ())
    assert findings_of(mutant, findings, transcript)[key] == (() if what == "never found" else afresh)
    assert part.coverage[key] == {"nothing in en": {"fa"}, "nothing in fa": {"en"}, "never found": {"en", "fa"}}[what]


def test_a_part_holds_what_the_criterion_waits_for(form: Callable[..., dict[str, Any]], talk: Callable[..., Transcript]) -> None:
    border = {"said": {"phrases": {"en": ["bye"]}, "within": "after c0"}}
    rubric = Rubric.model_validate(form({"detect": A}, {"detect": B}, {"detect": border}, {"asked_when": {"c2": "yes"}, "detect": A}))
    parts = {one.id: [kept.id for kept in part_with(rubric, one).criteria] for one in rubric.criteria}
    assert parts == {"c0": ["c0"], "c1": ["c1"], "c2": ["c0", "c2"], "c3": ["c0", "c2", "c3"]}
    transcript = talk("agent: a\nagent: bye")
    findings = Finder(rubric.queries.values()).find(transcript)
    signals = {"phase.hold": Signal(name="phase.hold", value=0)}
    whole = pre_score(rubric, transcript=transcript, signals=signals, findings=findings)
    for one in rubric.criteria:
        assert pre_score(part_with(rubric, one), transcript=transcript, signals=signals, findings=findings)[one.id] == whole[one.id]
