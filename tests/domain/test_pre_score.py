"""Pre-scoring: opportunity and detection together, borders between criteria, the threshold of decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.scorecard import Suggestion
from qa_service.domain.transcript import Transcript

Talk = Callable[..., Transcript]
Suggest = Callable[..., dict[str, Suggestion]]
YES, NO, OPEN = {"said": {"phrases": ["hello"]}}, {"said": {"phrases": ["bye"]}}, "manual"


@pytest.mark.parametrize(
    ("applies", "detect", "expected"),
    [
        (None, YES, "yes"), (None, NO, "no"), (None, OPEN, "undecided"), (None, None, "undecided"),
        (YES, YES, "yes"), (YES, NO, "no"), (YES, OPEN, "undecided"), (YES, None, "undecided"),
        (NO, YES, "not_applicable"), (NO, NO, "not_applicable"), (NO, OPEN, "not_applicable"), (NO, None, "not_applicable"),
        (OPEN, YES, "yes"),  # it was done, so there was a chance to
        (OPEN, NO, "undecided"),  # never a no without an opportunity
        (OPEN, OPEN, "undecided"), (OPEN, None, "undecided"),
    ],
)  # fmt: skip
def test_opportunity_and_detection(talk: Talk, suggest: Suggest, applies: Any, detect: Any, expected: str) -> None:
    given = {name: value for name, value in (("applies_when", applies), ("detect", detect)) if value is not None}
    assert suggest(talk("agent: hello"), given)["c0"].answer == expected


def test_suggestions_come_in_the_order_of_the_form(talk: Talk, suggest: Suggest) -> None:
    later = {"detect": {"said": {"phrases": ["you"], "within": "after c2"}}}
    found = suggest(talk("agent: hello\nagent: thank you"), later, {"detect": NO}, {"detect": YES})
    assert list(found) == ["c0", "c1", "c2"]
    assert [one.answer for one in found.values()] == ["yes", "no", "yes"]


@pytest.mark.parametrize(
    ("border", "within", "expected"),
    [
        ({"detect": YES}, "after c1", "yes"),
        ({"detect": YES}, "before c1", "no"),
        ({"detect": NO}, "after c1", "no"),
        ({"detect": NO}, "before c1", "yes"),
        ({"detect": OPEN}, "after c1", "undecided"),
        ({"applies_when": NO, "detect": YES}, "before c1", "yes"),  # not applicable: it never came
        ({"applies_when": NO, "detect": YES}, "after c1", "no"),
    ],
)
def test_borders(talk: Talk, suggest: Suggest, border: dict[str, Any], within: str, expected: str) -> None:
    found = suggest(talk("agent: hello\nagent: thank you"), {"detect": {"said": {"phrases": ["thank"], "within": within}}}, border)
    assert found["c0"].answer == expected


def test_a_border_that_stands_twice_in_one_turn_is_the_first_place(talk: Talk, suggest: Suggest) -> None:
    after = {"detect": {"said": {"phrases": ["thanks"], "within": "after c1"}}}
    border = {"detect": {"matches": {"pattern": "ok$"}}}
    assert suggest(talk("agent: ok thanks ok"), after, border)["c0"].answer == "no"
    assert suggest(talk("agent: ok ok thanks"), after, {"detect": {"said": {"phrases": ["ok"]}}})["c0"].answer == "yes"


@pytest.mark.parametrize(("decide_at", "answer"), [(0.5, "undecided"), (0.3, "yes"), (0.0, "yes"), (1.0, "undecided")])
def test_what_is_too_unsure_is_undecided_and_keeps_its_evidence(talk: Talk, suggest: Suggest, decide_at: float, answer: str) -> None:
    call = talk("agent 0-1: hello", words=True, confidence=0.4)
    (one,) = suggest(call, {"detect": YES}, decide_at=decide_at).values()
    assert (one.answer, one.confidence, [piece.quote for piece in one.evidence]) == (answer, 0.388, ["hello"])
    assert one.why.startswith("too unsure (0.39)") is (answer == "undecided")


@pytest.mark.parametrize(
    ("by", "heard", "answer", "confidence"),
    [
        ("agent", 1.0, "yes", 0.7275),  # .97 for what is found, .75 for a party that is guessed
        ("agent", 0.6, "undecided", 0.4365),  # words whose voice was doubtful
        ("customer", 1.0, "no", 0.6375),  # .85 for what is not found
        ("any", 1.0, "yes", 0.97),  # whoever it was
    ],
)
def test_who_said_it_is_no_surer_than_who_spoke(
    talk: Talk, suggest: Suggest, by: str, heard: float, answer: str, confidence: float
) -> None:
    """Two parties in one channel: what rests on who spoke is less sure, and where voices were hardly told apart, nobody's."""
    call = talk("agent 0-1: hello\ncustomer 1-2: good day", words=True, confidence=heard).model_copy(update={"speakers_known": False})
    (one,) = suggest(call, {"detect": {"said": {"by": by, "phrases": ["hello"]}}}).values()
    assert (one.answer, one.confidence) == (answer, confidence)


