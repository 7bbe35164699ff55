"""Tables: figures of agents and teams with their intervals, drawn as reports draw them, and with the ways that pages have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo

from qa_service.bootstrap import Services
from qa_service.domain.agent import TARGET
from qa_service.domain.case_mix import Adjusted
from qa_service.domain.control import Better
from qa_service.domain.profile import Course as MonthlyCourse
from qa_service.domain.profile import CriterionStanding, SectionStanding, SignalStanding, TotalStanding, Versus
from qa_service.domain.report import Amount, Cell, Column, Courses, Drawing, Row, Shape, Table, Unit
from qa_service.domain.rubric import Rubric
from qa_service.domain.signal import Unit as Measure
from qa_service.domain.standing import Standing
from qa_service.domain.swot import SwotEntry
from qa_service.domain.team import Board, TeamMember
from qa_service.services.coaching_effects import PlanEffect
from qa_service.services.reporting import parts, standings
from qa_service.services.reporting.standings import Questions

_UNITS: Mapping[str, Unit] = {Measure.SECONDS.value: Unit.SECONDS, Measure.SHARE.value: Unit.SHARE}
_APART = {Unit.SHARE: Unit.SHARE_DIFFERENCE}


class Words:
    """What forms ask and are called, in the languages of their authors."""

    def __init__(self, rubrics: Sequence[Rubric]) -> None:
        self.questions: Questions = standings.questions_of(rubrics)
        self._titles = {one.rubric: one.title for one in rubrics}
        self._sections = {(one.rubric, section.id): section.title for one in rubrics for section in one.sections}

    @classmethod
    def of(cls, services: Services) -> Words:
        """Of the forms in force."""
        return cls(services.rubrics.list())

    def question(self, rubric: str, criterion: str) -> Cell:
        """What a criterion asks, else its id."""
        return standings.question(rubric, criterion, self.questions)

    def form(self, rubric: str) -> Cell:
        """What a form is called."""
        return parts.named(self._titles.get(rubric), rubric)

    def section(self, rubric: str, section: str) -> Cell:
        """What a section is called."""
        return parts.named(self._sections.get((rubric, section)), section)


def totals(found: Sequence[TotalStanding], words: Words) -> Table:
    """The score of each form: as it was found, the best guess, and what it would be with everybody's contacts and reviewers."""
    rows = (
        parts.row(
            one.rubric, rubric=words.form(one.rubric), score=standings.score(one.figure), shrunk=_shrunk(one),
            case_mix=_adjusted(one.case_mix), reviewers=_adjusted(one.reviewers), others=_hundred(one.peers.other),
            effect=standings.effect(one.peers), past=standings.effect(one.past),
            standing=standings.standing_of(one.peers.standing, one.peers.more),
        )
        for one in found
    )
    columns = _columns("rubric", "score", "shrunk", "case_mix", "reviewers", "others", "effect", "past", "standing")
    drawing = Drawing(shape=Shape.DOTS, of="score", beside="others", high=100.0)
    return parts.filled(Table(id="totals", columns=columns, rows=tuple(rows), drawing=drawing))


def courses(found: Sequence[MonthlyCourse], words: Words, *, zone: tzinfo) -> Courses | None:
    """The score of each form month by month, under what the form is called; nothing before there are two months."""
    told = standings.courses(found, zone=zone)
    if told is None:
        return None
    return told.model_copy(update={"items": tuple(one.model_copy(update={"label": words.form(one.id)}) for one in told.items)})


def criteria(id_: str, found: Sequence[CriterionStanding], words: Words, *, empty: str) -> Table:
    """Criteria with their figures, beside the others' and the own past."""
    rows = tuple(_criterion(one, words) for one in found)
    columns = _columns("criterion", "share", "others", "effect", "past", "hands", "standing")
    drawing = Drawing(shape=Shape.DOTS, of="share", beside="others", target=TARGET)
    return parts.filled(Table(id=id_, columns=columns, rows=rows, drawing=drawing, empty=parts.term(empty)))


def sections(found: Sequence[SectionStanding], words: Words) -> Table:
    """Sections alike."""
    rows = (
        parts.row(
            f"{one.rubric} {one.section}", section=words.section(one.rubric, one.section), rubric=words.form(one.rubric),
            share=parts.figure(one.figure), effect=standings.effect(one.peers), past=standings.effect(one.past),
            standing=standings.standing_of(one.peers.standing, one.peers.more),
        )
        for one in found if one.figure.value is not None
    )  # fmt: skip
    columns = _columns("section", "rubric", "share", "effect", "past", "standing")
    return parts.filled(Table(id="sections", columns=columns, rows=tuple(rows), drawing=Drawing(shape=Shape.DOTS, of="share")))


def signals(found: Iterable[SignalStanding]) -> Table:
    """What was measured, beside the others'."""
    columns = _columns("measured", "value", "others", "effect", "standing")
    return parts.filled(Table(id="signals", columns=columns, rows=tuple(_signal(one) for one in found)))


def members(board: Board, names: Mapping[str, str]) -> Table:
    """Everybody on one form: by group, never by rank."""
    rows = tuple(_member(place, one, names) for place, one in enumerate(board.members))
    columns = _columns("agent", "group", "shrunk", "score", "places", "reviewed")
    return parts.filled(
        Table(id="members", columns=columns, rows=rows, drawing=Drawing(shape=Shape.DOTS, of="shrunk", beside="score", high=100.0))
    )


