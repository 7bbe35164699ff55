"""The command line: one file a command, each a thin shell over a service. ``COMMANDS`` is where they are registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import typer

from qa_service.cli import agent, audit, bench, db, demo, models, rubric, score, serve, transcribe

#: Name -> function or group of functions.
COMMANDS: Mapping[str, Callable[..., None] | typer.Typer] = MappingProxyType(
    {
        "demo": demo.demo,
        "score": score.score,
        "transcribe": transcribe.transcribe,
        "serve": serve.serve,
        "worker": serve.worker,
        "agent": agent.agent,
        "rubric": rubric.commands,
        "models": models.commands,
        "db": db.commands,
        "audit": audit.commands,
        "key": serve.commands,
        "bench": bench.commands,
    }
)


def _build() -> typer.Typer:
    top = typer.Typer(
        name="qa-service", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        help="Quality assurance for contact centres: recordings and conversations in, scorecards and strengths out.",
    )
    for name, command in COMMANDS.items():
        if isinstance(command, typer.Typer):
            top.add_typer(command, name=name)
        else:
            top.command(name)(command)
    return top


app = _build()
