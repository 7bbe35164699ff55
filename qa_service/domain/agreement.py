"""Agreement of two answerers: how often, and how much more than by chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from qa_service.domain.base import Record
from qa_service.domain.estimation import Share, wilson
from qa_service.domain.rubric import NO, UNDECIDED


class Agreement(Record):
    """The machine's answers to one criterion against people's."""

    #: Criterion, or a heading for a sum of criteria.
    name: str
    #: Pairs of answers.
    n: int
    #: Pairs in which the machine did not abstain, and the share of them that agree, with its interval.
    agreement: Share
    #: Share of pairs in which the machine abstained.
    abstention: float
    #: Of the misses (``no``) the machine claimed, the share that people saw too; ``None`` when it claimed none.
    precision: float | None
    #: Of the misses people saw, the share the machine claimed (abstentions count as not claimed); ``None`` without any.
    recall: float | None
    #: Cohen's kappa over decided pairs; ``None`` when chance alone explains everything (one category only).
    kappa: float | None


def agreement(name: str, pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Compare pairs ``(person, machine)``; answers are option ids, ``not_applicable`` or ``undecided`` (machine only)."""
    decided = [pair for pair in pairs if pair[1] != UNDECIDED]
    claimed = [person for person, machine in decided if machine == NO]
    missed = [machine for person, machine in pairs if person == NO]
    return Agreement(
        name=name, n=len(pairs), agreement=wilson(sum(person == machine for person, machine in decided), len(decided)),
        abstention=round(1 - len(decided) / len(pairs), 6) if pairs else 0.0,
        precision=_share(claimed), recall=_share(missed), kappa=cohen_kappa(decided),
    )


def _share(answers: Sequence[str]) -> float | None:
    return round(sum(answer == NO for answer in answers) / len(answers), 6) if answers else None


def cohen_kappa(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Cohen's kappa (Cohen 1960): (observed - expected) / (1 - expected) over nominal answers; ``None`` when expected is 1 or no pairs."""
    pairs = list(pairs)
    if not pairs:
        return None
    total = len(pairs)
    one, other = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    observed = sum(first == second for first, second in pairs) / total
    expected = sum(one[answer] * other[answer] for answer in one) / total**2
    return None if expected == 1 else round((observed - expected) / (1 - expected), 6)
