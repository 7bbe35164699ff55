"""Refusals: what could not be done and why, in the visitor's language; the words that programs are told stand behind them."""

from __future__ import annotations

from qa_service.domain.report import ReportLanguage
from qa_service.errors import QaError
from qa_service.rendering.messages import catalogue


def refusal(error: QaError) -> str:
    """The key of the message that fits best: of the kind of fault and its place, else of the kind, else of one that it is a case of."""
    known = catalogue(ReportLanguage.EN)
    place = (error.field or "").partition(".")[0]
    codes = [str(kind.code) for kind in type(error).__mro__ if issubclass(kind, QaError) and "code" in vars(kind)]
    keys = [key for code in codes for key in (f"refusal.at.{code}_{place}", f"refusal.{code}")]
    return next((key for key in keys if key in known), "refusal.input")
