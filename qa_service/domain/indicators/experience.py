"""Figures of experience: what customers answer when they are asked."""

from __future__ import annotations

from qa_service.domain.indicator import BetterIs, FigureKind, FigureUnit, Indicator, IndicatorNames, IndicatorSource

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        id="csat", names=IndicatorNames(en="Customer satisfaction (top box)", fa="رضایت مشتری", ar="رضا العملاء"),
        definition="Share of satisfied answers: three quarters of the way from the worst to the best answer or more (4 and 5 of 5).",
        numerator="satisfied answers", denominator="answers to the question of satisfaction, whatever their scale",
        figure=FigureKind.SHARE, unit=FigureUnit.SHARE, better=BetterIs.HIGHER, source=IndicatorSource.SURVEYS,
        reference="COPC: top two boxes of five; other scales by the same part of the way", needs="survey answers on satisfaction",
    ),
    Indicator(
        id="csat_mean", names=IndicatorNames(en="Customer satisfaction (mean)", fa="میانگین رضایت مشتری", ar="متوسط رضا العملاء"),
        definition="Mean answer, every scale stretched to 0 to 100.",
        numerator="100 * (answer - worst) / (best - worst), summed up", denominator="answers to the question of satisfaction",
        figure=FigureKind.MEAN, unit=FigureUnit.POINTS, better=BetterIs.HIGHER, source=IndicatorSource.SURVEYS,
        reference="ACSI: means on 0 to 100", needs="survey answers on satisfaction",
    ),
    Indicator(
        id="nps", names=IndicatorNames(en="Net promoter score", fa="شاخص خالص مروجان", ar="صافي نقاط الترويج"),
        definition="Share of promoters (9 and 10 of 10) less share of detractors (0 to 6), in points.",
        numerator="100 * (promoters - detractors)", denominator="answers, 0 to 10, to whether they would recommend",
        figure=FigureKind.NET, unit=FigureUnit.NET_POINTS, better=BetterIs.HIGHER, source=IndicatorSource.SURVEYS,
        reference="Reichheld 2003; interval of the mean of 1, 0 and -1 (Rocks 2016)", needs="survey answers on recommendation",
    ),
    Indicator(
        id="ces", names=IndicatorNames(en="Customer effort score", fa="امتیاز تلاش مشتری", ar="مقياس جهد العميل"),
        definition="Mean answer to how easy it was, on a scale of 7; 7 is the least effort.",
        numerator="1 + 6 * (answer - worst) / (best - worst), summed up", denominator="answers to how easy it was",
        figure=FigureKind.MEAN, unit=FigureUnit.OF_SEVEN, better=BetterIs.HIGHER, source=IndicatorSource.SURVEYS,
        reference="Dixon, Ponomareff, Turner and DeLisi 2017 (CES 2.0)", needs="survey answers on effort",
    ),
    Indicator(
        id="ces_easy", names=IndicatorNames(en="Found it easy", fa="سهم مشتریانی که کارشان آسان بود", ar="نسبة من وجدوا الأمر سهلاً"),
        definition="Share of answers two thirds of the way to 'very easy' or more (5 to 7 of 7).",
        numerator="answers that it was easy", denominator="answers to how easy it was",
        figure=FigureKind.SHARE, unit=FigureUnit.SHARE, better=BetterIs.HIGHER, source=IndicatorSource.SURVEYS,
        reference="Dixon, Ponomareff, Turner and DeLisi 2017 (CES 2.0): share of 5 to 7", needs="survey answers on effort",
    ),
)
