"""``qa-service topics``: why customers are in contact, found in history and named by people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from qa_service.bootstrap import opened
from qa_service.cli.options import AsJson
from qa_service.cli.output import counting, out, write_json
from qa_service.domain.topic import OTHER, Method, TopicSet
from qa_service.settings import load_settings

commands = typer.Typer(help="Why customers are in contact: found in history, named by people.", no_args_is_help=True)
_ACTOR = "command line"
TopicId = Annotated[str, typer.Argument(metavar="TOPIC", help="Id of a topic, as 'topics list' prints it.")]


@commands.callback()
def topics() -> None:
    """Why customers are in contact."""


@commands.command("build")
def build(
    method: Annotated[Method | None, typer.Option(help="vectors: by meaning, where installed (default); words: by words.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find the topics of all scored interactions anew; those that are found again keep their names, pinned ones stay."""
    with opened(load_settings()) as services:
        with counting("reading interactions") as watch:
            services.history.remember_all(watch)
        found = services.topics.build(actor=_ACTOR, method=method)
        services.history.link_all()
        counts = services.topics.counts()[1]
    _tell(found, counts, as_json=as_json)


@commands.command("list")
def list_(
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Day after the last.")] = None,
    as_json: AsJson = False,
) -> None:
    """The topics in force, the most frequent first."""
    with opened(load_settings()) as services:
        found, counts = services.topics.counts(since=_utc(since), until=_utc(until))
    _tell(found, counts, as_json=as_json)


@commands.command("assign")
def assign() -> None:
    """Read all scored interactions again, assign them by the topics in force, and link the contacts of each customer anew."""
    with opened(load_settings()) as services:
        services.topics.get()
        with counting("reading interactions") as watch:
            count = services.history.remember_all(watch)
        services.history.link_all()
    out().print(f"{count} interactions assigned", highlight=False)


@commands.command("rename")
def rename(topic: TopicId, name: Annotated[str, typer.Argument(help="What people call it; '' takes its own words again.")]) -> None:
    """Give a topic a name."""
    with opened(load_settings()) as services:
        found = services.topics.rename(topic, name or None, actor=_ACTOR)
    out().print(f"{topic}: {found.get(topic).called}", markup=False, highlight=False)


@commands.command("merge")
def merge(
    topic: TopicId, into: Annotated[str | None, typer.Argument(metavar="INTO", help="The topic to count it under.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Count it on its own again.")] = False,
) -> None:
    """Count a topic under another."""
    if (into is None) is not undo:
        raise typer.BadParameter("name the topic to count it under, or say --undo")
    with opened(load_settings()) as services:
        services.topics.merge(topic, into, actor=_ACTOR)
        services.history.link_all()
    out().print(f"{topic} is counted on its own" if into is None else f"{topic} is counted under {into}", markup=False, highlight=False)


@commands.command("pin")
def pin(topic: TopicId, undo: Annotated[bool, typer.Option("--undo", help="Leave it to what the next build finds.")] = False) -> None:
    """Keep a topic at the next build, whatever is found."""
    with opened(load_settings()) as services:
        services.topics.pin(topic, pinned=not undo, actor=_ACTOR)
    out().print(f"{topic} is {'left to the next build' if undo else 'pinned'}", markup=False, highlight=False)


def _tell(found: TopicSet, counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        write_json({**found.model_dump(mode="json"), "counts": counts})
        return
    table = Table("topic", "name", "interactions", "example")
    for one in sorted(found.topics, key=lambda one: (-counts.get(one.id, 0), one.id)):
        count = f"under {one.merged_into}" if one.merged_into else str(counts.get(one.id, 0))
        table.add_row(one.id, one.called + (" (pinned)" if one.pinned else ""), count, one.example[:80])
    table.add_row(OTHER, "", str(counts.get(OTHER, 0)), "far from every topic")
    out().print(f"version {found.version}, by {found.method.value}, from {found.built_from} interactions", highlight=False)
    out().print(table, markup=False)


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
