"""Migrations of databases that hold something: nothing of it is lost on the way up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from qa_service.domain.scorecard import Status
from qa_service.errors import ConflictError
from qa_service.store import schema
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PLACE = {"interaction_id": "c1", "channel": "phone", "agent_id": "a17", "team": "billing", "language": "fa", "happened_at": AT}
CARD = {
    **PLACE, "rubric_id": "phone-support", "rubric_version": 1, "rubric_fingerprint": "sha256:1", "engine_speech": "", "score": 50_000,
    "raw_score": 50_000, "passed": False, "undecided": 1, "critical_misses": "[]", "sections": '[["opening",50000]]',
    "created_at": AT, "updated_at": AT,
}
CRITERION = {"section_id": "opening", "weight": 2500, "severity": "minor", "skill": None}


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database as release 0.4 left it, with a claimed and a final scorecard in it."""
    database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    with database.engine.connect() as connection, connection.begin():
        command.upgrade(schema._config(connection), "r0006_history")
    with database.engine.begin() as connection:
        for table, row in _rows():
            columns = sa.table(table, *(sa.column(name) for name in row))
            connection.execute(sa.insert(columns).values({name: _written(value) for name, value in row.items()}))
    yield database
    database.close()


def _written(value: object) -> object:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def _rows() -> Iterator[tuple[str, dict[str, Any]]]:
    rubric = {"id": "phone-support", "version": 1, "fingerprint": "sha256:1", "channel": "phone"}
    yield "rubrics", {**rubric, "data": "{}", "created_at": AT, "active": True}
    yield "agents", {"id": "a17", "created_at": AT}
    yield "interactions", {
        "id": "c1", "channel": "phone", "direction": "inbound", "happened_at": AT, "agent_id": "a17", "agent_team": "billing",
        "metadata_json": "{}", "content_sha256": "x", "received_at": AT, "state": "scored",
    }
    held = {"status": "in_review", "revision": 3, "reviewer": "rita", "claimed_at": AT, "claim_expires_at": AT, "finalized_at": None}
    done = {"status": "final", "revision": 5, "reviewer": "omid", "claimed_at": AT, "claim_expires_at": None, "finalized_at": AT}
    yield "scorecards", {**CARD, **held, "id": "s1", "engine_analysis": "rules/1", "is_latest": False}
    yield "scorecards", {**CARD, **done, "id": "s2", "engine_analysis": "rules/2", "is_latest": True}
    for card in ("s1", "s2"):
        for position, name in enumerate(("greeting", "identity", "farewell")):
            told = {"suggestion_answer": "no", "suggestion_confidence": 0.75, "suggestion_why": f"not said: {name}"}
            given = {"answer": "yes", "answered_by": "rita", "answered_at": AT, "reason": "heard it", "points": 2500}
            evidence = {"suggestion_evidence": '[{"quote":"سلام","rule":"x"}]', "answer_evidence": "[]"}
            yield "scorecard_criteria", {
                "scorecard_id": card, "position": position, "criterion_id": name, **CRITERION, **told, **given, **evidence
            }


def test_the_way_up_keeps_scorecards_with_their_criteria(old: Database) -> None:
    old.upgrade()
    assert old.check() == ()
    with old.reading() as unit:
        first, second = unit.scorecards.get("s1"), unit.scorecards.get("s2")
        assert (first.status, first.reviewer, first.revision, first.score) == (Status.IN_REVIEW, "rita", 3, 50_000)
        assert (second.status, second.version, second.replaces, second.blind, second.automatic) == (Status.FINAL, 1, None, False, False)
        assert (second.comment, second.note, second.acknowledged) == (None, None, None)
        assert [card.id for card in unit.scorecards.list().items] == ["s2"], "which one counts is kept"
        for card in (first, second):
            assert [one.id for one in card.criteria] == ["greeting", "identity", "farewell"]
            for one in card.criteria:
                assert one.suggestion is not None
                assert one.answered is not None
                assert (one.suggestion.answer, one.suggestion.why) == ("no", f"not said: {one.id}")
                assert one.suggestion.evidence[0].quote == "سلام"
                assert (one.answer, one.answered.by, one.answered.at, one.answered.reason) == ("yes", "rita", AT, "heard it")
                assert (one.answered.comment, one.answered.note, one.points) == (None, None, 2500)


def test_the_way_up_keeps_what_the_database_guards(old: Database) -> None:
    old.upgrade()
    with pytest.raises(ConflictError, match="suggestions are never changed"), old.unit() as unit:
        unit.scorecards._session.execute(sa.text("UPDATE scorecard_criteria SET suggestion_answer = 'yes'"))
    with pytest.raises(ConflictError), old.unit() as unit:
        unit.scorecards._session.execute(sa.text("UPDATE scorecards SET is_latest = true"))
    with pytest.raises(ConflictError), old.unit() as unit:
        unit.scorecards._session.execute(sa.text("UPDATE scorecard_criteria SET scorecard_id = 'nobody', position = 9"))
    with old.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM scorecards WHERE id = 's1'"))
        left = connection.execute(sa.text("SELECT DISTINCT scorecard_id FROM scorecard_criteria")).scalars().all()
    assert left == ["s2"], "criteria still go with their scorecard"


def test_the_way_up_works_out_doubt_and_looks_risks_up(old: Database) -> None:
    signals = '[{"name":"churn.customer","value":2.0,"places":[],"confidence":1.0},{"name":"complaint.customer","value":null}]'
    with old.engine.begin() as connection:
        told = {"interaction_id": "c1", "analysis": "rules/2", "data": signals, "saved_at": _written(AT)}
        columns = sa.table("signal_sets", *(sa.column(name) for name in told))
        connection.execute(sa.insert(columns).values(told))
    old.upgrade()
    with old.engine.connect() as connection:
        doubt = {row[0]: row[1] for row in connection.execute(sa.text("SELECT id, doubt FROM scorecards"))}
        risks = [tuple(row) for row in connection.execute(sa.text("SELECT * FROM risks"))]
        purposes = connection.execute(sa.text("SELECT purpose FROM interactions UNION ALL SELECT purpose FROM scorecards")).scalars().all()
    assert doubt == {"s1": 0.75, "s2": 0.0}, "4 * 0.75 * 0.25 of the open one; of the final one nobody asks"
    assert risks == [("c1", 0, 2, 0)]
    assert set(purposes) == {"live"}
