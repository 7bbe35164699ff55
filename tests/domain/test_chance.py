"""How likely luck alone takes a share so far away."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.chance import deviance, normal_chance


@pytest.mark.parametrize(("z", "chance"), [(0.0, 1.0), (1.959964, 0.05), (-1.959964, 0.05), (2.575829, 0.01), (40.0, 0.0)])
def test_of_a_normal_variable(z: float, chance: float) -> None:
    assert normal_chance(z) == pytest.approx(chance, abs=1e-6)


@pytest.mark.parametrize(
    ("share", "other", "effective", "told"),
    # 20 * (.8 ln(.8/.98) + .2 ln(.2/.02)) = 20 * (-.162353 + .460517); 40 * ln(1/.8); nothing; what cannot be counts as one in 1e12.
    [(0.8, 0.98, 10, 5.963286), (1.0, 0.8, 20, 8.925742), (0.7, 0.7, 50, 0.0), (0.5, 1.0, 1, 12 * math.log(10) - 2 * math.log(2))],
)
def test_deviance(share: float, other: float, effective: float, told: float) -> None:
    assert deviance(share, other, effective) == pytest.approx(told, abs=1e-5)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.5, 1000))
def test_deviance_is_never_negative_and_alike_on_both_sides(share: float, other: float, effective: float) -> None:
    assert deviance(share, other, effective) >= 0
    assert deviance(1 - share, 1 - other, effective) == pytest.approx(deviance(share, other, effective), rel=1e-3, abs=1e-6)
