"""Tables: rows of CSV and JSON Lines in whatever encoding, one by one, broken ones told with their line."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from qa_service.channels.records.lines import LONGEST
from qa_service.channels.records.table import TableRow, read_table
from qa_service.errors import TableError

PERSIAN = "شناسه,صف\nالف,پشتیبانی فنی\n"


def rows(path: Path, data: bytes) -> list[TableRow | TableError]:
    path.write_bytes(data)
    return list(read_table(path).rows)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(path: Path, delimiter: str) -> None:
    text = f'id{delimiter}"a,b;c"{delimiter}queue\n1{delimiter}"x{delimiter}y"{delimiter} z \n\n'
    assert rows(path, text.encode()) == [TableRow(2, {"id": "1", "a,b;c": f"x{delimiter}y", "queue": "z"})]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PERSIAN.encode(), "utf-8"),
        (codecs.BOM_UTF8 + PERSIAN.encode(), "utf-8-sig"),
        (PERSIAN.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + PERSIAN.encode("utf-16-be"), "utf-16"),
        ("id,queue\n1,a\n".encode("utf-16-le"), "utf-16-le"),
        ("id,queue\n1,café Zoë\n".encode("cp1252"), "cp1252"),
        ("id,queue\n1,الدعم الفني\n".encode("cp1256"), "cp1256"),
        (PERSIAN.replace("\n", "\r\n").encode(), "utf-8"),
        (PERSIAN.replace("\n", "\r").encode(), "utf-8"),
    ],
)
def test_encodings_are_found(path: Path, data: bytes, encoding: str) -> None:
    path.write_bytes(data)
    table = read_table(path)
    assert table.encoding == encoding
    (row,) = table.rows
    assert isinstance(row, TableRow)
    assert row.line == 2
    assert list(row.cells.values())[-1] in ("پشتیبانی فنی", "a", "café Zoë", "الدعم الفني")


def test_broken_rows_are_told_and_the_others_are_read(path: Path) -> None:
    text = 'id,note\n1,"two\nlines"\n2,one,too many\n3\n4,"never closed\n5,fine\n6,say ""yes""\n7,"x"y\n8,"a ""b"""\n9,nul\0\n'
    found = rows(path, text.encode())
    told = [(one.line, one.message if isinstance(one, TableError) else one.cells.get("note")) for one in found]
    assert told == [
        (2, "two\nlines"),
        (4, "3 cells under 2 columns"),
        (5, "1 cells under 2 columns"),
        (6, "a quote is opened and not closed"),
        (7, "fine"),
        (8, 'say ""yes""'),
        (9, "not readable as CSV: ',' expected after '\"'"),
        (10, 'a "b"'),
        (11, "holds a NUL character"),
    ]


def test_a_line_of_ten_megabytes_costs_itself_alone(path: Path) -> None:
    found = rows(path, b"id,note\n1,a\n2," + b"x" * 10_000_000 + b"\n3,c\n")
    assert [(one.line, isinstance(one, TableError)) for one in found] == [(2, False), (3, True), (4, False)]
    assert str(LONGEST) in str(found[1])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\xef\xbb\xbf\n \n", "the file is empty"),
        ("a.xlsx", b"PK\x03\x04 rest", "a workbook"),
        ("a.csv", b"%PDF-1.7", "a PDF"),
        ("a.csv", bytes(range(256)) * 4, "no text"),
        ("a.csv", b"RIFF\0\0\0\0WAVE", "a recording"),
        ("a.csv", b"x" * 300_000, "longer than"),
        ("a.json", b'[{"id": 1}]', "a JSON list"),
        ("a.jsonl", b"[1]\n", "no JSON object"),
        ("a.jsonl", b"{broken\n", "not valid JSON"),
        ("a.csv", b"," * 2000 + b"a\n", "more than 1000"),
    ],
)
def test_what_is_no_table(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(TableError, match=message) as caught:
        rows(tmp_path / name, data)
    assert caught.value.file == str(tmp_path / name)


def test_json_lines(tmp_path: Path) -> None:
    text = '{"id": "c-1", "talk": 95, "abandoned": false, "note": null}\n\n[1]\n{"id": 2, "who": {"a": 1}}\n{"id": 1e999}\n{"id": 3}\n{\n'
    found = rows(tmp_path / "a.jsonl", text.encode())
    told = [(one.line, one.message if isinstance(one, TableError) else dict(one.cells)) for one in found]
    assert told == [
        (1, {"id": "c-1", "talk": "95", "abandoned": "False"}),
        (3, "this is no JSON object"),
        (4, "holds more than one value"),
        (5, {"id": "inf"}),
        (6, {"id": "3"}),
        (7, "not valid JSON: Expecting property name enclosed in double quotes"),
    ]


def test_what_a_spreadsheet_tells_itself_is_no_row(path: Path) -> None:
    assert rows(path, b"sep=|\nid|queue\n1|a,b;c\n") == [TableRow(3, {"id": "1", "queue": "a,b;c"})]
