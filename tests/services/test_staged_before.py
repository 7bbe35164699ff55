"""Uploads that an older program left in the data folder are taken in by this one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import opened
from qa_service.services.submission import Order
from qa_service.store.batches import Batch
from qa_service.store.jobs import JobState

Open = Callable[..., AbstractContextManager[Any]]
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(("name", "taken"), [("order.json", True), ("draft.json", False)])
def test_what_lies_there_goes_on(
    open_shop: Open, make_settings: Any, write_chat: Any, tmp_path: Path, name: str, taken: bool
) -> None:
    data, batch = tmp_path / "data", "f" * 32
    with opened(make_settings(data)) as services, services.database.unit() as unit:
        unit.batches.add(Batch(id=batch, name="old", state=JobState.QUEUED, total=1, created_at=AT, actor="lea"))
    files = data / "batches" / batch / "files" / "calls"
    files.mkdir(parents=True)
    write_chat(files, "old-chat", "Hello!", "I was sent before.")
    order = Order(actor="lea", files=("calls/old-chat.json",))
    (data / "batches" / batch / name).write_text(order.model_dump_json(), encoding="utf-8")
    lost = data / "batches" / ("e" * 32) / "files"
    lost.mkdir(parents=True)
    with open_shop(data) as shop:
        assert not lost.exists(), "of no batch that is known"
        until = time.monotonic() + 60
        while taken and shop.services.submissions.get(batch).state is not JobState.DONE:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert [one.item.file for one in shop.services.batch_runs.outcomes(batch).items] == ["calls/old-chat.json"] * taken
        assert shop.services.staging.awaited(batch) == (None if taken else 1)
        assert shop.services.staged_before.adopt() == 0
