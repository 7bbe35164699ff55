"""Sampling: quotas met, nobody over- or under-sampled, reproducible, and picked with the probability that it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from math import sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from qa_service.domain.allocation import allocate, rounded
from qa_service.domain.draw import Draw
from qa_service.domain.interaction import Purpose
from qa_service.domain.risk import Risk, Told
from qa_service.domain.sampling import Candidate, Sample, fairness, sample
from qa_service.domain.sampling_plan import QuotaRule, RandomRule, RiskRule, Rule, SamplingPlan, StratifiedRule, Stratum

DRAW = Draw("seed", "plan", "2026-W47")
RULES: list[Rule] = [
    RandomRule(n=2), RandomRule(share=0.3), RandomRule(n=7, per="all"), RandomRule(share=0.15, per="all"),
    StratifiedRule(n=9, by=(Stratum.CHANNEL, Stratum.LANGUAGE), minimum=1), StratifiedRule(n=5, by=(Stratum.TOPIC,)),
    QuotaRule(n=8), QuotaRule(n=8, spread="proportional"), QuotaRule(n=8, spread="proportional", minimum=1),
    RiskRule(n=3, random=2), RiskRule(share=0.2, random_share=0.1), RiskRule(n=4, random_share=0.05),
]


def candidate(number: int, *, agent: str | None = "a1", **changes: object) -> Candidate:
    told = {"team": "t", "channel": "phone", "language": "fa", "queue": None, "topic": None}
    told |= {"critical": False, "doubt": 0.0, "told": Told()}  # type: ignore[dict-item]
    return Candidate(f"s{number}", f"c{number}", "r", agent, **{**told, **changes})  # type: ignore[arg-type]


def crowd(*sizes: int) -> list[Candidate]:
    """So many of each agent, of several channels, languages and risks."""
    agents = [f"a{index}" for index, size in enumerate(sizes) for _ in range(size)]
    return [
        candidate(
            number, agent=agent, channel=("phone", "chat", "email")[number % 3], language=("en", "fa", None)[number % 5 % 3],
            topic=("card", None)[number % 2], critical=number % 4 == 0, doubt=number % 7 / 10, told=Told(churn=int(number % 11 == 0)),
        )
        for number, agent in enumerate(agents)
    ]


sizes = st.lists(st.integers(1, 12), min_size=1, max_size=8)
STARTS = st.fractions(Fraction(0), Fraction(999, 1000))


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=12), total=st.integers(1, 400), minimum=st.integers(0, 5), even=st.booleans()
)
def test_what_groups_are_due_adds_up(sizes: list[int], total: int, minimum: int, even: bool) -> None:
    groups = dict(enumerate(sizes))
    due = allocate(groups, total=total, weights=None if even else groups, minimum=minimum)
    floors = sum(min(minimum, size) for size in sizes)
    assert sum(due.values()) == min(sum(sizes), max(total, floors))
    assert all(min(minimum, size) <= due[group] <= size for group, size in groups.items())


def test_who_has_few_gives_all_and_the_others_share_the_rest() -> None:
    """Twelve of four agents: three each; the one who has one gives it, and the other three share the eleven."""
    rest = Fraction(11, 3)
    assert allocate({"a": 1, "b": 10, "c": 20, "d": 30}, total=12) == {"a": 1, "b": rest, "c": rest, "d": rest}


def test_a_minimum_is_taken_from_the_large() -> None:
    """Ten of 100: by size 0.3, 1.7 and 8; with one at least, the two large ones share nine by 17 to 80."""
    due = allocate({"a": 3, "b": 17, "c": 80}, total=10, weights={"a": 3, "b": 17, "c": 80}, minimum=1)
    assert due == {"a": 1, "b": Fraction(9 * 17, 97), "c": Fraction(9 * 80, 97)}


@given(shares=st.lists(st.fractions(Fraction(0), Fraction(9), max_denominator=50), min_size=1, max_size=20), start=STARTS)
def test_rounding_stays_within_one_of_each_and_of_the_sum(shares: list[Fraction], start: Fraction) -> None:
    counts = rounded(dict(enumerate(shares)), start=start)
    assert all(abs(counts[group] - share) < 1 for group, share in enumerate(shares))
    assert abs(sum(counts.values()) - sum(shares, Fraction())) < 1


def test_rounding_is_unbiased() -> None:
    """Every start of a grid that divides the shares, each once: the mean is what is due, exactly."""
    shares = {"a": Fraction(1, 10), "b": Fraction(13, 10), "c": Fraction(6, 10)}
    starts = [Fraction(step, 10) for step in range(10)]
    for group, share in shares.items():
        assert Fraction(sum(rounded(shares, start=start)[group] for start in starts), 10) == share


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.kind}-{rule.model_dump_json(exclude_defaults=True)}")
@settings(max_examples=25)
@given(sizes=sizes, seed=st.text("abc123", min_size=1, max_size=6), order=st.randoms(use_true_random=False))
def test_a_sample_depends_on_its_seed_and_on_no_order(rule: Rule, sizes: list[int], seed: str, order: Random) -> None:
    found = crowd(*sizes)
    draw = Draw(seed, "plan", "2026-W47")
    first = sample(rule, found, draw=draw)
    order.shuffle(found)
    again = sample(rule, found, draw=draw)
    assert picks(first) == picks(again)
    assert first.fairness == again.fairness
    assert len(picks(first)) == len(first.picks), "nothing is picked twice"
    assert first.eligible == len(found)
    assert sum(one.picked for one in first.fairness) == len(first.picks)
    assert all(0 < one.probability <= 1 and one.reasons for one in first.picks)


@settings(max_examples=60)
@given(
    sizes=sizes, seed=st.text(max_size=4),
    rule=st.builds(QuotaRule, n=st.integers(1, 30), minimum=st.integers(0, 3), spread=st.sampled_from(["equal", "proportional"])),
)
def test_a_quota_is_met_and_nobody_is_over_or_under_sampled(sizes: list[int], rule: QuotaRule, seed: str) -> None:
    found = sample(rule, crowd(*sizes), draw=Draw(seed, "p", "d"))
    assert len(found.picks) == min(rule.n, sum(sizes))
    assert all(abs(one.picked - one.expected) <= 1 for one in found.fairness)
    assert {one.verdict for one in found.fairness} == {"fair"}
    assert all(one.picked <= one.eligible for one in found.fairness)


@settings(max_examples=40)
@given(sizes=sizes, n=st.integers(1, 9))
def test_so_many_of_each_agent(sizes: list[int], n: int) -> None:
    found = sample(RandomRule(n=n), crowd(*sizes), draw=DRAW)
    assert [one.picked for one in found.fairness] == [min(n, size) for size in sizes]


def test_a_stratum_has_its_minimum_and_the_rest_goes_by_size() -> None:
    some = [candidate(number, language="en") for number in range(90)] + [candidate(number, language="ar") for number in range(90, 100)]
    found = sample(StratifiedRule(n=10, by=(Stratum.LANGUAGE,), minimum=3), some, draw=DRAW)
    assert {one.group["language"]: (one.eligible, one.picked) for one in found.groups} == {"en": (90, 7), "ar": (10, 3)}


def test_the_riskiest_are_picked_and_say_why() -> None:
    some = [candidate(number) for number in range(20)]
    some += [candidate(20, critical=True, told=Told(complaint=2)), candidate(21, told=Told(churn=1)), candidate(22, doubt=0.5)]
    found = sample(RiskRule(n=2, random=1), some, draw=DRAW)
    told = {one.candidate.scorecard: one for one in found.picks[:2]}
    assert told["s20"].reasons == ("a critical miss is suspected (3.00)", "the customer complains formally (2.00)")
    assert told["s21"].reasons == ("the customer may leave (2.00)",)
    assert [one.probability for one in found.picks] == [1.0, 1.0, pytest.approx(1 / 21)]
    assert found.picks[2].reasons == ("random remainder: 1 of 21",)


def test_weights_choose_what_counts_as_a_risk() -> None:
    some = [candidate(1, critical=True), candidate(2, told=Told(churn=1)), candidate(3), candidate(4)]
    found = sample(RiskRule(n=1, weights={Risk.CRITICAL_MISS: 0, Risk.CHURN: 0.5}, random=1), some, draw=DRAW)
    assert found.picks[0].candidate.scorecard == "s2"


def test_nothing_eligible_is_an_empty_sample() -> None:
    for rule in RULES:
        found = sample(rule, [], draw=DRAW)
        assert (found.eligible, found.picks, found.fairness) == (0, (), ())


def test_candidates_are_walked_through_and_never_held() -> None:
    class Walk:
        walks = 0

        def __iter__(self) -> Iterator[Candidate]:
            self.walks += 1
            return iter(crowd(5, 9))

    for rule in RULES:
        walk = Walk()
        sample(rule, walk, draw=DRAW)
        assert walk.walks == (3 if rule.kind == "risk" else 2)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.kind}-{rule.model_dump_json(exclude_defaults=True)}")
def test_probabilities_are_what_happens_over_seeds(rule: Rule) -> None:
    """600 seeds: each scorecard is picked as often as it says, within 4.5 standard deviations (of 31 scorecards and 12 rules, one in 100
    such tests would fail by chance); and none has a probability of zero."""
    found, runs = crowd(2, 5, 1, 9, 14), 600
    counts: Counter[str] = Counter()
    told: dict[str, set[float]] = {}
    for seed in range(runs):
        for one in sample(rule, found, draw=Draw(f"s{seed}", "plan", "2026-W47")).picks:
            counts[one.candidate.scorecard] += 1
            told.setdefault(one.candidate.scorecard, set()).add(round(one.probability, 9))
    assert len(told) == len(found), "every scorecard is picked sooner or later"
    for scorecard, probabilities in told.items():
        (probability,) = probabilities
        bound = 4.5 * sqrt(probability * (1 - probability) / runs)
        assert abs(counts[scorecard] / runs - probability) <= bound + 1e-9, scorecard


def test_weighing_by_probability_estimates_the_whole() -> None:
    """Horvitz and Thompson: the mean over seeds of the weighed sum is the sum of all."""
    found, rule = crowd(3, 8, 20), RiskRule(n=5, random=4)
    truth = sum(one.doubt for one in found)
    sums = [
        sum(one.candidate.doubt / one.probability for one in sample(rule, found, draw=Draw(f"s{seed}", "p", "d")).picks)
        for seed in range(500)
    ]
    mean = sum(sums) / len(sums)
    error = sqrt(sum((one - mean) ** 2 for one in sums) / (len(sums) - 1) / len(sums))
    assert abs(mean - truth) < 4 * error


@pytest.mark.parametrize(
    ("picked", "expected", "variance", "verdict"),
    [
        (3, 2.4, 0.0, "fair"), (3, 2.0, 0.0, "fair"), (4, 2.9, 0.0, "over"), (1, 2.1, 0.0, "under"), (8, 5.0, 2.3, "fair"),
        (9, 5.0, 2.3, "over"),
    ],
)
def test_a_verdict_allows_one_and_what_chance_explains(picked: int, expected: float, variance: float, verdict: str) -> None:
    assert fairness("a", eligible=20, picked=picked, expected=expected, variance=variance).verdict == verdict


BAD: list[tuple[dict[str, object], str]] = [
    ({"rule": {"kind": "random", "n": -1}}, "greater than or equal to 1"), ({"rule": {"kind": "random", "n": 0}}, "greater than or"),
    ({"rule": {"kind": "random", "share": 1.2}}, "less than or equal to 1"), ({"rule": {"kind": "random", "share": 0}}, "greater than 0"),
    ({"rule": {"kind": "random", "n": 1, "share": 0.5}}, "either n or share"), ({"rule": {"kind": "random"}}, "either n or share"),
    ({"rule": {"kind": "stratified", "n": 5, "by": []}}, "at least 1 item"),
    ({"rule": {"kind": "stratified", "n": 5, "by": ["agent"]}}, "'channel', 'queue'"),
    ({"rule": {"kind": "risk", "n": 5}}, "either random or random_share"),
    ({"rule": {"kind": "risk", "n": 5, "random": 1, "weights": {"noise": 1}}}, "critical_miss"),
    ({"rule": {"kind": "risk", "n": 5, "random": 1, "weights": dict.fromkeys(Risk, 0)}}, "no risk counts"),
    ({"rule": {"kind": "quota", "n": 5, "spread": "loud"}}, "'equal' or 'proportional'"),
    ({"rule": {"kind": "lottery", "n": 5}}, "does not match any of the expected tags"),
    ({"period": "year"}, "'day', 'week' or 'month'"), ({"blind_share": 1.5}, "less than or equal to 1"), ({"due_days": 0}, "greater"),
    ({"name": " "}, "at least 1 character"), ({"purposes": []}, "nothing would be left"), ({"seed": "a|b"}, "match pattern"),
    ({"channels": ["fax"]}, "'phone', 'chat'"), ({"colour": "red"}, "Extra inputs"),
]


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_a_faulty_plan_is_refused_by_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(SamplingPlan).validate_python({"name": "weekly", "rule": {"kind": "random", "n": 1}, **changes})
    assert message in str(caught.value)


def test_tests_are_in_no_sample_unless_asked_for() -> None:
    plan = SamplingPlan(name="weekly", rule=RandomRule(n=1))
    assert Purpose.TEST not in plan.purposes
    assert len(plan.purposes) == len(Purpose) - 1


def picks(found: Sample) -> dict[str, float]:
    return {one.candidate.scorecard: one.probability for one in found.picks}
