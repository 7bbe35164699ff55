"""Priority: highest where the machine is least sure and least is known of the agent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.estimation import student95
from qa_service.domain.interaction import Channel
from qa_service.domain.priority import priority, width
from qa_service.domain.risk import Risk, Told, doubt, strengths
from qa_service.domain.rubric import Severity
from qa_service.domain.scorecard import Engines, InteractionRef, RubricRef, Scorecard, ScoredCriterion, Suggestion
from qa_service.domain.signal import Signal


def card(*criteria: tuple[int, str | None, float]) -> Scorecard:
    """Weights in thousandths, answers and confidences."""
    scored = tuple(
        ScoredCriterion(
            id=f"c{index}", section="s", weight=weight, severity=Severity.MINOR,
            suggestion=None if answer is None else Suggestion(answer=answer, confidence=confidence, why=""),
        )
        for index, (weight, answer, confidence) in enumerate(criteria)
    )
    return Scorecard(
        interaction=InteractionRef(id="c", channel=Channel.CHAT), rubric=RubricRef(id="r", version=1, fingerprint="f"),
        engine=Engines(analysis="a"), criteria=scored,
    )


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ([], 0.0), ([(1000, "yes", 1.0)], 0.0), ([(1000, "undecided", 0.0)], 1.0), ([(1000, None, 0.0)], 1.0),
        # 0.9 * 0.1 * 4 = 0.36
        ([(1000, "no", 0.9)], 0.36),
        # (3 * 0.36 + 1 * 1) / 4 = 0.52
        ([(3000, "no", 0.9), (1000, "undecided", 0.4)], 0.52),
        # Under one half it is no surer than at one half; what weighs nothing counts for nothing.
        ([(1000, "yes", 0.3)], 1.0), ([(1000, "yes", 1.0), (0, "undecided", 0.5)], 0.0), ([(0, "undecided", 0.5)], 0.0),
    ],
)  # fmt: skip
def test_doubt_is_the_weighed_variance_of_being_right(criteria: list[tuple[int, str | None, float]], expected: float) -> None:
    assert doubt(card(*criteria)) == pytest.approx(expected, abs=1e-6)


def test_width_by_hand() -> None:
    """One score: s = 15 with two degrees of freedom, 2 * 4.3027 * 15 / 1 = 129, so all. Ten scores with s = 10: the mixed variance is
    (9 * 100 + 2 * 225) / 11 = 122.73, t(11) = 2.2010, 2 * 2.2010 * 11.078 / 3.1623 = 15.42 points."""
    assert width(0, None) == width(1, None) == 1.0
    assert student95(11) == pytest.approx(2.2010, abs=1e-4)
    assert width(10, 10.0) == pytest.approx(0.1542, abs=1e-4)


@given(finals=st.integers(1, 500), deviation=st.floats(0, 50))
def test_more_is_known_of_whom_more_is_final(finals: int, deviation: float) -> None:
    assert 0 < width(finals + 1, deviation) <= width(finals, deviation) <= 1


def test_two_equal_scores_do_not_make_an_agent_known() -> None:
    assert width(2, 0.0) > 0.5


def test_a_priority_shows_its_parts() -> None:
    found = priority(doubt=0.52, finals=0, deviation=None)
    assert (found.value, found.doubt, found.width, found.finals) == (76.0, 0.52, 1.0, 0)


def test_risks_are_told_by_strength() -> None:
    signals = [Signal.trusted(name="churn.customer", value=2.0, places=(), confidence=1.0)]
    signals += [Signal.trusted(name="complaint.customer", value=None, places=(), confidence=0.0)]
    assert Told.of(signals) == Told(churn=2)
    found = strengths(critical=True, doubt=0.4, told=Told.of(signals))
    assert found == {Risk.CRITICAL_MISS: 1.0, Risk.LOW_CONFIDENCE: 0.4, Risk.CHURN: 1.0}
    assert strengths(critical=False, doubt=0.0, told=Told()) == {}
