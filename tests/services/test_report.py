"""Reports: what they tell of real scorecards, who may have them, and how they go."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qa_service.domain.calibration import CalibrationAnswer
from qa_service.domain.permission import Actor, Role
from qa_service.domain.report import Digits, ReportFormat, ReportKind, ReportLanguage
from qa_service.domain.report_order import ReportState, ReportWanted, StoredReport
from qa_service.domain.review import GivenAnswer
from qa_service.domain.user import User
from qa_service.errors import ConflictError, InputError, NotFoundError, PermissionDeniedError
from qa_service.services.report import file_name

RITA, LENA = Actor(id="rita", role=Role.REVIEWER), Actor(id="lena", role=Role.QA_LEAD)
COACH = Actor(id="cora", role=Role.COACH, teams=frozenset({"home & garden"}))
SARA = Actor(id="sara", role=Role.AGENT, agent="a1")
ADMIN = Actor(id="admin", role=Role.ADMIN)
#: Letters of both directions, and what mark-up of HTML, typst and spreadsheets would read.
NAME, TEAM = "=Sara سارا <b>#$x$ *a* _b_ @c \\ \"d\" 😀", "home & garden"
QUOTED = "OK <i>#panic()</i> $x$ جهان"


@pytest.fixture(scope="module")
def shop(open_shop: Any, tmp_path_factory: pytest.TempPathFactory, write_chat: Callable[..., Path]) -> Iterator[Any]:
    """Sara (a1): 12 chats in two months, the first half not greeted; Omid (a2): 18, all greeted; Nil (a3): one that nobody reviewed."""
    folder = tmp_path_factory.mktemp("chats")
    for agent, name, count in (("a1", NAME, 12), ("a2", "Omid", 18), ("a3", None, 1)):
        for number in range(count):
            said = f"{QUOTED}, number {agent} {number}" if agent == "a1" and number < 6 else "Hello"
            header = {
                "agent": {"id": agent, "team": TEAM if agent != "a3" else "other", **({} if name is None else {"name": name})},
                "started_at": f"2026-{9 + number % 2:02}-{number + 1:02}T09:00:00Z",
            }
            write_chat(folder, f"{agent}-{number}", f"{said}, good afternoon.", f"My lamp {agent} {number} is broken.", **header)
    with open_shop(time_zone="Asia/Tehran") as shop:
        for row in shop.score(folder):
            if not row.scorecard.interaction.id.startswith("a3"):
                _finish(shop, row.scorecard)
        yield shop


def _finish(shop: Any, card: Any) -> None:
    services = shop.services
    services.reviewing.claim(card.id, by=RITA)
    missed = card.interaction.id in {f"a1-{number}" for number in range(6)}
    answers = [GivenAnswer(criterion="helped", answer="no" if missed else "yes")]
    services.reviewing.answer(card.id, answers, by=RITA, expected=None)
    services.reviewing.finalize(card.id, by=RITA, expected=None)


@pytest.fixture(scope="module")
def session(shop: Any) -> str:
    """A calibration session that was revealed."""
    services = shop.services
    people = [User(id=name, login=name, name=name, role=Role.REVIEWER) for name in ("mina", "parisa")]
    with services.database.unit() as unit:
        for user in people:
            unit.users.add(user, at=services.clock())
    names = [f"a2-{number}" for number in range(6)]
    made = services.calibrating.create(
        title="<b>March</b> آذر", rubric="mini-chat", interactions=names, participants=["mina", "parisa"], by=LENA
    )
    with services.database.reading() as unit:
        form = unit.rubrics.get("mini-chat")
    for user in people:
        for place, name in enumerate(names):
            given = [
                CalibrationAnswer(criterion=one.id, answer="no" if user.id == "mina" and place % 2 else "yes") for one in form.criteria
            ]
            services.calibrating.answer(made.session.id, name, given, by=user.actor(), expected=None)
            services.calibrating.submit(made.session.id, name, by=user.actor())
    services.calibrating.reveal(made.session.id, by=LENA)
    return str(made.session.id)


def wanted_of(kind: ReportKind, session: str, **options: Any) -> ReportWanted:
    subject = {ReportKind.AGENT: "a1", ReportKind.TEAM: TEAM, ReportKind.CALIBRATION: session}.get(kind)
    period = {"month": "2026-10"} if kind is ReportKind.MONTH else {}
    return ReportWanted(kind=kind, subject=subject, **{**period, **options})


@pytest.mark.parametrize("kind", ReportKind)
def test_every_kind_in_every_language_and_format(shop: Any, session: str, kind: ReportKind, tmp_path: Path) -> None:
    for language in ReportLanguage:
        for format_ in ReportFormat:
            digits = Digits.NATIVE if language is ReportLanguage.FA else Digits.LATIN
            made = shop.services.reports.file(wanted_of(kind, session, format=format_, language=language, digits=digits), by=LENA)
            (tmp_path / made.name).write_bytes(made.content)
            starts = {ReportFormat.HTML: b"<!doctype html>", ReportFormat.PDF: b"%PDF-", ReportFormat.PARQUET: b"PAR1"}
            assert made.content.startswith(starts.get(format_, b"")), made.name
            if format_ is ReportFormat.HTML:
                text = made.content.decode()
                assert f'dir="{"ltr" if language is ReportLanguage.EN else "rtl"}"' in text
                assert "<script" not in text
                assert "<b>#" not in text
                assert "<i>#" not in text
    parsed = json.loads((tmp_path / file_name(wanted_of(kind, session, format="json"))).read_bytes())
    assert (parsed["schema"], parsed["kind"]) == ("report/1", kind.value)


def lines_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_figures_are_those_of_the_profile(shop: Any, session: str, tmp_path: Path) -> None:
    made = shop.services.reports.file(ReportWanted(kind="agent", subject="a1", format="csv"), by=LENA)
    lines = lines_of(made.content)
    told = {(one["section"], one["item"], one["measure"]): one for one in lines}
    # Sara greeted and helped in 6 of 12; Wilson: 0.254 to 0.746
    share = told["weaknesses", "mini-chat helped", "share"]
    assert (share["value"], share["n"], share["unit"]) == ("0.5", "12", "share")
    assert float(share["low"]) == pytest.approx(0.2538, abs=1e-3)
    assert told["summary", "finals", "value"]["value"] == "12.0"
    shop_profile = shop.services.profiles.profile("a1")
    assert float(told["summary", "score", "value"]["value"]) == shop_profile.mean_score
    parquet = shop.services.reports.file(ReportWanted(kind="agent", subject="a1", format="parquet"), by=LENA)
    (tmp_path / "a.parquet").write_bytes(parquet.content)
    with duckdb.connect() as connection:
        found = connection.execute(
            "select section, item, measure, value, low, n, text from read_parquet(?)", [str(tmp_path / "a.parquet")]
        ).fetchall()
    assert [one[0] for one in found] == [one["section"] for one in lines]
    assert ("weaknesses", "mini-chat helped", "share", 0.5, pytest.approx(0.2538, abs=1e-3), 12, "") in found
    assert all(one[3] is None for one in found if one[6])


@pytest.mark.parametrize(
    ("wanted", "by", "error"),
    [
        ({"kind": "agent", "subject": "nobody"}, LENA, NotFoundError),
        ({"kind": "team", "subject": "nobodies"}, LENA, NotFoundError),
        ({"kind": "calibration", "subject": "none"}, LENA, NotFoundError),
        ({"kind": "agent", "subject": "a3"}, COACH, NotFoundError),
        ({"kind": "team", "subject": "other"}, COACH, NotFoundError),
        ({"kind": "agent", "subject": "a2"}, SARA, NotFoundError),
        ({"kind": "team", "subject": TEAM}, SARA, PermissionDeniedError),
        ({"kind": "month", "month": "2026-10"}, SARA, PermissionDeniedError),
        ({"kind": "month", "month": "2026-10"}, COACH, PermissionDeniedError),
        ({"kind": "audit"}, RITA, PermissionDeniedError),
        ({"kind": "audit"}, SARA, PermissionDeniedError),
        ({"kind": "month", "month": "2026-13"}, LENA, InputError),
        ({"kind": "month", "month": "1405-13"}, LENA, InputError),
        ({"kind": "month", "month": "soon"}, LENA, InputError),
    ],
)
def test_who_may_not_read_the_thing_has_no_report_of_it(shop: Any, wanted: dict[str, Any], by: Actor, error: type[Exception]) -> None:
    with pytest.raises(error):
        shop.services.reports.make(ReportWanted(**wanted), by=by)


def test_a_calibration_report_is_for_those_who_take_part(shop: Any, session: str) -> None:
    wanted = ReportWanted(kind="calibration", subject=session)
    assert shop.services.reports.tell(wanted, by=Actor(id="mina", role=Role.REVIEWER)).kind is ReportKind.CALIBRATION
    with pytest.raises(NotFoundError):
        shop.services.reports.tell(wanted, by=RITA)


def done(shop: Any, report: StoredReport, *, by: Actor) -> StoredReport:
    for _ in range(600):
        found: StoredReport = shop.services.reports.get(report.id, by=by)
        if found.state is not ReportState.QUEUED:
            return found
        time.sleep(0.05)
    raise AssertionError("it never ended")


def test_agents_have_their_own_and_nobody_elses(shop: Any) -> None:
    made = shop.services.reports.make(ReportWanted(kind="agent", subject="a1"), by=SARA)
    ready = done(shop, made, by=SARA)
    assert (ready.state, ready.error, ready.owner) == (ReportState.READY, None, "sara")
    path = shop.services.reports.content(made.id, by=SARA)[1].path
    assert path.stat().st_size == ready.size
    assert "Omid" not in path.read_text(encoding="utf-8"), "colleagues are not named"
    other = Actor(id="omid", role=Role.AGENT, agent="a2")
    for act in (shop.services.reports.get, shop.services.reports.content, shop.services.reports.delete):
        with pytest.raises(NotFoundError):
            act(made.id, by=other)
    assert shop.services.reports.get(made.id, by=LENA).id == made.id, "leads see all"
    assert made.id in {one.id for one in shop.services.reports.list(by=LENA).items}
    assert made.id not in {one.id for one in shop.services.reports.list(by=other).items}
    shop.services.reports.delete(made.id, by=SARA)
    assert not path.exists()
    with shop.services.database.reading() as unit:
        acts = [entry.action for entry in unit.ledger.entries() if entry.subject == f"report/{made.id}"]
    assert acts == ["report.made", "report.ready", "report.deleted"]


def test_a_coach_who_left_the_team_reads_its_reports_no_more(shop: Any) -> None:
    made = shop.services.reports.make(ReportWanted(kind="team", subject=TEAM), by=COACH)
    assert done(shop, made, by=COACH).state is ReportState.READY
    with pytest.raises(NotFoundError, match="no team"):
        shop.services.reports.content(made.id, by=COACH.model_copy(update={"teams": frozenset({"other"})}))


def test_an_agent_without_data_has_a_report_that_says_so(shop: Any) -> None:
    told = shop.services.reports.tell(ReportWanted(kind="agent", subject="a3"), by=LENA)
    assert [one.id for one in told.sections] == ["summary", "notes"]
    keys = [one.key for section, block in told.blocks() if block.kind == "notes" for one in block.items]
    assert keys[0] == "note.no_data"
    empty = shop.services.reports.file(ReportWanted(kind="month", month="2025-01", language="fa", format="pdf"), by=LENA)
    assert empty.content.startswith(b"%PDF")
    text = shop.services.reports.file(ReportWanted(kind="month", month="2025-01"), by=LENA).content.decode()
    assert "Nothing was finalised in the period. This report claims nothing." in text


def test_months_of_the_solar_hijri_calendar(shop: Any) -> None:
    told = shop.services.reports.tell(ReportWanted(kind="month", month="1405-07", language="fa"), by=LENA)
    # 1 Mehr 1405 is 23 September 2026; Tehran is 3:30 ahead
    assert told.period.since == datetime(2026, 9, 22, 20, 30, tzinfo=UTC)
    assert told.period.until == datetime(2026, 10, 22, 20, 30, tzinfo=UTC)
    last = shop.services.reports.tell(ReportWanted(kind="month", month="1405-12"), by=LENA).period
    assert last.until == datetime(2027, 3, 20, 20, 30, tzinfo=UTC)


def test_a_report_goes_with_an_interaction_that_it_quotes(shop: Any) -> None:
    services = shop.services
    made = services.reports.make(ReportWanted(kind="agent", subject="a2"), by=LENA)
    other = services.reports.make(ReportWanted(kind="audit"), by=LENA)
    ready = done(shop, made, by=LENA)
    assert ready.state is ReportState.READY
    assert done(shop, other, by=LENA).state is ReportState.READY
    path = services.reports.content(made.id, by=LENA)[1].path
    quoted = services.reports.tell(made.wanted, by=LENA).interactions
    assert quoted
    services.retaining.erase(quoted[0], reason="the customer asked", by=ADMIN)
    assert not path.exists()
    with pytest.raises(NotFoundError):
        services.reports.get(made.id, by=LENA)
    assert services.reports.content(other.id, by=LENA)[1].size > 0, "what does not quote it stays"
    again = services.reports.tell(made.wanted, by=LENA)
    assert quoted[0] not in again.interactions


def test_one_that_was_erased_while_its_report_was_made_is_in_none(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    services = shop.services
    told = services.reports.tell(ReportWanted(kind="agent", subject="a2"), by=LENA)
    stale, fresh = told, []

    def tell(wanted: ReportWanted, *, by: Actor) -> Any:
        if not fresh:
            fresh.append(True)
            services.retaining.erase(stale.interactions[0], reason="the customer asked", by=ADMIN)
            return stale
        return real(wanted, by=by)

    real = services.reports._desk.tell
    monkeypatch.setattr(services.reports._desk, "tell", tell)
    made = services.reports.make(ReportWanted(kind="agent", subject="a2", format="json"), by=LENA)
    assert done(shop, made, by=LENA).state is ReportState.READY, "it is made again, without"
    path = services.reports.content(made.id, by=LENA)[1].path
    assert stale.interactions[0] not in json.loads(path.read_bytes())["interactions"]


def test_nothing_half_written_is_left_where_the_disk_is_full(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device", "/var/somewhere")

    monkeypatch.setattr("qa_service.store.blobs.os.fsync", full)
    made = shop.services.reports.make(ReportWanted(kind="audit"), by=LENA)
    failed = done(shop, made, by=LENA)
    assert (failed.state, failed.error) == (ReportState.FAILED, "No space left on device")
    folder = shop.services.settings.data_dir / "reports"
    assert not [one for one in folder.iterdir() if made.id in one.name]
    with pytest.raises(ConflictError, match="failed"):
        shop.services.reports.content(made.id, by=LENA)


def test_reports_go_after_their_time(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop.services.reports.make(ReportWanted(kind="audit", format="json"), by=LENA)
    done(shop, made, by=LENA)
    path = shop.services.reports.content(made.id, by=LENA)[1].path
    later = shop.services.clock() + timedelta(days=30, minutes=1)
    monkeypatch.setattr(shop.services.reports, "_clock", lambda: later)
    assert shop.services.reports.sweep() >= 1
    assert not path.exists()
    with pytest.raises(NotFoundError):
        shop.services.reports.get(made.id, by=LENA)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({"kind": "agent", "subject": "a/../b سارا\r\n"}, "report-agent-a____b_______.en.html"),
        ({"kind": "team", "subject": "x" * 200, "language": "fa", "format": "pdf"}, f"report-team-{'x' * 48}.fa.pdf"),
        ({"kind": "month", "month": "2026-10", "format": "csv"}, "report-month-2026-10.en.csv"),
        ({"kind": "audit", "since": "2026-10-01T00:00:00Z"}, "report-audit-2026-10-01.en.html"),
    ],
)
def test_file_names_are_safe(wanted: dict[str, Any], name: str) -> None:
    assert file_name(ReportWanted(**wanted)) == name
