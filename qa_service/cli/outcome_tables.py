"""Tables of what customers say and do afterwards, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from qa_service.domain.churn import Churn
from qa_service.domain.csat_model import CsatModel
from qa_service.domain.effort import Effort
from qa_service.domain.estimation import Share
from qa_service.domain.satisfaction import Satisfaction, ShareEstimate
from qa_service.domain.validity import Association, ValidityTable
from qa_service.services.satisfaction import CsatReport


def error_table(model: CsatModel) -> Table:
    """How far predictions are off, on answers that were not learned from."""
    table = Table(title=f"learned from {model.answers} answers", title_justify="left", header_style="bold")
    for name in ("group", "answers", "satisfied", "AUC", "Brier", "Brier, base rate", "calibration slope", "off by"):
        table.add_column(name, justify="left" if name == "group" else "right")
    for one in model.errors:
        auc = "-" if one.auc is None else f"{one.auc:.3f} ({one.auc_low:.2f} to {one.auc_high:.2f})"
        slope = "-" if one.calibration_slope is None else f"{one.calibration_slope:.2f}"
        told = (f"{one.base:.0%}", auc, f"{one.brier:.4f}", f"{one.brier_base:.4f}", slope, f"{one.calibration_error:.1%}")
        table.add_row(one.group, str(one.n), *told)
    for group, n in model.too_few.items():
        table.add_row(group, str(n), *["too few"] * 6)
    return table


def csat_table(report: CsatReport) -> Table:
    """Shares of satisfied contacts."""
    by = "answers alone: no model is in use" if report.model is None else f"predicted by version {report.model}"
    lack = "" if report.lack is None else f"; to learn: {report.lack.more} more answers, {report.lack.more_of_rarer} more of the rarer kind"
    table = Table(title=f"satisfied contacts ({by}{lack})", title_justify="left", header_style="bold")
    for name in ("group", "contacts", "answered", "of answers", "of all, if alike", "of all, weighted", "mind"):
        table.add_column(name, justify="left" if name in ("group", "mind") else "right")
    table.add_row("all", *_satisfaction(report.total))
    for one in report.groups:
        table.add_row(one.group or "(nobody told)", *_satisfaction(one.satisfaction))
    return table


def _satisfaction(one: Satisfaction) -> tuple[str, ...]:
    mind = ", ".join(caveat.value.replace("_", " ") for caveat in one.caveats)
    return (str(one.contacts), str(one.answered), share(one.answers), _estimate(one.alike), _estimate(one.weighted), mind)


def validity_table(table: ValidityTable) -> Table:
    """Items by what they predict."""
    adjusted = ", ".join(table.adjusted_for) or "nothing"
    shown = Table(title=f"{table.cases} contacts, alike in: {adjusted}", title_justify="left", header_style="bold")
    for name in ("rubric", "criterion", "met", "verdict", "outcome", "n", "r", "difference", "q", "largest possible r"):
        shown.add_column(name)
    for one in table.criteria:
        verdict = one.verdict.value.replace("_", " ") + (f" (same as {', '.join(one.same_as)})" if one.same_as else "")
        rows = [_association(found) for found in one.associations] or [("",) * 6]
        for place, row in enumerate(rows):
            head = (one.rubric, one.criterion, share(one.met), verdict) if place == 0 else ("",) * 4
            shown.add_row(*head, *row)
    return shown


def _association(one: Association) -> tuple[str, ...]:
    if one.correlation is None:
        return (one.outcome.value, str(one.n), "-", "-", "-", "-")
    r = f"{one.correlation:+.2f} ({one.low:+.2f} to {one.high:+.2f})"
    more = "" if one.more is None else f", about {one.more} more to tell"
    return (one.outcome.value, str(one.n), r, f"{one.difference:+.2f}", f"{one.q:.3f}", f"{one.largest:.2f}{more}")


def churn_table(found: Churn) -> Iterator[Table]:
    """Facts, then signs."""
    facts = Table(title="churn, as imported rows tell", title_justify="left", header_style="bold")
    for name in ("loyalty, months", "value", "customers", "left", "not known", "rate"):
        facts.add_column(name)
    for one in (found.total, *found.segments):
        rate = one.why or "" if one.rate is None else share(one.rate)
        facts.add_row(one.loyalty.name, one.value.name, str(one.customers), str(one.left), str(one.unknown), rate)
    yield facts
    signs = Table(title="signs in contacts, no fact that anybody left", title_justify="left", header_style="bold")
    for name in ("sign", "customers", "share", "left with it", "left without", "tells"):
        signs.add_column(name)
    for sign in found.risk.signs:
        signs.add_row(
            sign.sign.value, str(sign.customers), share(sign.share), "-" if sign.left_with is None else share(sign.left_with),
            "-" if sign.left_without is None else share(sign.left_without), sign.tells.replace("_", " "),
        )
    yield signs


def effort_table(found: Effort) -> Table:
    """By surveys, then by signs."""
    table = Table("what", "n", "value", header_style="bold")
    score = found.score
    bounds = "" if score.low is None else f" ({score.low:.2f} to {score.high:.2f})"
    told = "no answers" if score.value is None else f"{score.value:.2f}{bounds}"
    table.add_row("ease by surveys, 0 hardest to 1 easiest", str(score.n), told)
    table.add_row("share that found it easy", str(found.easy.n), share(found.easy))
    table.add_section()
    for one in found.signs:
        table.add_row(one.definition, str(one.share.n), share(one.share))
    return table


def share(one: Share) -> str:
    """With its interval."""
    return "-" if one.value is None else f"{one.value:.0%} ({one.low:.0%} to {one.high:.0%})"


def _estimate(one: ShareEstimate) -> str:
    return "cannot tell" if one.value is None else f"{one.value:.0%} ({one.low:.0%} to {one.high:.0%})"
