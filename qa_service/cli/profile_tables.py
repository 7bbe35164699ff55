"""Tables of profiles for the terminal: agents, teams, and what to look out for."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from qa_service.domain.control import Control
from qa_service.domain.playlist import Clip
from qa_service.domain.powered import Figure, FigureMethod
from qa_service.domain.profile import AgentProfile, CriterionStanding, Measure, SignalStanding, SkillStanding, TotalStanding, Versus
from qa_service.domain.standing import Standing
from qa_service.domain.swot import Swot, SwotEntry
from qa_service.domain.team import Board, TeamMember
from qa_service.rendering.bidi import isolated, tame

_QUOTE = 60
_MARKS = {Standing.STRENGTH: "green", Standing.WEAKNESS: "red", Standing.CANNOT_TELL: ""}


def name_of(name: str | None, identifier: str) -> str:
    """A name in any script, so that it moves nothing beside it."""
    told = tame(name or identifier)
    return told if told.isascii() else isolated(told)


def totals(profile: AgentProfile) -> Table:
    """The score of each form: as found, drawn towards the peers, and adjusted."""
    table = _table("Score by form", "form", "channel", numbers=("score", "95 % interval", "of people", "of machine", "shrunk"))
    for name in ("case mix", "reviewers"):
        table.add_column(name, justify="right")
    _add_versus(table)
    for one in profile.totals:
        found = (*_figure(one.rubric, one.channel.value, one.figure), _share(one.shrunk), *_adjusted(one))
        table.add_row(*found, *_versus(one.peers), *_versus(one.past))
    return table


def standings(profile: AgentProfile) -> Table:
    """Every criterion with its interval, and what it carries."""
    title = f"{name_of(profile.agent.name, profile.agent.id)} ({profile.basis.value})"
    table = _table(title, "channel", "criterion", "skill", "hands", numbers=("met", "95 % interval", "n", "others", "difference"))
    table.add_column("says", overflow="fold")
    table.add_column("for example", overflow="fold", ratio=1)
    for one in profile.criteria:
        table.add_row(
            one.channel.value, one.criterion, one.skill.value if one.skill else "", one.control.value, _share(one.share.value),
            f"{one.share.low:.0%} – {one.share.high:.0%}" if one.share.n else "", str(one.share.n), _share(one.others.value),
            _difference(one.peers) if one.against is Measure.PEERS else "", _says(one), _example(one.examples),
        )
    return table


def skills(found: Sequence[SkillStanding]) -> Table:
    """Skills beside the peers."""
    table = _table("Skills", "skill", numbers=("met", "n", "others", "difference"))
    table.add_column("says")
    for one in found:
        told = Text(_told(one.peers.standing, one.peers.more), style=_MARKS[one.peers.standing])
        table.add_row(one.skill.value, _share(one.value), str(one.n), _share(one.peers.other), _difference(one.peers), told)
    return table


def signals(found: Sequence[SignalStanding]) -> Table:
    """What was measured, by whose doing it is."""
    table = _table("Measured", "whose doing", "signal", "unit", numbers=("mean", "n", "others", "difference"))
    table.add_column("says")
    for one in found:
        told = "cannot tell" if one.differs is None else one.differs.value
        known = one.effect is not None and one.effect_low is not None
        effect = f"{one.effect:+.2f} ({one.effect_low:+.2f} to {one.effect_high:+.2f})" if known else ""
        whose = {Control.AGENT: "agent", Control.MIXED: "mixed", Control.SYSTEM: "system, policy"}[one.control]
        others = "–" if one.others is None else f"{one.others:.2f}"
        table.add_row(whose, one.name, one.unit, f"{one.value:.2f}", str(one.n), others, effect, Text(told, style=_MARKS[one.standing]))
    return table


def board(one: Board) -> Table:
    """A team on one form; places only as far as they can be told."""
    seen = one.coverage
    title = f"{one.rubric} ({one.channel.value}): {_share(one.figure.value)} of the points, {seen.reviewed} of {seen.scorecards} reviewed"
    table = _table(title, "agent", "name", numbers=("place", "score", "95 % interval", "shrunk", "reviewed", "scorecards"))
    for member in one.members:
        table.add_row(*_member(member))
    return table


def swot(found: Swot) -> Table:
    """Four lists, each line with its numbers."""
    table = _table(f"SWOT of {name_of(None, found.subject)}", "", "from", "about", numbers=("here", "n", "beside", "n", "difference"))
    for title, style, entries in (
        ("strength", "green", found.strengths), ("weakness", "red", found.weaknesses), ("opportunity", "green", found.opportunities),
        ("threat", "red", found.threats),
    ):  # fmt: skip
        for one in entries:
            table.add_row(Text(title, style=style), one.origin.value, Text(_about(one)), *_numbers(one))
    return table


def _numbers(one: SwotEntry) -> tuple[str, ...]:
    known = one.effect is not None and one.low is not None and one.high is not None
    effect = f"{_points(one.effect)} ({_points(one.low)} to {_points(one.high)})" if known else ""
    other = "" if one.other is None else f"{_share(one.other)} ({one.beside.value})"
    return _share(one.value), str(one.n), other, str(one.other_n) if one.other_n else "", effect


def _about(one: SwotEntry) -> str:
    return name_of(one.title, one.about or "all contacts")


def _member(one: TeamMember) -> tuple[str | Text, ...]:
    who, name = ("(a colleague)", "") if one.agent is None else (one.agent.id, one.agent.name or "")
    place = "" if one.place_first is None else f"{one.place_first} – {one.place_last}"
    place = str(one.place_first) if one.place_first is not None and one.place_first == one.place_last else place
    interval = "" if one.figure.low is None or one.figure.high is None else f"{one.figure.low:.0%} – {one.figure.high:.0%}"
    cells = (place, _share(one.figure.value), interval, _share(one.shrunk), str(one.coverage.reviewed), str(one.coverage.scorecards))
    return Text(name_of(None, who)), Text(name_of(name, "") if name else ""), *cells


def _table(title: str, *names: str, numbers: Sequence[str] = ()) -> Table:
    table = Table(title=Text(title), title_justify="left", header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _add_versus(table: Table) -> None:
    for name in ("others", "difference", "before", "change"):
        table.add_column(name, justify="right")


def _figure(rubric: str, channel: str, one: Figure) -> tuple[str, ...]:
    interval = "" if one.low is None or one.high is None else f"{one.low:.0%} – {one.high:.0%}"
    machine = str(one.machine) if one.method is FigureMethod.POWERED else ""
    return rubric, channel, _share(one.value), interval, str(one.n), machine


def _adjusted(one: TotalStanding) -> tuple[str, str]:
    mix, reviewers = one.case_mix, one.reviewers
    return _share(mix.after.value if mix.expected is not None else None), _share(reviewers.after.value if reviewers.shift else None)


def _versus(one: Versus) -> tuple[str, str]:
    return _share(one.other), _difference(one)


def _difference(one: Versus | None) -> str:
    if one is None or one.effect is None or one.low is None or one.high is None:
        return ""
    return f"{_points(one.effect)} ({_points(one.low)} to {_points(one.high)})"


def _points(value: float | None) -> str:
    return "" if value is None else f"{value * 100:+.0f}"


def _says(one: CriterionStanding) -> Text:
    against = "" if one.against is Measure.PEERS or one.standing is Standing.CANNOT_TELL else " (of 80 %)"
    return Text(f"{_told(one.standing, one.more)}{against}", style=_MARKS[one.standing])


def _told(standing: Standing, more: int | None) -> str:
    if standing is not Standing.CANNOT_TELL:
        return standing.value
    return "cannot tell" if more is None else f"cannot tell: about {more} more"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _example(clips: Sequence[Clip]) -> Text:
    for one in clips:
        if one.evidence is not None and one.evidence.quote:
            return Text(f"{name_of(None, one.interaction)}: {name_of(None, '“' + one.evidence.quote[:_QUOTE] + '”')}")
    return Text(name_of(None, clips[0].interaction) if clips else "")
