"""Discrimination and calibration against numbers worked out by hand and in print."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qa_service.statistics.discrimination import auc, auc_bounds, bands, error


@pytest.mark.parametrize(
    ("chance", "yes", "value"),
    [
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),  # of four pairs, (0.35, 0.4) is the wrong way round
        ([0.2, 0.2, 0.2], [0, 1, 1], 0.5),
        ([0.1, 0.9], [0, 1], 1.0),
        ([0.1, 0.5, 0.5, 0.9], [0, 0, 1, 1], 0.875),  # one tie of four pairs
    ],
)
def test_auc(chance: list[float], yes: list[float], value: float) -> None:
    assert auc(np.array(chance), np.array(yes, dtype=float)) == pytest.approx(value)


def test_bounds_of_the_example_in_print() -> None:
    """Hanley and McNeil 1982, table III: 0.893 from 51 and 58 cases has a standard error of 0.032."""
    low, high = auc_bounds(0.893, 51, 58)
    assert (high - low) / 2 / 1.96 == pytest.approx(0.032, abs=5e-4)


def test_bands_are_equally_full_and_ordered() -> None:
    chance = np.arange(100) / 100
    found = bands(chance, (np.arange(100) % 2).astype(float))
    assert [one.observed.n for one in found] == [20] * 5
    assert [one.predicted for one in found] == pytest.approx([0.095, 0.295, 0.495, 0.695, 0.895])
    assert {one.observed.value for one in found} == {0.5}


def test_error_against_the_base_rate() -> None:
    """Of 40 answers half are satisfied; told 0.8 and 0.2 rightly: Brier 0.04 against 0.25, and log odds too small for what happens."""
    yes = np.array([1.0] * 20 + [0.0] * 20)
    half, chance = np.full(40, 0.5), np.where(yes == 1, 0.8, 0.2)
    found = error("all", chance=chance, yes=yes, base=half, level=yes, expected=chance, level_base=half)
    assert (found.auc, found.brier, found.brier_base) == (1.0, pytest.approx(0.04), pytest.approx(0.25))
    assert (found.level_error, found.level_error_base) == (pytest.approx(0.2), pytest.approx(0.5))
    assert found.calibration_slope is not None
    assert found.calibration_slope > 2, "it could be surer of itself"
    # Four of five bands are 0.2 off; the one in the middle holds as many of both.
    assert found.calibration_error == pytest.approx(0.16)


def test_what_is_too_little_is_not_told() -> None:
    yes = np.array([1.0] * 35 + [0.0] * 5)
    flat = np.full(40, 0.875)
    found = error("all", chance=flat, yes=yes, base=flat, level=yes, expected=flat, level_base=flat)
    assert (found.auc, found.auc_low, found.calibration_slope, found.calibration_constant) == (None,) * 4
    assert math.isclose(found.base, 0.875)
