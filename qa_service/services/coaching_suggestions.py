"""Suggestions: what an agent would gain most by practising, worked out from the figures, with a draft of each priority."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from math import ceil, floor
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.coaching_plan import MOST_PRIORITIES, CoachingGoal, CoachingPriority
from qa_service.domain.estimation import Z95
from qa_service.domain.gain import Believed, Gain, Subject, gain, priorities, reviews_to_see, stakes
from qa_service.domain.moments import Cell, ItemKind, Moments
from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.permission import Actor, Right
from qa_service.domain.powered import Figure, figure
from qa_service.domain.rubric import Criterion, Rubric
from qa_service.domain.shrinkage import Shrunk, shrunk
from qa_service.errors import InputError
from qa_service.services.clock import Clock
from qa_service.services.coaching_examples import found_examples
from qa_service.services.rollups import Rollups
from qa_service.settings import Settings
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Whole months before the present one that figures are taken from, besides what there is of it.
MONTHS = 3
#: Smallest rise worth a goal.
_LEAST_RISE = 0.05
#: Reviewed contacts from which on one's own opportunities are counted, and not everybody's.
_OWN_RATE = 20
_Agents = Mapping[str, Moments]


class CoachingSuggestion(Record):
    """What the machine proposes to practise, and the working for every criterion."""

    #: The agent.
    agent: str
    #: Contacts from this moment on were looked at.
    since: AwareDatetime
    #: And before this one.
    until: AwareDatetime
    #: Reviewed contacts of the agent among them.
    reviewed: int = Field(ge=0)
    #: Up to three, most to be won first; empty: nothing to coach that the numbers carry.
    priorities: tuple[CoachingPriority, ...]
    #: Every criterion that anybody was judged by, most to be won first.
    gains: tuple[Gain, ...]
    #: Where there is no priority: about how many more reviewed contacts would tell, at least; null where that does not apply.
    more: int | None = None


class Suggestions:
    """Works priorities out; nothing is stored."""

    def __init__(self, *, database: Database, rollups: Rollups, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._rollups = rollups
        self._zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)
        self._clock = clock

    def suggest(
        self, agent: str, *, by: Actor, since: datetime | None = None, until: datetime | None = None, language: str | None = None
    ) -> CoachingSuggestion:
        """For one agent, from the last :data:`MONTHS` months and the present one unless told. Raises :class:`NotFoundError` for one out of
        reach."""
        start = since or self.since()
        with self._database.reading() as unit:
            unit.agents.get(agent, within=by.scope(Right.COACH))
        # Without a told end these are whole months, which need no look at single contacts.
        cells = self._rollups.cells(since=start, until=until, by=("agent",), reader=by.id)
        with self._database.reading() as unit:
            words, end = language or spoken(unit, agent), until or self._clock()
            return _suggestion(unit, agent, _by_item(cells), since=start, until=end, language=words)

    def since(self) -> datetime:
        """The first moment that figures, and examples, are taken from."""
        month = Period.of(self._clock(), PeriodKind.MONTH, zone=self._zone)
        for _ in range(MONTHS):
            month = month.before(zone=self._zone)
        return month.since


def form_of(unit: Unit, rubric: str, criterion: str, *, place: str) -> Criterion:
    """A criterion of the newest version of a form; raises :class:`InputError` naming what is unknown."""
    known = unit.rubrics.versions(rubric)
    if not known:
        raise InputError(f"no rubric {rubric!r}", field=f"{place}.rubric", hint="name one that is in force")
    forms = {one.id: one for one in known[-1].criteria}
    if criterion not in forms:
        near = difflib.get_close_matches(criterion, forms, n=1)
        hint = f"did you mean {near[0]!r}?" if near else None
        raise InputError(f"{rubric!r} has no criterion {criterion!r}", field=f"{place}.criterion", hint=hint)
    return forms[criterion]


def spoken(unit: Unit, agent: str) -> str:
    """The language that an agent reads: told of the user, else that of most of their contacts, else English."""
    users = [user for user in unit.users.list() if user.agent == agent and user.languages]
    return users[0].languages[0] if users else unit.places.language_of(agent) or "en"


def behaviour(form: Criterion, language: str) -> str:
    """What is expected: the advice of the form in that language, else its question in it, else either in any."""
    for texts in (form.coach or {}, form.question):
        if language in texts:
            return texts[language]
    texts = form.coach or form.question
    return texts.get("en") or next(iter(texts.values()))


def goal_for(share: float | None, wanted: float, effective: float) -> CoachingGoal:
    """From a share to what is wanted, in whole percent, at least five points up."""
    if share is None:
        return CoachingGoal(share_to=round(wanted, 2))
    start = round(share, 2)
    to = min(1.0, max(floor(wanted * 100 + 1e-9) / 100, ceil((start + _LEAST_RISE) * 100 - 1e-9) / 100))
    return CoachingGoal(share_from=start, share_to=round(to, 2), reviews=reviews_to_see(start, to, before=effective))


def _by_item(cells: Sequence[Cell]) -> dict[str, dict[str, dict[str, Moments]]]:
    """Rubric, criterion and agent; contacts of nobody are left out. The total of a form stands under the empty name."""
    found: dict[str, dict[str, dict[str, Moments]]] = {}
    for cell in cells:
        if cell.agent is not None and cell.item.kind in (ItemKind.CRITERION, ItemKind.TOTAL):
            found.setdefault(cell.item.rubric, {}).setdefault(cell.item.id, {})[cell.agent] = cell.moments
    return found


def _suggestion(
    unit: Unit, agent: str, forms: Mapping[str, Mapping[str, _Agents]], *, since: datetime, until: datetime, language: str
) -> CoachingSuggestion:
    gains: list[Gain] = []
    drafts: dict[tuple[str, str], CoachingPriority] = {}
    reviewed = 0
    for rubric, items in sorted(forms.items()):
        versions = unit.rubrics.versions(rubric)
        if not versions or agent not in items.get("", {}):
            continue
        reviewed += round(items[""][agent].people)
        found = _Form(agent, versions[-1], items).gains()
        gains += [one for one, _, _ in found]
        for one, colleagues, effective in found:
            form = next(each for each in versions[-1].criteria if each.id == one.criterion)
            if one.share is None or one not in priorities([each for each, _, _ in found], most=MOST_PRIORITIES):
                continue
            drafts[one.rubric, one.criterion] = CoachingPriority(
                rubric=rubric, criterion=one.criterion, behaviour=behaviour(form, language), gain=one,
                goal=goal_for(one.share, one.goal, effective),
                examples=found_examples(unit, agent, rubric=rubric, form=form, colleagues=colleagues, language=language, since=since),
            )
    chosen = tuple(drafts[one.rubric, one.criterion] for one in priorities(gains, most=MOST_PRIORITIES))
    gains.sort(key=lambda one: (-one.points, one.rubric, one.criterion))
    more = None if chosen else min((one.more for one in gains if one.more is not None), default=None)
    return CoachingSuggestion(agent=agent, since=since, until=until, reviewed=reviewed, priorities=chosen, gains=tuple(gains), more=more)


class _Form:
    """One agent on one form."""

    def __init__(self, agent: str, rubric: Rubric, items: Mapping[str, _Agents]) -> None:
        self._agent = agent
        self._rubric = rubric
        self._items = items

    def gains(self) -> list[tuple[Gain, list[str], float]]:
        """Of each criterion that anybody was judged by: the gain, good colleagues, and how many answers the agent's figure is worth."""
        points = stakes(self._rubric, {one.id: self._asked(one.id) for one in self._rubric.criteria})
        judged = [one for one in self._rubric.criteria if one.id in self._items and not one.bonus]
        return [self._gain(one, points[one.id]) for one in judged]

    def _gain(self, form: Criterion, stake: float) -> tuple[Gain, list[str], float]:
        figures = {agent: figure(moments) for agent, moments in self._items[form.id].items()}
        drawn = shrunk({agent: one for agent, one in figures.items() if one.value is not None})
        peers = {agent: one.value for agent, one in drawn.items() if agent != self._agent and one.value is not None}
        mine = drawn.get(self._agent)
        subject = Subject(rubric=self._rubric.rubric, criterion=form.id, severity=form.severity, skill=form.skill)
        found = gain(subject, None if mine is None else _believed(mine), list(peers.values()), stake=stake)
        return found, _upper(peers), figures[self._agent].effective if self._agent in figures else 0.0

    def _asked(self, criterion: str) -> float:
        """How often there was the opportunity: of the agent's own reviewed contacts, else of everybody's."""
        some = self._items.get(criterion, {})
        mine = some.get(self._agent, Moments())
        if mine.people >= _OWN_RATE:
            return mine.wa / mine.w
        whole = Moments()
        for one in some.values():
            whole = whole.plus(one)
        return whole.wa / whole.w if whole.w else 0.0


def _believed(one: Shrunk) -> Believed | None:
    if one.value is None or one.low is None or one.high is None:
        return None
    found: Figure = one.figure
    return Believed(share=one.value, deviation=(one.high - one.low) / 2 / Z95, reviewed=found.n, observed=found.value)


def _upper(peers: Mapping[str, float]) -> list[str]:
    """The better half."""
    ranked = sorted(peers, key=lambda agent: (-peers[agent], agent))
    return ranked[: (len(ranked) + 1) // 2]
