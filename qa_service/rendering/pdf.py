"""PDF: a report on paper, set by typst; what it tells goes in as data and is never read as markup."""

from __future__ import annotations

import json
from datetime import datetime
from importlib.resources import as_file, files

import typst

from qa_service.domain.report import Report
from qa_service.errors import ProcessingError
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import View, page


def pdf(report: Report, locale: Locale) -> bytes:
    """The file; equal reports give equal bytes. Raises :class:`ProcessingError` where it cannot be set."""
    return _set(page(report, locale), at=report.made_at)


def _set(view: View, *, at: datetime) -> bytes:
    room = files("qa_service.rendering")
    with as_file(room.joinpath("fonts")) as fonts, as_file(room.joinpath("templates")) as templates:
        try:
            made = typst.compile(
                templates / "report.typ", root=templates, font_paths=[fonts], ignore_system_fonts=True, format="pdf",
                sys_inputs={"report": json.dumps(view, ensure_ascii=False)}, timestamp=int(at.timestamp()),
            )
        except typst.TypstError as error:
            raise ProcessingError(f"the report could not be set on paper: {error}", hint="ask for it as HTML") from error
    assert isinstance(made, bytes)
    return made