def swot(entries: Sequence[SwotEntry], words: Words, *, id_: str) -> Table:
    """One quarter of it."""
    rows = (
        parts.row(
            f"{one.origin.value} {one.about or 'all'} {one.beside.value}", finding=_finding(one, words),
            portion=Amount(value=one.value, n=one.n, unit=Unit.SHARE),
            other=None if one.other is None else Amount(value=one.other, unit=Unit.SHARE),
            effect=None if one.effect is None else parts.difference(one.effect, one.low, one.high),
        )
        for one in entries
    )
    columns = (Column(id="finding", label=parts.term("profile.finding")), *_columns("portion", "other", "effect"))
    return parts.filled(Table(id=id_, columns=columns, rows=tuple(rows), empty=parts.term(f"profile.no_{id_}")))


def effects(found: PlanEffect, words: Words) -> Table:
    """What became of each criterion of a plan."""
    rows = (
        parts.row(
            f"{one.rubric} {one.criterion}", criterion=words.question(one.rubric, one.criterion), before=parts.figure(one.effect.before),
            since=parts.figure(one.effect.after),
            without=None if one.effect.without is None else Amount(value=one.effect.without, unit=Unit.SHARE),
            gained=None if one.effect.effect is None else parts.difference(one.effect.effect, one.effect.low, one.effect.high),
            verdict=parts.term(f"coaching.effect_{one.effect.standing.value}"),
        )
        for one in found.criteria
    )
    columns = _columns("criterion", "before", "since", "without", "gained", "verdict")
    return parts.filled(Table(id="effects", columns=columns, rows=tuple(rows)))


#: Columns with headings of their own here; all others have those of reports.
_OWN = frozenset({
    "shrunk", "case_mix", "reviewers", "past", "hands", "section", "measured", "group", "places", "reviewed", "before", "since", "without",
    "gained", "verdict",
})  # fmt: skip


def _columns(*ids: str) -> tuple[Column, ...]:
    return tuple(Column(id=one, label=parts.word("profile_column" if one in _OWN else "column", one)) for one in ids)


def _criterion(one: CriterionStanding, words: Words) -> Row:
    return parts.row(
        f"{one.rubric} {one.criterion}", criterion=words.question(one.rubric, one.criterion), share=share_of(one),
        others=parts.share(one.others) if one.others.n else None, effect=standings.effect(one.peers), past=standings.effect(one.past),
        hands=parts.word("control", one.control), standing=standings.standing_of(one.standing, one.more),
        marked=one.severity.critical and one.standing is Standing.WEAKNESS,
    )


def share_of(one: CriterionStanding) -> Amount:
    """How often it was met: estimated where it is, else counted."""
    return parts.share(one.share) if one.figure is None or one.figure.value is None else parts.figure(one.figure)


def apart(one: Versus | None) -> Amount | None:
    """How far the others are away."""
    return standings.effect(one)


def _signal(one: SignalStanding) -> Row:
    unit = _UNITS.get(one.unit, Unit.NUMBER)
    difference = _APART.get(unit, unit)
    told: Cell = parts.word("standing", one.standing)
    if one.standing is Standing.CANNOT_TELL and one.differs in (Better.HIGHER, Better.LOWER):
        told = parts.word("differs", one.differs)
    return parts.row(
        one.name, measured=parts.term(f"measured.{one.name.replace('.', '_')}"),
        value=Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=unit),
        others=None if one.others is None else Amount(value=one.others, n=one.others_n, unit=unit),
        effect=None if one.effect is None else parts.difference(one.effect, one.effect_low, one.effect_high, unit=difference),
        standing=told,
    )


def _member(place: int, one: TeamMember, names: Mapping[str, str]) -> Row:
    who: Cell = parts.term("teams.you") if one.you else parts.term("teams.colleague")
    if one.agent is not None and not one.you:
        who = parts.said(one.agent.name or names.get(one.agent.id) or one.agent.id)
    places = None
    if one.place_first is not None and one.place_last is not None:
        told = {"first": parts.count(one.place_first), "last": parts.count(one.place_last)}
        places = parts.term("teams.place", **told) if one.place_first == one.place_last else parts.term("teams.places", **told)
    coverage = parts.term("teams.of_all", part=parts.count(one.coverage.reviewed), all=parts.count(one.coverage.scorecards))
    drawn = Amount(value=_times(one.shrunk), low=_times(one.low), high=_times(one.high), unit=Unit.SCORE)
    return parts.row(
        one.agent.id if one.agent is not None else f"-{place}", agent=who, group=None if one.group is None else parts.count(one.group),
        shrunk=drawn, score=standings.score(one.figure), places=places, reviewed=coverage,
    )


def _finding(one: SwotEntry, words: Words) -> Cell:
    if one.origin.value == "criterion":
        rubric, _, criterion = (one.about or "").partition(".")
        return words.question(rubric, criterion)
    if one.origin.value == "skill":
        return parts.word("skill", one.about or "")
    told = one.title or one.about
    return parts.term(f"swot.{one.origin.value}_{one.beside.value}", topic=parts.term("swot.all") if told is None else parts.said(told))


def _shrunk(one: TotalStanding) -> Amount | None:
    if one.shrunk is None:
        return None
    return Amount(value=_times(one.shrunk), low=_times(one.shrunk_low), high=_times(one.shrunk_high), unit=Unit.SCORE)


def _adjusted(one: Adjusted) -> Amount | None:
    """Nothing where nothing is known to adjust by."""
    return standings.score(one.after) if one.known > 0 and one.after.value is not None else None


def _hundred(value: float | None) -> Amount | None:
    return None if value is None else Amount(value=100 * value, unit=Unit.SCORE)


def _times(value: float | None) -> float | None:
    return None if value is None else 100 * value
