"""Figures of loyalty: customers who leave."""

from __future__ import annotations

from qa_service.domain.indicator import BetterIs, FigureKind, FigureUnit, Indicator, IndicatorNames, IndicatorSource

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="churn_rate", names=IndicatorNames(en="Churn rate", fa="نرخ ریزش مشتری", ar="معدل فقدان العملاء"),
        definition="Of the customers who were in contact in the period, the share that left, as the source tells.",
        numerator="customers who left, each counted once",
        denominator="customers with a contact or survey answer in the period of whom it is told whether they left, each counted once",
        figure=FigureKind.SHARE, unit=FigureUnit.SHARE, better=BetterIs.LOWER, source=IndicatorSource.CUSTOMERS,
        reference="customers lost / customers; here of those in contact, which is not the company's whole stock",
        needs="call details or survey answers with customer ids and whether they left",
    ),
)
