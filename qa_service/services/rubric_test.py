"""Rubrics tested like code: every gold interaction is scored again and compared with what people answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from qa_service.analysis.analysis import Analysis
from qa_service.channels import Header
from qa_service.channels.conversation import parse_conversation
from qa_service.channels.sidecar import read_sidecar
from qa_service.domain.agreement import Agreement, agreement
from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import NOT_APPLICABLE, Rubric
from qa_service.domain.scorecard import ScoredCriterion, Suggestion
from qa_service.domain.transcript import Transcript
from qa_service.errors import InputError
from qa_service.store.gold import GoldFile, read_gold

#: Transcribes the recording of a side-car; ``None`` takes the reference transcript.
Listen = Callable[[Path, Header], Transcript]


class Disagreement(Record):
    """A criterion that the machine answered differently."""

    #: Interaction and criterion.
    interaction: str
    criterion: str
    #: What people answered.
    gold: str
    #: What the machine suggests.
    suggestion: Suggestion


class RubricReport(Record):
    """A rubric against its gold."""

    #: Rubric id and version.
    rubric: str
    version: int
    #: Gold scorecards.
    scorecards: int
    #: One per criterion, in the order of the form.
    criteria: tuple[Agreement, ...]
    #: All criteria together, and in each language.
    total: Agreement
    languages: tuple[Agreement, ...]
    #: What to look at.
    disagreements: tuple[Disagreement, ...]


def measure(
    rubrics: Iterable[Rubric], *, analysis: Analysis, gold: Path, recordings: Path, decide_at: float, listen: Listen | None = None
) -> tuple[RubricReport, ...]:
    """A report for each rubric that has gold; raises :class:`InputError` for faulty gold, or when there is none for them."""
    files: dict[Channel, list[GoldFile]] = defaultdict(list)
    for file in read_gold(gold, recordings=recordings):
        files[file.card.interaction.channel].append(file)
    if not files:
        raise InputError("no gold scorecards", file=gold)
    chosen = [rubric for rubric in rubrics if files[rubric.channel]]
    if not chosen:
        raise InputError(f"gold scorecards only of {', '.join(files)}, and no rubric for those", file=gold)
    return tuple(_report(rubric, files[rubric.channel], analysis, decide_at, listen) for rubric in chosen)


def _report(rubric: Rubric, files: Sequence[GoldFile], analysis: Analysis, decide_at: float, listen: Listen | None) -> RubricReport:
    pairs: dict[str, list[tuple[str, str]]] = {criterion.id: [] for criterion in rubric.criteria}
    languages: dict[str, list[tuple[str, str]]] = defaultdict(list)
    wrong: list[Disagreement] = []
    for file in files:
        interaction, transcript = _load(file.interaction, listen)
        reading = analysis.read(interaction, transcript, rubric=rubric)
        suggestions = pre_score(
            rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, decide_at=decide_at
        )
        for one in file.card.criteria:
            if one.answer is None:
                continue
            _check_answer(rubric, one, file)
            suggestion = suggestions[one.id]
            pairs[one.id].append((one.answer, suggestion.answer))
            languages[reading.transcript.language or "?"].append((one.answer, suggestion.answer))
            if suggestion.answer != one.answer:
                wrong.append(Disagreement(interaction=interaction.id, criterion=one.id, gold=one.answer, suggestion=suggestion))
    everything = [pair for some in pairs.values() for pair in some]
    return RubricReport(
        rubric=rubric.rubric, version=rubric.version, scorecards=len(files),
        criteria=tuple(agreement(name, some) for name, some in pairs.items()), total=agreement("all criteria", everything),
        languages=tuple(agreement(name, some) for name, some in sorted(languages.items())), disagreements=tuple(wrong),
    )


def _check_answer(rubric: Rubric, one: ScoredCriterion, file: GoldFile) -> None:
    form = next((criterion for criterion in rubric.criteria if criterion.id == one.id), None)
    if form is None:
        raise InputError(f"rubric {rubric.rubric!r} has no criterion {one.id!r}", file=file.path, field="criteria")
    if one.answer != NOT_APPLICABLE and form.option(one.answer or "") is None:
        options = ", ".join([*(option.id for option in form.options), NOT_APPLICABLE])
        raise InputError(f"{one.answer!r} is no answer to {one.id!r}", file=file.path, field="criteria", hint=f"one of: {options}")


def _load(path: Path, listen: Listen | None) -> tuple[Interaction, Transcript]:
    if path.name.endswith(".conversation.json"):
        conversation = parse_conversation(path.read_bytes(), file=path)
        return conversation.interaction, conversation.transcript
    header = read_sidecar(path, describes=path)
    if listen is not None:
        return header.interaction, listen(path, header)
    if header.reference is None:
        raise InputError("the side-car has no reference transcript", file=path, field="turns")
    return header.interaction, header.reference
