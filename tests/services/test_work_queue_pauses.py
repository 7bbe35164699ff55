"""What people set for queues of work holds after the process that it was told to has gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from qa_service.domain.permission import SYSTEM
from qa_service.store.jobs import JobState
from qa_service.store.work_queues import Regulation
from tests.services.conftest import Shop
from tests.services.test_work_queues import state, until


def test_a_pause_outlives_the_process(open_shop: Callable[..., AbstractContextManager[Shop]], tmp_path: Path) -> None:
    with open_shop(tmp_path / "data") as shop:
        shop.services.work.regulate("text", Regulation(paused=True), by=SYSTEM)
    with open_shop(tmp_path / "data") as shop:
        taken = shop.take("o-1", "Hello!", "Still here.")
        time.sleep(0.5)
        assert state(shop, taken.job) is JobState.QUEUED
        shop.services.work.regulate("text", Regulation(), by=SYSTEM)
        until(lambda: state(shop, taken.job) is JobState.DONE)
