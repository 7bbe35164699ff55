"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
EngineName = Annotated[str | None, typer.Option("--engine", help="Speech engine, as in 'qa-service models list'.")]
ModelName = Annotated[str | None, typer.Option("--model", help="Model folder or official name; default: the bundled weights.")]
LanguageName = Annotated[str | None, typer.Option("--language", help="Language of recordings that do not say theirs: en, fa, ar ...")]


def given(**values: object) -> dict[str, object]:
    """Those settings that were given on the command line."""
    return {name: value for name, value in values.items() if value is not None}
