"""Requests made from the OpenAPI document, by it and against it, in every role: no fault of ours, nothing that the document does not tell.

A few of each here; ``qa-service bench fuzz`` makes as many as one likes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("schemathesis", reason="needs the package schemathesis")

from benchmarks.schema_fuzz import fuzz
from benchmarks.schema_fuzz_world import World, running
from qa_service.domain.permission import Role


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("house"), rubrics=Path(__file__).parent / "rubrics") as found:
        yield found


def test_there_is_something_of_everything(world: World) -> None:
    told = {path: len(ids) for path, ids in world.pools.items() if ids}
    assert {
        "/v1/interactions",
        "/v1/scorecards",
        "/v1/jobs",
        "/v1/rubrics",
        "/v1/agents",
        "/v1/users",
        "/v1/webhooks",
    } <= set(told)


# Those who may least come first: admins erase what the others are to look at.
@pytest.mark.parametrize("role", [*reversed(Role)])
def test_every_answer_is_as_documented(world: World, role: Role) -> None:
    told = fuzz(world, role, examples=1, refused=0)
    assert told.faults == {}
    assert told.asked > 5
    assert any(status < 300 for status in told.statuses)
