"""The table of contact-centre figures. A new one is an entry in one of these files and its sums in :mod:`qa_service.store.indicators`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qa_service.domain.indicator import FigureKind, Indicator
from qa_service.domain.indicators import experience, handling, loyalty, queue, resolution, response, speech

#: Every indicator by id, in the order of reports.
INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        one.id: one
        for one in (
            *queue.INDICATORS, *handling.INDICATORS, *resolution.INDICATORS, *experience.INDICATORS, *loyalty.INDICATORS,
            *response.INDICATORS, *speech.INDICATORS,
        )
    }
)


def as_markdown() -> str:
    """The table of definitions, for the documentation."""
    lines = ["| figure | what | numerator | of (n) | unit, interval | good | needs |", "|---|---|---|---|---|---|---|"]
    for one in INDICATORS.values():
        cells = (
            f"`{one.id}`<br>{one.names.en}<br>{one.names.fa}<br>{one.names.ar}", f"{one.definition} {one.reference}.", one.numerator,
            one.denominator, f"{one.unit.value}, {_INTERVALS[one.figure]}", one.better.value, one.needs,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


_INTERVALS = {
    FigureKind.SHARE: "Wilson", FigureKind.MEAN: "Student", FigureKind.MEDIAN: "by order, from 6 on", FigureKind.NET: "Student",
}
