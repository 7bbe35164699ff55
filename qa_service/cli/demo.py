"""``qa-service demo``: score all shipped fixtures, print the tables, then serve."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from qa_service.bootstrap import Services, running
from qa_service.cli import tables
from qa_service.cli.options import EngineName
from qa_service.cli.output import batch_progress, err, log_to_stderr, out, tell_failures
from qa_service.cli.serve import announce, run_server
from qa_service.domain.agent import Basis
from qa_service.errors import ConfigurationError
from qa_service.services.ingest import JobOptions
from qa_service.settings import load_settings

_CHECKOUT = Path(__file__).parents[2]


def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the API afterwards.")] = True,
    engine: EngineName = None,
) -> None:
    """Ingest and score every shipped fixture, print scorecards and agents, then serve API and documentation on localhost."""
    settings = load_settings(**({} if engine is None else {"engine": engine}))
    log_to_stderr(settings)
    folders = [folder for folder in (_CHECKOUT / "audio_fixtures", _CHECKOUT / "scorecards") if folder.is_dir()]
    if len(folders) < 2:
        hint = "score your own: qa-service score FOLDER"
        raise ConfigurationError("the demo's fixtures are in the source checkout", file=_CHECKOUT, hint=hint)
    begin = time.monotonic()
    with running(settings) as services:
        with batch_progress("scoring fixtures") as watch:
            rows = services.batches.run(folders, actor="demo", options=JobOptions(engine=engine, rescore=True), watch=watch)
        out().print(tables.scorecards(rows))
        _print_agents(services)
        err().print(f"{len(rows)} interactions in {time.monotonic() - begin:.1f} s", highlight=False)
        tell_failures(rows)
        if serve:
            announce(services)
            run_server(services)


def _print_agents(services: Services) -> None:
    totals = services.profiles.totals(basis=Basis.ALL)
    profiles = [services.profiles.profile(total.agent, basis=Basis.ALL) for total in totals if total.agent is not None]
    out().print(tables.agents(totals, profiles))
