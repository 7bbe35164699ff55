"""Agents: learned from what the sources tell, never unlearned by what they leave out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.interaction import AgentRef
from qa_service.errors import NotFoundError
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("سارا", "billing")], ("سارا", "billing")),
        ([(None, None)], (None, None)),
        ([("Sara", None), (None, "billing")], ("Sara", "billing")),
        ([("Sara", "billing"), (None, None)], ("Sara", "billing")),
        ([("Sara", "billing"), ("Sarah", "sales")], ("Sarah", "sales")),
    ],
)
def test_upsert(database: Database, told: list[tuple[str | None, str | None]], expected: tuple[str | None, str | None]) -> None:
    for name, team in told:
        with database.unit() as unit:
            known = unit.agents.upsert(AgentRef(id="a1", name=name, team=team), at=AT)
    with database.unit() as unit:
        many = unit.agents.upsert_many([AgentRef(id="a2", name=name, team=team) for name, team in told], at=AT)
        assert unit.agents.get("a1") == known == AgentRef(id="a1", name=expected[0], team=expected[1])
        assert (many["a2"].name, many["a2"].team) == expected
        assert unit.agents.get("a2") == many["a2"]


def test_unknown_agents_are_named(database: Database) -> None:
    with database.reading() as unit:
        assert not unit.agents.exists("a1")
        with pytest.raises(NotFoundError, match="no agent 'a1'") as caught:
            unit.agents.get("a1")
    assert caught.value.field == "agent"


def test_list_by_team_in_pages(database: Database) -> None:
    with database.unit() as unit:
        for minutes, (identifier, team) in enumerate([("a1", "x"), ("a2", "y"), ("a3", "x"), ("a4", "x")]):
            unit.agents.upsert(AgentRef(id=identifier, team=team), at=AT + timedelta(minutes=minutes))
        first = unit.agents.list(team="x", limit=2)
        second = unit.agents.list(team="x", limit=2, cursor=first.next)
    assert [agent.id for agent in first.items] == ["a4", "a3"]
    assert [agent.id for agent in second.items] == ["a1"]
    assert second.next is None
