"""HTML: a report as one file that needs nothing else: styles, font and plots within, no script, nothing fetched."""

from __future__ import annotations

import base64
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qa_service.domain.report import Report
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import page

#: What a browser may do with it: show it, and nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'"
_FACES = {400: "Vazirmatn-Regular.woff2", 700: "Vazirmatn-Bold.woff2"}


def html(report: Report, locale: Locale) -> bytes:
    """The file."""
    template = _environment().get_template("report.html")
    return template.render(page(report, locale), style=_style(), policy=POLICY).encode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("qa_service.rendering", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )
    # Plots are made here, and escape what they show themselves.
    made.filters["plot"] = Markup
    return made


@lru_cache(maxsize=1)
def _style() -> Markup:
    """Our own style sheet with the font in it."""
    room = files("qa_service.rendering")
    faces = "".join(
        f"@font-face{{font-family:Vazirmatn;font-weight:{weight};"
        f"src:url(data:font/woff2;base64,{base64.b64encode(room.joinpath('fonts', name).read_bytes()).decode()}) format('woff2')}}\n"
        for weight, name in _FACES.items()
    )
    return Markup(faces + room.joinpath("templates", "report.css").read_text(encoding="utf-8"))  # noqa: S704 - nothing of users is in it
