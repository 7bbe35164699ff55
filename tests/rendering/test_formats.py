"""Every format of one report that holds the nastiest words."""

from __future__ import annotations

import csv as reading
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest

from qa_service.domain.report import Report, ReportFormat
from qa_service.rendering.csv import BOM, csv, safe
from qa_service.rendering.formats import FORMATS
from qa_service.rendering.html import html
from qa_service.rendering.lines import Line
from qa_service.rendering.page import page
from qa_service.rendering.parquet import parquet
from qa_service.rendering.pdf import pdf


class _Tags(HTMLParser):
    """What is in it: tags, and what attributes point to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [str(value) for name, value in attrs if name in ("href", "src", "action") or name.startswith("on")]


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
def test_html_is_one_file_without_script_and_shows_words_as_they_are(
    reports: Callable[..., Report], locales: Callable[..., Any], language: str
) -> None:
    text = html(reports(), locales(language, "native")).decode()
    found = _Tags()
    found.feed(text)
    assert not found.tags & {"script", "b", "iframe", "link", "img", "object", "form"}
    assert found.addresses == []
    assert "url(" not in text.replace("url(data:font/woff2", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert f'<html lang="{language}" dir="{"ltr" if language == "en" else "rtl"}">' in text
    assert not re.search("[\u202a-\u202e\x00]", text), "nothing steers direction but isolates of ours"
    assert text.count("\u2068") + text.count("\u2066") == text.count("\u2069")


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
def test_pdf_reads_no_words_as_markup_and_is_the_same_each_time(
    reports: Callable[..., Report], locales: Callable[..., Any], language: str
) -> None:
    # '#panic()' would end it
    first = pdf(reports(), locales(language, "native"))
    assert first.startswith(b"%PDF-")
    assert first == pdf(reports(), locales(language, "native"))
    assert b"Vazirmatn" in first


def test_two_hundred_criteria_go_over_many_pages(reports: Callable[..., Report], locales: Callable[..., Any]) -> None:
    made = pdf(reports(200), locales("fa"))
    told = re.search(rb"/Type ?/Pages ?/Count (\d+)", made)
    assert told is not None
    assert int(told[1]) > 5


def test_csv_is_safe_for_spreadsheets_and_holds_every_figure(reports: Callable[..., Report], locales: Callable[..., Any]) -> None:
    told = csv(reports(), locales())
    assert told.startswith(BOM)
    assert csv(reports(), locales(), bom=False) == told[len(BOM) :]
    rows = list(reading.DictReader(io.StringIO(told.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == Line._fields
    assert not [value for row in rows for value in row.values() if value.startswith(("=", "+", "@"))]
    share = next(row for row in rows if row["measure"] == "share")
    assert (share["value"], share["low"], share["high"], share["n"], share["unit"]) == ("0.5", "0.25", "0.75", "12", "share")
    gap = next(row for row in rows if row["item"] == "gap")
    assert gap["value"] == "-7.25", "a number below nothing is no formula"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("  =1", "'  =1"), ("\t=1", "'\t=1"),
        ("\N{FULLWIDTH EQUALS SIGN}1", "'\N{FULLWIDTH EQUALS SIGN}1"), ("a=1", "a=1"), ("", ""), ("– 5", "– 5"),
    ],
)  # fmt: skip
def test_formulas_are_texts(text: str, written: str) -> None:
    assert safe(text) == written


def test_parquet_has_numbers_as_numbers(reports: Callable[..., Report], locales: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "it's.parquet"
    path.write_bytes(parquet(reports(), locales("ar")))
    with duckdb.connect() as connection:
        connection.execute("create table told as select * from read_parquet(?)", [str(path)])
        found = connection.execute("select value, low, n, unit from told where measure = 'share' limit 1").fetchall()
        types = dict(connection.execute("select column_name, column_type from (describe told)").fetchall())
        nothing = connection.execute("select count(*) from told where measure = 'others' and value is null and n is null").fetchone()
    assert found == [(0.5, 0.25, 12, "share")]
    assert (types["value"], types["n"], types["text"]) == ("DOUBLE", "BIGINT", "VARCHAR")
    assert nothing == (3,)


def test_json_is_the_structure_whatever_the_language(reports: Callable[..., Report], locales: Callable[..., Any]) -> None:
    made = {FORMATS[ReportFormat.JSON].render(reports(), locales(code)) for code in ("en", "fa", "ar")}
    assert len(made) == 1
    assert Report.model_validate_json(made.pop()) == reports()


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
def test_plots_are_sound_and_tell_those_who_cannot_see_them(
    reports: Callable[..., Report], locales: Callable[..., Any], language: str
) -> None:
    view = page(reports(), locales(language, "native"))
    blocks = [block for section in view["sections"] for block in section["blocks"]]
    drawn = [cell["svg"] for block in blocks for row in block.get("rows", ()) for cell in row["cells"] if "svg" in cell]
    drawn += [item["svg"] for block in blocks if block["kind"] == "courses" for item in block["items"] if item["svg"]]
    assert len(drawn) == 3 + 3
    for one in drawn:
        root = ElementTree.fromstring(one)
        assert (root.get("role"), root.get("direction")) == ("img", "ltr")
        title = root.find("{http://www.w3.org/2000/svg}title")
        assert title is not None
        assert title.text
    large = drawn[3]
    # the last figure, in the digits of the locale
    assert {"en": ">60<", "fa": ">۶۰<", "ar": ">٦٠<"}[language] in large
