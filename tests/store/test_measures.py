"""Measures: kept by interaction, and looked up once for what was analysed before there were any."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command

from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.measure import Measured
from qa_service.store import schema
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_the_last_analysis_counts(database: Database) -> None:
    with database.unit() as unit:
        unit.interactions.add(Interaction(id="c1", channel=Channel.PHONE), content_sha256="x", at=AT)
        unit.measures.save_many({"c1": Measured(duration=60)})
        unit.measures.save_many({"c1": Measured(silence_share=0.2)})
        assert unit.measures.get("c1") == Measured(silence_share=0.2)
        assert unit.measures.get("c2") is None


def test_what_was_analysed_before_is_looked_up(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    moment = "2026-03-01 09:30:00.000000"
    with database.engine.connect() as connection, connection.begin():
        command.upgrade(schema._config(connection), "r0019_readings")
    with database.engine.begin() as connection:
        for name in ("c1", "c2"):
            insert(
                connection,
                "interactions",
                id=name,
                channel="phone",
                direction="inbound",
                happened_at=moment,
                metadata_json="{}",
                content_sha256=name,
                received_at=moment,
                state="scored",
                purpose="live",
            )
        for version, silence in (("old", 0.5), ("new", 0.25)):
            signals = [
                {"name": "silence.share", "value": silence},
                {"name": "overtalk.seconds", "value": 6.0},
                {"name": "x", "value": None},
            ]
            saved = moment if version == "old" else "2026-03-02 09:30:00.000000"
            insert(connection, "signal_sets", interaction_id="c1", analysis=version, data=json.dumps(signals), saved_at=saved)
        insert(
            connection,
            "signal_sets",
            interaction_id="c2",
            analysis="new",
            data='[{"name": "response.first", "value": 36}]',
            saved_at=moment,
        )
        insert(
            connection,
            "transcripts",
            interaction_id="c1",
            engine="sidecar",
            duration_ms=120_000,
            speakers_known=True,
            turns="[]",
            language_confidence=1.0,
            saved_at=moment,
        )
    database.upgrade()
    assert database.check() == ()
    with database.reading() as unit:
        assert unit.measures.get("c1") == Measured(duration=120, silence_share=0.25, overtalk_share=0.05)
        assert unit.measures.get("c2") == Measured(response_first=36)
    database.close()


def insert(connection: sa.Connection, table: str, **values: Any) -> None:
    connection.execute(sa.insert(sa.table(table, *map(sa.column, values))).values(values))
