"""Preferences: language, digits and colours that somebody reads pages in, kept in a cookie of their browser."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import Response

from qa_service.domain.report import Digits, ReportLanguage
from qa_service.rendering.locale import Locale

COOKIE = "qa_preferences"
_YEAR = 365 * 24 * 3600
_TOLD = re.compile(r"([a-z]{2})\.([a-z]+)\.([a-z]+)")
_WANTED = re.compile(r"\s*([a-zA-Z]{2,3})(?:-[A-Za-z0-9]+)*\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


class Theme(StrEnum):
    """Light letters or dark ones."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Preferences(NamedTuple):
    """How somebody reads pages."""

    language: ReportLanguage = ReportLanguage.EN
    digits: Digits = Digits.LATIN
    theme: Theme = Theme.SYSTEM

    @classmethod
    def of(cls, request: Request) -> Preferences:
        """As the cookie tells; without one, in the language that the browser asks for."""
        found = _TOLD.fullmatch(request.cookies.get(COOKIE, ""))
        try:
            return cls(ReportLanguage(found[1]), Digits(found[2]), Theme(found[3])) if found else cls(_asked(request))
        except ValueError:
            return cls(_asked(request))

    def keep(self, response: Response, *, secure: bool) -> None:
        """Have the browser keep them."""
        value = f"{self.language.value}.{self.digits.value}.{self.theme.value}"
        response.set_cookie(COOKIE, value, max_age=_YEAR, path="/", httponly=True, samesite="lax", secure=secure)

    def locale(self, time_zone: str) -> Locale:
        """How numbers, dates and messages are written."""
        zone: tzinfo = UTC if time_zone == "UTC" else ZoneInfo(time_zone)
        return Locale(self.language, self.digits, zone)


def _asked(request: Request) -> ReportLanguage:
    """The one of ours that the browser likes best (RFC 9110, section 12.5.4)."""
    known = {one.value: one for one in ReportLanguage}
    wanted = [(_WANTED.fullmatch(part), -place) for place, part in enumerate(request.headers.get("accept-language", "").split(",")[:20])]
    ranked = sorted(
        ((float(found[2] or 1), place, found[1].lower()) for found, place in wanted if found is not None), reverse=True
    )
    return next((known[code] for quality, _, code in ranked if code in known and quality > 0), ReportLanguage.EN)
