"""Gold scorecards: answers that people gave, as files with their conversation beside them or their recording in a folder.

A folder of calls with a table of labels is read too: ``labels.csv`` (``id,criterion,answer``; ``na`` where there was no opportunity) beside
``calls/ID.json``.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import NOT_APPLICABLE, Severity
from qa_service.domain.scorecard import Engines, Gold, InteractionRef, RubricRef, Scorecard, ScoredCriterion, Status
from qa_service.errors import DuplicateError, InputError

_T = TypeVar("_T")
ENDING = ".scorecard.json"
LABELS = "labels.csv"
_CONVERSATION = ".conversation.json"
#: Bytes of an id in a file's name; names have at most 255.
_LONGEST = 200
_COLUMNS = ("id", "criterion", "answer")


class GoldFile(NamedTuple):
    """One gold scorecard and the file of its interaction."""

    #: The scorecard's file.
    path: Path
    #: The answers.
    card: Scorecard
    #: Conversation, side-car of a recording, or transcribed call.
    interaction: Path
    #: The interaction is a call of a folder with a table of labels.
    labelled: bool = False


class _SecondPass(Record):
    """``ID.second.json``: the answers of a second, blind annotator, for cards that do not hold them."""

    id: str
    answers: dict[str, str]
    notes: dict[str, str] | str | None = None


def read_gold(folder: Path, *, recordings: Path) -> Iterator[GoldFile]:
    """All gold scorecards below a folder, by name; raises :class:`InputError` naming a faulty file or a missing interaction."""
    for table in sorted(folder.rglob(LABELS)):
        yield from _labelled(table)
    for path in sorted(folder.rglob(f"*{ENDING}")):
        name = path.name.removesuffix(ENDING)
        places = (path.with_name(f"{name}.conversation.json"), recordings / f"{name}.json")
        interaction = next((place for place in places if place.is_file()), None)
        if interaction is None:
            raise InputError(f"neither {places[0].name} beside it nor a recording {name!r} in {recordings}", file=path)
        yield GoldFile(path, _with_second(_parsed(TypeAdapter(Scorecard), path), path.with_name(f"{name}.second.json")), interaction)


class GoldEntry(NamedTuple):
    """A gold scorecard to be written, with its conversation."""

    card: Scorecard
    #: Conversation JSON.
    conversation: bytes


def write_gold(folder: Path, entries: Sequence[GoldEntry]) -> tuple[Path, ...]:
    """Write gold as ``CHANNEL/ID.scorecard.json`` with ``ID.conversation.json`` beside it; the scorecards' files.

    What stands there with the same content is left as it is. Raises :class:`DuplicateError`, before anything is written, where a file has
    other content: gold is never overwritten.
    """
    files = [file for entry in entries for file in _files(folder, entry)]
    for path, content in files:
        if path.exists() and path.read_bytes() != content:
            hint = "people answered this interaction before: compare the two, and move the file away if the new answers are to count"
            raise DuplicateError(f"{path.name} is in the gold set with other content", file=path, field="gold_dir", hint=hint)
    for path, content in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with path.open("xb") as stream:
                stream.write(content)
    return tuple(path for path, _ in files if path.name.endswith(ENDING))


def gold_of(folder: Path, interaction: str) -> tuple[Path, ...]:
    """The files that :func:`write_gold` made of an interaction, if any: what goes when it is erased."""
    paths = (folder / channel.value / f"{_name(interaction)}{ending}" for channel in Channel for ending in (ENDING, _CONVERSATION))
    return tuple(path for path in paths if path.is_file())


def _files(folder: Path, entry: GoldEntry) -> tuple[tuple[Path, bytes], tuple[Path, bytes]]:
    place = folder / entry.card.interaction.channel.value
    name = _name(entry.card.interaction.id)
    card = json.dumps(entry.card.as_data(), ensure_ascii=False, indent=1) + "\n"
    # The conversation first: a scorecard that has none would be a fault.
    return (place / f"{name}{_CONVERSATION}", entry.conversation), (place / f"{name}{ENDING}", card.encode())


def _name(interaction: str) -> str:
    """The id as a file's name; where that would be too long, its beginning and a digest."""
    if len(interaction.encode()) <= _LONGEST:
        return interaction
    digest = hashlib.sha256(interaction.encode()).hexdigest()[:16]
    return f"{interaction.encode()[:_LONGEST - 20].decode(errors='ignore')}-{digest}"


def _with_second(card: Scorecard, path: Path) -> Scorecard:
    gold = card.gold or Gold()
    if gold.second or not path.is_file():
        return card
    second = {criterion: _answer(answer) for criterion, answer in _parsed(TypeAdapter(_SecondPass), path).answers.items()}
    return card.model_copy(update={"gold": gold.model_copy(update={"second": second})})


def _labelled(table: Path) -> Iterator[GoldFile]:
    with table.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if set(_COLUMNS) - set(reader.fieldnames or ()):
            raise InputError("a table of labels has the columns id, criterion, answer", file=table, line=1)
        answers: dict[str, dict[str, str]] = {}
        for row in reader:
            if not all(row[column] for column in _COLUMNS):
                raise InputError("a label needs id, criterion and answer", file=table, line=reader.line_num)
            answers.setdefault(row["id"], {})[row["criterion"]] = _answer(row["answer"])
    for call, given in answers.items():
        interaction = table.parent / "calls" / f"{call}.json"
        if not interaction.is_file():
            raise InputError(f"no call {call!r} in {interaction.parent.name}", file=table, field="id")
        yield GoldFile(table, _card(call, given), interaction, labelled=True)


def _card(call: str, answers: dict[str, str]) -> Scorecard:
    """A scorecard that holds nothing but answers."""
    criteria = (
        ScoredCriterion(id=name, section="labels", weight=1000, severity=Severity.MINOR, answer=answer) for name, answer in answers.items()
    )
    return Scorecard(
        interaction=InteractionRef(id=call, channel=Channel.PHONE), rubric=RubricRef(id="labels", version=1, fingerprint=""),
        engine=Engines(analysis="none"), status=Status.FINAL, criteria=tuple(criteria),
    )


def call_as_conversation(path: Path) -> bytes:
    """A transcribed call (``{"id", "turns": [{"speaker", "start_ms", "end_ms", "text"}]}``) as conversation JSON.

    Raises :class:`InputError`. Turns without words are left out; speakers are ``agent`` and ``customer`` (or ``caller``).
    """
    call = _parsed(TypeAdapter(_Call), path)
    told = sorted((turn for turn in call.turns if turn.text.strip()), key=lambda turn: turn.start_ms)
    turns = [
        {"speaker": turn.speaker.replace("caller", "customer"), "text": turn.text, "start": turn.start_ms / 1000, "end": turn.end_ms / 1000}
        for turn in told
    ]
    conversation = {"id": call.id, "channel": Channel.PHONE.value, "language": call.language, "turns": turns}
    return json.dumps({key: value for key, value in conversation.items() if value is not None}).encode()


class _CallTurn(Record):
    speaker: str
    text: str
    start_ms: int
    end_ms: int


class _Call(Record):
    id: str
    language: str | None = None
    turns: tuple[_CallTurn, ...]


def _answer(written: str) -> str:
    return NOT_APPLICABLE if written == "na" else written


def _parsed(adapter: TypeAdapter[_T], path: Path) -> _T:
    try:
        return adapter.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], file=path, field=".".join(str(part) for part in first["loc"])) from error
