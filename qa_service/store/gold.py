"""Gold scorecards: answers that people gave, as files with their conversation beside them or their recording in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from qa_service.domain.scorecard import Scorecard
from qa_service.errors import InputError

ENDING = ".scorecard.json"


class GoldFile(NamedTuple):
    """One gold scorecard and the file of its interaction."""

    #: The scorecard's file.
    path: Path
    #: The answers.
    card: Scorecard
    #: Conversation, or the side-car of a recording.
    interaction: Path


def read_gold(folder: Path, *, recordings: Path) -> Iterator[GoldFile]:
    """All gold scorecards below a folder, by name; raises :class:`InputError` naming a faulty file or a missing interaction."""
    for path in sorted(folder.rglob(f"*{ENDING}")):
        name = path.name.removesuffix(ENDING)
        places = (path.with_name(f"{name}.conversation.json"), recordings / f"{name}.json")
        interaction = next((place for place in places if place.is_file()), None)
        if interaction is None:
            raise InputError(f"neither {places[0].name} beside it nor a recording {name!r} in {recordings}", file=path)
        yield GoldFile(path, _card(path), interaction)


def _card(path: Path) -> Scorecard:
    try:
        return Scorecard.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], file=path, field=".".join(str(part) for part in first["loc"])) from error
