"""Teams: places as far as they can be told, names as far as they may be read."""

from __future__ import annotations

import pytest

from qa_service.domain.interaction import AgentRef
from qa_service.domain.moments import Moments, Outcome
from qa_service.domain.team import LEAST_UNNAMED, members, ranked


def total(met: int, n: int, drafts: int = 0) -> Moments:
    whole = Moments(all=float(drafts), g=0.8 * drafts, b=float(drafts), gg=0.64 * drafts)
    for number in range(n):
        whole = whole.plus(Moments.of(Outcome(expected=0.5, open=1.0, met=float(number < met), asked=1.0)))
    return whole


NAMES = {"a1": AgentRef(id="a1", name="سارا", team="t"), "a2": AgentRef(id="a2", name="Omid O'Neil", team="t")}
TEAM = {"a1": total(95, 100, drafts=900), "a2": total(93, 100), "a3": total(40, 100), "a4": total(0, 0, drafts=7)}


def test_everybody_by_group_and_whoever_has_no_figure_last() -> None:
    found = members(TEAM, NAMES)
    assert [one.agent.id for one in found if one.agent is not None] == ["a1", "a2", "a3", "a4"]
    assert [(one.place_first, one.place_last, one.group) for one in found] == [(1, 2, 1), (1, 2, 1), (3, 3, 2), (None, None, None)]
    assert (found[0].agent.name, found[2].agent) == ("سارا", AgentRef(id="a3"))  # type: ignore[union-attr]
    assert [(one.coverage.reviewed, one.coverage.scorecards) for one in found] == [(100, 1000), (100, 100), (100, 100), (0, 7)]
    assert (found[3].figure.value, found[3].shrunk) == (None, None), "the machine alone estimates nobody"
    assert ranked(found)


def test_shrinkage_draws_small_samples_to_the_team() -> None:
    found = {one.agent.id: one for one in members({"a1": total(3, 3), "a2": total(70, 100), "a3": total(72, 100), "a4": total(69, 100)}, {})
             if one.agent is not None}  # fmt: skip
    assert found["a1"].shrunk is not None
    assert 0.6 < found["a1"].shrunk < 0.95, "three of three are no 100 %"
    assert not ranked(found.values())


@pytest.mark.parametrize(("count", "others"), [(LEAST_UNNAMED - 1, 0), (LEAST_UNNAMED, LEAST_UNNAMED - 1)])
def test_agents_read_figures_of_others_without_names_and_of_small_teams_their_own_alone(count: int, others: int) -> None:
    found = members({f"a{number}": total(10 + number, 20) for number in range(count)}, NAMES, reader="a1")
    assert sum(one.agent is None for one in found) == others
    (own,) = (one for one in found if one.you)
    assert own.agent == NAMES["a1"]
    assert own.place_first is not None


@pytest.mark.parametrize("team", [{}, {"a1": total(0, 0)}, {"a1": total(3, 9)}])
def test_nobody_is_ranked_alone(team: dict[str, Moments]) -> None:
    assert not ranked(members(team, NAMES))
