"""Standings of agents and teams, put together from compared figures and the forms they are of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from qa_service.domain.comparison import Comparison
from qa_service.domain.control import Control
from qa_service.domain.moments import Item, ItemKind, Moments
from qa_service.domain.playlist import Playlist
from qa_service.domain.powered import figure
from qa_service.domain.profile import Course, CriterionStanding, MonthPoint, SectionStanding, SkillStanding, Versus
from qa_service.domain.skills import skills
from qa_service.domain.standings import Question, compared, pooled, tally, weakest_first
from qa_service.domain.trend import trend
from qa_service.services.forms_in_force import FormInForce
from qa_service.services.spans import Spans

Forms = Mapping[str, FormInForce]
ByItem = Mapping[Item, Moments]
#: By rubric and criterion.
Playlists = Mapping[tuple[str, str], Playlist]
_NOTHING: Playlists = MappingProxyType({})


class Compared(NamedTuple):
    """Every item against peers and against the own past, in the same order."""

    peers: tuple[Comparison, ...] = ()
    past: tuple[Comparison, ...] = ()

    def of(self, kind: ItemKind) -> list[tuple[Comparison, Comparison]]:
        """Those of one kind."""
        return [(one, past) for one, past in zip(self.peers, self.past, strict=True) if one.item.kind is kind]


def question(forms: Forms, rubric: str, criterion: str) -> Question:
    """A criterion as the newest version that has it asks it."""
    form = forms[rubric]
    asked = form.criteria[criterion]
    return Question(rubric, asked.section, criterion, form.channel, asked.severity, asked.skill, asked.control)


def criteria(
    forms: Forms, now: ByItem, found: Compared, others: Mapping[str, ByItem], playlists: Playlists = _NOTHING
) -> tuple[CriterionStanding, ...]:
    """Criteria that people have answered, weakest first."""
    told = []
    for peers, past in found.of(ItemKind.CRITERION):
        item = peers.item
        if now[item].people:
            theirs = tally(pooled(some[item] for some in others.values() if item in some))
            place = playlists.get((item.rubric, item.id))
            told.append(compared(question(forms, item.rubric, item.id), tally(now[item]), theirs, peers, past, place))
    return weakest_first(told)


def sections(forms: Forms, found: Compared) -> tuple[SectionStanding, ...]:
    """In the order of the forms."""
    return tuple(
        SectionStanding.trusted(
            figure=one.figure, peers=Versus.of(one), past=Versus.of(past), rubric=one.item.rubric, section=one.item.id,
            channel=forms[one.item.rubric].channel,
        )
        for one, past in found.of(ItemKind.SECTION)
    )


def skilled(forms: Forms, found: Compared) -> tuple[SkillStanding, ...]:
    """Skills, by the criteria that are in anybody's hands."""
    asked = [(forms[one.item.rubric].criteria[one.item.id], one) for one, _ in found.of(ItemKind.CRITERION)]
    return skills((told.skill, one) for told, one in asked if told.skill is not None and told.control is not Control.SYSTEM)


def courses(forms: Forms, months: Mapping[str, ByItem], spans: Spans) -> tuple[Course, ...]:
    """The score of each form, month by month."""
    points: dict[str, list[MonthPoint]] = {}
    for month in sorted(months):
        for item, moments in months[month].items():
            if item.kind is ItemKind.TOTAL:
                points.setdefault(item.rubric, []).append(MonthPoint.trusted(month=month, figure=figure(moments)))
    return tuple(
        Course.trusted(
            rubric=rubric, channel=forms[rubric].channel, points=tuple(some),
            trend=trend([(spans.start(one.month), one.figure) for one in some]),
        )
        for rubric, some in sorted(points.items())
    )
