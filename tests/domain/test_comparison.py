"""What is better or worse than among peers, or than before; and what nobody can tell."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.comparison import (
    MATTERS,
    Comparison,
    Reason,
    compare,
    compare_past,
    compare_team,
    compare_with,
    figures_of,
    groups,
)
from qa_service.domain.moments import Item, ItemKind, Moments, Outcome
from qa_service.domain.shrinkage import Group
from qa_service.domain.standing import Standing

HELPED, GREETED = Item("phone", ItemKind.CRITERION, "helped"), Item("phone", ItemKind.CRITERION, "greeted")


def of(met: int, n: int, unasked: int = 0) -> Moments:
    whole = Moments()
    for outcome, times in (
        (Outcome(1.0, 1.0, met=1.0, asked=1.0), met), (Outcome(1.0, 1.0, met=0.0, asked=1.0), n - met),
        (Outcome(0.0, 0.0, met=0.0), unasked),
    ):
        for _ in range(times):
            whole = whole.plus(Moments.of(outcome))
    return whole


def among(*counts: tuple[int, int]) -> dict[str, dict[Item, Moments]]:
    return {f"p{place}": {HELPED: of(*one)} for place, one in enumerate(counts)}


PEERS = among(*[(48, 60), (49, 60), (47, 60), (48, 60), (50, 60), (46, 60), (48, 60), (49, 60)])


def alone(m: Moments, peers: Mapping[str, Mapping[Item, Moments]] = PEERS) -> Comparison:
    (found,) = compare({HELPED: m}, peers)
    return found


@pytest.mark.parametrize(
    ("met", "n", "standing", "reason"),
    [
        (20, 40, Standing.WEAKNESS, None), (60, 60, Standing.STRENGTH, None), (28, 40, Standing.CANNOT_TELL, Reason.NO_DIFFERENCE_SEEN),
        (33, 40, Standing.CANNOT_TELL, Reason.NO_DIFFERENCE_SEEN), (0, 4, Standing.CANNOT_TELL, Reason.TOO_FEW),
        (1600, 2000, Standing.CANNOT_TELL, Reason.TOO_SMALL),
    ],
)
def test_standings(met: int, n: int, standing: Standing, reason: Reason | None) -> None:
    found = alone(of(met, n))
    assert (found.standing, found.reason, found.peers) == (standing, reason, 8)
    assert found.effect == pytest.approx(met / n - 0.8, abs=0.01)
    assert (found.q is None) == (reason is Reason.TOO_FEW)
    # Where nothing is seen, this group is too little known for a difference of five points, however many reviews one has.
    assert (found.more is None) == (met not in (0, 28))


@pytest.mark.parametrize(
    ("mine", "peers", "reason"),
    [
        (Moments(), PEERS, Reason.TOO_FEW), (Moments.of(Outcome(1.0, 1.0)), PEERS, Reason.TOO_FEW),
        (Moments.of(Outcome(0.0, 0.0)), PEERS, Reason.NO_OPPORTUNITY), (of(0, 0, unasked=30), PEERS, Reason.NO_OPPORTUNITY),
        (of(20, 40), {}, Reason.NO_PEERS), (of(20, 40), among((8, 10), (9, 10)), Reason.NO_PEERS),
        (of(20, 40), among((8, 10), (9, 10), (0, 0), (0, 0)), Reason.NO_PEERS),
        (of(20, 40), {"p": {GREETED: of(8, 10)}, "q": {}}, Reason.NO_PEERS),
    ],
    ids=["nothing", "machine only", "machine sees no opportunity", "never asked", "nobody else", "two", "two with answers", "other items"],
)
def test_where_nothing_can_be_compared(mine: Moments, peers: Mapping[str, Mapping[Item, Moments]], reason: Reason) -> None:
    found = alone(mine, peers)
    assert (found.standing, found.reason) == (Standing.CANNOT_TELL, reason)
    assert (found.effect, found.low, found.high, found.p, found.q, found.more, found.visible) == (None,) * 7


def test_score_interval_and_chance_by_hand() -> None:
    """10 of 20 beside a group at .8 that is known for sure: z = -.3 / sqrt(.16 / 20) = -3.354; by the likelihood ratio 40 * (.5 ln(.5/.8) +
    .5 ln(.5/.2)) = 8.926, its root 2.988, less surprising: p = .00281. The interval is Wilson's, .299298 to .700702, less .8."""
    sure = Group(8, 0.8, 0.0, 0.0, ((1.0, 0.0, 0.8, 0.0),))
    (found,) = compare_with(figures_of({HELPED: of(10, 20)}), {HELPED: sure})
    assert (found.low, found.high) == pytest.approx((0.299298 - 0.8, 0.700702 - 0.8), abs=2e-6)
    assert (found.p, found.q) == pytest.approx((0.00281, 0.00281), abs=1e-5)
    assert found.visible == pytest.approx((1.959964 + 0.841621) * math.sqrt(0.16 / 20), abs=1e-5)
    assert found.unusual


def test_reviews_that_are_missing_by_hand() -> None:
    """At .8 a difference of 5 points shows 4 times of 5 with a standard error of .05 / 2.801585 = .017847: .16 / .017847**2 = 502 answers.
    One of 10 points has been seen: at (40 * .7 + 4 * .8) / 44 = .709 that takes .2063 / (.1 / 2.801585)**2 = 162."""
    sure = Group(8, 0.8, 0.0, 0.0, ((1.0, 0.0, 0.8, 0.0),))
    (found,) = compare_with(figures_of({HELPED: of(32, 40)}), {HELPED: sure})
    assert found.more == pytest.approx(502 - 40, abs=1)
    (twice,) = compare_with(figures_of({HELPED: of(32, 40, unasked=40)}), {HELPED: sure})
    assert twice.more == pytest.approx(2 * (502 - 40), abs=2)
    (seen,) = compare_with(figures_of({HELPED: of(28, 40)}), {HELPED: sure})
    assert seen.more == pytest.approx(162 - 40, abs=1)


