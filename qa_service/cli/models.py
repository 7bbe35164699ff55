"""``qa-service models``: which speech engines and weights are usable here, and whether they are what they should be."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from rich.table import Table
from rich.text import Text

from qa_service.cli.options import AsJson, EngineName, ModelName, given
from qa_service.cli.output import err, out, write_json
from qa_service.services.models import LAYOUT, EngineState, Models, Verified
from qa_service.settings import load_settings
from qa_service.speech.inventory import Model

commands = typer.Typer(help="Speech engines and their weights.", no_args_is_help=True)


@commands.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Engines and weights by name, what they still need, and where to put a larger model."""
    models = Models(load_settings())
    engines, weights = models.engines(), models.weights()
    if as_json:
        told = {"engines": engines, "weights": weights}
        data = {name: [one.model_dump(mode="json") for one in found] for name, found in told.items()}
        write_json({**data, "place": {"folder": models.place, "files": LAYOUT}})
        return
    out().print(_engines(engines))
    for line in (line for one in weights for line in _weights(one)):
        out().print(line, highlight=False, markup=False, soft_wrap=True)
    out().print(
        f"The bundled weights are good for English; for Persian and Arabic bring a larger model: a folder such as {models.place} with "
        f"{', '.join(LAYOUT)} (Whisper large-v3-turbo as converted for CTranslate2, say), named by QA_MODEL or a queue's 'model'. "
        "Where there is a network, an official name (large-v3-turbo) is enough, and is downloaded.",
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip


@commands.command("verify")
def verify(engine: EngineName = None, model: ModelName = None, as_json: AsJson = False) -> None:
    """Check every file against its hash, load the engines in force (or the one named) and let each hear a second of sound."""
    models = Models(load_settings(**given(engine=engine, model=model)))
    altered = models.altered()
    tried = () if altered else models.verify(engine)
    if as_json:
        write_json({"altered": altered, "engines": [one.model_dump(mode="json") for one in tried]})
    faults = [*altered, *(f"{one.engine}: {fault}" for one in tried for fault in one.faults)]
    if not as_json:
        for one in tried:
            _print(one)
    for fault in faults:
        err().print(f"failed: {fault}", style="red", highlight=False, markup=False, soft_wrap=True)
    if altered:
        note = "delete what is altered: it is made again from the packages; packages that are must be installed again"
        err().print(note, highlight=False, markup=False, soft_wrap=True)
    if faults:
        raise typer.Exit(1)


def _print(one: Verified) -> None:
    if one.version is not None:
        queues = f" (queues: {', '.join(one.queues)})" if one.queues else ""
        line = f"{one.engine}: {one.version}{queues}: works, {one.seconds:.1f} s to load and hear a second"
        out().print(line, highlight=False, markup=False, soft_wrap=True)


def _engines(engines: tuple[EngineState, ...]) -> Table:
    table = Table("engine", "usable here", "in force for", "what it is")
    for one in engines:
        force = ", ".join([*(["the settings"] if one.chosen else []), *one.queues])
        table.add_row(*(Text(cell) for cell in (one.engine, "yes" if one.usable else one.why or "no", force, one.summary)))
    return table


def _weights(one: Model) -> Iterator[str]:
    """A paragraph: names and figures, then the place."""
    size = "size unknown until it is used" if one.size is None else f"{one.size / 1e6:.0f} MB"
    languages = {None: "languages unknown", 1: "one language"}.get(one.languages, f"{one.languages} languages")
    licence = f"licence {one.licence or 'not known here'}"
    yield f"{one.name} for {' and '.join(one.engines)}: SHA-256 {one.sha256[:12]}, {size}, {languages}, {licence}"
    if one.packages:
        yield f"  in packages {' '.join(one.packages)}, {'installed' if one.here else 'not installed'}"
    if one.path:
        yield f"  in {one.path}"
