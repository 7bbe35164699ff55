"""``qa-service rubric export`` and ``import``: forms of other products, with a report of what they could not carry."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from qa_service.analysis.analysis import Analysis
from qa_service.cli.output import err
from qa_service.domain.interaction import Channel
from qa_service.errors import InputError
from qa_service.interchange import FormOptions, Note
from qa_service.services.interchange import as_yaml, export_form, import_form
from qa_service.services.lint import load_rubric

Language = Annotated[str, typer.Option(help="Language of the form's texts.")]
Out = Annotated[Path | None, typer.Option(help="File to write; default: standard output.")]


def export_rubric(
    file: Annotated[Path, typer.Argument(help="Rubric file.")],
    to: Annotated[str, typer.Option("--to", help="amazon-connect or genesys.")],
    language: Language = "en",
    instance: Annotated[str, typer.Option(help="Amazon Connect: id of the instance.")] = FormOptions().instance,
    out: Out = None,
) -> None:
    """Write a rubric as another product's evaluation form; what it cannot carry is told on standard error."""
    rubric = load_rubric(file, catalogue=Analysis().catalogue)
    made = export_form(rubric, to, FormOptions(language=language, instance=instance))
    _write(json.dumps(made.form, ensure_ascii=False, indent=1) + "\n", out)
    _tell(made.notes)


def import_rubric(
    file: Annotated[Path, typer.Argument(help="Evaluation form as JSON.")],
    source: Annotated[str, typer.Option("--from", help="amazon-connect or genesys.")],
    channel: Annotated[Channel, typer.Option(help="Channel that it judges.")],
    rubric: Annotated[str | None, typer.Option("--id", help="Id of the rubric; default: from the form's title.")] = None,
    language: Language = "en",
    out: Out = None,
) -> None:
    """Read another product's evaluation form as a rubric in YAML; what could not be carried is told on standard error."""
    if not file.is_file():
        raise InputError("no such file", file=file)
    options = FormOptions(language=language, channel=channel, rubric=rubric)
    read = import_form(file.read_bytes(), source, options, file=str(file))
    _write(as_yaml(read.rubric), out)
    _tell(read.notes)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


def _tell(notes: Sequence[Note]) -> None:
    for note in notes:
        place = f"{note.place}: " if note.place else ""
        err().print(Text(f"{note.fidelity.value}: {place}{note.message}"), soft_wrap=True)
    err().print(f"{len(notes)} notes on fidelity", highlight=False)
