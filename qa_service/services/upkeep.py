"""Upkeep: what an operator looks at and puts right: tables, rights of the database's roles, and whether everything is in its place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from qa_service.domain.base import Record
from qa_service.errors import LedgerError, NotFoundError
from qa_service.services.sweep import Sweeping
from qa_service.services.workflow_tables import make_tables
from qa_service.settings import Settings
from qa_service.store.recordings import RecordingFiles
from qa_service.store.roles import grant
from qa_service.store.session import Database
from qa_service.store.snapshots import Moment

#: Told one by one; more of a kind are counted.
_MOST = 20


class Checked(Record):
    """What a look at everything gave."""

    #: What is not as it should be, one line each.
    faults: tuple[str, ...] = ()
    #: What is worth knowing and harmless.
    notes: tuple[str, ...] = ()


class Upkeep:
    """Looks after a home."""

    def __init__(self, *, database: Database, files: RecordingFiles, sweeping: Sweeping, settings: Settings) -> None:
        self._database = database
        self._files = files
        self._sweeping = sweeping
        self._settings = settings

    def make_tables(self) -> None:
        """Those of the workflow engine, where they are not made by the process that works with them."""
        make_tables(self._settings.workflow_database)

    def grant(self, role: str) -> None:
        """Let a role of PostgreSQL work with the tables that are there."""
        grant(self._database.engine, role)

    def check(self, *, quick: bool = False, hashes: bool = False) -> Checked:
        """Whether the schema is this version's, the ledger's chain whole, and every recording there (``hashes``: as it came); raises
        :class:`ConfigurationError` for a database that cannot be opened."""
        schema = self._database.check()
        if schema or quick:
            return Checked(faults=schema)
        with self._database.reading() as unit:
            try:
                entries = unit.ledger.verify().entries
            except LedgerError as error:
                return Checked(faults=(f"the ledger: {error}",))
        with self._database.engine.connect() as connection:
            needed = frozenset(Moment(connection).recordings())
        faults = _few([one for sha256 in sorted(needed) for one in self._wrong(sha256, hashes=hashes)])
        orphans = self._sweeping.find()
        left = f"{len(orphans.orphans)} files that nothing tells of, {orphans.size} bytes: 'qa-service db sweep' shows them"
        notes = (f"{entries} entries of the ledger, {len(needed)} recordings", *((left,) if orphans.orphans else ()))
        return Checked(faults=faults, notes=notes)

    def _wrong(self, sha256: str, *, hashes: bool) -> Iterator[str]:
        try:
            kept = self._files.get(sha256)
        except NotFoundError:
            yield f"recording {sha256}: its file is missing"
            return
        if hashes:
            found = hashlib.sha256()
            for piece in kept.read():
                found.update(piece)
            if found.hexdigest() != sha256:
                yield f"recording {sha256}: its bytes are others than were kept"


def _few(lines: list[str]) -> tuple[str, ...]:
    return (*lines[:_MOST], *([f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []))
