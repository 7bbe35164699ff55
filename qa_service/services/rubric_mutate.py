"""Whether the gold would notice: every detection of a rubric is weakened in turn and the gold is judged again.

Each interaction is analysed once; a mutant costs only the rules of its own criterion, until the first answer that it spoils.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from qa_service.analysis.analysis import Analysis
from qa_service.domain.base import Path as Place
from qa_service.domain.base import Record
from qa_service.domain.estimation import Share, wilson
from qa_service.domain.mutation import Mutant, Operator, findings_of, mutants, part_with
from qa_service.domain.rubric import Rubric
from qa_service.services.gold import GoldCase, GoldReader, Listen, Part, Watch, chosen_gold, counted


class Survivor(Record):
    """A weakened detection that spoils no answer: the gold has no example of what it is for, or it is for nothing."""

    criterion: str
    #: Where, in the file.
    path: Place
    operator: Operator
    #: What was done, in words.
    what: str
    #: Answers that the mutant gets right and the rubric does not.
    better: int


class MutationScore(Record):
    """A criterion's mutants."""

    criterion: str
    #: Gold answers, and those of them that the rubric gets right: only these can be spoilt.
    answers: int
    right: int
    #: Mutants, and the share of them that spoil an answer.
    mutants: int
    noticed: Share


class MutationReport(Record):
    """A rubric's mutants against its gold."""

    rubric: str
    version: int
    #: Gold scorecards.
    scorecards: int
    #: One per criterion that has detections, in the order of the form.
    criteria: tuple[MutationScore, ...]
    #: All together.
    total: Share
    #: In the order of the form.
    survivors: tuple[Survivor, ...]


def mutate(
    rubrics: Iterable[Rubric], *, analysis: Analysis, gold: Path, recordings: Path, decide_at: float, listen: Listen | None = None,
    part: Part = Part.ALL, watch: Watch | None = None,
) -> tuple[MutationReport, ...]:
    """One report for each rubric that has gold; raises :class:`InputError` for faulty gold, or when there is none for them."""
    # What was learned belongs to detections as they are, so that a mutant has the rules alone.
    reader = GoldReader(analysis.unlearned, decide_at=decide_at, listen=listen)
    chosen = chosen_gold(rubrics, gold=gold, recordings=recordings, part=part)
    made = [(rubric, files, list(mutants(rubric))) for rubric, files in chosen]
    total, done, reports = sum(len(files) + len(found) for _, files, found in made), 0, []
    for rubric, files, found in made:
        cases = counted(reader.cases(rubric, files), total=total, done=done, watch=watch)
        done += len(files)
        reports.append(_report(reader, rubric, cases, found, total=total, done=done, watch=watch))
        done += len(found)
    return tuple(reports)


def _report(
    reader: GoldReader, rubric: Rubric, cases: Sequence[GoldCase], found: Sequence[Mutant], *, total: int, done: int, watch: Watch | None
) -> MutationReport:
    noticed: dict[str, list[bool]] = {}
    survivors: list[Survivor] = []
    for number, mutant in enumerate(found, 1):
        criterion = mutant.criterion.id
        better = _better(reader, rubric, cases, mutant)
        noticed.setdefault(criterion, []).append(better is None)
        if better is not None:
            survivors.append(Survivor(criterion=criterion, path=mutant.path, operator=mutant.operator, what=mutant.what, better=better))
        if watch is not None:
            watch(done + number, total)
    everything = [one for some in noticed.values() for one in some]
    return MutationReport(
        rubric=rubric.rubric, version=rubric.version, scorecards=len(cases), total=wilson(sum(everything), len(everything)),
        criteria=tuple(_score(name, some, cases) for name, some in noticed.items()), survivors=tuple(survivors),
    )


def _better(reader: GoldReader, rubric: Rubric, cases: Iterable[GoldCase], mutant: Mutant) -> int | None:
    """Answers that the mutant gets right and the rubric does not; ``None`` as soon as it spoils one."""
    name, better = mutant.criterion.id, 0
    part = part_with(rubric, mutant.criterion)
    for case in cases:
        wanted = case.answers.get(name)
        if wanted is None:
            continue
        reading = case.reading._replace(findings=findings_of(mutant, case.reading.findings, case.reading.transcript))
        right, was_right = reader.suggest(part, reading)[name].answer == wanted, case.suggestions[name].answer == wanted
        if was_right and not right:
            return None
        better += right and not was_right
    return better


def _score(criterion: str, noticed: Sequence[bool], cases: Iterable[GoldCase]) -> MutationScore:
    own = [(case.answers[criterion], case.suggestions[criterion].answer) for case in cases if criterion in case.answers]
    return MutationScore(
        criterion=criterion, answers=len(own), right=sum(wanted == told for wanted, told in own), mutants=len(noticed),
        noticed=wilson(sum(noticed), len(noticed)),
    )
