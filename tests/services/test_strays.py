"""Jobs that no workflow holds are queued again by whoever lives, without a start."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from qa_service.services.ingest import Source
from qa_service.store.jobs import JobState

Open = Callable[..., AbstractContextManager[Any]]


def lost(shop: Any, identifier: str, *, age: timedelta) -> str:
    """A job whose process died before it was queued."""

    def then() -> datetime:
        moment: datetime = shop.services.clock()
        return moment - age

    ingestion = shop.ingestion()
    ingestion._dispatch = lambda jobs: None
    ingestion._clock = then
    taken = ingestion.conversation(shop.conversation(identifier, "Hello!", identifier), source=Source(name="c.json", actor="t"))
    return str(taken.job)


def state(shop: Any, job: str) -> JobState:
    found: JobState = shop.services.jobs.get(job).state
    return found


def test_a_lost_job_is_queued_again_once_it_is_old_enough_to_be_missed(open_shop: Open) -> None:
    with open_shop() as shop:
        old, young = lost(shop, "c-old", age=timedelta(minutes=2)), lost(shop, "c-young", age=timedelta(seconds=1))
        shop.services.processing._tended = None
        shop.services.processing.tend()
        end = time.monotonic() + 60
        while state(shop, old) is not JobState.DONE:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert state(shop, young) is JobState.QUEUED
        assert shop.ledger("scorecard.suggested")[-1].startswith("scorecard/")


def test_what_a_workflow_holds_is_left_alone(open_shop: Open) -> None:
    with open_shop() as shop:
        workflows = shop.services.workflows
        assert not workflows.holds("job-nobody-knows")
        job = lost(shop, "c-1", age=timedelta(minutes=2))
        for _ in range(2):
            shop.services.processing._tended = None
            shop.services.processing.tend()
        end = time.monotonic() + 60
        while state(shop, job) is not JobState.DONE:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert len(shop.ledger("scorecard.suggested")) == 1
