"""An audit report: whether the ledger is whole, who did what, how right the machine is, what became of disputes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from qa_service.domain.accuracy import Acceptance, Estimate
from qa_service.domain.dispute_outcomes import DisputeFigures, OutcomeCounts
from qa_service.domain.report import (
    Amount,
    Block,
    Cell,
    Drawing,
    Facts,
    Report,
    ReportKind,
    ReportPeriod,
    Row,
    Section,
    Shape,
    Table,
    Unit,
)
from qa_service.domain.severity import SeverityReport
from qa_service.services.accuracy import AccuracyReport, CriterionAccuracy
from qa_service.services.audit import Verification
from qa_service.services.reporting import parts
from qa_service.services.reporting.calibration import severity_section
from qa_service.store.ledger import ActCount

#: Acts that take something away, or let it out of the house, or get round a person: told apart from the others.
WATCHED = (
    "interaction.erased", "interaction.erasure_refused", "interaction.original_read", "interaction.original_deleted", "ledger.exported",
    "report.made", "scorecard.finalized_automatically", "scorecard.reopened", "user.created", "user.changed", "key.issued",
    "password.reset", "policy.changed", "session.refused", "database.backed_up", "database.restored",
)  # fmt: skip
#: Actors that are named; the others are counted together.
_MOST_ACTORS = 40


class AuditTold(NamedTuple):
    """What is known of a period."""

    ledger: Verification
    acts: Sequence[ActCount]
    accuracy: AccuracyReport
    disputes: DisputeFigures
    severity: SeverityReport
    #: Questions by rubric and criterion.
    questions: Mapping[tuple[str, str], Mapping[str, str]]


def audit_report(told: AuditTold, *, period: ReportPeriod, zone: str, at: datetime) -> Report:
    """The period, and the machine as it is now."""
    sections = (
        parts.section("ledger", *_ledger(told)), parts.section("watched", _watched(told.acts)), parts.section("acts", _acts(told.acts)),
        parts.section("actors", _actors(told.acts)), _accuracy(told), *_disputes(told), severity_section(told.severity),
    )  # fmt: skip
    return Report(kind=ReportKind.AUDIT, subject=None, period=period, zone=zone, made_at=at, sections=sections)


def _ledger(told: AuditTold) -> tuple[Block | None, ...]:
    chain = told.ledger
    facts = [
        parts.fact("chain", parts.term("chain.whole" if chain.valid else "chain.broken"), reached=None if chain.valid else False),
        parts.fact("entries", parts.count(chain.entries)), parts.fact("acts", parts.count(sum(one.times for one in told.acts))),
    ]
    if chain.emptied is not None:
        facts.append(parts.fact("emptied", parts.count(chain.emptied)))
    notes = []
    if chain.head is not None:
        notes.append(parts.term("note.head", head=parts.said(chain.head)))
    if chain.first_bad is not None:
        notes.append(parts.term("note.first_bad", entry=parts.count(chain.first_bad)))
    return Facts(id="ledger", items=tuple(facts)), parts.notes("ledger_notes", notes)


def _watched(acts: Sequence[ActCount]) -> Table:
    rows = [one for one in acts if one.action in WATCHED]
    return Table(
        id="watched", columns=parts.columns("act", "actor", "times"), empty=parts.term("empty.watched"),
        rows=tuple(
            parts.row(f"{one.action} {one.actor}", act=_act(one.action), actor=parts.said(one.actor), times=parts.count(one.times))
            for one in sorted(rows, key=lambda one: (WATCHED.index(one.action), -one.times, one.actor))
        ),
    )  # fmt: skip


def _act(action: str) -> Cell:
    """Watched ones in words; the others by the name that they have in the ledger."""
    return parts.word("act", action.replace(".", "_")) if action in WATCHED else parts.said(action)


def _acts(acts: Sequence[ActCount]) -> Table:
    """By what they were done to, then by name."""
    totals, actors = Counter[str](), Counter[str]()
    for one in acts:
        totals[one.action] += one.times
        actors[one.action] += 1
    rows = (
        parts.row(action, act=parts.said(action), times=parts.count(times), actors=parts.count(actors[action]))
        for action, times in sorted(totals.items())
    )
    return Table(id="acts", columns=parts.columns("act", "times", "actors"), rows=tuple(rows), empty=parts.term("empty.acts"))


def _actors(acts: Sequence[ActCount]) -> Table:
    totals = Counter[str]()
    for one in acts:
        totals[one.actor] += one.times
    ranked = totals.most_common()
    rows = [parts.row(actor, actor=parts.said(actor), times=parts.count(times)) for actor, times in ranked[:_MOST_ACTORS]]
    rest = ranked[_MOST_ACTORS:]
    if rest:
        others = parts.term("actor.others", n=parts.count(len(rest)))
        rows.append(parts.row("others", actor=others, times=parts.count(sum(times for _, times in rest))))
    return Table(
        id="actors", columns=parts.columns("actor", "times"), rows=tuple(rows), empty=parts.term("empty.acts"),
        drawing=Drawing(shape=Shape.BARS, of="times", high=None),
    )


def _accuracy(told: AuditTold) -> Section:
    table = Table(
        id="accuracy", columns=parts.columns("criterion", "rubric", "accuracy", "untouched", "verdict"), empty=parts.term("empty.criteria"),
        rows=tuple(_machine(one, told) for one in told.accuracy.items),
        drawing=Drawing(shape=Shape.DOTS, of="accuracy", beside="untouched", target=told.accuracy.accept_at),
    )
    blind = any(one.audited.answers for one in told.accuracy.items)
    notes = [parts.term("note.accuracy"), parts.term("note.untouched")] if blind else [parts.term("note.no_blind")]
    return parts.section("accuracy", table, parts.notes("accuracy_notes", notes))


def _machine(one: CriterionAccuracy, told: AuditTold) -> Row:
    untouched = estimate(one.anchoring.untouched) if one.anchoring.untouched.n else None
    return parts.row(
        f"{one.rubric} {one.criterion}", criterion=parts.named(told.questions.get((one.rubric, one.criterion)), one.criterion),
        rubric=parts.said(one.rubric), accuracy=estimate(one.audited.accuracy), untouched=untouched,
        verdict=parts.word("acceptance", one.verdict), marked=one.verdict is Acceptance.NEEDS_A_PERSON,
    )


def estimate(one: Estimate) -> Amount:
    """A weighted share."""
    if one.value is None:
        return Amount(value=None, n=one.n, unit=Unit.SHARE)
    return Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=Unit.SHARE)


def _disputes(told: AuditTold) -> tuple[Section, ...]:
    found = told.disputes
    hours = found.times.median_hours
    facts = Facts(id="disputes", items=(
        parts.fact("disputes", parts.count(found.disputes)), parts.fact("waiting", parts.count(found.times.waiting)),
        parts.fact("overdue", parts.count(found.times.overdue), reached=False if found.times.overdue else None),
        parts.fact("decision_time", Amount(value=None if hours is None else hours * 3600, n=found.times.decided, unit=Unit.SECONDS)),
    ))  # fmt: skip
    reviewers = Table(
        id="disputes_reviewers", columns=parts.columns("reviewer", "finals", "disputed", "overturned"), empty=parts.term("empty.disputes"),
        rows=tuple(
            parts.row(one.reviewer or "-", {"reviewer": _reviewer(one.reviewer), **_outcome(one)})
            for one in found.reviewers if one.disputed.n
        ),
        drawing=Drawing(shape=Shape.DOTS, of="disputed"),
    )
    return (parts.section("disputes", facts, reviewers),)


def _reviewer(reviewer: str | None) -> Cell:
    return parts.said(reviewer) if reviewer else parts.term("actor.service")


def _outcome(one: OutcomeCounts) -> dict[str, Cell]:
    return {"finals": parts.count(one.finals), "disputed": parts.share(one.disputed), "overturned": parts.share(one.overturned_share)}
