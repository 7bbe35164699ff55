"""Tables of outcomes: satisfaction and its predictions, criteria beside what came of contacts, customers who leave, signs of effort."""

from __future__ import annotations

from typing import Any

from qa_service.domain.churn import Churn, ChurnSegment, NumberBand
from qa_service.domain.csat_model import CsatModel
from qa_service.domain.effort import Effort
from qa_service.domain.interaction import Channel
from qa_service.domain.report import Amount, Cell, Column, Drawing, Row, Shape, Table, Unit
from qa_service.domain.satisfaction import Satisfaction, ShareEstimate
from qa_service.domain.validity import Association, ContactEnd, CriterionValidity, ItemVerdict, ValidityTable
from qa_service.services.reporting import parts
from qa_service.services.satisfaction import CsatReport
from qa_service.web.tables import Words

#: Further contacts that nobody would wait for.
_TOO_MANY = 100_000
_LANGUAGES = ("en", "fa", "ar")


def told(one: Satisfaction) -> dict[str, Any]:
    """The three figures of the same contacts."""
    return {
        "answers": parts.share(one.answers), "alike": estimate(one.alike), "weighted": estimate(one.weighted),
        "answered": Amount(value=one.answered / one.contacts, unit=Unit.SHARE) if one.contacts else None,
    }


def estimate(one: ShareEstimate) -> Amount:
    """A share of all contacts."""
    if one.value is None:
        return Amount(value=None, unit=Unit.SHARE)
    return Amount(value=one.value, low=one.low, high=one.high, unit=Unit.SHARE)


def groups(report: CsatReport, by: str) -> Table:
    """Who answers, and how satisfied all are."""
    rows = (
        parts.row(
            one.group or "-", {by: _group(by, one.group)}, contacts=parts.count(one.satisfaction.contacts),
            answered=told(one.satisfaction)["answered"], answers=parts.share(one.satisfaction.answers),
            alike=estimate(one.satisfaction.alike), weighted=estimate(one.satisfaction.weighted),
        )
        for one in report.groups if one.satisfaction.contacts
    )  # fmt: skip
    columns = (Column(id=by, label=parts.word("outcome_by", by)), *_named("contacts", "answered", "answers", "alike", "weighted"))
    return parts.filled(Table(
        id="groups", columns=columns, rows=tuple(rows), drawing=Drawing(shape=Shape.DOTS, of="weighted", beside="answers")
    ))  # fmt: skip


def errors(model: CsatModel) -> Table:
    """How far predictions are off, on answers that were not learned from."""
    rows = (
        parts.row(
            one.group, group=_of_group(one.group), answers_n=parts.count(one.n), base=Amount(value=one.base, unit=Unit.SHARE),
            auc=None if one.auc is None else Amount(value=one.auc, low=one.auc_low, high=one.auc_high, unit=Unit.NUMBER),
            brier=Amount(value=one.brier, unit=Unit.NUMBER), brier_base=Amount(value=one.brier_base, unit=Unit.NUMBER),
            off_by=Amount(value=one.calibration_error, unit=Unit.SHARE),
        )
        for one in model.errors
    )
    columns = _named("group", "answers_n", "base", "auc", "brier", "brier_base", "off_by")
    drawing = Drawing(shape=Shape.DOTS, of="auc", low=0.4, high=1.0)
    return parts.filled(Table(id="errors", columns=columns, rows=tuple(rows), drawing=drawing))


def bands(model: CsatModel) -> Table:
    """Whether chances are what they say."""
    rows = (
        parts.row(
            str(place), predicted=Amount(value=one.predicted, unit=Unit.SHARE), observed=parts.share(one.observed),
        )
        for place, one in enumerate(model.bands)
    )
    drawing = Drawing(shape=Shape.DOTS, of="observed", beside="predicted")
    return Table(id="bands", columns=_named("predicted", "observed"), rows=tuple(rows), drawing=drawing)


def criteria(found: ValidityTable, words: Words) -> Table:
    """Every item against every outcome that is known of any contact; what goes the wrong way first."""
    known = [one for one in ContactEnd if found.known.get(one)]
    order = {one: place for place, one in enumerate((
        ItemVerdict.WRONG_WAY, ItemVerdict.PREDICTS, ItemVerdict.PREDICTS_NOTHING, ItemVerdict.TELLS_NOTHING, ItemVerdict.CANNOT_TELL
    ))}  # fmt: skip
    rows = [_validity(one, known, words) for one in sorted(found.criteria, key=lambda one: (order[one.verdict], one.rubric, one.criterion))]
    ends = (one.value for one in known)
    columns = (Column(id="criterion", label=parts.word("column", "criterion")), *_named("verdict", *ends, "met", "same"))
    drawing = None if not known else Drawing(shape=Shape.DOTS, of=known[0].value, low=-0.6, high=0.6)
    return parts.filled(Table(id="validity", columns=columns, rows=tuple(rows), drawing=drawing))


