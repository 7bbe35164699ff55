"""``qa-service search``: find what was said, follow it in time, and keep the index."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from qa_service.bootstrap import opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.domain.period import PeriodKind
from qa_service.errors import ProcessingError
from qa_service.services.search import By, Hit, Order
from qa_service.settings import load_settings

commands = typer.Typer(help="What was said: found by words and by meaning, followed in time.", no_args_is_help=True)
Words = Annotated[
    list[str], typer.Argument(metavar="QUERY...", help='Words, "phrases", OR, -not, prefix*, a NEAR/5 b, channel:chat, score<60 ...')
]


@commands.callback()
def search() -> None:
    """What was said."""


@commands.command("find")
def find(
    query: Words,
    order: Annotated[Order, typer.Option(help="relevance: ranked where there are few enough; newest: the newest first.")] = Order.RELEVANCE,
    by: Annotated[By, typer.Option("--by", help="words, meaning, or both.")] = By.WORDS,
    limit: Annotated[int, typer.Option(help="Most hits.", min=1, max=100)] = 20,
    as_json: AsJson = False,
) -> None:
    """Turns of masked transcripts that hold the words; words that begin with a minus go behind "--"."""
    with opened(load_settings()) as services:
        found = services.search.find(" ".join(query), by=operator(), order=order, compare=by, limit=limit)
    if as_json:
        write_json(found.model_dump(mode="json"))
        return
    table = Table(header_style="bold")
    for name in ("contact", "interaction", "turn", "speaker", "text"):
        table.add_column(name, no_wrap=name != "text")
    for one in found.items:
        turn = "" if one.turn is None else str(one.turn)
        table.add_row(f"{one.at:%Y-%m-%d}", escape(one.interaction), turn, one.speaker or "", _marked(one))
    out().print(table)
    err().print(f"{found.total}{'+' if found.more else ''} hits", *found.notes, sep="\n")


@commands.command("trend")
def trend(
    query: Words, every: Annotated[PeriodKind, typer.Option(help="Length of the periods.")] = PeriodKind.WEEK, as_json: AsJson = False
) -> None:
    """How often something is said: interactions with the words, of those that the filters leave, by period."""
    with opened(load_settings()) as services:
        found = services.trends.phrase(" ".join(query), by=operator(), every=every)
    if as_json:
        write_json(found.model_dump(mode="json"))
        return
    table = Table(header_style="bold")
    for name in ("period", "found", "of", "share", "95 %"):
        table.add_column(name, justify="left" if name == "period" else "right")
    for one in found.points:
        share = "-" if one.share.value is None else f"{one.share.value:.1%}"
        between = "" if one.share.value is None else f"{one.share.low:.1%} - {one.share.high:.1%}"
        table.add_row(one.period, str(one.found), str(one.of), share, between)
    out().print(table)


@commands.command("index")
def index(
    meaning: Annotated[bool, typer.Option("--meaning", help="Work out the vectors of passages, too; takes a while.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put what is missing into the index, and tell how much is in it; the service does so by itself, behind the scoring."""
    with opened(load_settings()) as services:
        services.indexing.index_missing(1 << 60, lambda done: err().print(f"{done} interactions"))
        if meaning:
            services.meaning.index_some(1 << 60)
            services.meaning.refresh()
        told = services.search.coverage()
    _coverage(told.model_dump(mode="json"), as_json=as_json)


@commands.command("rebuild")
def rebuild(as_json: AsJson = False) -> None:
    """Forget the index of words and make it anew from the stored transcripts; vectors follow in the background."""
    with opened(load_settings()) as services:
        services.indexing.rebuild(by=operator(), watch=lambda done: err().print(f"{done} interactions"))
        services.meaning.tidy()
        told = services.search.coverage()
    _coverage(told.model_dump(mode="json"), as_json=as_json)


@commands.command("check")
def check() -> None:
    """Whether the index fits together and holds all that is scored; fails where it does not."""
    with opened(load_settings()) as services:
        faults = services.indexing.faults()
    if faults:
        raise ProcessingError("; ".join(faults), field="search", hint="qa-service search index, or qa-service search rebuild")
    out().print("the search index is whole")


def _coverage(told: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        write_json(told)
        return
    out().print(f"{told['words']} of {told['interactions']} interactions by words, {told['meaning']} by meaning")


def _marked(hit: Hit) -> Text:
    text = Text(hit.text or "")
    for start, end in _shown(hit):
        text.stylize("bold yellow", start, end)
    return text


def _shown(hit: Hit) -> Iterable[tuple[int, int]]:
    return ((max(0, start - hit.text_start), end - hit.text_start) for start, end in hit.marks if end > hit.text_start)
