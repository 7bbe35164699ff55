"""Two machines with one database and one object store: what came to one is taken in by the other, and read from both."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import opened
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Role
from qa_service.domain.report_order import ReportState, ReportWanted
from qa_service.services.submission import Order
from qa_service.store.jobs import JobState
from tests.postgres import named, run

Open = Callable[..., AbstractContextManager[Any]]
KEY = base64.b64encode(bytes(range(32))).decode()
LEA = Actor(id="lea", role=Role.ADMIN)


@pytest.fixture(params=["", KEY], ids=["open", "sealed"])
def shared(request: pytest.FixtureRequest, postgres: str, object_server: str, bucket: str) -> Iterator[dict[str, Any]]:
    """What the settings of both machines say."""
    name = f"qa_{uuid.uuid4().hex}"
    run(postgres, f"CREATE DATABASE {name}")
    yield {
        "recordings_url": f"s3://{bucket}/qa", "s3_endpoint": object_server, "s3_access_key": "somebody", "s3_secret_key": "a secret",
        "recordings_key": request.param, "vault_key": KEY, "database_url": named(postgres, name),
    }  # fmt: skip
    run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def until(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def uploaded(services: Any, *files: Path) -> str:
    """Sent to a machine that dies before it could queue the work: its engine never ran."""
    batch: str = services.staging.begin(Order(actor=LEA.id, files=("?",)), name="Two homes")
    for file in files:
        services.staging.add(batch, file, name=f"calls/{file.name}", by=LEA)
    with suppress(KeyError):
        services.staging.send(batch, by=LEA)
    return batch


def test_any_machine_goes_on_with_what_came_to_another(
    open_shop: Open, make_settings: Any, shared: dict[str, Any], write_call: Any, write_chat: Any, tmp_path: Path
) -> None:
    one, two, files = tmp_path / "one", tmp_path / "two", tmp_path / "files"
    files.mkdir()
    call = write_call(files, "call", "Hello!", "My card is 4111 1111 1111 1111.")
    sent = [call, call.with_suffix(".json"), write_chat(files, "chat", "Hello!", "Hi.")]
    with opened(make_settings(one, **shared)) as here:
        here.rubrics.sync()
        batch = uploaded(here, *sent)
        assert not any(path.exists() for path in sent), "they were moved away"
    with open_shop(two, **shared) as shop:
        there = shop.services
        until(lambda: there.submissions.get(batch).state is JobState.DONE)
        found = {item.item.file: item.card for item in there.batch_runs.outcomes(batch).items}
        assert set(found) == {"calls/call.wav", "calls/chat.json"}
        assert all(card is not None for card in found.values())
        recording, blob = there.interactions.recording("call")
        heard = b"".join(blob.read())
        report = there.reports.make(ReportWanted(kind="agent", subject="a1"), by=LEA)
        until(lambda: there.reports.get(report.id, by=LEA).state is ReportState.READY)
    with opened(make_settings(one, **shared)) as here:
        assert here.interactions.get("call").interaction.channel is Channel.PHONE
        assert b"".join(here.interactions.recording("call")[1].read()) == heard
        assert b"<html" in b"".join(here.reports.content(report.id, by=LEA)[1].read())
        original = b"".join(here.originals.audio("call", reason="to compare", actor=LEA.id)[1])
        assert len(original) == recording.size
        assert original != heard
    left = [path for home in (one, two) for area in ("batches", "reports", "vault") for path in (home / area).rglob("*")]
    assert left == [], "nothing of it lies on either disk"
