"""Recording imports: calls of a table, fetched from a real server and from folders, each with its own outcome."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened, running
from qa_service.channels.records.row import RecordOptions
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.recording_import import FetchState, ImportWishes
from qa_service.errors import ConflictError, InputError, NotFoundError, PermissionDeniedError, TableError
from qa_service.services import workflow
from qa_service.services.importing import Source
from qa_service.services.recording_imports import _LANES, RecordingImportReport
from qa_service.settings import Settings

Write = Callable[..., Path]
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Clockwork:
    """A clock that tests set."""

    now = AT

    def __call__(self) -> datetime:
        return self.now


class Recorder:
    """A server that gives the files it is told to, and does what it is told at other paths."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}
        self.status: dict[str, int] = {}
        self.drips: set[str] = set()
        self.asked: list[str] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                recorder.asked.append(self.path)
                data = recorder.files.get(path, b"")
                status = recorder.status.get(path, 302 if path in recorder.moved else 200 if path in recorder.files else 404)
                self.send_response(status)
                if path in recorder.moved:
                    self.send_header("location", recorder.moved[path])
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                with suppress(OSError):
                    if path in recorder.drips:
                        for byte in data:
                            self.wfile.write(bytes([byte]))
                            self.wfile.flush()
                            time.sleep(0.1)
                    else:
                        self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with closing(Recorder()) as made:
        yield made


@pytest.fixture
def clock() -> Clockwork:
    return Clockwork()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    made = tmp_path / "archive"
    made.mkdir()
    return made


