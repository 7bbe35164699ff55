"""A running service of its own for each file of tests, and short ways to put things in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.bootstrap import Services, running
from qa_service.channels import Conversation
from qa_service.channels.conversation import parse_conversation
from qa_service.services.ingest import Ingestion, Source
from qa_service.services.pressure import Pressure
from qa_service.settings import Settings
from qa_service.store.vault import Vault


class Shop:
    """A running service, and short ways to put things in."""

    def __init__(self, services: Services, chats: Callable[..., dict[str, Any]]) -> None:
        self.services = services
        self._chats = chats

    def conversation(self, identifier: str, *said: str, **header: Any) -> Conversation:
        """A chat as the channels read it."""
        return parse_conversation(json.dumps(self._chats(identifier, *said, **header)).encode(), file=f"{identifier}.json")

    def take(self, identifier: str, *said: str, **header: Any) -> Any:
        """Take a chat in and do not wait."""
        source = Source(name=f"{identifier}.json", actor="tests")
        return self.services.ingestion.conversation(self.conversation(identifier, *said, **header), source=source)

    def ingestion(self, **settings: Any) -> Ingestion:
        """The same intake under other settings."""
        services = self.services
        return Ingestion(
            database=services.database,
            files=services.files,
            engines=services.engines,
            analysis=services.analysis.version_for,
            redactor=services.redactor,
            vault=Vault.below(services.settings.data_dir / "vault", ()),
            pressure=Pressure(database=services.database, most=settings.get("max_waiting", 0)),
            settings=services.settings.model_copy(update=settings),
            clock=services.clock,
            dispatch=services.processing.dispatch,
        )

    def score(self, *paths: Path, **options: Any) -> Any:
        """Rows of a batch."""
        return tuple(self.services.batches.run(list(paths), actor="tests", **options))

    def ledger(self, action: str | None = None) -> list[str]:
        """Subjects of all entries about interactions, or of those with an action."""
        with self.services.database.reading() as unit:
            wanted = (entry for entry in unit.ledger.entries() if action in (None, entry.action))
            return [entry.subject for entry in wanted if action or not entry.subject.startswith("rubric/")]


@pytest.fixture(scope="module")
def open_shop(
    tmp_path_factory: pytest.TempPathFactory,
    make_settings: Callable[..., Settings],
    chats: Callable[..., dict[str, Any]],
    analysis: Analysis,
) -> Iterator[Callable[..., AbstractContextManager[Shop]]]:
    """Opens a shop of one's own; only one can be open at a time."""

    @contextmanager
    def opening(data_dir: Path | None = None, **changes: Any) -> Iterator[Shop]:
        with running(make_settings(data_dir or tmp_path_factory.mktemp("data"), **changes)) as services:
            yield Shop(services, chats)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qa_service.bootstrap.Analysis", lambda **_: analysis)
        yield opening


@pytest.fixture(scope="module")
def shop(open_shop: Callable[..., AbstractContextManager[Shop]]) -> Iterator[Shop]:
    """One for all tests of a file: ids and contents must differ."""
    with open_shop() as shop:
        yield shop
