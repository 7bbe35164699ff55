"""Severity in everyday work: what it goes by, on scorecards as people left them."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Status, Suggestion
from qa_service.domain.scoring import draft, score
from qa_service.domain.severity import Leaning
from qa_service.services.severity import SeverityDesk
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = tuple(f"q{number}" for number in range(10))
FORM = Rubric.model_validate(
    {
        "rubric": "chat-small", "version": 1, "channel": "chat", "title": "Chat",
        "sections": [
            {"id": "all", "title": "All", "weight": 1, "criteria": [{"id": name, "question": "?", "weight": 1} for name in NAMES]}
        ],
    }
)  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Any:
    database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    database.upgrade()
    yield database
    database.close()


def fill(database: Database, *, shares: dict[str, tuple[float, float]], each: int = 40) -> None:
    """Final scorecards: each reviewer gets that share of the hard team's chats, and turns that share of suggested yes into no."""
    chance = random.Random(4)
    with database.unit() as unit:
        unit.rubrics.add(FORM, at=AT)
        for who, (hard, strict) in shares.items():
            for number in range(each):
                team = "hard" if chance.random() < hard else "easy"
                agent = AgentRef(id=f"agent-{team}", team=team)
                contact = Interaction(id=f"{who}-{number}", channel=Channel.CHAT, agent=agent, started_at=AT)
                unit.interactions.add(contact, content_sha256=contact.id, at=AT)
                good = 0.55 if team == "hard" else 0.85
                suggested = {name: "yes" if chance.random() < good else "no" for name in NAMES}
                suggestions = {name: Suggestion(answer=answer, confidence=0.9, why="said") for name, answer in suggested.items()}
                card = draft(FORM, interaction=InteractionRef.of(contact, language="en"), engine=Engines(analysis="rules"),
                             suggestions=suggestions)  # fmt: skip
                answers = {
                    name: Answer(answer="no" if answer == "yes" and chance.random() < strict else answer, by=who)
                    for name, answer in suggested.items()
                }
                stored = unit.scorecards.add(card, at=AT)
                final = score(stored.answering(answers), FORM).model_copy(update={"status": Status.FINAL, "reviewer": who})
                unit.scorecards.save(final, expected_revision=1, at=AT)


def test_who_gets_the_hard_team_is_not_called_severe(database: Database) -> None:
    fill(database, shares={"hana": (0.9, 0.02), "omid": (0.1, 0.02), "rita": (0.5, 0.02), "vahid": (0.5, 0.25)})
    found = SeverityDesk(database=database).compare()
    assert (found.scores, found.interactions, found.shared) == (160, 160, 0)
    assert found.adjusted_for == ("machine", "team")
    leaning = {one.reviewer: one.leaning for one in found.effects}
    assert found.effects[0].reviewer == "vahid"
    assert leaning["vahid"] is Leaning.SEVERE
    by_name = {one.reviewer: one for one in found.effects}
    assert by_name["hana"].plain < -8, "her scores are low"
    assert by_name["hana"].effect > 0, "and her interactions were hard"
    assert SeverityDesk(database=database).compare(team="nobody").scores == 0
    assert SeverityDesk(database=database).compare(rubric="chat-small", until=AT).scores == 0