@pytest.fixture
def services(
    tmp_path: Path, archive: Path, clock: Clockwork, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    settings = make_settings(
        tmp_path / "data", private_networks="127.0.0.0/8", recording_folders=str(archive), fetch_seconds=5.0, max_upload_bytes=100_000
    )
    with opened(settings, clock=clock) as made:
        made.rubrics.sync()
        monkeypatch.setattr(made.workflows, "enqueue", lambda *told, **more: None)
        yield made


def take(services: Services, tmp_path: Path, *places: str, wishes: ImportWishes | None = None, by: Actor = SYSTEM) -> RecordingImportReport:
    """A table of calls with these recordings."""
    rows = [f'c-{number},2026-02-01T10:00:00Z,a1,Sara,"{place}"' for number, place in enumerate(places)]
    table = tmp_path / "calls.csv"
    table.write_text("\n".join(["Call ID,Start,Agent,Agent name,Recording URL", *rows, ""]), encoding="utf-8")
    return services.recording_imports.take(Source(table, "calls.csv"), options=RecordOptions(), wishes=wishes or ImportWishes(), by=by)


def fetch_all(services: Services) -> None:
    """Everything that is due."""
    for lane in range(_LANES):
        while services.recording_imports.fetch_next(lane):
            pass


def outcomes(services: Services, number: str) -> list[tuple[str, str | None]]:
    items = services.recording_imports.items(number).items
    return [(one.state.value, None if one.error is None else one.error.message) for one in items]


def stored(services: Services) -> dict[str, Any]:
    with services.database.reading() as unit:
        return {one.interaction.id: one.interaction for one in unit.interactions.list(limit=100).items}


def test_recordings_are_fetched_and_know_what_the_table_tells(
    services: Services, recorder: Recorder, archive: Path, tmp_path: Path, write_call: Write
) -> None:
    for name in ("one", "two", "three"):
        (archive / name).mkdir()
        write_call(archive / name, name, seconds=0.5)
    recorder.files["/a/one.wav"] = (archive / "one" / "one.wav").read_bytes()
    report = take(
        services, tmp_path, f"{recorder.url}/a/one.wav?key=secret", str(archive / "two" / "two.wav"), "three/three.wav", "",
        wishes=ImportWishes(channels="agent_left", language="fa"),
    )
    assert (report.call_details.added, report.recordings.total, report.without) == (4, 3, 1)
    assert not report.recordings.done
    fetch_all(services)
    number = report.recordings.id
    assert outcomes(services, number) == [("taken", None)] * 3
    assert services.recording_imports.get(number).done
    found = stored(services)
    assert sorted(found) == ["c-0", "c-1", "c-2"]
    assert found["c-0"].agent.id == "a1"
    assert (found["c-0"].language, found["c-0"].started_at) == ("fa", datetime(2026, 2, 1, 10, tzinfo=UTC))
    with services.database.reading() as unit:
        assert unit.call_details.get("c-0").interaction == "c-0", "the call detail knows its recording"
        assert unit.interactions.some(["c-0"])["c-0"].source_name == "one.wav"
        told = [one.action for one in unit.ledger.entries()]
        assert "recording_import.begun" in told
        assert not [one for one in unit.ledger.entries() if "secret" in str(one)]
    places = [one.place for one in services.recording_imports.items(number).items]
    assert places[0] == f"{recorder.url}/a/one.wav", "the key is gone"


def test_the_same_table_again_fetches_nothing(
    services: Services, recorder: Recorder, archive: Path, tmp_path: Path, write_call: Write
) -> None:
    recorder.files["/one.wav"] = write_call(archive, "one").read_bytes()
    take(services, tmp_path, f"{recorder.url}/one.wav")
    fetch_all(services)
    again = take(services, tmp_path, f"{recorder.url}/one.wav")
    fetch_all(services)
    assert outcomes(services, again.recordings.id) == [("taken", None)]
    assert len(recorder.asked) == 1


def test_each_fault_is_told_with_its_line_and_holds_nothing_up(
    services: Services, recorder: Recorder, archive: Path, tmp_path: Path, write_call: Write
) -> None:
    good = write_call(archive, "good")
    (archive / "broken.wav").write_bytes(b"RIFF nothing")
    (archive / "link.wav").symlink_to(good)
    (tmp_path / "outside.wav").write_bytes(good.read_bytes())
    (archive / "folder").symlink_to(tmp_path)
    recorder.files["/large.wav"] = b"x" * 100_001
    report = take(
        services, tmp_path, f"{recorder.url}/none.wav", "broken.wav", "link.wav", str(tmp_path / "outside.wav"), "../outside.wav",
        "folder/outside.wav", "/etc/hostname", f"{recorder.url}/large.wav", "file:///etc/hostname", "http://user:pw@127.0.0.1/x", ".",
        "good.wav",
    )  # fmt: skip
    fetch_all(services)
    found = outcomes(services, report.recordings.id)
    assert [state for state, _ in found] == ["failed"] * 11 + ["taken"]
    told = [message or "" for _, message in found]
    for message, words in zip(
        told,
        ("answers 404", "", "no such file", "outside of the folders", "no path of a file", "no such file", "outside of the folders",
         "more than 100000 bytes", "no address of the web", "no name, password", "", ""),
        strict=True,
    ):  # fmt: skip
        assert words in message
    errors = [one.error for one in services.recording_imports.items(report.recordings.id).items]
    assert [(one.file, one.line) for one in errors if one] == [("calls.csv", line) for line in range(2, 13)]
    assert sorted(stored(services)) == ["c-11"]


@pytest.mark.parametrize(
    "place",
    ["https://169.254.169.254/latest", "https://[::1]/x", "https://10.0.0.1/x", "https://localhost/x", "https://0x7f000001/x"],
)
def test_what_only_this_machine_can_reach_is_not_asked(
    tmp_path: Path, make_settings: Callable[..., Settings], clock: Clockwork, place: str
) -> None:
    with opened(make_settings(tmp_path / "data"), clock=clock) as made:
        made.rubrics.sync()
        report = take(made, tmp_path, place, "http://example.org/x.wav", "good.wav")
        fetch_all(made)
        found = outcomes(made, report.recordings.id)
        assert "is no public address" in str(found[0][1])
        assert "only https" in str(found[1][1])
        assert "files of this machine are not read" in str(found[2][1])


def test_redirects_are_checked_like_addresses(
    services: Services, recorder: Recorder, archive: Path, tmp_path: Path, write_call: Write
) -> None:
    recorder.files["/one.wav"] = write_call(archive, "one").read_bytes()
    recorder.moved |= {
        "/near": "/one.wav", "/meta": "http://169.254.169.254/latest", "/round": "/round", "/odd": "file:///etc/hostname",
        "/out": "http://example.org/x.wav",
    }
    report = take(services, tmp_path, *(f"{recorder.url}{path}" for path in recorder.moved))
    fetch_all(services)
    found = outcomes(services, report.recordings.id)
    assert found[0] == ("taken", None)
    assert found[1][0] == "waiting", "an operator may still name the network"
    assert "is no public address" in str(found[1][1])
    assert "from one address to the next" in str(found[2][1])
    assert "is no address of the web" in str(found[3][1])
    assert found[4][0] == "waiting"


def test_what_may_pass_is_tried_again_and_then_given_up(
    services: Services, recorder: Recorder, archive: Path, tmp_path: Path, clock: Clockwork, write_call: Write
) -> None:
    recorder.files["/one.wav"] = recorder.files["/two.wav"] = write_call(archive, "one").read_bytes()
    recorder.status = {"/one.wav": 503, "/two.wav": 429}
    report = take(services, tmp_path, f"{recorder.url}/one.wav", f"{recorder.url}/two.wav")
    fetch_all(services)
    fetch_all(services)
    assert [state for state, _ in outcomes(services, report.recordings.id)] == ["waiting", "waiting"]
    assert len(recorder.asked) == 2, "not before its time"
    recorder.status = {"/two.wav": 429}
    for _ in range(6):
        clock.now += timedelta(hours=12)
        fetch_all(services)
    assert [state for state, _ in outcomes(services, report.recordings.id)] == ["taken", "failed"]
    assert len(recorder.asked) == 2 + 1 + 5


def test_a_recording_that_takes_too_long_is_left(
    services: Services, recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.files["/slow.wav"] = b"RIFF" * 100
    recorder.drips.add("/slow.wav")
    slow = services.settings.model_copy(update={"fetch_seconds": 0.5})
    monkeypatch.setattr(services.recording_imports, "_settings", slow)
    report = take(services, tmp_path, f"{recorder.url}/slow.wav")
    fetch_all(services)
    (found,) = outcomes(services, report.recordings.id)
    assert found[0] == "waiting"
    assert "does not answer" in str(found[1])
    assert not list((services.settings.data_dir / "incoming").rglob("recording*")), "nothing is left of it"


def test_one_recording_a_call(services: Services, archive: Path, tmp_path: Path, write_call: Write) -> None:
    write_call(archive, "one")
    table = tmp_path / "calls.csv"
    table.write_text("id,start,channel,file\nc-1,2026-02-01 10:00,voice,one.wav\nc-2,2026-02-01 10:00,chat,one.wav\n", encoding="utf-8")
    report = services.recording_imports.take(Source(table, "calls.csv"), options=RecordOptions(), wishes=ImportWishes(), by=SYSTEM)
    fetch_all(services)
    assert [state for state, _ in outcomes(services, report.recordings.id)] == ["taken", "failed"]


def test_it_can_be_cancelled(services: Services, archive: Path, tmp_path: Path, write_call: Write) -> None:
    write_call(archive, "one")
    report = take(services, tmp_path, "one.wav", "two.wav")
    services.recording_imports.fetch_next(0)
    found = services.recording_imports.cancel(report.recordings.id, by=SYSTEM)
    assert found.counts == {FetchState.WAITING: 0, FetchState.TAKEN: 1, FetchState.FAILED: 1}
    fetch_all(services)
    with pytest.raises(ConflictError):
        services.recording_imports.cancel(report.recordings.id, by=SYSTEM)
    with pytest.raises(NotFoundError):
        services.recording_imports.cancel("nothing", by=SYSTEM)


def test_a_table_without_recordings_is_refused_before_anything_is_stored(services: Services, tmp_path: Path) -> None:
    table = tmp_path / "calls.csv"
    table.write_text("id,start\nc-1,2026-02-01 10:00\n", encoding="utf-8")
    source = Source(table, "calls.csv")
    with pytest.raises(TableError, match="no column holds the address or path of the recording"):
        services.recording_imports.take(source, options=RecordOptions(), wishes=ImportWishes(), by=SYSTEM)
    with pytest.raises((InputError, NotFoundError)):
        services.recording_imports.take(source, options=RecordOptions(), wishes=ImportWishes(rubric="none"), by=SYSTEM)
    with pytest.raises(PermissionDeniedError):
        take(services, tmp_path, "x.wav", by=Actor(id="rita", role=Role.REVIEWER))
    with services.database.reading() as unit:
        assert unit.call_details.some(["c-1"]) == {}
        assert unit.recording_imports.list().items == ()


def test_a_running_service_fetches_by_itself(
    tmp_path: Path, recorder: Recorder, archive: Path, make_settings: Callable[..., Settings], write_call: Write,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("qa_service.services.workflow._TAKE_OVER_SECONDS", 0.1)
    monkeypatch.setitem(workflow._POLL_SECONDS, workflow.OUTSIDE, 0.1)
    recorder.files |= {f"/{name}.wav": write_call(archive, name).read_bytes() for name in ("one", "two", "three")}
    with running(make_settings(tmp_path / "data", private_networks="127.0.0.0/8")) as services:
        report = take(services, tmp_path, *(f"{recorder.url}{path}" for path in recorder.files))
        end = time.monotonic() + 60
        while not services.recording_imports.get(report.recordings.id).done:
            assert time.monotonic() < end, "nobody fetched it"
            time.sleep(0.05)
        assert outcomes(services, report.recordings.id) == [("taken", None)] * 3
        assert all(one.job for one in services.recording_imports.items(report.recordings.id).items)
