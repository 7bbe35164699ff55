"""Figures of the queue: how long customers wait, how many are answered in time, how many give up."""

from __future__ import annotations

from qa_service.domain.indicator import BetterIs, FigureKind, FigureUnit, Indicator, IndicatorNames, IndicatorSource

_CALL_DETAILS = "call details (abandoned calls leave no recording)"

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="queue_time",
        names=IndicatorNames(en="Average queue time", fa="میانگین زمان انتظار در صف", ar="متوسط وقت الانتظار في الطابور"),
        definition="How long inbound contacts wait until an agent is there or the customer gives up.",
        numerator="seconds of waiting of inbound contacts that were answered or abandoned",
        denominator="inbound contacts that were answered or abandoned, whose waiting time is known",
        figure=FigureKind.MEAN, unit=FigureUnit.SECONDS, better=BetterIs.LOWER, source=IndicatorSource.CONTACTS,
        reference="ICMI: average delay, answered and abandoned contacts together", needs="waiting times of call details or of interactions",
    ),
    Indicator(
        id="asa", names=IndicatorNames(en="Average speed of answer", fa="میانگین سرعت پاسخ‌گویی", ar="متوسط سرعة الرد"),
        definition="How long inbound contacts that were answered waited for it.",
        numerator="seconds of waiting of answered inbound contacts",
        denominator="answered inbound contacts whose waiting time is known",
        figure=FigureKind.MEAN, unit=FigureUnit.SECONDS, better=BetterIs.LOWER, source=IndicatorSource.CONTACTS,
        reference="ICMI: average speed of answer", needs="waiting times of call details or of interactions",
    ),
    Indicator(
        id="service_level", names=IndicatorNames(en="Service level", fa="سطح خدمت", ar="مستوى الخدمة"),
        definition="Share of inbound contacts that are answered within the seconds set for it (20 unless set).",
        numerator="inbound contacts answered within the seconds set",
        denominator="inbound contacts answered, or abandoned after more than the seconds set for short ones (5 unless set)",
        figure=FigureKind.SHARE, unit=FigureUnit.SHARE, better=BetterIs.HIGHER, source=IndicatorSource.CALL_DETAILS,
        reference="ICMI: answered within X / (answered + abandoned), short abandons left out", needs=_CALL_DETAILS,
    ),
    Indicator(
        id="abandonment", names=IndicatorNames(en="Abandonment rate", fa="نرخ رها شدن تماس", ar="معدل التخلي عن المكالمات"),
        definition="Share of inbound contacts in which the customer gives up before an agent is there.",
        numerator="inbound contacts abandoned after more than the seconds set for short ones (5 unless set)",
        denominator="inbound contacts answered, or abandoned after more than those seconds",
        figure=FigureKind.SHARE, unit=FigureUnit.SHARE, better=BetterIs.LOWER, source=IndicatorSource.CALL_DETAILS,
        reference="COPC: abandonment rate, short abandons left out", needs=_CALL_DETAILS,
    ),
)
