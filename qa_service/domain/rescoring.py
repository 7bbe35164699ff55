"""Re-scoring: the same interaction judged by two versions of a rubric, and what many such pairs add up to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from qa_service.domain.base import Record
from qa_service.domain.estimation import Mean, mean
from qa_service.domain.rubric import UNDECIDED, Rubric
from qa_service.domain.scorecard import Engines, InteractionRef, Scorecard, Suggestion, Thousandths
from qa_service.domain.scoring import draft

_NOBODY = Engines(analysis="")


class Moved(Record):
    """A criterion that is answered or weighed otherwise."""

    criterion: str
    #: Suggested answers; ``None`` where that version does not ask.
    old: str | None
    new: str | None
    #: Points; ``None`` where undecided, not applicable or not asked.
    old_points: Thousandths | None
    new_points: Thousandths | None
    #: What the new version (the old one, where the new does not ask) says about it, with its quotes.
    suggestion: Suggestion


class Rescored(Record):
    """One interaction under both."""

    interaction: str
    agent: str | None
    language: str | None
    #: Percent; ``None`` when nothing is decided.
    old: Thousandths | None
    new: Thousandths | None
    #: Whether the pass mark is reached.
    old_passed: bool | None
    new_passed: bool | None
    #: What moved, in the order of the new form, then what it dropped.
    moved: tuple[Moved, ...]

    @property
    def change(self) -> float | None:
        """Percent points; ``None`` unless both versions give a score."""
        return None if self.old is None or self.new is None else (self.new - self.old) / 1000


class AgentChange(Record):
    """What the new version would do to one agent."""

    #: ``None`` gathers the contacts whose agent nobody told.
    agent: str | None
    interactions: int
    #: Mean change in percent points.
    change: Mean


class Rescoring(Record):
    """What the new version would do to all of them."""

    #: Interactions judged by both, and those whose score or pass differs.
    interactions: int
    changed: int
    #: Interactions that would pass and did not, and the other way round.
    to_pass: int
    to_fail: int
    #: Mean change in percent points.
    change: Mean
    #: By agent, the greatest change first.
    agents: tuple[AgentChange, ...]
    #: Criteria by how many interactions they move in, most first.
    criteria: dict[str, int]
    #: Interactions in which anything moved, the greatest change first.
    moved: tuple[Rescored, ...]


def rescored(
    old: Rubric, new: Rubric, interaction: InteractionRef, *, before: Mapping[str, Suggestion], after: Mapping[str, Suggestion]
) -> Rescored:
    """Both drafts of the machine's suggestions, compared; people's answers play no part."""
    one = draft(old, interaction=interaction, engine=_NOBODY, suggestions=before)
    other = draft(new, interaction=interaction, engine=_NOBODY, suggestions=after)
    return Rescored(
        interaction=interaction.id, agent=interaction.agent, language=interaction.language, old=one.score, new=other.score,
        old_passed=one.passed, new_passed=other.passed, moved=tuple(_moved(one, other)),
    )


def _moved(old: Scorecard, new: Scorecard) -> Iterator[Moved]:
    names = dict.fromkeys([*(one.id for one in new.criteria), *(one.id for one in old.criteria)])
    for name in names:
        before, after = old.criterion(name), new.criterion(name)
        shown = after or before
        assert shown is not None, "it is of one of the two"
        assert shown.suggestion is not None, "a draft has a suggestion for every criterion"
        moved = Moved(
            criterion=name, old=None if before is None else before.effective, new=None if after is None else after.effective,
            old_points=None if before is None else before.points, new_points=None if after is None else after.points,
            suggestion=shown.suggestion,
        )
        if (moved.old, moved.old_points) != (moved.new, moved.new_points):
            yield moved


def summed_up(found: Iterable[Rescored]) -> Rescoring:
    """What they add up to; only interactions that both versions score count in the means."""
    everything = list(found)
    moved = sorted(
        (one for one in everything if one.moved or _differs(one)), key=lambda one: (-abs(one.change or 0), one.interaction)
    )
    agents: dict[str | None, list[Rescored]] = {}
    criteria: dict[str, int] = {}
    for one in everything:
        agents.setdefault(one.agent, []).append(one)
        for each in one.moved:
            criteria[each.criterion] = criteria.get(each.criterion, 0) + 1
    changes = [AgentChange(agent=agent, interactions=len(some), change=_mean(some)) for agent, some in agents.items()]
    return Rescoring(
        interactions=len(everything), changed=sum(_differs(one) for one in everything),
        to_pass=sum(one.old_passed is False and one.new_passed is True for one in everything),
        to_fail=sum(one.old_passed is True and one.new_passed is False for one in everything),
        change=_mean(everything),
        agents=tuple(sorted(changes, key=lambda one: (-abs(one.change.value or 0), one.agent is None, one.agent or ""))),
        criteria=dict(sorted(criteria.items(), key=lambda pair: (-pair[1], pair[0]))), moved=tuple(moved),
    )


def _differs(one: Rescored) -> bool:
    return one.old != one.new or one.old_passed != one.new_passed


def _mean(found: Sequence[Rescored]) -> Mean:
    return mean([one.change for one in found if one.change is not None])


def told(one: Moved) -> str:
    """What moved, in a few words."""
    points = [UNDECIDED if value is None else f"{value / 1000:g}" for value in (one.old_points, one.new_points)]
    if one.old == one.new:
        return f"{one.criterion}: {points[0]} becomes {points[1]} points"
    return f"{one.criterion}: {one.old or 'not asked'} becomes {one.new or 'not asked'}"
