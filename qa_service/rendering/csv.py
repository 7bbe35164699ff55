"""CSV: the lines of a report for spreadsheets; no text in it is taken for a formula."""

from __future__ import annotations

import csv as writing
import io

from qa_service.domain.report import Report
from qa_service.rendering.bidi import tame
from qa_service.rendering.lines import Line, lines
from qa_service.rendering.locale import Locale

#: What spreadsheets take for the beginning of a formula, the wide forms of East Asian keyboards among it (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Tells spreadsheets that it is UTF-8.
BOM = b"\xef\xbb\xbf"


def csv(report: Report, locale: Locale, *, bom: bool = True) -> bytes:
    """The file (RFC 4180, UTF-8): the columns are those of :class:`Line`; numbers with a point, whatever the language."""
    text = io.StringIO(newline="")
    writer = writing.writer(text, lineterminator="\r\n")
    writer.writerow(Line._fields)
    writer.writerows([_cell(value) for value in one] for one in lines(report, locale))
    return (BOM if bom else b"") + text.getvalue().encode()


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return safe(tame(value)) if isinstance(value, str) else repr(value)


def safe(text: str) -> str:
    """With an apostrophe before what a spreadsheet would calculate; blanks in front hide nothing."""
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else text
