"""Standings: how criteria, skills, forms and months of an agent or a team are told, the same in every report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from qa_service.domain.agent import TARGET
from qa_service.domain.playlist import Clip
from qa_service.domain.powered import Figure
from qa_service.domain.profile import Course as MonthlyCourse
from qa_service.domain.profile import CriterionStanding, FamilyAccuracy, SkillStanding, TotalStanding, Versus
from qa_service.domain.report import (
    Amount,
    Cell,
    Change,
    Course,
    Courses,
    Drawing,
    Point,
    Quote,
    Quotes,
    Row,
    Shape,
    Table,
    Term,
    Unit,
)
from qa_service.domain.rubric import Rubric
from qa_service.domain.standing import Standing
from qa_service.services.reporting import parts

#: Questions by rubric and criterion, and titles by rubric, in the languages of their authors.
Questions = Mapping[tuple[str, str], Mapping[str, str]]
#: Quotes shown in all, and of one criterion.
_MOST_QUOTES, _MOST_OF_ONE = 12, 2


def questions_of(rubrics: Sequence[Rubric]) -> Questions:
    """What the criteria of these forms ask; of several versions the last given counts."""
    return {(rubric.rubric, one.id): one.question for rubric in rubrics for one in rubric.criteria}


def question(rubric: str, criterion: str, questions: Questions) -> Cell:
    """What a criterion asks, else its id."""
    return parts.named(questions.get((rubric, criterion)), criterion)


def standing_of(standing: Standing, more: int | None) -> Term:
    """What the figures carry; where they carry nothing, how many more reviews it takes, if that is known."""
    if standing is Standing.CANNOT_TELL and more is not None:
        return parts.term("standing.more", n=parts.count(more))
    return parts.word("standing", standing)


def effect(one: Versus | None) -> Amount | None:
    """How far the others are away."""
    if one is None or one.effect is None:
        return None
    return parts.difference(one.effect, one.low, one.high)


def criteria(id_: str, found: Sequence[CriterionStanding], questions: Questions, *, empty: Term) -> Table:
    """Criteria with their figures, beside those of the others."""
    rows = tuple(_criterion(one, questions) for one in found)
    drawing = Drawing(shape=Shape.DOTS, of="share", beside="others", target=TARGET)
    table = Table(
        id=id_, columns=parts.columns("criterion", "share", "others", "effect", "standing"), rows=rows, drawing=drawing, empty=empty
    )
    return parts.filled(table)


def _criterion(one: CriterionStanding, questions: Questions) -> Row:
    return parts.row(
        f"{one.rubric} {one.criterion}", criterion=question(one.rubric, one.criterion, questions),
        share=parts.share(one.share) if one.figure is None or one.figure.value is None else parts.figure(one.figure),
        others=parts.share(one.others) if one.others.n else None, effect=effect(one.peers), standing=standing_of(one.standing, one.more),
        marked=one.severity.critical and one.standing is Standing.WEAKNESS,
    )


def skills(found: Sequence[SkillStanding]) -> Table:
    """Skills with how far the others are away."""
    rows = (
        parts.row(
            one.skill, skill=parts.word("skill", one.skill), share=Amount(value=one.value, n=one.n, unit=Unit.SHARE),
            effect=effect(one.peers), standing=standing_of(one.peers.standing, one.peers.more),
        )
        for one in found
    )
    return parts.filled(Table(
        id="skills", columns=parts.columns("skill", "share", "effect", "standing"), rows=tuple(rows),
        drawing=Drawing(shape=Shape.DOTS, of="effect", low=-0.5, high=0.5),
    ))  # fmt: skip


def totals(found: Sequence[TotalStanding]) -> Table:
    """The score, form by form."""
    rows = (
        parts.row(
            one.rubric, rubric=parts.said(one.rubric), score=score(one.figure),
            others=None if one.peers.other is None else Amount(value=100 * one.peers.other, unit=Unit.SCORE),
            effect=effect(one.peers), standing=standing_of(one.peers.standing, one.peers.more),
        )
        for one in found
    )
    return parts.filled(Table(
        id="totals", columns=parts.columns("rubric", "score", "others", "effect", "standing"), rows=tuple(rows),
        drawing=Drawing(shape=Shape.DOTS, of="score", beside="others", high=100.0),
    ))  # fmt: skip


def score(one: Figure) -> Amount:
    """A share of all points as a score of 100."""

    def hundred(value: float | None) -> float | None:
        return None if value is None else 100 * value

    return Amount(value=hundred(one.value), low=hundred(one.low), high=hundred(one.high), n=one.n, unit=Unit.SCORE)


def families(found: Sequence[FamilyAccuracy]) -> Table:
    """How often nothing was missed that must not be."""
    rows = (
        parts.row(one.family, family=parts.word("severity", one.family), clean=parts.share(one.accuracy), marked=one.family.critical
                  and one.accuracy.high < TARGET)
        for one in found
    )  # fmt: skip
    return Table(id="families", columns=parts.columns("family", "clean"), rows=tuple(rows), drawing=Drawing(shape=Shape.DOTS, of="clean"))


def courses(found: Sequence[MonthlyCourse], *, zone: tzinfo) -> Courses | None:
    """The score of each form month by month; nothing before there are two months."""
    told = [one for one in found if sum(point.figure.value is not None for point in one.points) >= 2]
    if not told:
        return None
    return Courses(id="scores", items=tuple(_course(one, zone) for one in told))


def _course(one: MonthlyCourse, zone: tzinfo) -> Course:
    def changed(value: float) -> Amount:
        return Amount(value=100 * value, unit=Unit.SCORE)

    return Course(
        id=one.rubric, label=parts.said(one.rubric), unit=Unit.SCORE,
        points=tuple(Point(at=month_start(point.month, zone), amount=score(point.figure)) for point in one.points),
        changes=tuple(Change(at=change.at, before=changed(change.before), after=changed(change.after)) for change in one.trend.changes),
        verdict=parts.word("direction", one.trend.direction),
    )


def month_start(month: str, zone: tzinfo) -> datetime:
    """The first moment of ``2026-11`` there, in UTC."""
    return datetime(int(month[:4]), int(month[5:7]), 1, tzinfo=zone).astimezone(UTC)


def evidence(weak: Sequence[CriterionStanding], strong: Sequence[CriterionStanding], questions: Questions) -> Quotes:
    """What to listen to: the worst of what is weak, then the best of what is strong."""
    items = [*_quotes(weak, questions, good=False), *_quotes(strong, questions, good=True)]
    return Quotes(id="evidence", items=tuple(items[:_MOST_QUOTES]), empty=parts.term("empty.evidence"))


def _quotes(found: Sequence[CriterionStanding], questions: Questions, *, good: bool) -> list[Quote]:
    return [
        _quote(clip, question(one.rubric, one.criterion, questions), good=good)
        for one in found for clip in (one.best if good else one.worst)[:_MOST_OF_ONE]
    ]


def _quote(clip: Clip, about: Cell, *, good: bool) -> Quote:
    piece = clip.evidence
    told = {} if piece is None else {"text": piece.quote, "speaker": piece.speaker, "start_ms": piece.start_ms}
    return Quote(interaction=clip.interaction, at=clip.at, about=about, good=good, **told)
