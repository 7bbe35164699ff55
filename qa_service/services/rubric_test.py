"""Rubrics tested like code: every gold interaction is scored again and compared with what people answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from qa_service.analysis.analysis import Analysis
from qa_service.domain.agreement import Agreement, agreement
from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.domain.reliability import Reliability, reliability
from qa_service.domain.rubric import UNDECIDED, Criterion, Rubric, Severity
from qa_service.domain.scorecard import Split, Suggestion
from qa_service.services.gold import GoldCase, GoldReader, Listen, Part, Watch, chosen_gold, counted


class Disagreement(Record):
    """A criterion that the machine answered differently."""

    #: Interaction and criterion.
    interaction: str
    criterion: str
    #: What people answered.
    gold: str
    #: What the machine suggests.
    suggestion: Suggestion


class SecondOpinion(Record):
    """A criterion that a second, blind person answered differently."""

    interaction: str
    criterion: str
    first: str
    second: str


class Ceiling(Record):
    """How far people agree with each other: no machine can be told to agree more."""

    #: Scorecards with a second pass.
    scorecards: int
    #: All their criteria together, and each that has a second answer.
    total: Agreement
    criteria: tuple[Agreement, ...]
    #: Where they differ.
    disagreements: tuple[SecondOpinion, ...]


class Measured(Record):
    """Answers of the machine against people's."""

    #: Language, or ``all``.
    name: str
    #: Gold scorecards.
    scorecards: int
    #: One per criterion, in the order of the form.
    criteria: tuple[Agreement, ...]
    #: One per severity that has answers: the families of critical errors, and minor.
    families: tuple[Agreement, ...]
    #: All criteria together.
    total: Agreement
    #: Whether the confidence of decided answers can be trusted.
    reliability: Reliability


class RubricReport(Measured):
    """A rubric against one split of its gold."""

    #: Rubric id, version and channel.
    rubric: str
    version: int
    channel: Channel
    #: The split.
    split: Split
    #: The same in each language.
    languages: tuple[Measured, ...]
    #: What people themselves reach; ``None`` without a second pass.
    ceiling: Ceiling | None
    #: What to look at; empty for a locked split unless it was asked for.
    disagreements: tuple[Disagreement, ...]
    #: Disagreements (with people, and of people) that are left out because the split is locked.
    withheld: int = 0


class Overall(Measured):
    """All rubrics together on one split."""

    split: Split
    languages: tuple[Measured, ...]


class Measurement(Record):
    """Rubrics against their gold."""

    #: One per rubric and split.
    reports: tuple[RubricReport, ...]
    #: One per split.
    overall: tuple[Overall, ...]


class _Compared(NamedTuple):
    interaction: str
    language: str
    criterion: Criterion
    gold: str
    suggestion: Suggestion


def measure(
    rubrics: Iterable[Rubric], *, analysis: Analysis, gold: Path, recordings: Path, decide_at: float, listen: Listen | None = None,
    part: Part = Part.ALL, show_locked: bool = False, watch: Watch | None = None,
) -> Measurement:
    """Every rubric that has gold, on each split apart; raises :class:`InputError` for faulty gold, or when there is none for them.

    Where a locked split fails is left out unless ``show_locked`` asks for it, so that nobody tunes on it by accident.
    """
    chosen = chosen_gold(rubrics, gold=gold, recordings=recordings, part=part)
    reader, total, done = GoldReader(analysis, decide_at=decide_at, listen=listen), sum(len(files) for _, files in chosen), 0
    reports: list[RubricReport] = []
    everything: dict[Split, list[_Compared]] = {}
    for rubric, files in chosen:
        cases = counted(reader.cases(rubric, files), total=total, done=done, watch=watch)
        done += len(files)
        for split in Split:
            own = [case for case in cases if case.gold.split is split]
            compared = _compared(rubric, own)
            if own:
                reports.append(_report(rubric, split, own, compared, show=show_locked or split is not Split.TEST))
                everything.setdefault(split, []).extend(compared)
    overall = (
        Overall(**_figures("all", found, ()), split=split, languages=_by_language(found, ())) for split, found in everything.items()
    )
    return Measurement(reports=tuple(reports), overall=tuple(overall))


def _compared(rubric: Rubric, cases: Iterable[GoldCase]) -> list[_Compared]:
    forms = {criterion.id: criterion for criterion in rubric.criteria}
    return [
        _Compared(case.interaction.id, case.language, forms[name], answer, case.suggestions[name])
        for case in cases
        for name, answer in case.answers.items()
    ]


def _report(rubric: Rubric, split: Split, cases: Sequence[GoldCase], compared: Sequence[_Compared], *, show: bool) -> RubricReport:
    wrong = [
        Disagreement(interaction=one.interaction, criterion=one.criterion.id, gold=one.gold, suggestion=one.suggestion)
        for one in compared
        if one.suggestion.answer != one.gold
    ]
    ceiling = _ceiling(rubric, cases)
    between = len(ceiling.disagreements) if ceiling is not None else 0
    if ceiling is not None and not show:
        ceiling = ceiling.model_copy(update={"disagreements": ()})
    return RubricReport(
        **_figures("all", compared, rubric.criteria), rubric=rubric.rubric, version=rubric.version, channel=rubric.channel, split=split,
        languages=_by_language(compared, rubric.criteria), ceiling=ceiling, disagreements=tuple(wrong) if show else (),
        withheld=0 if show else len(wrong) + between,
    )


def _by_language(compared: Sequence[_Compared], criteria: Sequence[Criterion]) -> tuple[Measured, ...]:
    languages = sorted({one.language for one in compared})
    return tuple(Measured(**_figures(name, [one for one in compared if one.language == name], criteria)) for name in languages)


def _figures(name: str, compared: Sequence[_Compared], criteria: Sequence[Criterion]) -> dict[str, Any]:
    """The fields of :class:`Measured`."""
    families = [(severity.value, [one for one in compared if one.criterion.severity is severity]) for severity in Severity]
    decided = [(one.suggestion.confidence, one.suggestion.answer == one.gold) for one in compared if one.suggestion.answer != UNDECIDED]
    return {
        "name": name, "scorecards": len({one.interaction for one in compared}),
        "criteria": tuple(_agreement(form.id, [one for one in compared if one.criterion.id == form.id], form.misses) for form in criteria),
        "families": tuple(_agreement(family, some) for family, some in families if some),
        "total": _agreement("all criteria", compared), "reliability": reliability(decided),
    }


def _agreement(name: str, compared: Sequence[_Compared], misses: frozenset[str] | None = None) -> Agreement:
    """``misses``: the answers of the criterion that earn nothing; a sum of criteria takes those of all of them."""
    found = misses if misses is not None else frozenset(answer for one in compared for answer in one.criterion.misses)
    return agreement(name, [(one.gold, one.suggestion.answer) for one in compared], misses=found)


def _ceiling(rubric: Rubric, cases: Iterable[GoldCase]) -> Ceiling | None:
    pairs = [
        SecondOpinion(interaction=case.interaction.id, criterion=name, first=answer, second=case.gold.second[name])
        for case in cases
        for name, answer in case.answers.items()
        if name in case.gold.second
    ]
    if not pairs:
        return None
    by_criterion = [(form, [(one.first, one.second) for one in pairs if one.criterion == form.id]) for form in rubric.criteria]
    return Ceiling(
        scorecards=len({one.interaction for one in pairs}),
        total=agreement("people", [(one.first, one.second) for one in pairs]),
        criteria=tuple(agreement(form.id, some, misses=form.misses) for form, some in by_criterion if some),
        disagreements=tuple(one for one in pairs if one.first != one.second),
    )
