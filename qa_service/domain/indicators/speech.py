"""Figures of speech: silence and talking at once, measured in recordings."""

from __future__ import annotations

from qa_service.domain.indicator import BetterIs, FigureKind, FigureUnit, Indicator, IndicatorNames, IndicatorSource


def _share(identifier: str, names: IndicatorNames, definition: str, *, numerator: str) -> Indicator:
    return Indicator(
        id=identifier, names=names, definition=definition, numerator=numerator, denominator="analysed recordings", figure=FigureKind.MEAN,
        unit=FigureUnit.SHARE, better=BetterIs.LOWER, source=IndicatorSource.CONTACTS, reference="own measure", needs="analysed recordings",
    )


INDICATORS: tuple[Indicator, ...] = (
    _share(
        "silence_share", IndicatorNames(en="Silence", fa="سهم سکوت", ar="نسبة الصمت"), "Mean share of a call in which nobody speaks.",
        numerator="shares of silence (signal silence.share), summed up over recordings",
    ),
    _share(
        "overtalk_share", IndicatorNames(en="Overtalk", fa="سهم صحبت هم‌زمان", ar="نسبة التحدث في الوقت نفسه"),
        "Mean share of a call in which both parties speak at once.",
        numerator="overtalk.seconds / length, summed up over recordings",
    ),
)
