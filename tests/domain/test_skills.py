"""Skills: the criteria of one together, with intervals that hold however much they go together."""

from __future__ import annotations

from typing import Any

import pytest

from qa_service.domain.comparison import Comparison, Reason
from qa_service.domain.moments import Item, ItemKind
from qa_service.domain.powered import Figure, FigureMethod
from qa_service.domain.rubric import Skill
from qa_service.domain.skills import skills
from qa_service.domain.standing import Standing


def compared(name: str, value: float | None, n: int, effect: float | None, half: float = 0.0, **changes: Any) -> Comparison:
    figure = Figure(
        value=value, low=value, high=value, n=n, effective=float(n), machine=n,
        method=FigureMethod.NONE if value is None else FigureMethod.PEOPLE,
    )
    known = effect is not None and value is not None
    return Comparison(
        item=Item("phone", ItemKind.CRITERION, name), figure=figure, other=value - effect if known else None, peers=5 if known else 0,
        spread=0.1, effect=effect, low=effect - half if known else None, high=effect + half if known else None, p=None, q=None,
        standing=Standing.CANNOT_TELL, reason=Reason.NO_PEERS, **changes,
    )  # fmt: skip


def test_effects_weigh_by_answers_and_half_widths_add_up() -> None:
    (found,) = skills([(Skill.EMPATHY, compared("a", 0.5, 30, -0.3, 0.1)), (Skill.EMPATHY, compared("b", 0.8, 10, 0.1, 0.3))])
    assert (found.skill, found.criteria, found.n) == (Skill.EMPATHY, ("phone.a", "phone.b"), 30)
    assert found.value == pytest.approx((30 * 0.5 + 10 * 0.8) / 40)
    assert found.peers.effect == pytest.approx((30 * -0.3 + 10 * 0.1) / 40)  # -0.2
    # (30 * 0.1 + 10 * 0.3) / 40 = 0.15: z = 0.2 * 1.96 / 0.15 = 2.613, p = 0.009
    assert (found.peers.low, found.peers.high) == pytest.approx((-0.35, -0.05))
    assert found.peers.q == pytest.approx(0.00897, abs=1e-4)
    assert (found.peers.standing, found.peers.reason) == (Standing.WEAKNESS, None)


def test_false_discoveries_are_controlled_over_the_skills() -> None:
    sure = [(skill, compared(skill.value, 0.5, 30, -0.2, 0.19)) for skill in (Skill.CLARITY,)]
    luck = [(skill, compared(skill.value, 0.5, 30, 0.0, 0.2)) for skill in (Skill.EMPATHY, Skill.PATIENCE, Skill.LISTENING)]
    alone, together = skills(sure)[0], skills([*sure, *luck])[0]
    assert alone.peers.standing is Standing.WEAKNESS
    assert (together.peers.standing, together.peers.reason) == (Standing.CANNOT_TELL, Reason.NO_DIFFERENCE_SEEN)
    assert together.peers.q is not None
    assert alone.peers.q is not None
    assert together.peers.q == pytest.approx(4 * alone.peers.q)


@pytest.mark.parametrize(
    ("one", "reason"),
    [(compared("a", None, 0, None), Reason.NO_OPPORTUNITY), (compared("a", 0.5, 9, None), Reason.NO_PEERS)],
)
def test_nothing_is_invented(one: Comparison, reason: Reason) -> None:
    (found,) = skills([(Skill.CLARITY, one)])
    assert (found.peers.standing, found.peers.reason, found.peers.effect, found.peers.more) == (Standing.CANNOT_TELL, reason, None, None)


def test_four_answers_claim_nothing() -> None:
    (found,) = skills([(Skill.LISTENING, compared("a", 0.0, 4, -0.8, 0.1))])
    assert (found.peers.standing, found.peers.reason, found.peers.q, found.peers.more) == (Standing.CANNOT_TELL, Reason.TOO_FEW, None, 1)
    # What was not looked at costs the others nothing.
    sure = (Skill.CLARITY, compared("b", 0.5, 30, -0.2, 0.19))
    both = skills([sure, (Skill.LISTENING, compared("a", 0.0, 4, -0.8, 0.1))])
    assert both[0] == skills([sure])[0]


def test_a_small_difference_is_small_and_a_large_one_tells_how_many_more() -> None:
    (small,) = skills([(Skill.CLARITY, compared("a", 0.5, 900, 0.02, 0.02))])
    assert (small.peers.reason, small.peers.more) == (Reason.TOO_SMALL, None)
    (unsure,) = skills([(Skill.CLARITY, compared("a", 0.5, 10, -0.2, 0.4))])
    # Half widths of 0.2 take four times as many: 30 more.
    assert (unsure.peers.reason, unsure.peers.more) == (Reason.NO_DIFFERENCE_SEEN, 30)


def test_no_criteria_no_skills() -> None:
    assert skills([]) == ()
