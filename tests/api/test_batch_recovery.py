"""A batch that was stored when the service died is taken in at the next start."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from qa_service.app import create_app
from qa_service.bootstrap import build, running
from qa_service.settings import Settings


def test_a_batch_whose_workflow_was_never_queued(settings: Settings, chat: Callable[..., dict[str, Any]]) -> None:
    services = build(settings)
    services.database.upgrade()
    services.rubrics.sync()
    services.keys.first_start()
    headers = {"X-API-Key": settings.admin_key.get_secret_value()}
    with TestClient(create_app(services), headers=headers) as client:
        # The workflow engine of these services never ran, so that the request dies between the row and the queue.
        files = {"file": ("c.json", json.dumps(chat("crash")).encode())}
        assert client.post("/v1/batches", files=files).status_code == 500
    services.database.close()
    with running(settings) as again:
        (batch,) = again.submissions.list().items
        until = time.monotonic() + 30
        while again.submissions.get(batch.id).state != "done":
            assert time.monotonic() < until
            time.sleep(0.05)
        (item,) = again.submissions.items(batch.id).items
        assert (item.file, item.interaction, item.state) == ("c.json", "crash", "done")
        # A step that is run again after it ended does nothing.
        assert again.submissions.take_in(batch.id) == 0
