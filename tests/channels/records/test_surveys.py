"""Survey answers: what a row gives on any scale, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa_service.channels.records.row import RecordOptions
from qa_service.channels.records.surveys import ReadSurveyAnswer, read_surveys
from qa_service.errors import TableError


def read(tmp_path: Path, header: str, *rows: str, **options: Any) -> list[ReadSurveyAnswer | TableError]:
    path = tmp_path / "surveys.csv"
    path.write_text("\n".join(("id,date," + header, *(f"s-{index},2026-11-22," + row for index, row in enumerate(rows)))), encoding="utf-8")
    return list(read_surveys(path, options=RecordOptions(**options)).rows)


@pytest.mark.parametrize(
    ("header", "row", "options", "told"),
    [
        ("csat", "4", {}, {"csat": 4, "csat_scale": 5, "nps": None}),
        ("csat", "4/10", {}, {"csat": 4, "csat_scale": 10}),
        ("csat,csat scale", "8,10", {}, {"csat": 8, "csat_scale": 10}),
        ("csat", "8", {"csat_scale": 10}, {"csat": 8, "csat_scale": 10}),
        ("csat", "۴", {}, {"csat": 4}),
        ("nps", "0", {}, {"nps": 0}),
        ("nps", "10", {}, {"nps": 10}),
        ("ces", "7", {}, {"ease": 7, "ease_scale": 7}),
        ("ces", "7", {"effort": True}, {"ease": 1}),
        ("ces", "2", {"effort": True, "ces_scale": 5}, {"ease": 4, "ease_scale": 5}),
        ("resolved", "بله", {}, {"resolved": True}),
        ("comment,language", "عالی بود,fa", {}, {"comment": "عالی بود", "language": "fa"}),
        ("comment,language", "fine,English (UK)", {}, {"language": "en"} | {"comment": "fine"}),
    ],
)
def test_answers(tmp_path: Path, header: str, row: str, options: dict[str, Any], told: dict[str, Any]) -> None:
    if "English (UK)" in row:
        row = row.replace("English (UK)", "en-GB")
    (found,) = read(tmp_path, header, row, **options)
    assert isinstance(found, ReadSurveyAnswer), found
    assert {name: getattr(found.answer, name) for name in told} == told


@pytest.mark.parametrize(
    ("header", "row", "field", "message"),
    [
        ("csat", "7", "csat", "does not lie on the scale, 1 to 5"),
        ("csat", "-1", "csat", "does not lie on the scale"),
        ("csat", "11/10", "csat", "out of bounds"),
        ("csat", "very good", "csat", "no number"),
        ("nps", "11", "nps", "out of bounds"),
        ("nps", "-1", "nps", "out of bounds"),
        ("nps", "8.5", "nps", "no whole number"),
        ("ces", "8", "ces", "does not lie on the scale"),
        ("csat,scale", "3,1", "scale", "out of bounds"),
        ("resolved", "partly", "resolved", "neither yes nor no"),
        ("csat,nps", ",", "csat", "answers nothing"),
        ("csat,language", "4,!!", "language", "no language"),
        ("csat,call date", "4,2026-11-23", "date", "older than its contact"),
        ("csat,comment", f"4,{'x' * 10_001}", "comment", "10000"),
    ],
)
def test_what_is_wrong_is_told_by_column(tmp_path: Path, header: str, row: str, field: str, message: str) -> None:
    (found,) = read(tmp_path, header, row)
    assert isinstance(found, TableError), found
    assert (found.line, found.field) == (2, field)
    assert message in found.message


@pytest.mark.parametrize(("text", "message"), [("id,date\ns-1,2026-11-22\n", "an answer"), ("id,csat\ns-1,4\n", "the time of the answer")])
def test_a_table_needs_an_answer_and_its_time(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "surveys.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=message):
        read_surveys(path, options=RecordOptions())
