"""``qa-service models``: which speech engines and weights are usable here."""

from __future__ import annotations

import typer
from rich.table import Table

from qa_service.cli.options import AsJson
from qa_service.cli.output import out, write_json
from qa_service.services.engines import Engines
from qa_service.settings import load_settings
from qa_service.speech import ENGINES

commands = typer.Typer(help="Speech engines and their weights.", no_args_is_help=True)


@commands.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Engines by name, and what they still need."""
    rows = [
        {"engine": name, "usable": not one.missing, "needs": list(one.missing), "extra": one.extra, "summary": one.summary}
        for name, one in ENGINES.items()
    ]
    if as_json:
        write_json(rows)
        return
    table = Table("engine", "usable here", "what it is")
    for name, one in ENGINES.items():
        table.add_row(name, "yes" if not one.missing else f"needs {', '.join(one.missing)}", one.summary)
    out().print(table)


@commands.command("verify")
def verify() -> None:
    """Assemble the bundled weights if need be, and check them against their hash."""
    settings = load_settings()
    engine = Engines(settings).get()
    out().print(f"{engine.name}: {engine.version}", highlight=False, markup=False, soft_wrap=True)
