"""Verdicts on criteria: what is called, what is ruled out, and what nobody can tell yet."""

from __future__ import annotations

import pytest

from qa_service.domain.validity import Association, ContactEnd, ItemVerdict, judged, overall


def association(p: float | None, correlation: float = 0.05, largest: float = 0.2) -> Association:
    return Association(
        outcome=ContactEnd.SATISFACTION, n=100, agents=10, correlation=correlation, low=-largest, high=largest, difference=0.1,
        difference_low=0.0, difference_high=0.2, p=p, verdict=ItemVerdict.CANNOT_TELL, largest=largest, more=50,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "verdict", "more"),
    [
        (association(0.001, 0.3), ItemVerdict.PREDICTS, None),
        (association(0.001, -0.3), ItemVerdict.WRONG_WAY, None),
        (association(0.5, 0.02, largest=0.08), ItemVerdict.PREDICTS_NOTHING, None),
        (association(0.5, 0.02, largest=0.15), ItemVerdict.CANNOT_TELL, 50),
    ],
)
def test_verdicts(one: Association, verdict: ItemVerdict, more: int | None) -> None:
    (found,) = judged([one])
    assert (found.verdict, found.more) == (verdict, more)


def test_many_looks_make_one_find_doubtful() -> None:
    """p = 0.02 alone is a find; among forty it is none (q = 0.8)."""
    found = judged([association(0.02, 0.2), *[association(0.9) for _ in range(39)]])
    assert found[0].verdict is ItemVerdict.CANNOT_TELL
    assert found[0].q == pytest.approx(0.8)
    assert judged([association(0.02, 0.2)])[0].verdict is ItemVerdict.PREDICTS


def test_what_has_no_p_is_no_look() -> None:
    found = judged([association(0.04, 0.2), association(None)])
    assert (found[0].q, found[1].q) == (0.04, None)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([ItemVerdict.PREDICTS, ItemVerdict.WRONG_WAY], ItemVerdict.WRONG_WAY),
        ([ItemVerdict.PREDICTS_NOTHING, ItemVerdict.PREDICTS], ItemVerdict.PREDICTS),
        ([ItemVerdict.PREDICTS_NOTHING, ItemVerdict.CANNOT_TELL], ItemVerdict.CANNOT_TELL),
        ([ItemVerdict.PREDICTS_NOTHING], ItemVerdict.PREDICTS_NOTHING),
        ([], ItemVerdict.CANNOT_TELL),
    ],
)
def test_of_an_item_as_a_whole(verdicts: list[ItemVerdict], said: ItemVerdict) -> None:
    found = [association(None).model_copy(update={"verdict": one}) for one in verdicts]
    assert overall(False, found) is said
    assert overall(True, found) is ItemVerdict.TELLS_NOTHING
