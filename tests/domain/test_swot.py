"""SWOT: every entry with its numbers, and nothing from a handful of contacts."""

from __future__ import annotations

import pytest

from qa_service.domain.remark import worded
from qa_service.domain.swot import Beside, ByTopic, Came, Origin, outside, remarks

TITLES = {"card": "کارت گم‌شده", "bill": "Bill too high"}


def test_repeats_and_churn_beside_others() -> None:
    now: ByTopic = {"card": Came(100, 100, 40, 2), "bill": Came(100, 100, 10, 2)}
    others: ByTopic = {"card": Came(1000, 1000, 100, 20), "bill": Came(1000, 1000, 100, 300)}
    good, bad = outside(now, others, None, titles=TITLES)
    assert {(one.origin, one.about) for one in bad} == {(Origin.REPEAT, None), (Origin.REPEAT, "card")}
    assert {(one.origin, one.about) for one in good} == {(Origin.CHURN, None), (Origin.CHURN, "bill")}
    card = next(one for one in bad if one.about == "card")
    assert (card.title, card.value, card.n, card.other, card.other_n, card.beside) == ("کارت گم‌شده", 0.4, 100, 0.1, 1000, Beside.PEERS)
    # Newcombe: Wilson of 40/100 is 0.3094 to 0.4980, of 100/1000 0.0829 to 0.1202
    assert (card.low, card.high) == pytest.approx((0.3 - (0.0906**2 + 0.0202**2) ** 0.5, 0.3 + (0.0980**2 + 0.0171**2) ** 0.5), abs=5e-4)
    assert card.q is not None
    assert card.q < 1e-6


def test_a_reason_that_rises_is_a_threat_unless_one_is_good_at_it() -> None:
    before: ByTopic = {"card": Came(20, 20, 2, 0), "bill": Came(180, 180, 18, 0)}
    now: ByTopic = {"card": Came(100, 100, 10, 0), "bill": Came(100, 100, 10, 0)}
    others: ByTopic = {"card": Came(1000, 1000, 100, 0), "bill": Came(1000, 1000, 100, 0)}
    good, bad = outside(now, others, before, titles=TITLES)
    assert good == ()
    (rising,) = bad
    assert (rising.origin, rising.about, rising.beside, rising.value, rising.other) == (Origin.VOLUME, "card", Beside.PAST, 0.5, 0.1)
    better: ByTopic = {**now, "card": Came(100, 100, 0, 0)}
    good, bad = outside(better, others, before, titles=TITLES)
    assert (Origin.VOLUME, "card") in {(one.origin, one.about) for one in good}
    assert bad == ()


@pytest.mark.parametrize(
    ("now", "others"),
    [
        ({}, {}),
        ({None: Came(9, 9, 9, 9)}, {None: Came(1000, 1000, 0, 0)}),  # fewer than ten
        ({None: Came(50, 0, 0, 0)}, {None: Came(1000, 1000, 100, 0)}),  # nothing known of repeats
        ({None: Came(50, 50, 5, 1)}, {}),  # nobody else
        ({None: Came(50, 50, 5, 1)}, {None: Came(500, 500, 50, 10)}),  # the same
    ],
)
def test_nothing_is_claimed_from_nothing(now: ByTopic, others: ByTopic) -> None:
    assert outside(now, others, None, titles={}) == ((), ())


def test_a_topic_that_is_gone_is_in_the_whole_alone() -> None:
    good, bad = outside({"gone": Came(100, 100, 90, 0)}, {"gone": Came(100, 100, 1, 0)}, None, titles=TITLES)
    assert (good, [one.about for one in bad]) == ((), [None])


@pytest.mark.parametrize(
    ("now", "others", "titles", "words"),
    [
        ({None: Came(3, 3, 1, 0)}, {None: Came(99, 99, 9, 9)}, TITLES, ["3 contacts"]),
        ({None: Came(30, 30, 1, 0)}, {}, TITLES, ["nobody else"]),
        ({None: Came(30, 2, 1, 0)}, {None: Came(99, 99, 9, 9)}, TITLES, ["of 2 contacts it is known"]),
        ({None: Came(30, 30, 1, 0)}, {None: Came(99, 99, 9, 9)}, {}, ["no contact reasons"]),
    ],
)
def test_what_could_not_be_looked_at_is_told(now: ByTopic, others: ByTopic, titles: dict[str, str], words: list[str]) -> None:
    found = worded(remarks(now, others, {}, titles))
    assert len(found) == len(words)
    assert all(word in note for word, note in zip(words, found, strict=True))
    assert "an open period" in remarks(now, others, None, titles)[-1].words
