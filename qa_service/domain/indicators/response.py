"""Figures of response: how long customers wait for an answer; by channel, since no target fits a chat and an e-mail."""

from __future__ import annotations

from qa_service.domain.indicator import BetterIs, FigureKind, FigureUnit, Indicator, IndicatorNames, IndicatorSource

_FIRST = "seconds from the customer's first message to the first of an agent, no bots (signal response.first, else as call details tell)"
_NEEDS = "analysed interactions, or call details with first response times"


def _response(
    identifier: str, names: IndicatorNames, definition: str, *, figure: FigureKind, numerator: str, denominator: str, needs: str
) -> Indicator:
    return Indicator(
        id=identifier, names=names, definition=definition, numerator=numerator, denominator=denominator, figure=figure,
        unit=FigureUnit.SECONDS, better=BetterIs.LOWER, source=IndicatorSource.CONTACTS, reference="own measure", needs=needs,
        by_channel=True,
    )


INDICATORS: tuple[Indicator, ...] = (
    _response(
        "first_response", IndicatorNames(en="First response time (median)", fa="میانهٔ زمان نخستین پاسخ", ar="وسيط زمن الرد الأول"),
        "Half of the contacts get their first answer within this time.", figure=FigureKind.MEDIAN, numerator=f"middle of the {_FIRST}",
        denominator="contacts whose first response is known", needs=_NEEDS,
    ),
    _response(
        "first_response_mean", IndicatorNames(en="First response time (mean)", fa="میانگین زمان نخستین پاسخ", ar="متوسط زمن الرد الأول"),
        "Mean time to the first answer; a few late ones weigh much.", figure=FigureKind.MEAN, numerator=_FIRST,
        denominator="contacts whose first response is known", needs=_NEEDS,
    ),
    _response(
        "response_time", IndicatorNames(en="Response time (median)", fa="میانهٔ زمان پاسخ", ar="وسيط زمن الرد"),
        "Middle over contacts of how long the customer typically waits for each answer.", figure=FigureKind.MEDIAN,
        numerator="middle of the medians of all response times of each contact (signal response.median)",
        denominator="analysed contacts with responses", needs="analysed interactions",
    ),
)
