"""Figures exported over HTTP."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest


@pytest.fixture(scope="module")
def stocked(api: Any) -> Any:
    """One chat."""
    api.chat("export-1")
    return api


def test_a_csv_with_what_is_there_now(stocked: Any) -> None:
    answer = stocked.get("/v1/exports/figures", params={"format": "csv"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="figures.csv"'
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert {row["interaction"] for row in rows} == {"export-1"}
    assert [row["kind"] for row in rows].count("total") == 1
    assert stocked.json("/v1/audit", params={"action": "figures.exported"})["items"][0]["subject"] == "exports/figures"


def test_parquet_unless_told(stocked: Any) -> None:
    answer = stocked.get("/v1/exports/figures")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    content = BytesIO(answer.content).getvalue()
    assert (content[:4], content[-4:]) == (b"PAR1", b"PAR1")


def test_a_period_without_contacts(stocked: Any) -> None:
    answer = stocked.get("/v1/exports/figures", params={"format": "csv", "to": "2001-01-01"})
    assert (answer.status_code, len(answer.text.splitlines())) == (200, 1)
    answer = stocked.get("/v1/exports/figures", params={"format": "csv", "month": "2001-01"})
    assert (answer.status_code, len(answer.text.splitlines())) == (200, 1)


@pytest.mark.parametrize("params", [{"format": "xlsx"}, {"channel": "fax"}, {"from": "2026-02-01", "to": "2026-01-01"}, {"team": "a\0b"}])
def test_what_is_asked_wrongly(stocked: Any, params: dict[str, str]) -> None:
    assert stocked.get("/v1/exports/figures", params=params).status_code == 422
