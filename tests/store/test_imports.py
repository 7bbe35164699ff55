"""Imports: each row once by its id, corrections told, and rows linked with interactions that come later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain.call_detail import CallDetail
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef, Interaction
from qa_service.domain.permission import Scope
from qa_service.domain.survey_answer import SurveyAnswer
from qa_service.errors import NotFoundError
from qa_service.store.call_details import StoredCallDetail
from qa_service.store.imports import Taken
from qa_service.store.session import Database
from qa_service.store.surveys import StoredSurveyAnswer

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def call(name: str, *, content: str = "x", batch: str = "i1", line: int = 2, linked: str | None = None, **told: Any) -> StoredCallDetail:
    detail = CallDetail(id=name, **({"contact": name, "started_at": AT} | told))
    return StoredCallDetail(detail=detail, interaction=linked, content_sha256=content, import_id=batch, line=line, imported_at=AT)


def test_rows_are_taken_once(database: Database) -> None:
    take(database, "c1")
    with database.unit() as unit:
        first = unit.call_details.save_many(
            [call("c1", talk_seconds=5), call("c2", line=3), call("c1", content="y", line=4), call("c2", line=5)]
        )
        again = unit.call_details.save_many(
            [call("c1", batch="i2"), call("c2", content="z", batch="i2", queue="q"), call("c1", batch="i2")]
        )
        linked = unit.call_details.save_many([call("c1", batch="i3", linked="c1", talk_seconds=5)])
    assert [(one.id, one.what, one.first) for one in first] == [
        ("c1", Taken.ADDED, None),
        ("c2", Taken.ADDED, None),
        ("c1", Taken.TWICE, 2),
        ("c2", Taken.UNCHANGED, None),
    ]
    assert [(one.id, one.what, one.changed) for one in again] == [
        ("c1", Taken.UNCHANGED, ()),
        ("c2", Taken.REPLACED, ("queue",)),
        ("c1", Taken.UNCHANGED, ()),
    ]
    assert linked[0].what is Taken.LINKED
    with database.reading() as unit:
        assert [(one.detail.id, one.detail.queue, one.interaction) for one in unit.call_details.iterate()] == [
            ("c1", None, "c1"),
            ("c2", "q", None),
        ]


def take(database: Database, name: str, **told: Any) -> None:
    with database.unit() as unit:
        unit.interactions.add(Interaction(id=name, channel=Channel.PHONE, started_at=AT, **told), content_sha256=name, at=AT)


@pytest.mark.parametrize(("agent", "team"), [(None, "billing"), ("a17", "billing"), ("a99", None)])
def test_rows_find_interactions_that_come_later(database: Database, agent: str | None, team: str | None) -> None:
    """What the row leaves out is filled in; the team of another agent is none."""
    told = None if agent is None else AgentRef(id=agent)
    survey = SurveyAnswer(id="s1", contact="c1", answered_at=AT, nps=3, agent=told)
    with database.unit() as unit:
        unit.call_details.save_many([call("r1", contact="c1", agent=told)])
        unit.surveys.save_many(
            [StoredSurveyAnswer(answer=survey, interaction=None, content_sha256="x", import_id="i", line=2, imported_at=AT)]
        )
    take(database, "c1", agent=AgentRef(id="a17", team="billing"), customer=CustomerRef(id="k-88"), queue="q")
    with database.unit() as unit:
        assert (unit.call_details.adopt(["c1", "c2"]), unit.surveys.adopt(["c1"]), unit.surveys.adopt(["c1"])) == (1, 1, 0)
        for found, about in (
            (unit.call_details.get("r1"), unit.call_details.get("r1").detail),
            (unit.surveys.get("s1"), unit.surveys.get("s1").answer),
        ):
            assert found.interaction == "c1"
            assert about.agent == AgentRef(id=agent or "a17", team=team)
            assert (about.queue, about.customer) == ("q", CustomerRef(id="k-88"))
        assert unit.surveys.get("s1").answer.channel is Channel.PHONE


def test_rows_out_of_reach(database: Database) -> None:
    with database.unit() as unit:
        unit.call_details.save_many([call("c1", agent=AgentRef(id="a17", team="billing"))])
        assert unit.call_details.get("c1", within=Scope(agent="a17")).detail.id == "c1"
        for scope in (Scope(agent="a18"), Scope(teams=frozenset({"sales"}))):
            with pytest.raises(NotFoundError):
                unit.call_details.get("c1", within=scope)
            assert list(unit.call_details.iterate(within=scope)) == []


def test_targets_are_versions(database: Database) -> None:
    from qa_service.domain.target import Target, TargetSet
    from qa_service.errors import StaleVersionError

    ours = TargetSet(targets=(Target(indicator="csat", value=0.9),))
    with database.unit() as unit:
        assert unit.target_sets.newest().version == 1
        assert unit.target_sets.save(ours, expected=1, by="lena", at=AT).version == 2
        with pytest.raises(StaleVersionError):
            unit.target_sets.save(TargetSet(), expected=1, by="omid", at=AT)
        found = unit.target_sets.newest()
        assert (found.version, found.targets, found.by) == (2, ours, "lena")
        assert [one.version for one in unit.target_sets.versions()] == [2]
