"""Figures of resolution: settled at the first contact, or not."""

from __future__ import annotations

from qa_service.domain.indicator import BetterIs, FigureKind, FigureUnit, Indicator, IndicatorNames, IndicatorSource

_HISTORY = "analysed contacts with customer ids and starts, and a window (QA_REPEAT_DAYS) that has passed"

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="fcr", names=IndicatorNames(en="First-contact resolution", fa="حل مسئله در نخستین تماس", ar="الحل من الاتصال الأول"),
        definition="Share of first contacts after which the customer does not come back for the same reason within the window.",
        numerator="first contacts that stayed the only one", denominator="first contacts of which that is known (the window has passed)",
        figure=FigureKind.SHARE, unit=FigureUnit.SHARE, better=BetterIs.HIGHER, source=IndicatorSource.HISTORY,
        reference="SQM Group: no call back for the same reason, any channel", needs=_HISTORY,
    ),
    Indicator(
        id="fcr_survey",
        names=IndicatorNames(
            en="First-contact resolution by survey", fa="حل در نخستین تماس به گفتهٔ مشتری", ar="الحل من الاتصال الأول بحسب العميل"
        ),
        definition="Share of customers who answer that their matter was settled in this contact.",
        numerator="answers 'yes' to whether the matter was settled", denominator="answers to that question",
        figure=FigureKind.SHARE, unit=FigureUnit.SHARE, better=BetterIs.HIGHER, source=IndicatorSource.SURVEYS,
        reference="SQM Group: voice of the customer, after the contact", needs="survey answers with the question whether it was settled",
    ),
    Indicator(
        id="repeat_contact", names=IndicatorNames(en="Repeat contacts", fa="نرخ تماس تکراری", ar="معدل تكرار الاتصال"),
        definition="Share of inbound contacts whose customer was in contact for the same reason within the window before, or says so.",
        numerator="repeats", denominator="inbound contacts of which it is known whether they are repeats",
        figure=FigureKind.SHARE, unit=FigureUnit.SHARE, better=BetterIs.LOWER, source=IndicatorSource.HISTORY,
        reference="COPC: repeat contacts within a window", needs=_HISTORY,
    ),
)
