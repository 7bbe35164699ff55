"""Health: whether this process can do its work, part by part."""

from __future__ import annotations

from collections.abc import Callable

from qa_service import __version__
from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.errors import ConfigurationError, QaError
from qa_service.services.engines import Engines
from qa_service.services.workflow import Workflows
from qa_service.store.session import Database


class Check(Record):
    """One part."""

    #: ``database``, ``rubrics``, ``workflow`` or ``weights``.
    name: str
    #: Whether it can be used.
    ok: bool
    #: What is there, or what is wrong.
    detail: str


class Health(Record):
    """All parts."""

    #: Whether every part can be used.
    ok: bool
    #: Version of this program.
    version: str
    #: Part by part.
    checks: tuple[Check, ...]


class Doctor:
    """Looks at the parts; nothing is changed or loaded."""

    def __init__(self, *, database: Database, workflows: Workflows, engines: Engines) -> None:
        self._database = database
        self._workflows = workflows
        self._engines = engines

    def examine(self) -> Health:
        """All parts, each by itself."""
        parts = {"database": self._store, "rubrics": self._rubrics, "workflow": self._workflow, "weights": self._engines.usable}
        checks = tuple(_checked(name, look) for name, look in parts.items())
        return Health(ok=all(check.ok for check in checks), version=__version__, checks=checks)

    def _store(self) -> str:
        with self._database.reading() as unit:
            sequence, _ = unit.ledger.head()
        return f"{sequence} ledger entries"

    def _rubrics(self) -> str:
        with self._database.reading() as unit:
            served = unit.rubrics.channels()
        if not served:
            raise ConfigurationError("no rubric is in force", field="QA_RUBRICS_DIR")
        return f"in force for {', '.join(channel.value for channel in Channel if channel in served)}"

    def _workflow(self) -> str:
        if not self._workflows.running:
            raise ConfigurationError("the workflow engine is not running")
        return "running"


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, detail=look())
    except QaError as error:
        return Check(name=name, ok=False, detail=error.message)
