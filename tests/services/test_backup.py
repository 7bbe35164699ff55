"""Backups taken while the service works, and put back: nothing is lost, everything verifies, and what was under way goes on."""

from __future__ import annotations

import json
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, build, running
from qa_service.domain.permission import Actor, Role
from qa_service.errors import ConflictError, InputError, LedgerError, ProcessingError
from qa_service.services.backup import DATABASE, LISTING, MANIFEST, Backups
from qa_service.settings import Settings
from tests.postgres import named, run

BY = Actor(id="cli/tests", role=Role.ADMIN)
Home = Callable[..., Settings]


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path, make_settings: Callable[..., Settings]) -> Iterator[Home]:
    """Makes homes of their own, each with a database of each kind in turn, and nothing in it."""
    made: list[str] = []

    def make(name: str, **changes: Any) -> Settings:
        if request.param == "sqlite":
            return make_settings(tmp_path / name, **changes)
        server: str = request.getfixturevalue("postgres")
        made.append(f"qa_{uuid.uuid4().hex}")
        run(server, f"CREATE DATABASE {made[-1]}")
        return make_settings(tmp_path / name, database_url=named(server, made[-1]), **changes)

    yield make
    for one in made:
        run(request.getfixturevalue("postgres"), f"DROP DATABASE {one} WITH (FORCE)")


@pytest.fixture
def plain_home(tmp_path: Path, make_settings: Callable[..., Settings]) -> Home:
    """The same, on SQLite alone."""
    return lambda name, **changes: make_settings(tmp_path / name, **changes)


@pytest.fixture(autouse=True)
def _one_analysis(monkeypatch: pytest.MonkeyPatch, analysis: Any) -> None:
    monkeypatch.setattr("qa_service.bootstrap.Analysis", lambda **_: analysis)


class Load:
    """Takes calls and chats in for as long as it is told, so that something is under way at every moment."""

    def __init__(self, services: Services, folder: Path, write_call: Callable[..., Path], write_chat: Callable[..., Path]) -> None:
        self._services = services
        self._folder = folder
        self._write = (write_call, write_chat)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go)
        self.errors: list[Exception] = []
        folder.mkdir()

    def _go(self) -> None:
        number = 0
        try:
            while not self._stop.is_set():
                place = self._folder / f"{number}"
                place.mkdir()
                for one in range(3):
                    said = ("Hello!", f"My card is 4111 1111 1111 {1111 + number * 3 + one}.")
                    self._write[0](place, f"p-{number}-{one}", *said, seconds=0.3)
                    self._write[1](place, f"c-{number}-{one}", "Hello!", "Hi.")
                for _ in self._services.batches.run([place], actor="tests"):
                    pass
                number += 1
        except Exception as error:  # noqa: BLE001 - the edge of a thread; the test looks at it
            self.errors.append(error)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def scored(services: Services) -> int:
    """Scorecards of calls."""
    with services.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM scorecards WHERE channel = 'phone'").scalar_one())


def more_is_scored(services: Services) -> None:
    """Wait until the load gets on."""
    before, deadline = scored(services), time.monotonic() + 120
    while scored(services) == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def settled(services: Services) -> dict[str, int]:
    """Interactions by state, once no job is open."""
    deadline = time.monotonic() + 120
    while True:
        with services.database.engine.connect() as connection:
            counts = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT state, count(*) FROM jobs GROUP BY state")}
        if not set(counts) & {"queued", "running"}:
            return counts
        assert time.monotonic() < deadline, counts
        time.sleep(0.05)


