"""Queues of work: what waits is told, people hold it back, and what was given up is begun again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from qa_service.domain.permission import SYSTEM
from qa_service.errors import ConflictError, NotFoundError
from qa_service.services.ingest import Ingested, JobOptions, Source
from qa_service.services.jobs import CANCELLED
from qa_service.store.interactions import State
from qa_service.store.jobs import JobState, Urgency
from qa_service.store.work_queues import Regulation
from tests.services.conftest import Shop


def until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def held(shop: Shop) -> Iterator[None]:
    """Nothing that is taken in is begun."""
    shop.services.work.regulate("text", Regulation(paused=True), by=SYSTEM)
    # A look that is under way still goes by what was set before.
    time.sleep(0.5)
    yield
    shop.services.work.regulate("text", Regulation(), by=SYSTEM)
    until(lambda: not shop.services.work.get("text").waiting)


def state(shop: Shop, job: str) -> JobState:
    return shop.services.jobs.get(job).state


def test_what_waits_is_told_with_its_age_and_goes_on_when_it_may(shop: Shop, held: None) -> None:
    taken = shop.take("w-1", "Hello!", "I wait.")
    time.sleep(0.5)
    queue = shop.services.work.get("text")
    assert (queue.waiting, queue.running, queue.regulation.paused, queue.by) == (1, 0, True, "system")
    assert queue.oldest == shop.services.jobs.get(taken.job).created_at
    assert [one.name for one in shop.services.work.list()] == ["speech", "text", "batch", "reports", "outside"]
    shop.services.work.regulate("text", Regulation(), by=SYSTEM)
    until(lambda: state(shop, taken.job) is JobState.DONE)
    assert shop.services.work.get("text").waiting == 0
    assert shop.ledger("work.regulated")[-2:] == ["work/text", "work/text"]


def test_a_queue_that_goes_as_told_already_is_not_told_again(shop: Shop) -> None:
    before = len(shop.ledger("work.regulated"))
    shop.services.work.regulate("reports", Regulation(), by=SYSTEM)
    assert len(shop.ledger("work.regulated")) == before
    with pytest.raises(NotFoundError, match="'dinner'"):
        shop.services.work.regulate("dinner", Regulation(), by=SYSTEM)


def test_what_is_urgent_is_done_before_what_came_in_a_batch(shop: Shop, held: None) -> None:
    services = shop.services

    def take(name: str, *, options: JobOptions | None = None) -> str:
        conversation = shop.conversation(name, "Hello!", f"I am {name}.")
        return services.ingestion.conversation(conversation, source=Source(name=name, actor="tests"), options=options).job

    low, normal = take("u-low", options=JobOptions(priority=Urgency.LOW)), take("u-normal")
    urgent = take("u-urgent", options=JobOptions(priority=Urgency.URGENT))
    services.work.regulate("text", Regulation(at_once=1), by=SYSTEM)
    until(lambda: all(state(shop, one) is JobState.DONE for one in (low, normal, urgent)))
    ended = [services.jobs.get(one).finished_at for one in (urgent, normal, low)]
    assert ended == sorted(ended, key=str)


def test_a_job_that_waits_is_stopped_and_begun_again(shop: Shop, held: None) -> None:
    taken = shop.take("x-1", "Hello!", "Never mind.")
    stopped = shop.services.jobs.cancel(taken.job, by=SYSTEM)
    assert (stopped.state, stopped.error and stopped.error.code) == (JobState.FAILED, CANCELLED)
    with pytest.raises(ConflictError, match="does not wait"):
        shop.services.jobs.cancel(taken.job, by=SYSTEM)
    shop.services.work.regulate("text", Regulation(), by=SYSTEM)
    assert shop.services.jobs.list(state=JobState.FAILED, code=CANCELLED).items[0].id == taken.job
    assert shop.services.jobs.repeatable([stopped]) == {taken.job}
    made = shop.services.jobs.retry(taken.job, by=SYSTEM).jobs
    until(lambda: state(shop, made[taken.job]) is JobState.DONE)
    assert state(shop, taken.job) is JobState.FAILED
    assert shop.services.jobs.repeatable([stopped]) == frozenset()
    with pytest.raises(ConflictError, match="cannot be begun again"):
        shop.services.jobs.retry(taken.job, by=SYSTEM)
    assert shop.services.jobs.retry_many(by=SYSTEM, code=CANCELLED).jobs == {}


def test_what_kills_every_process_is_given_up_and_can_be_begun_again(shop: Shop, held: None) -> None:
    services = shop.services
    deadly, harmless = (shop.take(f"k-{number}", "Hello!", f"Kill {number}.").job for number in range(2))
    with services.database.unit() as unit:
        for _ in range(services.settings.job_starts):
            unit.jobs.begin([deadly], at=services.clock())
    services.work.regulate("text", Regulation(), by=SYSTEM)
    until(lambda: state(shop, deadly) is JobState.FAILED and state(shop, harmless) is JobState.DONE)
    job = services.jobs.get(deadly)
    assert job.error is not None
    assert f"died {services.settings.job_starts} times" in job.error.message
    assert services.interactions.get("k-0").state is State.FAILED
    made = services.jobs.retry_many(by=SYSTEM, code="processing").jobs
    assert list(made) == [deadly]
    until(lambda: state(shop, made[deadly]) is JobState.DONE)
    assert services.jobs.get(made[deadly]).starts == 1


def test_one_of_many_that_is_suspected_takes_none_of_the_others_along(shop: Shop) -> None:
    services = shop.services
    services.work.regulate("text", Regulation(paused=True), by=SYSTEM)
    time.sleep(0.5)
    chats = [shop.conversation(f"m-{number}", "Hello!", f"One of many {number}.") for number in range(4)]
    taken = services.ingestion.conversations([(chat, Source(name="m.json", actor="tests")) for chat in chats])
    jobs = [one.job for one in taken if isinstance(one, Ingested)]
    with services.database.unit() as unit:
        for _ in range(services.settings.job_starts - 1):
            unit.jobs.begin([jobs[2]], at=services.clock())
    services.work.regulate("text", Regulation(), by=SYSTEM)
    until(lambda: all(state(shop, job) in (JobState.DONE, JobState.FAILED) for job in jobs))
    assert [state(shop, job) for job in jobs] == [JobState.DONE, JobState.DONE, JobState.FAILED, JobState.DONE]
