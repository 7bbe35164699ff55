"""A calibration report: how alike reviewers judge, where they part, and who is lenient or severe."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from qa_service.domain.calibration import Calibration
from qa_service.domain.calibration_results import CalibrationResults
from qa_service.domain.coefficient import CriterionAgreement, PairAgreement
from qa_service.domain.report import Amount, Cell, Drawing, Facts, Report, ReportKind, ReportPeriod, Row, Section, Shape, Table, Unit, When
from qa_service.domain.rubric import Rubric
from qa_service.domain.severity import Leaning, SeverityReport
from qa_service.services.reporting import parts

#: Agreement under this asks for talk (Krippendorff 2004 takes nothing below .667 for tentative conclusions).
_TALK = 0.667


class CalibrationTold(NamedTuple):
    """What is known of a revealed session."""

    session: Calibration
    rubric: Rubric
    results: CalibrationResults


def calibration_report(told: CalibrationTold, *, zone: str, at: datetime) -> Report:
    """The session with its figures."""
    session, results = told.session, told.results
    questions = {one.id: parts.named(one.question, one.id) for one in told.rubric.criteria}
    sections = (
        parts.section("summary", _summary(session, results)),
        parts.section("agreement", _agreement(results.criteria, questions), parts.notes("agreement_notes", [parts.term("note.alpha")])),
        severity_section(results.severity),
        parts.section("pairs", _pairs("pairs", results.pairs)),
        *_expert(results),
        parts.section("gaps", _gaps(results)),
    )
    return Report(
        kind=ReportKind.CALIBRATION, subject=parts.said(session.title), about=(
            parts.fact("rubric", parts.said(f"{session.rubric.id} {session.rubric.version}")),
            parts.fact("channel", parts.word("channel", session.channel)), parts.fact("state", parts.word("state", session.state)),
        ),
        period=ReportPeriod(since=session.created_at, until=session.revealed_at), zone=zone, made_at=at, sections=sections,
    )  # fmt: skip


def _summary(session: Calibration, results: CalibrationResults) -> Facts:
    handed_in = sum(results.handed_in.values())
    revealed = () if session.revealed_at is None else (parts.fact("revealed_at", When(at=session.revealed_at)),)
    return Facts(id="summary", items=(
        parts.fact("interactions", parts.count(len(session.interactions))), parts.fact("reviewers", parts.count(len(session.participants))),
        parts.fact("handed_in", parts.count(handed_in)), parts.fact("gap", parts.mean(results.gap, Unit.SCORE)),
        parts.fact("agreed", parts.count(len(session.agreed))), *revealed,
    ))  # fmt: skip


def _agreement(criteria: tuple[CriterionAgreement, ...], questions: dict[str, Cell]) -> Table:
    """The least agreed upon first; what cannot be told comes last."""
    ranked = sorted(criteria, key=lambda one: (one.alpha.value is None, one.alpha.value or 0.0))
    return Table(
        id="agreement", columns=parts.columns("criterion", "alpha", "agreement", "ac1", "answers"),
        rows=tuple(
            parts.row(
                one.criterion, criterion=questions.get(one.criterion, parts.said(one.criterion)), alpha=parts.coefficient(one.alpha),
                agreement=_share(one), ac1=parts.coefficient(one.ac1), answers=parts.count(one.answers),
                marked=one.alpha.value is not None and one.alpha.value < _TALK,
            )
            for one in ranked
        ),
        drawing=Drawing(shape=Shape.DOTS, of="alpha", low=-0.5, high=1.0, target=_TALK), empty=parts.term("empty.answers"),
    )


def _share(one: CriterionAgreement | PairAgreement) -> Cell | None:
    told = parts.coefficient(one.agreement)
    return told.model_copy(update={"unit": Unit.SHARE}) if isinstance(told, Amount) else told


def severity_section(report: SeverityReport) -> Section:
    """Who is lenient, who severe."""
    rows = tuple(
        parts.row(
            one.reviewer, reviewer=parts.said(one.reviewer), effect=parts.difference(one.effect, one.low, one.high, unit=Unit.POINTS),
            leaning=parts.word("leaning", one.leaning), scores=parts.count(one.scores), marked=one.leaning is not Leaning.CANNOT_TELL,
        )
        for one in report.effects
    )
    most = max((abs(bound) for one in report.effects for bound in (one.low, one.high)), default=1.0)
    table = Table(
        id="severity", columns=parts.columns("reviewer", "effect", "leaning", "scores"), rows=rows,
        drawing=Drawing(shape=Shape.DOTS, of="effect", low=-_round(most), high=_round(most)),
        empty=None if report.too_little is None else parts.word("too_little", report.too_little),
    )
    return parts.section("severity", table, parts.notes("severity_notes", [parts.term("note.severity")]))


def _round(most: float) -> float:
    """The next of 5, 10, 20, 50, 100."""
    return next((step for step in (5.0, 10.0, 20.0, 50.0) if most <= step), 100.0)


def _pairs(id_: str, pairs: tuple[PairAgreement, ...]) -> Table:
    return Table(
        id=id_, columns=parts.columns("first", "second", "agreement", "kappa"),
        rows=tuple(_pair(one) for one in pairs), empty=parts.term("empty.answers"),
    )


def _pair(one: PairAgreement) -> Row:
    return parts.row(
        f"{one.first} {one.second}", first={"first": parts.said(one.first)}, second=parts.said(one.second), agreement=_share(one),
        kappa=parts.coefficient(one.kappa),
    )


def _expert(results: CalibrationResults) -> tuple[Section, ...]:
    if not results.expert:
        return ()
    rows = tuple(
        parts.row(
            one.reviewer, reviewer=parts.said(one.reviewer), agreement=_share(one.overall), kappa=parts.coefficient(one.overall.kappa),
            difference=parts.mean(one.score_difference, Unit.POINTS),
        )
        for one in results.expert
    )
    return (parts.section("expert", Table(id="expert", columns=parts.columns("reviewer", "agreement", "kappa", "difference"), rows=rows)),)


def _gaps(results: CalibrationResults) -> Table:
    def score(value: float | None) -> Amount:
        return Amount(value=value, unit=Unit.SCORE)

    return parts.filled(Table(
        id="gaps", columns=parts.columns("interaction", "gap", "lowest", "highest", "expert_score"),
        rows=tuple(
            parts.row(
                one.interaction, interaction=parts.said(one.interaction), gap=score(one.gap),
                lowest=score(min(one.scores.values(), default=None)), highest=score(max(one.scores.values(), default=None)),
                expert_score=None if one.expert is None else score(one.expert),
            )
            for one in results.gaps
        ),
        drawing=Drawing(shape=Shape.BARS, of="gap", high=None), empty=parts.term("empty.answers"),
    ))  # fmt: skip
