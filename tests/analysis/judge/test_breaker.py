"""A dead server is left alone, tried again after a rest, and trusted again once it answers."""

from __future__ import annotations

import pytest

from qa_service.analysis.judge.breaker import Breaker


class Watch:
    """Seconds that only the test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def breaker(watch: Watch) -> Breaker:
    return Breaker(clock=watch)


def failing(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed("no answer within 1 s")


def test_three_failures_in_a_row_open_it(breaker: Breaker) -> None:
    failing(breaker, 2)
    assert breaker.refusal() is None
    failing(breaker, 1)
    assert breaker.refusal() == "not asked: the model's server failed 3 times running, the last time: no answer within 1 s"


def test_an_answer_between_starts_the_count_again(breaker: Breaker) -> None:
    failing(breaker, 2)
    breaker.worked()
    failing(breaker, 2)
    assert breaker.refusal() is None


def test_after_a_rest_one_tries(breaker: Breaker, watch: Watch) -> None:
    failing(breaker, 3)
    watch.now += 29.9
    assert breaker.refusal() is not None
    watch.now += 0.2
    assert breaker.refusal() is None
    assert breaker.refusal() is not None, "the others wait until it is known how that went"
    breaker.worked()
    assert breaker.refusal() is None


def test_each_failed_try_doubles_the_rest_up_to_ten_minutes(breaker: Breaker, watch: Watch) -> None:
    failing(breaker, 3)
    for rest in (30, 60, 120, 240, 480, 600, 600):
        watch.now += rest - 0.1
        assert breaker.refusal() is not None, rest
        watch.now += 0.2
        assert breaker.refusal() is None, rest
        failing(breaker, 1)