def test_a_backup_under_load_restores_to_a_home_that_verifies_and_goes_on(
    home: Home, tmp_path: Path, write_call: Callable[..., Path], write_chat: Callable[..., Path]
) -> None:
    with running(home("busy")) as services:
        with Load(services, tmp_path / "files", write_call, write_chat) as load:
            taken = []
            for number in range(2):
                more_is_scored(services)
                taken.append(services.backups.take(tmp_path / f"backup-{number}", by=BY))
        assert load.errors == []
    assert all(not one.faults for one in taken)
    entries = [int(one.ledger.partition(":")[0]) for one in taken]
    assert entries[0] < entries[1], "work went on between them"
    settings = home("again")
    services = build(settings)
    restored = services.restoring.restore(tmp_path / "backup-1", by=BY)
    assert restored.entries == entries[1]
    services.database.close()
    with running(settings) as again:
        counts = settled(again)
        checked = again.upkeep.check(hashes=True)
        with again.database.reading() as unit:
            acts = [one.action for one in unit.ledger.entries()]
    assert counts.get("done", 0) > 0
    assert counts.get("failed", 0) == 0
    assert checked.faults == ()
    assert "database.restored" in acts
    assert acts.count("database.backed_up") == 2


@pytest.fixture
def backed_up(plain_home: Home, tmp_path: Path, write_call: Callable[..., Path], write_chat: Callable[..., Path]) -> Path:
    """A backup of a call and a chat, scored."""
    write_call(tmp_path, "p-1", "Hello!", "Hi.")
    write_chat(tmp_path, "c-1")
    with running(plain_home("first", gold_dir=tmp_path / "gold")) as services:
        tuple(services.batches.run([tmp_path / "p-1.wav", tmp_path / "c-1.json"], actor="tests"))
        (tmp_path / "gold").mkdir()
        (tmp_path / "gold" / "one.json").write_text("{}")
        services.backups.take(tmp_path / "backup", by=BY)
    return tmp_path / "backup"


def test_everything_is_listed_with_its_hash(backed_up: Path, plain_home: Home) -> None:
    listed = [json.loads(line) for line in (backed_up / LISTING).read_text().splitlines()]
    there = {path.relative_to(backed_up).as_posix() for path in backed_up.rglob("*") if path.is_file()}
    assert {one["path"] for one in listed} == there - {MANIFEST, LISTING}
    assert {one["path"].partition("/")[0] for one in listed} == {"database", "recordings", "gold", "rubrics"}
    services = build(plain_home("second"))
    assert services.restoring.check(backed_up).files == len(listed)
    services.database.close()


