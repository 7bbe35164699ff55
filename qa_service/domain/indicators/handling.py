"""Figures of handling: how long contacts take, hold, and how many are passed on."""

from __future__ import annotations

from qa_service.domain.indicator import BetterIs, FigureKind, FigureUnit, Indicator, IndicatorNames, IndicatorSource


def _time(
    identifier: str, names: IndicatorNames, definition: str, *, numerator: str, denominator: str, needs: str, reference: str
) -> Indicator:
    return Indicator(
        id=identifier, names=names, definition=definition, numerator=numerator, denominator=denominator, figure=FigureKind.MEAN,
        unit=FigureUnit.SECONDS, better=BetterIs.LOWER, source=IndicatorSource.CONTACTS, reference=reference, needs=needs,
    )


INDICATORS: tuple[Indicator, ...] = (
    _time(
        "aht", IndicatorNames(en="Average handle time", fa="میانگین زمان رسیدگی", ar="متوسط وقت المعالجة"),
        "Talk, hold and work after the contact, together.",
        numerator="seconds of talk + hold + work after the contact, of answered contacts",
        denominator="answered contacts of which all three (or their sum) are known",
        needs="call details with talk, hold and wrap-up times, or handle times", reference="COPC and ICMI: talk + hold + wrap-up",
    ),
    _time(
        "talk_time", IndicatorNames(en="Average talk time", fa="میانگین زمان مکالمه", ar="متوسط وقت المحادثة"),
        "Talk without hold and without the work after it.",
        numerator="seconds of talk of answered contacts", denominator="answered contacts whose talk time is known",
        needs="call details with talk times", reference="ICMI: average talk time",
    ),
    _time(
        "hold_time", IndicatorNames(en="Average hold time", fa="میانگین زمان انتظار پشت خط", ar="متوسط وقت الانتظار أثناء المكالمة"),
        "Time on hold, contacts without any included.",
        numerator="seconds on hold of answered contacts: as call details tell, else as heard in the recording (signal hold.seconds)",
        denominator="answered contacts whose hold time is known",
        needs="call details with hold times, or analysed recordings", reference="ICMI: average hold time",
    ),
    _time(
        "wrap_time", IndicatorNames(en="Average wrap-up time", fa="میانگین زمان کار پس از تماس", ar="متوسط وقت العمل بعد المكالمة"),
        "Work after the contact.",
        numerator="seconds of work after answered contacts", denominator="answered contacts whose wrap-up time is known",
        needs="call details with wrap-up times", reference="ICMI: after-call work",
    ),
    _time(
        "recording_length", IndicatorNames(en="Average recording length", fa="میانگین طول مکالمهٔ ضبط‌شده", ar="متوسط طول التسجيل"),
        "Length of analysed recordings: talk and hold, without the work after them; no substitute for the handle time.",
        numerator="seconds of analysed recordings", denominator="analysed recordings", needs="analysed recordings",
        reference="own measure",
    ),
    Indicator(
        id="transfer_rate", names=IndicatorNames(en="Transfer rate", fa="نرخ انتقال تماس", ar="معدل تحويل المكالمات"),
        definition="Share of answered contacts that are passed on to another agent or queue.",
        numerator="answered contacts that were transferred", denominator="answered contacts of which it is known",
        figure=FigureKind.SHARE, unit=FigureUnit.SHARE, better=BetterIs.LOWER, source=IndicatorSource.CALL_DETAILS,
        reference="ICMI: transferred contacts / contacts handled", needs="call details that tell transfers",
    ),
)
