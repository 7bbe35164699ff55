"""Imports and figures as a running service does them: linked, masked, told row by row, and erased with their contact."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services
from qa_service.channels.records.row import RecordOptions
from qa_service.domain.breach import TargetMet
from qa_service.domain.interaction import Channel
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import SYSTEM, Actor, Role, Scope
from qa_service.domain.target import Target, TargetSet
from qa_service.errors import InputError, NotFoundError, PermissionDeniedError, StaleVersionError, TableError
from qa_service.services.call_details import CallDetailImports
from qa_service.services.importing import ImportReport, Source
from qa_service.services.indicators import Asked, FigureReport, IndicatorFigure
from qa_service.store.indicators import Place

HEAD = "id,start,agent,customer,queue,outcome,wait,talk,hold,acw,transferred\n"


def calls(services: Services, tmp_path: Path, text: str, **options: Any) -> ImportReport:
    path = tmp_path / "calls.csv"
    path.write_text(text, encoding="utf-8")
    return services.call_details.take(Source(path, "calls.csv"), options=RecordOptions(**options), by=SYSTEM)


def surveys(services: Services, tmp_path: Path, text: str, **options: Any) -> ImportReport:
    path = tmp_path / "surveys.csv"
    path.write_text(text, encoding="utf-8")
    return services.surveys.take(Source(path, "surveys.csv"), options=RecordOptions(**options), by=SYSTEM)


def figure(report: FigureReport, name: str, row: int = 0) -> IndicatorFigure:
    return next(one for one in report.rows[row].figures if one.indicator == name)


def test_good_rows_go_in_and_faulty_ones_are_told(shop: Any, tmp_path: Path) -> None:
    rows = (
        "a-1,2026-05-01T09:00:00Z,f1,k-1,q1,answered,10,100,5,20,no\n"
        "a-2,2026-05-01T09:05:00Z,f1,k-2,q1,abandoned,-3,,,,\n"
        "a-3,2026-05-01T09:10:00Z,f1\n"
        "a-1,2026-05-01T09:00:00Z,f1,k-1,q1,answered,11,100,5,20,no\n"
        "a-4,2026-05-01T09:15:00Z,f1,k-3,q1,abandoned,40,,,,\n"
    )
    found = calls(shop.services, tmp_path, HEAD + rows)
    assert (found.rows, found.added, found.replaced, found.unchanged, found.faulty) == (5, 2, 0, 0, 3)
    assert [(one.line, one.field, one.file) for one in found.faults] == [
        (3, "wait", "calls.csv"),
        (4, None, "calls.csv"),
        (5, "id", "calls.csv"),
    ]
    assert "line 2 already" in found.faults[2].message
    again = calls(shop.services, tmp_path, HEAD + rows)
    assert (again.added, again.replaced, again.unchanged, again.faulty) == (0, 0, 2, 3)
    corrected = calls(shop.services, tmp_path, HEAD + rows.replace("q1,abandoned,40", "q2,abandoned,50"))
    assert [(one.id, one.line, one.changed) for one in corrected.corrections] == [("a-4", 6, ("queue", "wait_seconds"))]
    report = shop.services.indicators.report(Asked(place=Place(agent="f1")))
    assert figure(report, "abandonment").value == 0.5
    assert (figure(report, "aht").value, figure(report, "aht").n, figure(report, "aht").low) == (125, 1, None)
    with shop.services.database.reading() as unit:
        acts = [entry for entry in unit.ledger.entries() if entry.action == "call_details.imported"]
    assert len(acts) == 3
    assert acts[0].subject == f"import/{found.id}"
    assert acts[0].content is not None
    assert (acts[0].content["added"], acts[0].content["faulty"]) == (2, 3)


@pytest.mark.parametrize(
    ("text", "message"), [(HEAD, "no row below"), ("", "the file is empty"), ("a,b\n1,2\n", "no column holds"), ("{", "not valid JSON")]
)
def test_what_is_no_table_changes_nothing(shop: Any, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message) as caught:
        calls(shop.services, tmp_path, text)
    assert caught.value.file == "calls.csv"


def test_rows_are_linked_by_id_or_by_who_and_when(shop: Any, tmp_path: Path) -> None:
    said = ("agent: Hello", "customer: My kettle is broken")
    for name, minutes in (("l-1", 0), ("l-2", 60), ("l-3", 61)):
        start = (datetime(2026, 6, 1, 9, tzinfo=UTC) + timedelta(minutes=minutes)).isoformat()
        shop.score(
            _write(
                shop, tmp_path, name, *said, started_at=start, agent={"id": "f2", "team": "fire"}, customer={"id": f"k-{name}"}, queue="lq"
            )
        )
    found = calls(
        shop.services,
        tmp_path,
        "id,start,agent,customer,channel\n"
        "l-1,2026-06-01T09:00:30Z,f2,,chat\n"  # by id
        "t-2,2026-06-01T10:00:20Z,f2,k-l-2,chat\n"  # by agent, customer and time
        "t-3,2026-06-01T10:01:20Z,f2,k-other,chat\n"  # another customer
        "t-4,2026-06-01T10:09:00Z,f2,k-l-3,chat\n"  # too late
        "t-5,2026-06-01T10:01:30Z,f9,,chat\n",  # another agent
    )
    assert (found.added, found.linked) == (5, 2)
    with shop.services.database.reading() as unit:
        links = {
            one.detail.id: one.interaction
            for one in unit.call_details.iterate(since=datetime(2026, 6, 1, tzinfo=UTC), until=datetime(2026, 6, 2, tzinfo=UTC))
        }
        assert links == {"l-1": "l-1", "t-2": "l-2", "t-3": None, "t-4": None, "t-5": None}
        filled = unit.call_details.get("l-1").detail
        assert filled.agent is not None
        assert (filled.agent.team, filled.queue, filled.customer.id if filled.customer else None) == ("fire", "lq", "k-l-1")
    answers = surveys(
        shop.services, tmp_path, "id,contact id,date,nps\ns-1,t-2,2026-06-01,9\ns-2,l-1,2026-06-01,3\ns-3,nowhere,2026-06-01,3\n"
    )
    assert (answers.added, answers.linked) == (3, 2), "over the call-detail row, by id, not at all"
    with shop.services.database.reading() as unit:
        assert unit.surveys.get("s-1").answer.agent == unit.call_details.get("t-2").detail.agent


def _write(shop: Any, tmp_path: Path, name: str, *said: str, **header: Any) -> Path:
    import json

    path = tmp_path / f"{name}.json"
    turns = [{"speaker": one.partition(": ")[0], "text": f"{one.partition(': ')[2]} {name}"} for one in said]
    path.write_text(json.dumps({"id": name, "channel": "chat", "language": "en", "turns": turns, **header}), encoding="utf-8")
    return path


def test_comments_are_masked_and_go_with_their_contact(shop: Any, tmp_path: Path) -> None:
    shop.score(_write(shop, tmp_path, "e-1", "agent: Hello", "customer: Hi", started_at="2026-06-05T09:00:00Z", customer={"id": "k-e"}))
    text = (
        "id,contact id,date,csat,customer,comment\n"
        'e-s1,e-1,2026-06-05,4,k-e,"call me on 09121234567, =cmd()"\ne-s2,,2026-06-05,4,k-e,the heron nests\n'
    )
    assert surveys(shop.services, tmp_path, text).linked == 1
    services: Services = shop.services
    with services.database.reading() as unit:
        comment = unit.surveys.get("e-s1").answer.comment
    assert comment is not None
    assert "0912" not in comment
    assert comment.endswith("=cmd()")
    services.retaining.erase("e-1", reason="asked for it", by=SYSTEM)
    assert surveys(services, tmp_path, text.replace("e-s1,e-1,2026-06-05,4", "e-s1,e-1,2026-06-05,5")).replaced == 1
    with services.database.reading() as unit:
        first, second = unit.surveys.get("e-s1"), unit.surveys.get("e-s2")
    assert (first.answer.csat, first.answer.comment, first.answer.customer) == (5, None, None), "the figure stays, no word comes back"
    assert second.answer.comment == "the heron nests"
    assert services.retaining.erase_customer("k-e", reason="asked for it", by=SYSTEM).records == 1
    with services.database.reading() as unit:
        assert (unit.surveys.get("e-s2").answer.comment, unit.surveys.get("e-s2").answer.customer) == (None, None)
    with pytest.raises(NotFoundError):
        services.retaining.erase_customer("k-e", reason="asked for it", by=SYSTEM)


def test_unknown_agents_are_refused_by_row_where_that_is_set(shop: Any, tmp_path: Path) -> None:
    services: Services = shop.services
    strict = CallDetailImports(
        database=services.database, settings=services.settings.model_copy(update={"unknown_agents": "refuse"}), clock=services.clock
    )
    path = tmp_path / "calls.csv"
    path.write_text("id,start,agent\nu-1,2026-06-07,nobody-known\nu-2,2026-06-07,\n", encoding="utf-8")
    found = strict.take(Source(path, "calls.csv"), options=RecordOptions(), by=SYSTEM)
    assert (found.rows, found.added, found.faulty) == (2, 1, 1)
    assert (found.faults[0].code, found.faults[0].line) == ("unknown_agent", 2)


def test_who_may_import(shop: Any, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("id,start\nw-1,2026-06-08\n", encoding="utf-8")
    source = Source(path, "calls.csv")
    with pytest.raises(PermissionDeniedError):
        shop.services.call_details.take(source, options=RecordOptions(), by=Actor(id="c", role=Role.COACH))
    assert shop.services.call_details.take(source, options=RecordOptions(), by=Actor(id="s", role=Role.SERVICE)).added == 1


def test_many_rows_need_little_memory(shop: Any, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("id,start,wait\n")
        stream.writelines(f"m-{index},2026-07-01T{index % 24:02}:00:00Z,{index % 60}\n" for index in range(6000))
    tracemalloc.start()
    shop.services.call_details.take(Source(path, "calls.csv"), options=RecordOptions(), by=SYSTEM)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30_000_000


def test_figures_against_their_targets_and_the_period_before(shop: Any, tmp_path: Path) -> None:
    services: Services = shop.services
    rows = [
        f"p-{month}-{index},2026-{month:02}-10T09:{index % 60:02}:00Z,f3,pq,answered,{300 * month - 200 + (10 if index % 2 else -10)}"
        for month in (1, 2)
        for index in range(40)
    ]
    calls(services, tmp_path, "id,start,agent,queue,outcome,wait\n" + "\n".join(rows))
    asked = Asked(
        since=datetime(2026, 2, 1, tzinfo=UTC),
        until=datetime(2026, 3, 1, tzinfo=UTC),
        every=PeriodKind.MONTH,
        place=Place(queue="pq"),
        indicators=("queue_time", "csat"),
    )
    report = services.indicators.report(asked)
    assert [row.period for row in report.rows] == ["2026-02"]
    found = figure(report, "queue_time")
    assert (found.value, found.n, found.target, found.target_told_by, found.met) == (400, 40, 300, "shipped", TargetMet.MISSED)
    assert found.change is not None
    assert (found.change.before, found.change.difference, found.change.course) == (100, 300, "worse")
    assert figure(report, "csat").missing == "nothing to count; it needs survey answers on satisfaction"
    assert [one.id for one in report.definitions] == ["queue_time", "csat"]
    missed = services.indicators.breaches(asked, certain=True)
    assert [(one.certain, one.figure.indicator, one.period) for one in missed.breaches] == [(True, "queue_time", "2026-02")]
    assert missed.judged == 1
    before = services.targets.current()
    targets = TargetSet(targets=(Target(indicator="queue_time", value=500, queue="pq"),))
    saved = services.targets.change(targets, expected=before.version, by=SYSTEM)
    assert services.indicators.breaches(asked).breaches == ()
    with pytest.raises(StaleVersionError):
        services.targets.change(TargetSet(), expected=before.version, by=SYSTEM)
    with pytest.raises(PermissionDeniedError):
        services.targets.change(TargetSet(), expected=None, by=Actor(id="c", role=Role.COACH))
    services.targets.change(TargetSet(), expected=saved.version, by=SYSTEM)


def test_response_times_are_told_by_channel(shop: Any, tmp_path: Path) -> None:
    services: Services = shop.services
    rows = "".join(
        f"r-{index},2026-03-05T09:00:00Z,rq,{channel},{seconds}\n"
        for index, (channel, seconds) in enumerate((("chat", 30), ("chat", 50), ("email", 7200)))
    )
    calls(services, tmp_path, "id,start,queue,channel,first response\n" + rows)
    (row,) = services.indicators.report(Asked(place=Place(queue="rq"), indicators=("first_response",))).rows
    assert [(one.channel, one.value, one.target) for one in row.figures] == [(Channel.CHAT, 40, 60), (Channel.EMAIL, 7200, 86_400)]
    split = services.indicators.report(Asked(place=Place(queue="rq"), indicators=("first_response",), by=("channel",)))
    assert [(row.channel, row.figures[0].channel, row.figures[0].value) for row in split.rows] == [
        (Channel.CHAT, None, 40),
        (Channel.EMAIL, None, 7200),
    ]
    (nothing,) = services.indicators.report(Asked(place=Place(queue="empty"), indicators=("first_response",))).rows[0].figures
    assert (nothing.value, nothing.met, nothing.missing is not None) == (None, TargetMet.NO_TARGET, True)


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (Asked(indicators=("smiles",)), NotFoundError),
        (Asked(by=("mood",)), InputError),
        (Asked(place=Place(agent="nobody-at-all")), NotFoundError),
        (Asked(since=datetime(2000, 1, 1, tzinfo=UTC), every=PeriodKind.DAY), InputError),
    ],
)
def test_what_cannot_be_told(shop: Any, asked: Asked, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        shop.services.indicators.report(asked)


def test_agents_and_coaches_see_their_own(shop: Any, tmp_path: Path) -> None:
    services: Services = shop.services
    calls(
        services,
        tmp_path,
        "id,start,agent,team,queue,outcome,wait\no-1,2026-04-05,f5,x,oq,answered,10\no-2,2026-04-05,f6,y,oq,answered,30\n",
    )
    asked = Asked(place=Place(queue="oq"), indicators=("asa",), by=("agent",))
    found = {
        name: [(row.agent, row.figures[0].value) for row in services.indicators.report(asked, within=scope).rows]
        for name, scope in (("all", Scope()), ("coach", Scope(teams=frozenset({"y"}))), ("agent", Scope(agent="f5")))
    }
    assert found == {"all": [("f5", 10), ("f6", 30)], "coach": [("f6", 30)], "agent": [("f5", 10)]}
    with pytest.raises(NotFoundError):
        services.indicators.report(asked._replace(place=Place(agent="f6")), within=Scope(agent="f5"))


def test_scoring_keeps_measures_and_links_what_came_before(shop: Any, tmp_path: Path) -> None:
    services: Services = shop.services
    surveys(services, tmp_path, "id,contact id,date,nps\nz-s,z-1,2026-06-09,9\n")
    turns = [
        {"speaker": "customer", "text": "Hi z-1", "sent_at": "2026-06-09T09:00:00Z"},
        {"speaker": "agent", "text": "Hello", "sent_at": "2026-06-09T09:00:36Z"},
    ]
    shop.score(_write(shop, tmp_path, "z-1", started_at="2026-06-09T09:00:00Z", turns=turns))
    with services.database.reading() as unit:
        kept = unit.measures.get("z-1")
        assert unit.surveys.get("z-s").interaction == "z-1"
    assert kept is not None
    assert (kept.response_first, kept.duration) == (36, None)
