"""Claims of a figure alone: only where the whole interval carries them."""

from __future__ import annotations

import pytest

from qa_service.domain.agent import MOST_MORE, Standing, more_for, standing
from qa_service.domain.estimation import wilson


@pytest.mark.parametrize(
    ("met", "n", "expected"),
    [
        (0, 0, Standing.CANNOT_TELL),
        (0, 2, Standing.CANNOT_TELL),  # fewer than three carry nothing
        (0, 3, Standing.WEAKNESS),  # 0 to 0.5615
        (1, 3, Standing.CANNOT_TELL),  # 0.0615 to 0.7923, and yet luck alone does it in 10 of 100
        (2, 5, Standing.CANNOT_TELL),  # 6 of 100
        (1, 5, Standing.WEAKNESS),  # 0.7 of 100
        (4, 8, Standing.CANNOT_TELL),  # 5.6 of 100
        (2, 3, Standing.CANNOT_TELL),  # 0.2077 to 0.9385
        (3, 3, Standing.CANNOT_TELL),  # from 0.4385
        (5, 5, Standing.CANNOT_TELL),  # from 0.5655: five calls tell no strength
        (8, 10, Standing.CANNOT_TELL),  # from 0.4902
        (15, 15, Standing.CANNOT_TELL),  # from 0.7961
        (16, 16, Standing.CANNOT_TELL),  # from 0.8064, and yet 2.8 of 100
        (17, 17, Standing.STRENGTH),  # 2.3 of 100
        (29, 36, Standing.CANNOT_TELL),  # reaches 0.8, from 0.6497
        (88, 100, Standing.CANNOT_TELL),  # from 0.8019, and yet 2.53 of 100
        (89, 100, Standing.STRENGTH),
        (79, 100, Standing.CANNOT_TELL),  # 0.7001 to 0.8583: neither reaches the target nor misses it
        (60, 100, Standing.WEAKNESS),  # 0.5020 to 0.6906
    ],
)
def test_standing(met: float, n: int, expected: Standing) -> None:
    assert standing(wilson(met, n)) is expected


@pytest.mark.parametrize(
    ("met", "n", "more"),
    [
        (0, 0, None),  # nothing is known yet
        (0, 3, None),  # told already
        (0, 1, 2),  # at three
        (3, 3, 15),  # at eighteen: from 0.8241
        (79, 100, None),  # so near the target that hundreds tell nothing
    ],
)
def test_how_many_more_it_takes(met: float, n: int, more: int | None) -> None:
    assert more_for(wilson(met, n)) == more


@pytest.mark.parametrize(("met", "n"), [(2, 3), (4, 4), (9, 10), (13, 20)])
def test_so_many_more_alike_do_tell(met: float, n: int) -> None:
    more = more_for(wilson(met, n))
    assert more is not None
    assert 0 < more <= MOST_MORE
    assert standing(wilson(met / n * (n + more), n + more)) is not Standing.CANNOT_TELL