def _validity(one: CriterionValidity, known: list[ContactEnd], words: Words) -> Row:
    by_end = {found.outcome: found for found in one.associations}
    cells: dict[str, Cell] = {end.value: told for end in known if (told := _association(by_end.get(end))) is not None}
    more = min((found.more for found in one.associations if found.more is not None), default=None)
    verdict = parts.word("item_verdict", one.verdict)
    if one.verdict is ItemVerdict.CANNOT_TELL and more is not None and more <= _TOO_MANY:
        verdict = parts.term("outcomes.tell_with", n=parts.count(more))
    same = ", ".join(one.same_as)
    return parts.row(
        f"{one.rubric} {one.criterion}", cells, criterion=words.question(one.rubric, one.criterion), verdict=verdict,
        met=parts.share(one.met) if one.met.n else None, same=parts.said(same) if same else None,
    )


def _association(one: Association | None) -> Amount | None:
    if one is None or one.correlation is None:
        return None
    return Amount(value=one.correlation, low=one.low, high=one.high, n=one.n, unit=Unit.NUMBER)


def rate(one: ChurnSegment) -> Amount:
    """Share that left, where it can be told."""
    return Amount(value=None, unit=Unit.SHARE) if one.rate is None else parts.share(one.rate)


def segments(found: Churn) -> Table:
    """By loyalty and value."""
    rows = (
        parts.row(
            f"{one.loyalty.name} {one.value.name}", loyalty=_band(one.loyalty), value=_band(one.value),
            customers=parts.count(one.customers), left=parts.count(one.left), unknown=parts.count(one.unknown),
            rate=None if one.rate is None else rate(one),
            why=None if one.rate is not None else parts.term("outcomes.too_few_customers"),
        )
        for one in found.segments
    )
    drawing = Drawing(shape=Shape.DOTS, of="rate", high=None)
    columns = _named("loyalty", "value", "customers", "left", "unknown", "rate", "why")
    return parts.filled(Table(id="segments", columns=columns, rows=tuple(rows), drawing=drawing))


def churn_signs(found: Churn) -> Table:
    """Signs in contacts, and whether they go with leaving."""
    rows = (
        parts.row(
            one.sign.value, sign=parts.word("churn_sign", one.sign.value.replace(".", "_")), customers=parts.count(one.customers),
            share=parts.share(one.share), left_with=None if one.left_with is None else parts.share(one.left_with),
            left_without=None if one.left_without is None else parts.share(one.left_without), tells=parts.word("sign_tells", one.tells),
        )
        for one in found.risk.signs if found.risk.customers
    )  # fmt: skip
    drawing = Drawing(shape=Shape.DOTS, of="share", high=None)
    columns = _named("sign", "customers", "share", "left_with", "left_without", "tells")
    return parts.filled(Table(id="signs", columns=columns, rows=tuple(rows), drawing=drawing))


def ease(found: Effort) -> Amount:
    """Mean ease, 0 to 100."""
    one = found.score
    hundred = (None if value is None else 100 * value for value in (one.value, one.low, one.high))
    value, low, high = hundred
    return Amount(value=value, low=low, high=high, n=one.n, unit=Unit.SCORE)


def effort_signs(found: Effort) -> Table:
    """Shares of contacts with signs of effort."""
    rows = (
        parts.row(one.name, effort=parts.word("effort_sign", one.name.replace(".", "_")), share=parts.share(one.share))
        for one in found.signs if one.share.n
    )  # fmt: skip
    drawing = Drawing(shape=Shape.DOTS, of="share")
    return Table(id="effort", columns=_named("effort", "share"), rows=tuple(rows), drawing=drawing)


def _group(by: str, name: str | None) -> Cell:
    if name is None:
        return parts.term("figures.nobody_told")
    if by == "channel" and name in {one.value for one in Channel}:
        return parts.word("channel", name)
    return spoken(name) if by == "language" else parts.said(name)


def spoken(code: str | None) -> Cell:
    """A language by its name, where the catalogue has one."""
    if code is None:
        return parts.term("figures.nobody_told")
    return parts.word("spoken", code) if code in _LANGUAGES else parts.said(code)


def _of_group(told: str) -> Cell:
    """``all``, ``channel=chat``, ``language=fa``."""
    by, _, name = told.partition("=")
    return parts.term("outcomes.all") if not name else _group(by, name)


def _band(one: NumberBand) -> Cell:
    def written(value: float) -> Amount:
        return Amount(value=value, unit=Unit.COUNT)

    if one.low is None and one.high is None:
        return parts.word("band", one.name)
    if one.low is None and one.high is not None:
        return parts.term("band.under", high=written(one.high))
    if one.high is None and one.low is not None:
        return parts.term("band.from", low=written(one.low))
    assert one.low is not None
    assert one.high is not None
    return parts.term("band.between", low=written(one.low), high=written(one.high))


def _named(*ids: str) -> tuple[Column, ...]:
    return tuple(Column(id=one, label=parts.word("outcome_column", one)) for one in ids)
