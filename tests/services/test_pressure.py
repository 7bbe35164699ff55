"""Back-pressure: no more is taken than may wait, nothing of what is refused is kept, and batches wait for room."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from qa_service.domain.permission import SYSTEM
from qa_service.errors import BusyError
from qa_service.services.ingest import Ingestion, Source
from qa_service.services.pressure import Pressure
from qa_service.store.jobs import JobState
from qa_service.store.work_queues import Regulation
from tests.services.conftest import Shop


@pytest.fixture
def held(shop: Shop) -> Any:
    """Nothing that is taken in is begun."""
    shop.services.work.regulate("text", Regulation(paused=True), by=SYSTEM)
    # A look that is under way still goes by what was set before.
    time.sleep(0.5)
    yield
    shop.services.work.regulate("text", Regulation(), by=SYSTEM)
    until(lambda: not shop.services.work.get("text").waiting)


def until(reached: Any) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


def narrow(shop: Shop, most: int) -> Ingestion:
    return shop.ingestion(max_waiting=most)


def test_no_more_is_taken_than_may_wait_and_what_was_refused_can_come_again(shop: Shop, held: None) -> None:
    intake = narrow(shop, 2)
    before = shop.services.work.get("text").waiting
    assert before == 0
    for number in range(2):
        intake.conversation(shop.conversation(f"p-{number}", "Hello!", f"Press {number}."), source=Source(name="p.json", actor="tests"))
    late = shop.conversation("p-late", "Hello!", "I come late.")
    # A count is taken for true for a second.
    time.sleep(1.1)
    with pytest.raises(BusyError, match="2 interactions wait"):
        intake.conversation(late, source=Source(name="p.json", actor="tests"))
    with shop.services.database.reading() as unit:
        assert "p-late" not in unit.interactions.some(["p-late"])
    shop.services.work.regulate("text", Regulation(), by=SYSTEM)
    until(lambda: not shop.services.work.get("text").waiting and not shop.services.work.get("text").running)
    time.sleep(1.1)
    done = intake.conversation(late, source=Source(name="p.json", actor="tests"))
    until(lambda: shop.services.jobs.get(done.job).state is JobState.DONE)


def test_what_comes_in_a_batch_waits_for_room(shop: Shop, held: None) -> None:
    shop.take("q-0", "Hello!", "Somebody is before you.")
    intake, taken = narrow(shop, 1), threading.Event()

    def take() -> None:
        source = Source(name="q.json", actor="tests", batch=None)
        with pytest.raises(BusyError):
            intake.conversation(shop.conversation("q-1", "Hello!", "By itself."), source=source)
        intake._pressure.wait()
        taken.set()

    thread = threading.Thread(target=take)
    thread.start()
    assert not taken.wait(1.5)
    shop.services.work.regulate("text", Regulation(), by=SYSTEM)
    assert taken.wait(60)
    thread.join()


def test_without_a_limit_nothing_is_counted(shop: Shop) -> None:
    free = Pressure(database=None, most=0)  # type: ignore[arg-type]
    free.check()
    free.wait()


def test_who_is_told_to_stop_waits_no_longer(shop: Shop, held: None) -> None:
    shop.take("s-0", "Hello!", "Stop it.")
    pauses: list[float] = []
    Pressure(database=shop.services.database, most=1, going=lambda: len(pauses) < 3).wait(pauses.append)
    assert len(pauses) == 3
