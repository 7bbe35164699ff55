"""Three-valued logic: Kleene's strong truth tables, and what an unknown may become."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.criteria.outcome import Outcome, Verdict, at_least, negate, undecided
from qa_service.domain.evidence import Evidence

Y, N, U = Verdict.YES, Verdict.NO, Verdict.UNDECIDED
VERDICTS = st.sampled_from([Y, N, U])
OUTCOMES = st.builds(
    lambda verdict, confidence: undecided("?") if verdict is U else Outcome(verdict, confidence, f"{verdict}"),
    VERDICTS, st.floats(0.01, 1),
)


def outcome(verdict: Verdict, confidence: float = 0.9, why: str = "", turn: int | None = None) -> Outcome:
    evidence = () if turn is None else (Evidence(turn=turn, quote="q", start=0, end=1, rule="r"),)
    return Outcome(verdict, confidence, why or str(verdict), evidence, None if turn is None else (turn, 0))


@pytest.mark.parametrize(
    ("one", "other", "both", "either", "neither"),
    [
        (Y, Y, Y, Y, N), (Y, N, N, Y, N), (Y, U, U, Y, N),
        (N, Y, N, Y, N), (N, N, N, N, Y), (N, U, N, U, U),
        (U, Y, U, Y, N), (U, N, N, U, U), (U, U, U, U, U),
    ],
)
def test_kleene(one: Verdict, other: Verdict, both: Verdict, either: Verdict, neither: Verdict) -> None:
    outcomes = [outcome(one), outcome(other)]
    assert at_least(2, outcomes).verdict is both
    assert at_least(1, outcomes).verdict is either
    assert negate(at_least(1, outcomes)).verdict is neither


@pytest.mark.parametrize(
    ("verdicts", "count", "expected"),
    [
        ([Y, Y, N], 2, Y), ([Y, N, N], 2, N), ([Y, U, N], 2, U), ([Y, Y, U], 2, Y), ([U, U, N], 2, U), ([U, N, N], 2, N),
        ([Y], 1, Y), ([N], 1, N), ([U], 1, U), ([Y, U, U], 3, U), ([N, U, U], 3, N),
    ],
)
def test_at_least(verdicts: list[Verdict], count: int, expected: Verdict) -> None:
    assert at_least(count, [outcome(one) for one in verdicts]).verdict is expected


@given(st.lists(OUTCOMES, min_size=1, max_size=6), st.data())
def test_deciding_an_unknown_never_flips_a_decided_outcome(outcomes: list[Outcome], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(outcomes)))
    before = at_least(count, outcomes).verdict
    settled = [o if o.verdict is not U else outcome(data.draw(st.sampled_from([Y, N]))) for o in outcomes]
    after = at_least(count, settled).verdict
    assert after is not U
    assert before in (U, after)


@given(st.lists(OUTCOMES, min_size=1, max_size=5), st.data())
def test_undecided_exactly_when_the_unknowns_can_still_turn_it(outcomes: list[Outcome], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(outcomes)))
    choices = [[o] if o.verdict is not U else [outcome(Y), outcome(N)] for o in outcomes]
    reachable = {at_least(count, list(world)).verdict for world in product(*choices)}
    expected = U if len(reachable) == 2 else reachable.pop()
    assert at_least(count, outcomes).verdict is expected


@given(st.lists(OUTCOMES, min_size=1, max_size=6), st.data())
def test_order_does_not_matter(outcomes: list[Outcome], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(outcomes)))
    shuffled = data.draw(st.permutations(outcomes))
    one, other = at_least(count, outcomes), at_least(count, shuffled)
    assert (one.verdict, one.confidence) == (other.verdict, other.confidence)


@given(OUTCOMES)
def test_negation_is_its_own_inverse(one: Outcome) -> None:
    assert negate(negate(one)) == one


@pytest.mark.parametrize(
    ("outcomes", "count", "confidence"),
    [
        ([(Y, 0.9), (Y, 0.6), (Y, 0.8)], 3, 0.6),  # every yes is needed: the weakest of three
        ([(Y, 0.9), (Y, 0.6), (Y, 0.8)], 1, 0.9),  # one is needed: the best
        ([(Y, 0.9), (Y, 0.6), (Y, 0.8)], 2, 0.8),  # two are needed: the second best
        ([(N, 0.9), (N, 0.6), (Y, 0.8)], 3, 0.9),  # one no makes three impossible: the surest no
        ([(N, 0.9), (N, 0.6), (N, 0.8)], 1, 0.6),  # every no is needed
        ([(U, 0.0), (Y, 0.7)], 2, 0.0),
    ],
)
def test_confidence_is_that_of_the_weakest_needed(outcomes: list[tuple[Verdict, float]], count: int, confidence: float) -> None:
    assert at_least(count, [outcome(*one) for one in outcomes]).confidence == confidence


def test_a_yes_shows_the_evidence_of_every_yes_and_only_of_those() -> None:
    found = at_least(1, [outcome(Y, 0.6, turn=4), outcome(N, turn=1), outcome(Y, 0.9, turn=7)])
    assert [piece.turn for piece in found.evidence] == [7, 4]


@pytest.mark.parametrize(
    ("turns", "count", "place"),
    [
        ([4, 2, 9], 1, (2, 0)),  # any: as soon as the first
        ([4, 2, 9], 3, (9, 0)),  # all: only with the last
        ([4, 2, 9], 2, (4, 0)),
        ([4, None, 9], 2, (4, 0)),  # what has no place held all along, so the second to come true is turn 4
        ([4, None, 9], 3, (9, 0)),
        ([None, None], 2, None),
    ],
)
def test_place_is_where_the_count_was_reached(turns: list[int | None], count: int, place: tuple[int, int] | None) -> None:
    assert at_least(count, [outcome(Y, turn=one) for one in turns]).place == place
    assert at_least(count, [outcome(Y, turn=one) for one in reversed(turns)]).place == place


def test_an_undecided_outcome_tells_what_is_open_once() -> None:
    assert at_least(2, [undecided("no times"), undecided("no times"), outcome(Y)]).why == "no times"
