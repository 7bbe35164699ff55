"""``qa-service judge``: whether the language model's server works, and what it was asked."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from qa_service.cli.options import AsJson
from qa_service.cli.output import err, out, write_json
from qa_service.services.judge import Checked, as_data, asked
from qa_service.services.judge import check as checked
from qa_service.settings import load_settings

commands = typer.Typer(help="The language model that answers criteria of the kind 'judge'.", no_args_is_help=True)


@commands.command("check")
def check(as_json: AsJson = False) -> None:
    """Ask the server one trivial question; exits with 1 unless it is answered rightly, with a quote that stands there."""
    found = checked(load_settings())
    if as_json:
        write_json({**found.model_dump(mode="json"), "usable": found.usable})
    else:
        _print(found)
    if not found.usable:
        err().print(f"failed: {found.fault or f'answered {found.answer!r} to a question whose answer is yes'}", style="red", markup=False)
        raise typer.Exit(1)


@commands.command("show")
def show(
    request: Annotated[str, typer.Argument(help="The digits behind 'request' in a suggestion's reason.")], as_json: AsJson = False
) -> None:
    """Show what was sent, with personal data masked, and what came back."""
    kept = asked(load_settings(), request)
    if as_json:
        write_json({**as_data(kept), "sent": json.loads(kept.sent)})
        return
    sent = json.loads(kept.sent)
    _line(f"{kept.request}\nasked {kept.at} of {sent['model']} (the server says {kept.served or 'nothing'}), {kept.ms} ms")
    for message in sent["messages"]:
        _line(f"\n--- {message['role']}\n{message['content']}")
    _line(f"\n--- reply\n{kept.reply}")


def _print(found: Checked) -> None:
    form = "holds replies to the form" if found.structured else "does NOT hold replies to the form: more of them will be refused"
    tokens = "" if found.asked_tokens is None else f", {found.asked_tokens} tokens asked, {found.reply_tokens or 0} replied"
    _line(f"server     {found.url}")
    _line(f"model      {found.model} (the server says {found.served or 'nothing'})")
    _line(f"answer     {found.answer}, {found.quotes} quotes that stand there: {found.reason or 'no reason given'}")
    _line(f"time       {found.ms} ms{tokens}")
    _line(f"structure  asked by {found.format}; {form}")
    if found.in_clear:
        err().print("Masked conversations and the key go to another machine unencrypted: use https.", style="yellow", markup=False)


def _line(text: str) -> None:
    out().print(text, highlight=False, markup=False, soft_wrap=True)
