"""Fresh databases of both kinds, copied from one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft, score
from qa_service.domain.transcript import Speaker
from qa_service.store.session import Database
from qa_service.store.tables import Row
from tests.postgres import named, run

KINDS = ("sqlite", "postgresql")
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without connections."""
    file = tmp_path_factory.mktemp("template") / "qa.sqlite"
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    database.close()
    return file


@pytest.fixture(scope="session", params=KINDS)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database of each kind in turn for all tests, so that statements are prepared once."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('shared') / 'qa.sqlite'}")
        database.upgrade()
    else:
        database = Database(named(request.getfixturevalue("postgres"), "template_qa"))
    yield database
    database.close()


@pytest.fixture
def database(shared: Database, sqlite_template: Path) -> Iterator[Database]:
    """A migrated, empty database, of each kind in turn; for tests that leave the schema alone."""
    yield shared
    shared.close()
    if shared.engine.dialect.name == "sqlite":
        shutil.copy(sqlite_template, str(shared.engine.url.database))
        return
    # Quicker than a database for each test; the role of a replica is the one that no guard stops.
    address = shared.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    run(address, ";".join(["SET session_replication_role = replica", *(f"DELETE FROM {table}" for table in Row.metadata.tables)]))


@pytest.fixture
def url(database: Database) -> str:
    """Its address, for tests that open it more than once."""
    return database.engine.url.render_as_string(hide_password=False)


@pytest.fixture(params=KINDS)
def own_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind in turn, for one test alone."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        database = Database(f"sqlite:///{shutil.copy(template, tmp_path / 'qa.sqlite')}")
        yield database
        database.close()
        return
    server: str = request.getfixturevalue("postgres")
    run(server, "CREATE DATABASE qa_own TEMPLATE template_qa STRATEGY FILE_COPY")
    database = Database(named(server, "qa_own"))
    yield database
    database.close()
    run(server, "DROP DATABASE qa_own WITH (FORCE)")


#: A form of two sections, three criteria.
FORM: dict[str, Any] = {
    "rubric": "phone-support", "version": 1, "channel": "phone", "title": "Phone",
    "sections": [
        {
            "id": "opening", "title": "Opening", "weight": 1,
            "criteria": [{"id": "greeting", "question": "Greeted?", "weight": 2.5, "skill": "clarity"}],
        },
        {
            "id": "closing", "title": "Closing", "weight": 2,
            "criteria": [
                {"id": "identity", "question": "Identity checked?", "weight": 5, "severity": "compliance"},
                {"id": "farewell", "question": "Said goodbye?", "weight": 1},
            ],
        },
    ],
}


@pytest.fixture(scope="session")
def rubric() -> Rubric:
    """A form of two sections, three criteria."""
    return Rubric.model_validate(FORM)


class Desk:
    """Takes interactions and scorecards in, as the services do."""

    def __init__(self, database: Database, rubric: Rubric) -> None:
        self.database = database
        self.rubric = rubric
        with database.unit() as unit:
            unit.rubrics.add(rubric, at=AT)

    def interaction(self, identifier: str, *, agent: str | None = "a17", team: str | None = "billing", days: int = 0) -> Interaction:
        """A call, ``days`` after the first of March."""
        return Interaction(
            id=identifier, channel=Channel.PHONE, started_at=AT + timedelta(days=days),
            agent=None if agent is None else AgentRef(id=agent, team=team),
        )

    def take(self, identifier: str, **changes: Any) -> Interaction:
        """The same, stored."""
        interaction = self.interaction(identifier, **changes)
        with self.database.unit() as unit:
            unit.interactions.add(interaction, content_sha256=f"content of {identifier}", at=AT + timedelta(days=changes.get("days", 0)))
        return interaction

    def draft(self, interaction: Interaction, *, analysis: str = "rules/1", rubric: Rubric | None = None, **answers: str) -> Scorecard:
        """A draft with a suggestion for each criterion, ``yes`` unless told."""
        rubric = rubric or self.rubric
        suggestions = {
            one.id: Suggestion(
                answer=answers.get(one.id, "yes"), confidence=0.75, why=f"said: {one.id}",
                evidence=(
                    Evidence(turn=0, speaker=Speaker.AGENT, quote=f"سلام، {one.id}", start_ms=10, end_ms=900, rule=f"x.{one.id}.said"),
                ),
            )
            for one in rubric.criteria
        }
        reference = InteractionRef.of(interaction, language="fa")
        return draft(rubric, interaction=reference, engine=Engines(analysis=analysis), suggestions=suggestions)

    def add(self, card: Scorecard, *, minutes: int = 0) -> Scorecard:
        """A scorecard, stored."""
        with self.database.unit() as unit:
            return unit.scorecards.add(card, at=AT + timedelta(minutes=minutes))

    def answered(self, card: Scorecard, *, status: Status = Status.FINAL, by: str = "rita", **answers: str) -> Scorecard:
        """The scorecard with a person's answers and new figures."""
        told = {
            name: Answer(answer=answer, by=by, at=AT, reason="heard it", evidence=(Evidence(quote=f"heard {name}", rule="manual"),))
            for name, answer in answers.items()
        }
        return score(card.answering(told), self.rubric).model_copy(update={"status": status, "reviewer": by})

    def finish(self, card: Scorecard, *, minutes: int = 0, **answers: str) -> Scorecard:
        """The same, stored as final."""
        with self.database.unit() as unit:
            done = self.answered(card, **answers)
            return unit.scorecards.save(done, expected_revision=card.revision, at=AT + timedelta(minutes=minutes))


@pytest.fixture
def desk(database: Database, rubric: Rubric) -> Desk:
    """A desk on an empty database."""
    return Desk(database, rubric)
