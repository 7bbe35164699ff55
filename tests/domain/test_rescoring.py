"""Re-scoring: figures worked out by hand on three interactions under two versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel
from qa_service.domain.rescoring import Rescored, rescored, summed_up, told
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import InteractionRef, Suggestion

QUOTE = Evidence(turn=0, quote="goodbye", rule="only.end.said")


def suggestions(**answers: str) -> dict[str, Suggestion]:
    return {name: Suggestion(answer=answer, confidence=0.9, why=f"{name}!", evidence=(QUOTE,)) for name, answer in answers.items()}


@pytest.fixture
def judged(form: Callable[..., dict[str, Any]]) -> Callable[..., Rescored]:
    old = Rubric.model_validate(form({"id": "hi", "weight": 6}, {"id": "end", "weight": 2}, {"id": "gone", "weight": 2}))
    new = Rubric.model_validate(form({"id": "hi", "weight": 6}, {"id": "end", "weight": 4}, version=2))

    def make(name: str, agent: str | None, before: tuple[str, str, str], after: tuple[str, str]) -> Rescored:
        return rescored(
            old, new, InteractionRef(id=name, channel=Channel.PHONE, agent=agent),
            before=suggestions(hi=before[0], end=before[1], gone=before[2]),
            after=suggestions(hi=after[0], end=after[1]),
        )

    return make


def test_by_hand(judged: Callable[..., Rescored]) -> None:
    found = [
        # 6 + 2 + 2 of 10 = 100; 6 + 0 of 10 = 60: fails now
        judged("i-1", "a", ("yes", "yes", "yes"), ("yes", "no")),
        # 6 + 2 + 0 of 10 = 80, passed; 6 + 4 of 10 = 100, passed
        judged("i-2", "a", ("yes", "yes", "no"), ("yes", "yes")),
        # 0 + 2 + 0 of 10 = 20; 0 + 4 of 10 = 40: both fail
        judged("i-3", None, ("no", "yes", "no"), ("no", "yes")),
        # nothing decided before
        judged("i-4", "b", ("undecided", "undecided", "undecided"), ("yes", "undecided")),
    ]
    assert [(one.old, one.new, one.old_passed, one.new_passed) for one in found] == [
        (100_000, 60_000, True, False), (80_000, 100_000, True, True), (20_000, 40_000, False, False), (None, 100_000, None, True),
    ]  # fmt: skip
    summed = summed_up(found)
    assert (summed.interactions, summed.changed, summed.to_pass, summed.to_fail) == (4, 4, 0, 1)
    # -40, +20, +20: mean 0, s = sqrt((1600 + 400 + 400) / 2) = 34.641, t(2) = 4.302653: half = 4.302653 * 34.641 / sqrt(3) = 86.053
    assert (summed.change.n, summed.change.value) == (3, 0.0)
    assert (summed.change.low, summed.change.high) == pytest.approx((-86.05306, 86.05306), abs=1e-4)
    assert [(one.agent, one.interactions, one.change.value) for one in summed.agents] == [(None, 1, 20.0), ("a", 2, -10.0), ("b", 1, None)]
    assert [one.interaction for one in summed.moved] == ["i-1", "i-2", "i-3", "i-4"]
    assert summed.criteria == {"gone": 4, "end": 3, "hi": 1}
    assert [told(one) for one in summed.moved[0].moved] == ["end: yes becomes no", "gone: yes becomes not asked"]
    assert [told(one) for one in summed.moved[1].moved] == ["end: 2 becomes 4 points", "gone: no becomes not asked"]
    assert summed.moved[0].moved[0].suggestion.evidence[0].quote == "goodbye"


def test_nothing_moves_between_equals(judged: Callable[..., Rescored], form: Callable[..., dict[str, Any]]) -> None:
    same = Rubric.model_validate(form({"id": "hi"}))
    one = rescored(
        same, same, InteractionRef(id="i", channel=Channel.PHONE), before=suggestions(hi="yes"), after=suggestions(hi="yes")
    )
    summed = summed_up([one])
    assert (summed.changed, summed.moved, summed.criteria, summed.change.value) == (0, (), {}, 0.0)


def test_a_pass_mark_alone_moves_the_pass(form: Callable[..., dict[str, Any]]) -> None:
    old, new = (Rubric.model_validate(form({"id": "hi"}, {"id": "end"}, settings={"pass_mark": mark})) for mark in (50, 60))
    answers = suggestions(hi="yes", end="no")
    summed = summed_up([rescored(old, new, InteractionRef(id="i", channel=Channel.PHONE), before=answers, after=answers)])
    assert (summed.changed, summed.to_fail, [one.interaction for one in summed.moved], summed.criteria) == (1, 1, ["i"], {})
