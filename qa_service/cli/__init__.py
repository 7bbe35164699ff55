"""The command line: one file a command, each a thin shell over a service. ``COMMANDS`` is where they are registered.

A command's file, and all that it works with, is loaded when the command is called: ``--help`` and mistyped commands answer at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import typer

from qa_service.cli.lazy import Command, lazy_group

#: Name -> where it is, and what the overview says. A new command is one file and one entry.
COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "demo": Command("demo", "demo", "Score every shipped recording and conversation, print the tables, then serve."),
        "score": Command("score", "score", "Score recordings and conversations: files, folders, a CSV manifest."),
        "transcribe": Command("transcribe", "transcribe", "Transcribe recordings, without storing anything."),
        "serve": Command("serve", "serve", "Serve the API, its documentation and health, and work on jobs."),
        "worker": Command("serve", "worker", "Work on jobs without serving."),
        "agent": Command("agent", "agent", "Strengths and weaknesses of an agent, with intervals and examples."),
        "rubric": Command("rubric", "commands", "Rubrics, tested like code."),
        "models": Command("models", "commands", "Speech engines and their weights."),
        "db": Command("db", "commands", "The database."),
        "audit": Command("audit", "commands", "The append-only audit ledger."),
        "key": Command("serve", "commands", "The admin key, until users and roles come."),
        "bench": Command("bench", "commands", "Benchmarks, as ratios against a named peer in the same run."),
    }
)

app = typer.Typer(name="qa-service", cls=lazy_group(COMMANDS), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def qa_service() -> None:
    """Quality assurance for contact centres: recordings and conversations in, scorecards and strengths out."""
