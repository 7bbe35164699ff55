"""Tables of accuracy: criteria by blind answers beside what people left as suggested, by language, and reviewers by their work."""

from __future__ import annotations

from collections.abc import Sequence

from qa_service.domain.report import Amount, Column, Drawing, Row, Shape, Table, Unit
from qa_service.domain.workload import ReviewerFigures
from qa_service.services.accuracy import CriterionAccuracy
from qa_service.services.reporting import parts
from qa_service.services.reporting.audit import estimate
from qa_service.web.outcome_tables import spoken
from qa_service.web.tables import Words


def criteria(found: Sequence[CriterionAccuracy], words: Words, *, accept_at: float) -> Table:
    """The least right first; what is not known last."""
    ranked = sorted(found, key=lambda one: (one.audited.accuracy.value is None, one.audited.accuracy.value or 0.0))
    several = len({one.engine.speech for one in found}) > 1
    rows = tuple(_criterion(one, words, several=several) for one in ranked)
    drawing = Drawing(shape=Shape.DOTS, of="accuracy", beside="untouched", target=accept_at)
    columns = _named("criterion", "heard", "accuracy", "untouched", "apart", "leaning", "abstained", "verdict")
    return parts.filled(Table(id="accuracy", columns=columns, rows=rows, drawing=drawing))


def _criterion(one: CriterionAccuracy, words: Words, *, several: bool) -> Row:
    """``several``: suggestions on what different recognisers heard are told apart."""
    verdict = parts.term("accuracy.may_be_final") if one.automatic else parts.word("acceptance", one.verdict)
    abstained = Amount(value=one.audited.abstained / one.audited.answers, unit=Unit.SHARE) if one.audited.answers else None
    return parts.row(
        f"{one.rubric} {one.criterion} {one.engine.speech or ''}".strip(), criterion=words.question(one.rubric, one.criterion),
        heard=parts.said(one.engine.speech) if several and one.engine.speech else None,
        accuracy=estimate(one.audited.accuracy) if one.audited.answers else None,
        untouched=estimate(one.anchoring.untouched) if one.anchoring.untouched.n else None, apart=apart(one),
        leaning=parts.term(f"anchoring.{leaning(one)}"), abstained=abstained, verdict=verdict,
    )


def apart(one: CriterionAccuracy) -> Amount | None:
    """How much more often people leave a suggestion standing than it is right."""
    if one.anchoring.difference is None:
        return None
    return parts.difference(one.anchoring.difference, one.anchoring.low, one.anchoring.high)


def leaning(one: CriterionAccuracy) -> str:
    """What the two figures say together."""
    told = one.anchoring
    if told.difference is None or told.low is None or told.high is None:
        return "no_blind" if one.audited.accuracy.value is None else "no_seen"
    return "leans" if told.low > 0 else "overrides" if told.high < 0 else "none"


def by_language(found: Sequence[CriterionAccuracy], words: Words) -> Table:
    """The same by language, where there is more than one."""
    rows = (
        parts.row(
            f"{one.rubric} {one.criterion} {part.language or ''}", criterion=words.question(one.rubric, one.criterion),
            language=spoken(part.language), accuracy=estimate(part.accuracy),
        )
        for one in found if len(one.audited.by_language) > 1 for part in one.audited.by_language
    )  # fmt: skip
    drawing = Drawing(shape=Shape.DOTS, of="accuracy")
    return Table(id="languages", columns=_named("criterion", "language", "accuracy"), rows=tuple(rows), drawing=drawing)


def workload(found: Sequence[ReviewerFigures]) -> Table:
    """Reviewers by name: no ranking."""
    rows = (
        parts.row(
            one.reviewer, reviewer=parts.said(one.name or one.reviewer), due=parts.count(one.due), overdue=parts.count(one.overdue),
            done=parts.count(one.done), blind=parts.count(one.done_blind), minutes=_minutes(one), skipped=parts.count(one.skipped),
            overridden=parts.share(one.overridden) if one.overridden.n else None,
        )
        for one in sorted(found, key=lambda one: (one.name or one.reviewer).casefold())
    )
    columns = _named("reviewer", "due", "overdue", "done", "blind", "minutes", "skipped", "overridden")
    return Table(id="workload", columns=columns, rows=tuple(rows), empty=parts.term("accuracy.no_work"))


def _minutes(one: ReviewerFigures) -> Amount | None:
    """The middle of them, between the quartiles."""
    told = one.minutes
    if told.median is None or told.lower is None or told.upper is None:
        return None
    return Amount(value=60 * told.median, low=60 * told.lower, high=60 * told.upper, n=told.n, unit=Unit.SECONDS)


def _named(*ids: str) -> tuple[Column, ...]:
    return tuple(Column(id=one, label=parts.word("accuracy_column", one)) for one in ids)
