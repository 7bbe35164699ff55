"""The page of figures is held to the tables that define them."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_service.channels.records import call_details, surveys
from qa_service.domain.breach import TargetMet
from qa_service.domain.indicators import as_markdown
from qa_service.domain.target import TargetSet, shipped_as_markdown

PAGE = (Path(__file__).parents[2] / "docs" / "figures.md").read_text(encoding="utf-8")


def test_definitions_and_shipped_targets_are_those_of_the_tables() -> None:
    assert as_markdown() in PAGE
    assert shipped_as_markdown() in PAGE


@pytest.mark.parametrize("told", TargetMet)
def test_what_figures_say_is_told(told: TargetMet) -> None:
    assert f"`{told}`" in PAGE


def test_rules_are_told_with_their_values() -> None:
    for name in ("answer_within_seconds", "short_abandon_seconds"):
        assert f"`{name}` ({getattr(TargetSet(), name):g})" in PAGE


@pytest.mark.parametrize("field", [one.field for one in (*call_details.COLUMNS, *surveys.COLUMNS)])
def test_every_field_is_told(field: str) -> None:
    assert f"`{field}`" in PAGE
