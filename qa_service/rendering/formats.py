"""Formats: what kinds of file a report can become, one entry each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from qa_service.domain.report import Report, ReportFormat
from qa_service.rendering.csv import csv
from qa_service.rendering.html import html
from qa_service.rendering.locale import Locale


class Format(NamedTuple):
    """One of them."""

    media_type: str
    render: Callable[[Report, Locale], bytes]


def _json(report: Report, locale: Locale) -> bytes:
    """The structure itself; the language of whoever reads it is the reader's business."""
    return report.model_dump_json(by_alias=True, indent=1).encode()


def _pdf(report: Report, locale: Locale) -> bytes:
    from qa_service.rendering.pdf import pdf  # a compiler of its own, which most processes never need

    return pdf(report, locale)


def _parquet(report: Report, locale: Locale) -> bytes:
    from qa_service.rendering.parquet import parquet  # a database of its own

    return parquet(report, locale)


#: A new one is one file and one entry.
FORMATS: Mapping[ReportFormat, Format] = MappingProxyType({
    ReportFormat.HTML: Format("text/html; charset=utf-8", html),
    ReportFormat.PDF: Format("application/pdf", _pdf),
    ReportFormat.CSV: Format("text/csv; charset=utf-8", csv),
    ReportFormat.JSON: Format("application/json", _json),
    ReportFormat.PARQUET: Format("application/vnd.apache.parquet", _parquet),
})  # fmt: skip
