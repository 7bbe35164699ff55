"""Assignment: by language and load, never one's own, an agent's contacts by several people."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.assignment import Reviewer, Work, assign

RITA, OMID, SARA = Reviewer("rita", frozenset({"en"})), Reviewer("omid", frozenset({"en", "fa"})), Reviewer("sara", agent="a1")


def work(number: int, *, agent: str | None = "a1", language: str | None = "en", priority: float = 0.0) -> Work:
    return Work(f"w{number:03}", agent, language, priority)


def test_by_language_and_never_ones_own() -> None:
    given = assign([work(1, language="fa"), work(2, language="ar", agent="a2"), work(3, language="ar")], [RITA, OMID, SARA])
    assert given["w001"].reviewer == "omid"
    assert given["w002"].reviewer == "sara", "who names no language reads any"
    assert given["w003"] == (None, "nobody reviews oneself, and there is nobody else for 'ar'")


def test_what_nobody_can_do_says_why() -> None:
    assert assign([work(1)], [])["w001"].reason == "there are no reviewers"
    assert assign([work(1, language="de")], [RITA, OMID])["w001"].reason == "nobody reviews in 'de'"
    full = [RITA._replace(capacity=2, load=2), OMID._replace(capacity=0)]
    assert assign([work(1)], full)["w001"].reason == "everybody who could has as much to do as they can"


def test_the_important_is_given_out_first() -> None:
    given = assign([work(1, priority=1), work(2, priority=9)], [RITA._replace(capacity=1)])
    assert (given["w001"].reviewer, given["w002"].reviewer) == (None, "rita")


def test_an_agents_contacts_go_to_several_people() -> None:
    given = assign([work(number, agent=f"a{number % 2}") for number in range(8)], [RITA, OMID])
    pairs = Counter((one.reviewer, number % 2) for number, one in enumerate(given.values()))
    assert set(pairs.values()) == {2}


@given(
    agents=st.lists(st.integers(0, 4), max_size=60), capacities=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_load_follows_capacity_whatever_the_order(agents: list[int], capacities: list[int], order: Random) -> None:
    people = [Reviewer(f"r{index}", capacity=one) for index, one in enumerate(capacities)]
    things = [work(index, agent=f"a{agent}") for index, agent in enumerate(agents)]
    given = assign(things, people)
    loads = Counter(one.reviewer for one in given.values())
    shares = [loads[one.id] / (one.capacity or 1) for one in people]
    if loads[None]:
        assert min(shares) == 1, "nothing is left while somebody has room"
    else:
        assert max(shares) - min(shares) <= 2 / min(capacities)
    assert all(loads[one.id] <= (one.capacity or 0) for one in people)
    order.shuffle(things)
    order.shuffle(people)
    assert assign(things, people) == given


def test_who_tells_no_capacity_can_do_as_much_as_the_others() -> None:
    given = assign([work(number) for number in range(30)], [RITA._replace(capacity=10), OMID._replace(capacity=10), Reviewer("zoe")])
    assert Counter(one.reviewer for one in given.values()) == {"rita": 10, "omid": 10, "zoe": 10}
