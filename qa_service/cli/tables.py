"""Tables of scorecards and agents for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from qa_service.domain.profile import AgentProfile, CriterionStanding
from qa_service.domain.scorecard import Scorecard, telling_evidence
from qa_service.services.batch_rows import BatchRow, Ending
from qa_service.store.results import AgentTotal

_QUOTE = 60


def scorecards(rows: Iterable[BatchRow]) -> Table:
    """Draft scorecards: agent, channel, score, undecided, critical misses, most telling quote."""
    table = Table(title="Draft scorecards", title_justify="left", header_style="bold")
    for name, style in (("interaction", ""), ("agent", ""), ("channel", ""), ("lang", "")):
        table.add_column(name, style=style, overflow="fold")
    table.add_column("score", justify="right")
    table.add_column("undecided", justify="right")
    table.add_column("critical misses", style="red", overflow="fold")
    table.add_column("most telling quote", overflow="fold", ratio=1)
    for row in rows:
        if row.status is Ending.FAILED:
            table.add_row(Text(row.file), "", "", "", Text("failed", style="bold red"), "", "", Text(row.error or ""))
        elif row.scorecard is not None:
            table.add_row(*_cells(row.scorecard))
    return table


def _cells(card: Scorecard) -> tuple[str | Text, ...]:
    return (
        Text(card.interaction.id), Text(card.interaction.agent or "?"), card.interaction.channel.value, card.interaction.language or "?",
        percent(card.score, good=card.passed), str(card.undecided) if card.undecided else "", Text(", ".join(card.critical_misses)),
        quote(card),
    )


def quote(card: Scorecard) -> Text:
    """The words that say most about a scorecard."""
    found = telling_evidence(card)
    if found is None:
        return Text("")
    criterion, piece = found
    words = " ".join(piece.quote.split())
    return Text(f"{criterion}: “{words[:_QUOTE]}{'…' if len(words) > _QUOTE else ''}”")


def percent(score: int | None, *, good: bool | None) -> Text:
    """A score in percent."""
    if score is None:
        return Text("–")
    return Text(f"{score / 1000:.1f}", style="green" if good else "yellow")


def agents(totals: Sequence[AgentTotal], profiles: Sequence[AgentProfile]) -> Table:
    """Agents: scorecards, mean score, and what the figures say so far."""
    by_id = {profile.agent.id: profile for profile in profiles}
    table = Table(title="Agents (drafts count until a person has finalised them)", title_justify="left", header_style="bold")
    for name in ("agent", "name", "team"):
        table.add_column(name)
    for name in ("scorecards", "final", "mean score", "undecided", "with critical miss"):
        table.add_column(name, justify="right")
    table.add_column("strengths", style="green", overflow="fold", ratio=1)
    table.add_column("weaknesses", style="red", overflow="fold", ratio=1)
    for total in totals:
        profile = by_id.get(total.agent or "")
        who = profile.agent if profile else None
        mean = "–" if total.mean is None else f"{total.mean:.1f}"
        table.add_row(
            Text(total.agent or "(not told)"), Text((who and who.name) or ""), Text((who and who.team) or ""), str(total.scorecards),
            str(total.finished), mean, str(total.undecided), str(total.critical), _named(profile.strengths if profile else ()),
            _named(profile.weaknesses if profile else ()),
        )
    return table


def _named(standings: Sequence[CriterionStanding]) -> str:
    return ", ".join(f"{one.criterion} {one.share.value or 0:.0%} of {one.share.n}" for one in standings[:3]) or "cannot tell yet"
