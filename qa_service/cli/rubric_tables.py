"""What ``qa-service rubric`` prints: figures as sheets, each for the terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa_service.cli.output import out
from qa_service.domain.agreement import Agreement, Kappa
from qa_service.domain.estimation import Mean, Share
from qa_service.domain.reliability import Reliability
from qa_service.domain.rescoring import Rescoring
from qa_service.services.rubric_mutate import MutationReport
from qa_service.services.rubric_test import Measured, Measurement, RubricReport

#: Columns of a page that is no terminal.
_WIDE = 140
#: Aims of the project for every language: least agreement on decided answers, least kappa, most undecided, most calibration error.
AGREEMENT, KAPPA, ABSTENTION, CALIBRATION = 0.95, 0.85, 0.10, 0.05
_FIGURES = ("n", "agreement (95 %)", "precision of misses", "recall of misses", "kappa", "undecided")


class Sheet(NamedTuple):
    """A table with a title; groups of rows are set apart."""

    title: str
    columns: Sequence[str]
    groups: Sequence[Sequence[Sequence[str]]]
    #: Columns of words; those of figures follow.
    words: int = 1


def show(sheets: Iterable[Sheet], *, markdown: bool = False) -> None:
    """Print them."""
    console = _page()
    for sheet in sheets:
        if markdown:
            console.print(as_markdown(sheet), markup=False, highlight=False, soft_wrap=True)
        else:
            console.print(Text(sheet.title, style="bold"), soft_wrap=True)
            console.print(as_table(sheet))


def as_table(sheet: Sheet) -> Table:
    """For the terminal, without its title."""
    table = Table(header_style="bold")
    for index, name in enumerate(sheet.columns):
        table.add_column(name, justify="right" if index >= sheet.words else "left", overflow="fold")
    for group in sheet.groups:
        for row in group:
            table.add_row(*row)
        table.add_section()
    return table


def as_markdown(sheet: Sheet) -> str:
    """As a Markdown table below its title."""
    lines = [f"**{sheet.title}**", "", _row(sheet.columns), _row(["---", *["---:"] * (len(sheet.columns) - 1)])]
    return "\n".join([*lines, *(_row(row) for group in sheet.groups for row in group), ""])


def measurement_sheets(found: Measurement, *, by_language: bool = False) -> Iterator[Sheet]:
    """Every rubric, what people reach, all rubrics together and how far confidence can be trusted."""
    for report in found.reports:
        yield _report(report)
        if by_language:
            for language in report.languages:
                yield _sheet(f"{_name(report)}, {language.name}: {language.scorecards} gold scorecards", language)
        if report.ceiling is not None:
            title = f"{_name(report)}: a second, blind pass over {report.ceiling.scorecards} gold scorecards"
            yield Sheet(title, ("criterion", *_FIGURES), [_cells(report.ceiling.criteria), _cells([report.ceiling.total])])
    for overall in found.overall:
        title = f"all rubrics, {overall.split.value} split: {overall.scorecards} gold scorecards"
        everyone = [overall, *overall.languages]
        rows = [[one.name, *_figures(one.total), _calibration(one.reliability)] for one in everyone]
        yield Sheet(title, ("language", *_FIGURES, "calibration error"), [rows[:1], rows[1:], _cells(overall.families, extra=1)])
        yield _reliability(f"confidence of decided answers, {overall.split.value} split", overall.reliability)


def mutation_sheets(report: MutationReport) -> Iterator[Sheet]:
    """How many weakened detections the gold notices, and those that it does not."""
    title = f"{report.rubric} version {report.version}: weakened detections that {report.scorecards} gold scorecards notice"
    rows = [
        [one.criterion, str(one.answers), str(one.right), str(one.mutants), interval(one.noticed.value, one.noticed.low, one.noticed.high)]
        for one in report.criteria
    ]
    total = ["all criteria", "", "", str(report.total.n), interval(report.total.value, report.total.low, report.total.high)]
    yield Sheet(title, ("criterion", "answers", "of them right", "mutants", "noticed (95 %)"), [rows, [total]])
    survivors = [[one.criterion, ".".join(str(part) for part in one.path[4:]), one.what, str(one.better or "")] for one in report.survivors]
    yield Sheet(f"{report.rubric}: not noticed", ("criterion", "place", "mutant", "better answers"), [survivors], words=3)


def rescoring_sheets(found: Rescoring) -> Iterator[Sheet]:
    """What a new version would do: in all, by agent, by criterion."""
    flips = f"{found.to_pass} would pass, {found.to_fail} would fail"
    title = f"{found.interactions} interactions by both versions: {found.changed} change, {flips}"
    everyone = [["all", str(found.interactions), _points(found.change)]]
    agents = [[one.agent or "?", str(one.interactions), _points(one.change)] for one in found.agents]
    yield Sheet(title, ("agent", "interactions", "mean change of the score (95 %)"), [everyone, agents])
    if found.criteria:
        yield Sheet("criteria that move", ("criterion", "interactions"), [[[name, str(count)] for name, count in found.criteria.items()]])


def score(percent: int | None, passed: bool | None) -> str:
    """A total with what it amounts to."""
    return "no score" if percent is None else f"{percent / 1000:.1f} {'passed' if passed else 'failed'}"


def short_of_aims(found: Measurement) -> Iterator[str]:
    """Where all rubrics together, or their answers in one language, miss an aim of the project."""
    for overall in found.overall:
        for one in (overall, *overall.languages):
            place, total, error = f"{overall.split.value}, {one.name}", one.total, one.reliability.error
            if total.agreement.value is not None and total.agreement.value < AGREEMENT:
                yield f"{place}: agreement {total.agreement.value:.3f} is under {AGREEMENT}"
            if total.kappa is not None and total.kappa < KAPPA:
                yield f"{place}: kappa {total.kappa:.3f} is under {KAPPA}"
            if total.abstention > ABSTENTION:
                yield f"{place}: {total.abstention:.3f} undecided is over {ABSTENTION}"
            if error is not None and error > CALIBRATION:
                yield f"{place}: calibration error {error:.3f} is over {CALIBRATION}"


def interval(value: float | None, low: float, high: float) -> str:
    """An estimate with its bounds."""
    return "–" if value is None else f"{value:.2f} ({low:.2f}–{high:.2f})"


def _share(found: Share) -> str:
    return interval(found.value, found.low, found.high)


def _points(found: Mean) -> str:
    if found.value is None:
        return "–"
    return f"{found.value:+.1f}" + ("" if found.low is None else f" ({found.low:+.1f} to {found.high:+.1f})")


def _page() -> Console:
    console = out()
    if not console.is_terminal:
        console.width = max(console.width, _WIDE)
    return console


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _name(report: RubricReport) -> str:
    return f"{report.rubric} version {report.version}, {report.split.value} split"


def _report(report: RubricReport) -> Sheet:
    title = f"{report.rubric} version {report.version} against {report.scorecards} gold scorecards, {report.split.value} split"
    return _sheet(title, report)


def _sheet(title: str, one: Measured) -> Sheet:
    languages = [Agreement(**{**dict(each.total), "name": each.name}) for each in getattr(one, "languages", ())]
    return Sheet(title, ("criterion", *_FIGURES), [_cells(one.criteria), _cells(one.families), _cells([one.total, *languages])])


def _cells(agreements: Iterable[Agreement], *, extra: int = 0) -> list[list[str]]:
    return [[one.name, *_figures(one), *[""] * extra] for one in agreements]


def _figures(one: Agreement) -> tuple[str, ...]:
    shares: tuple[Share | Kappa, ...] = (one.agreement, one.precision_interval, one.recall_interval, one.kappa_interval)
    return (str(one.n), *(interval(share.value, share.low, share.high) for share in shares), f"{one.abstention:.2f}")


def _calibration(found: Reliability) -> str:
    return "–" if found.error is None else f"{found.error:.3f} (chance {found.by_chance:.3f})"


def _reliability(title: str, found: Reliability) -> Sheet:
    rows = [
        [f"{one.low:.2f}–{one.high:.2f}", str(one.right.n), f"{one.confidence:.2f}", _share(one.right)]
        for one in found.bins
    ]
    return Sheet(title, ("confidence", "answers", "mean confidence", "right (95 %)"), [rows])
