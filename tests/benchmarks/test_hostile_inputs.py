"""Mutated files of every kind against the real service: a sample; ``qa-service bench inputs`` sends ten thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.hostile_inputs import send
from benchmarks.mutation_originals import ORIGINALS
from benchmarks.mutations import mutants
from benchmarks.schema_fuzz_world import running


def test_the_same_seed_gives_the_same_files() -> None:
    first, again = [one.data for one in mutants(60, seed=4)], [one.data for one in mutants(60, seed=4)]
    assert first == again
    assert first != [one.data for one in mutants(60, seed=5)]
    assert len(set(first)) > 50


@pytest.mark.parametrize("kind", ORIGINALS)
def test_there_are_several_files_of_every_kind(kind: str) -> None:
    assert len(ORIGINALS[kind]()) >= 2
    assert all(one.kind == kind for one in mutants(5, kinds=(kind,)))


def test_nothing_crashes_hangs_or_is_a_fault_of_ours(tmp_path: Path) -> None:
    with running(tmp_path, laid=False) as world:
        told = send(world, files=30, start=20261123, patience=60)
    assert told.faults == []
    assert sum(told.sent.values()) == 30
    assert {status // 100 for counted in told.statuses.values() for status in counted} == {2, 4}
    assert told.jobs["done"] > 0