def test_weighed_cues_are_no_surer_than_who_spoke(talk: Talk, suggest: Suggest) -> None:
    call = talk("agent: hello")
    weigh = {"detect": {"weigh": {"start": 1.0, "cues": [{"add": 1.0, "when": YES}]}}}
    (known,) = suggest(call, weigh).values()
    (guessed,) = suggest(call.model_copy(update={"speakers_known": False}), weigh).values()
    assert (known.answer, guessed.answer) == ("yes", "yes")
    assert guessed.confidence == pytest.approx(0.75 * known.confidence, abs=1e-4)


@pytest.mark.parametrize(("confidence", "answer"), [(1.0, "yes"), (0.5, "yes"), (0.49, "undecided"), (0.02, "undecided")])
@pytest.mark.parametrize("detect", [YES, {"not_said": {"phrases": ["bye"]}}])
def test_words_in_a_guessed_language_decide_nothing(talk: Talk, suggest: Suggest, confidence: float, answer: str, detect: Any) -> None:
    call = talk("agent 0-1: hello", words=True).model_copy(update={"language_confidence": confidence})
    (one,) = suggest(call, {"detect": detect}).values()
    assert one.answer == answer
    assert [piece.quote for piece in one.evidence] == (["hello"] if detect is YES else [])
    written = talk("agent: hello").model_copy(update={"language_confidence": confidence})
    assert suggest(written, {"detect": detect})["c0"].answer == "yes"


def test_a_border_that_is_too_unsure_is_none(talk: Talk, suggest: Suggest) -> None:
    call = talk("agent 0-1: hello\nagent 1-2: thanks", words=True, confidence=0.4)
    found = suggest(call, {"detect": {"said": {"phrases": ["thanks"], "within": "after c1"}}}, {"detect": YES})
    assert found["c0"].why == "c1 is undecided"


def test_a_miss_is_no_surer_than_its_opportunity(talk: Talk, suggest: Suggest) -> None:
    mumbled = talk("customer 0-1: hello", words=True, confidence=0.6).turns
    clear = talk("agent 1-2: well", words=True).turns
    (one,) = suggest(
        Transcript(turns=(*mumbled, *clear), language="en"), {"applies_when": YES, "detect": {"said": {"by": "agent", "phrases": ["bye"]}}}
    ).values()
    assert (one.answer, one.confidence) == ("no", round(0.97 * 0.6, 4))


def test_the_reason_of_not_applicable_is_told(talk: Talk, suggest: Suggest) -> None:
    (one,) = suggest(talk("agent: hello"), {"applies_when": {"reached": "hold"}, "detect": YES}, signals={"phase.hold": 0}).values()
    assert (one.answer, one.why) == ("not_applicable", "no opportunity: not reached: hold")


def test_equal_input_gives_equal_suggestions(talk: Talk, suggest: Suggest) -> None:
    criteria: list[dict[str, Any]] = [{"detect": YES}, {"applies_when": YES, "detect": {"any": [NO, OPEN]}}, {}]
    call = talk("agent 0-1: hello there hello", words=True)
    assert suggest(call, *criteria) == suggest(call, *criteria)


def test_a_miss_that_nothing_can_be_quoted_for_shows_the_opportunity(talk: Talk, suggest: Suggest) -> None:
    (one,) = suggest(talk("agent: hello"), {"applies_when": YES, "detect": NO}).values()
    assert (one.answer, [piece.quote for piece in one.evidence]) == ("no", ["hello"])
    assert one.evidence[0].rule.endswith("applies_when.said")


@pytest.mark.parametrize(("by", "known", "confidence"), [("agent", True, 0.97), ("agent", False, 0.7275), ("any", False, 0.97)])
def test_a_guessed_party_makes_less_sure(talk: Talk, suggest: Suggest, by: str, known: bool, confidence: float) -> None:
    call = talk("agent: hello").model_copy(update={"speakers_known": known})
    (one,) = suggest(call, {"detect": {"said": {"by": by, "phrases": ["hello"]}}}).values()
    assert (one.answer, one.confidence) == ("yes", confidence)