def test_where_peers_are_hardly_known_no_number_of_reviews_helps() -> None:
    assert alone(of(16, 20), among((8, 10), (2, 10), (9, 10))).more is None


def test_peers_who_differ_make_the_same_gap_less_sure_and_less_unusual() -> None:
    others = among(*[(30, 60), (59, 60), (40, 60), (56, 60), (35, 60), (58, 60), (48, 60), (57, 60)])
    alike, apart = alone(of(24, 40)), alone(of(24, 40), others)
    assert alike.p is not None
    assert apart.p is not None
    assert alike.effect is not None
    assert apart.effect is not None
    assert abs(alike.effect - apart.effect) < 0.03
    assert alike.p < apart.p
    assert alike.spread < apart.spread
    assert alike.unusual
    assert not apart.unusual


def test_chance_finds_something_in_every_list() -> None:
    """The same gap, alone and among twenty items without one."""
    single = alone(of(26, 40))
    assert single.p is not None
    assert (single.standing, single.q) == (Standing.WEAKNESS, pytest.approx(single.p))
    items = [Item("phone", ItemKind.CRITERION, str(place)) for place in range(20)]
    many = compare(
        {HELPED: of(26, 40), **{item: of(32, 40) for item in items}},
        {peer: dict.fromkeys((HELPED, *items), theirs[HELPED]) for peer, theirs in PEERS.items()},
    )
    assert (many[0].p, many[0].standing) == (pytest.approx(single.p), Standing.CANNOT_TELL)
    assert many[0].q == pytest.approx(21 * single.p)
    assert [one.item for one in many] == [HELPED, *items]


def test_in_a_team_everybody_is_beside_everybody_else() -> None:
    team = {"weak": {HELPED: of(25, 60)}, **PEERS, "new": {HELPED: Moments()}, "other": {GREETED: of(5, 9)}}
    found = compare_team(team)
    assert list(found) == list(team)
    (weak,), (alone_,) = found["weak"], compare(team["weak"], {name: one for name, one in team.items() if name != "weak"})
    assert (weak.effect, weak.p) == pytest.approx((alone_.effect, alone_.p), abs=2e-3)
    assert (weak.standing, weak.peers) == (Standing.WEAKNESS, 8)
    assert found["p0"][0].peers == 8
    assert found["new"][0].reason is Reason.TOO_FEW
    assert found["other"][0].reason is Reason.NO_PEERS
    assert all(one.standing is not Standing.WEAKNESS for agent, some in found.items() if agent != "weak" for one in some)


def test_agresti_and_caffo_by_hand() -> None:
    """30 of 40 now, 18 of 40 before: 31/42 - 19/42 = .285714, its standard error the root of (.738095 * .261905 + .452381 * .547619) / 42,
    .102475."""
    (found,) = compare_past({HELPED: of(30, 40)}, {HELPED: of(18, 40)})
    assert (found.effect, found.other, found.peers) == (pytest.approx(0.3), pytest.approx(0.45), 1)
    assert (found.low, found.high) == pytest.approx((0.285714 - 1.959964 * 0.102475, 0.285714 + 1.959964 * 0.102475), abs=1e-5)
    assert found.p == pytest.approx(math.erfc(0.285714 / 0.102475 / math.sqrt(2)), abs=1e-5)
    assert (found.standing, found.unusual) == (Standing.STRENGTH, False)


@pytest.mark.parametrize("past", [{}, {HELPED: Moments()}, {HELPED: of(0, 0, unasked=9)}])
def test_without_a_past_nothing_got_better(past: dict[Item, Moments]) -> None:
    (found,) = compare_past({HELPED: of(30, 40)}, past)
    assert (found.standing, found.reason, found.effect) == (Standing.CANNOT_TELL, Reason.NO_PEERS, None)


COUNTS = st.integers(0, 25).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(0, 3)))


@given(COUNTS, st.lists(COUNTS, max_size=6))
def test_whatever_comes_the_answer_is_clear(mine: tuple[int, int, int], others: list[tuple[int, int, int]]) -> None:
    peers = {str(place): {HELPED: of(*one)} for place, one in enumerate(others)}
    past = {HELPED: of(*others[0])} if others else {}
    for found in (*compare({HELPED: of(*mine)}, peers), *compare_past({HELPED: of(*mine)}, past)):
        assert Comparison.model_validate(found.model_dump()) == found
        assert (found.reason is None) == (found.standing is not Standing.CANNOT_TELL)
        if found.effect is None or found.low is None or found.high is None or found.p is None:
            assert found.reason in (Reason.TOO_FEW, Reason.NO_OPPORTUNITY, Reason.NO_PEERS)
            continue
        assert -1 <= found.low <= found.effect <= found.high <= 1
        assert 0 <= found.p <= 1
        if found.standing is not Standing.CANNOT_TELL:
            assert abs(found.effect) >= MATTERS
            assert found.low > 0 or found.high < 0
        assert found.more is None or found.more >= 1


def test_groups_are_known_without_those_who_have_no_answers() -> None:
    found = groups([figures_of({HELPED: of(8, 10), GREETED: Moments()}), figures_of({HELPED: of(0, 0)})])
    assert list(found) == [HELPED]
    assert found[HELPED].agents == 1