def test_a_backup_needs_a_name_of_its_own_and_goes_on_where_it_ended(
    plain_home: Home, backed_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = build(plain_home("first"))
    with pytest.raises(ConflictError, match="something of that name"):
        services.backups.take(backed_up, by=BY)

    def give_up(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("qa_service.services.backup._write", give_up)
        with pytest.raises(OSError, match="no space"):
            services.backups.take(tmp_path / "other", by=BY)
    assert not (tmp_path / "other").exists()
    (kept,) = [path for path in (tmp_path / "other.unfinished" / "recordings").rglob("*") if path.is_file() and path.suffix == ""]
    (tmp_path / "other.unfinished" / "recordings" / "stale").write_bytes(b"of an earlier run")
    before = kept.stat()
    services.backups.take(tmp_path / "other", by=BY)
    after = (tmp_path / "other" / kept.relative_to(tmp_path / "other.unfinished")).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not (tmp_path / "other" / "recordings" / "stale").exists()
    services.database.close()


def test_a_recording_that_is_gone_or_damaged_is_told(plain_home: Home, backed_up: Path, tmp_path: Path) -> None:
    data = tmp_path / "first" / "recordings"
    (audio,) = [path for path in data.rglob("*") if path.is_file() and path.suffix == "" and len(path.name) == 64]
    services = build(plain_home("first"))
    audio.write_bytes(audio.read_bytes()[:-1] + b"!")
    assert services.backups.take(tmp_path / "damaged", by=BY).faults == (f"recording {audio.name}: its bytes are others than were kept",)
    assert services.upkeep.check().faults == ()
    assert services.upkeep.check(hashes=True).faults == (f"recording {audio.name}: its bytes are others than were kept",)
    audio.unlink()
    assert services.backups.take(tmp_path / "gone", by=BY).faults == (f"recording {audio.name}: is missing",)
    assert services.upkeep.check().faults == (f"recording {audio.name}: its file is missing",)
    services.database.close()


def test_recordings_may_be_left_out(plain_home: Home, backed_up: Path, tmp_path: Path) -> None:
    services = build(plain_home("first"))
    made = services.backups.take(tmp_path / "small", by=BY, recordings=False)
    assert (made.recordings, made.faults, (tmp_path / "small" / "recordings").exists()) == (False, (), False)
    services.database.close()


def test_what_is_no_whole_backup_is_refused_and_nothing_is_touched(plain_home: Home, backed_up: Path, tmp_path: Path) -> None:
    services = build(plain_home("second"))

    def refused(message: str, change: Callable[[Path], object]) -> None:
        copy = tmp_path / uuid.uuid4().hex
        shutil.copytree(backed_up, copy)
        change(copy)
        with pytest.raises(InputError, match=message):
            services.restoring.restore(copy, by=BY)
        assert not (tmp_path / "second" / "qa_service.sqlite").exists()

    def manifest(**told: object) -> Callable[[Path], object]:
        return lambda copy: (copy / MANIFEST).write_text(json.dumps(json.loads((copy / MANIFEST).read_text()) | told))

    refused("no backup", lambda copy: (copy / MANIFEST).unlink())
    refused("cannot be read", lambda copy: (copy / MANIFEST).write_text("{"))
    refused("not known", manifest(format="qa-service backup/9"))
    refused("newer program", manifest(tables="r9999_later"))
    refused("a backup of postgresql", manifest(database="postgresql"))
    refused("list of its files was altered", lambda copy: (copy / LISTING).write_text("{}"))
    refused("was altered", lambda copy: (copy / DATABASE / "qa_service.sqlite").write_bytes(b"x"))
    refused("is missing", lambda copy: (copy / DATABASE / "workflows.sqlite").unlink())
    refused("was altered", lambda copy: next(path for path in (copy / "recordings").rglob("*") if path.is_file()).write_bytes(b"x"))
    services.restoring.restore(backed_up, by=BY)
    services.database.close()


def test_a_home_that_is_not_empty_is_kept_unless_told(plain_home: Home, backed_up: Path, tmp_path: Path) -> None:
    settings = plain_home("second")
    with running(settings) as services, pytest.raises(ConflictError, match="works on this home"):
        services.restoring.restore(backed_up, by=BY, replace=True)
    services = build(settings)
    with pytest.raises(ConflictError, match="not empty"):
        services.restoring.restore(backed_up, by=BY)
    restored = services.restoring.restore(backed_up, by=BY, replace=True)
    assert restored.before is not None
    assert (Path(restored.before) / "qa_service.sqlite").is_file()
    with services.database.reading() as unit:
        assert [one.interaction.id for one in unit.interactions.list().items] != []
    services.database.close()


def test_a_ledger_that_does_not_verify_is_told(plain_home: Home, tmp_path: Path) -> None:
    with running(plain_home("first")) as services:
        with services.database.engine.begin() as connection:
            guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'"
            for name in connection.exec_driver_sql(guards).scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql("UPDATE ledger SET actor = 'nobody' WHERE sequence = 1")
        services.backups.take(tmp_path / "backup", by=BY)
    services = build(plain_home("second"))
    with pytest.raises(LedgerError, match="chain is broken"):
        services.restoring.restore(tmp_path / "backup", by=BY)
    services.database.close()


def test_two_runs_never_take_one_backup(plain_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services = build(plain_home("first"))
    services.database.upgrade()
    refused: list[ConflictError] = []

    def meanwhile(*_: object) -> None:
        with pytest.raises(ConflictError, match="another run") as caught:
            services.backups.take(tmp_path / "backup", by=BY)
        refused.append(caught.value)

    monkeypatch.setattr(Backups, "_note", meanwhile)
    services.backups.take(tmp_path / "backup", by=BY)
    assert len(refused) == 1
    services.database.close()


def test_a_database_that_cannot_be_copied_leaves_no_backup(plain_home: Home, tmp_path: Path) -> None:
    services = build(plain_home("first"))
    services.database.upgrade()
    (tmp_path / "first" / "workflows.sqlite").write_bytes(b"no database, but long enough to be looked at as if it were one" * 20)
    with pytest.raises(ProcessingError, match="could not be copied"):
        services.backups.take(tmp_path / "backup", by=BY)
    assert not (tmp_path / "backup").exists()
    services.database.close()
