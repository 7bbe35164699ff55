"""Gold cases: the interactions that people answered, read by the machine once for everything that is measured on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.base import Reading
from qa_service.channels import Header
from qa_service.channels.conversation import parse_conversation
from qa_service.channels.sidecar import read_sidecar
from qa_service.domain.interaction import Interaction
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import NOT_APPLICABLE, Rubric
from qa_service.domain.scorecard import Gold, Suggestion
from qa_service.domain.transcript import Transcript
from qa_service.errors import InputError
from qa_service.store.gold import GoldFile, call_as_conversation, read_gold

#: Transcribes the recording of a side-car; ``None`` takes the reference transcript.
Listen = Callable[[Path, Header], Transcript]
#: Told how many of how many are done.
Watch = Callable[[int, int], None]


class Part(StrEnum):
    """Which gold counts."""

    TRAIN = "train"
    TEST = "test"
    ALL = "all"


class GoldCase(NamedTuple):
    """A gold scorecard, the machine's reading of its interaction, and its suggestions."""

    file: GoldFile
    interaction: Interaction
    reading: Reading
    suggestions: Mapping[str, Suggestion]

    @property
    def gold(self) -> Gold:
        """Its split and second pass."""
        return self.file.card.gold or Gold()

    @property
    def answers(self) -> dict[str, str]:
        """What people answered, by criterion."""
        return {one.id: one.answer for one in self.file.card.criteria if one.answer is not None}

    @property
    def language(self) -> str:
        """Main language; ``?`` where nobody knows."""
        return self.reading.transcript.language or "?"


class GoldReader:
    """Reads gold with one analysis."""

    def __init__(self, analysis: Analysis, *, decide_at: float, listen: Listen | None = None) -> None:
        self._analysis = analysis
        self._decide_at = decide_at
        self._listen = listen

    def cases(self, rubric: Rubric, files: Iterable[GoldFile]) -> Iterable[GoldCase]:
        """Each file, read and pre-scored; raises :class:`InputError` for an answer outside the form."""
        for file in files:
            check_answers(rubric, file)
            interaction, transcript = load(file, self._listen)
            reading = self._analysis.read(interaction, transcript, rubric=rubric, decide_at=self._decide_at)
            yield GoldCase(file, interaction, reading, self.suggest(rubric, reading))

    def suggest(self, rubric: Rubric, reading: Reading) -> Mapping[str, Suggestion]:
        """What the machine answers."""
        return pre_score(
            rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, judgements=reading.judgements,
            learned=reading.learned, decide_at=self._decide_at,
        )


def chosen_gold(rubrics: Iterable[Rubric], *, gold: Path, recordings: Path, part: Part = Part.ALL) -> list[tuple[Rubric, list[GoldFile]]]:
    """The rubrics that have gold, each with its files; raises :class:`InputError` for faulty gold, or when there is none for them."""
    everything = list(read_gold(gold, recordings=recordings))
    if not everything:
        raise InputError("no gold scorecards", file=gold)
    files = [file for file in everything if part is Part.ALL or (file.card.gold or Gold()).split.value == part]
    if not files:
        raise InputError(f"no gold scorecards of split {part.value}", file=gold, hint="say --split all")
    channels = sorted({file.card.interaction.channel for file in files})
    chosen = [(rubric, [file for file in files if file.card.interaction.channel is rubric.channel]) for rubric in rubrics]
    found = [(rubric, some) for rubric, some in chosen if some]
    if not found:
        raise InputError(f"gold scorecards only of {', '.join(channels)}, and no rubric for those", file=gold)
    return found


def check_answers(rubric: Rubric, file: GoldFile) -> None:
    """Raises :class:`InputError` where the file answers what the form does not ask, or with what it does not offer."""
    second = (file.card.gold or Gold()).second
    for criterion, answer in [*((one.id, one.answer) for one in file.card.criteria), *second.items()]:
        form = next((one for one in rubric.criteria if one.id == criterion), None)
        if form is None:
            raise InputError(f"rubric {rubric.rubric!r} has no criterion {criterion!r}", file=file.path, field="criteria")
        if answer is not None and answer != NOT_APPLICABLE and form.option(answer) is None:
            options = ", ".join([*(option.id for option in form.options), NOT_APPLICABLE])
            raise InputError(f"{answer!r} is no answer to {criterion!r}", file=file.path, field="criteria", hint=f"one of: {options}")


def load(file: GoldFile, listen: Listen | None = None) -> tuple[Interaction, Transcript]:
    """The interaction of a gold file with its transcript; raises :class:`InputError`."""
    path = file.interaction
    if file.labelled or path.name.endswith(".conversation.json"):
        conversation = parse_conversation(call_as_conversation(path) if file.labelled else path.read_bytes(), file=path)
        return conversation.interaction, conversation.transcript
    header = read_sidecar(path, describes=path)
    if listen is not None:
        return header.interaction, listen(path, header)
    if header.reference is None:
        raise InputError("the side-car has no reference transcript", file=path, field="turns")
    return header.interaction, header.reference


def counted(cases: Iterable[GoldCase], *, total: int, done: int, watch: Watch | None) -> Sequence[GoldCase]:
    """All of them, telling how many are done."""
    found: list[GoldCase] = []
    for case in cases:
        found.append(case)
        if watch is not None:
            watch(done + len(found), total)
    return found
