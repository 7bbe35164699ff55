"""Outcomes: what one scorecard tells of every item of its form, by the machine and, where people finished it, by them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from qa_service.domain.asking import standing
from qa_service.domain.interaction import Purpose
from qa_service.domain.moments import ABSTAINED, Item, ItemKind, Outcome
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Criterion, Rubric
from qa_service.domain.scorecard import Engines, InteractionRef, RubricRef, Scorecard, ScoredCriterion, Status, Suggestion, thousandths
from qa_service.domain.scoring import score

#: Statuses of scorecards that are finished.
_FINISHED = (Status.FINAL, Status.DISPUTED)
#: A whole, in 32 bits: thousandths of a percent, and every fraction of up to sixteen parts, come out as they went in.
UNIT = 3_603_600_000
#: No opportunity; and of the machine alone: it abstains.
CLOSED, ABSTAINS = 2**32 - 1, 2**32 - 2
_PERCENT = 100_000
_NOTHING = Engines(analysis="")


class Seen(NamedTuple):
    """How the machine sees one item: as in :class:`Outcome`."""

    expected: float
    open: float
    abstains: float = 0.0


class Told(NamedTuple):
    """What people's answers say of one item: as in :class:`Outcome`."""

    met: float
    asked: float


class Figures(NamedTuple):
    """The figures of a scorecard, in thousandths."""

    #: Percent.
    score: int | None
    #: Percent, by section.
    sections: Mapping[str, int | None]
    #: Points earned and at stake, by criterion.
    points: Mapping[str, tuple[int | None, int]]

    @classmethod
    def of(cls, card: Scorecard) -> Figures:
        """Those of a scorecard."""
        return cls(card.score, {one.id: one.score for one in card.sections}, {one.id: (one.points, one.weight) for one in card.criteria})


_ABSTAINS, _CLOSED, _UNASKED = Seen(ABSTAINED, 1.0, 1.0), Seen(0.0, 0.0), Told(0.0, 0.0)


def items(rubric: Rubric) -> tuple[Item, ...]:
    """What scorecards of a form are estimated by: the total, its sections, its criteria. A bonus is left out: nobody misses it."""
    sections = (Item(rubric.rubric, ItemKind.SECTION, section.id) for section in rubric.sections)
    criteria = (Item(rubric.rubric, ItemKind.CRITERION, one.id) for one in rubric.criteria if not one.bonus)
    return (Item(rubric.rubric, ItemKind.TOTAL), *sections, *criteria)


def by_people(card: Scorecard) -> bool:
    """Whether people finished it; what the service finalised itself, it did by what the machine says."""
    return card.status in _FINISHED and not card.automatic


def outcomes(card: Scorecard, rubric: Rubric, *, weight: float = 1.0) -> tuple[Outcome, ...]:
    """One for each of :func:`items`, in that order; ``card`` with its figures, as it is stored.

    ``weight``: contacts that it stands for where people finished it. What the machine says is scored from its suggestions alone, whatever
    people answered.
    """
    machine = seen(rubric, {one.id: None if one.suggestion is None else one.suggestion.answer for one in card.criteria})
    if not by_people(card):
        return tuple(Outcome(*one) for one in machine)
    people = told(rubric, Figures.of(card))
    return tuple(Outcome(*one, *answer, weight) for one, answer in zip(machine, people, strict=True))


def seen(rubric: Rubric, answers: Mapping[str, str | None]) -> tuple[Seen, ...]:
    """How the machine sees each of :func:`items`, by its answers to the criteria; one that has none, or none of the form's, is undecided.

    It abstains on a criterion that it leaves undecided, and on a section or the total where it leaves anything undecided and decides
    nothing.
    """
    card = score(_suggested(rubric, answers), rubric)
    unsure = frozenset(one for one, answer in standing(card, rubric).items() if answer == UNDECIDED)
    figures = {one.id: one for one in card.criteria}
    counted = [one for one in rubric.criteria if not one.bonus]
    found = [_seen(card.score, _PERCENT, any(one.id in unsure for one in counted))]
    for section, scored in zip(rubric.sections, card.sections, strict=True):
        found.append(_seen(scored.score, _PERCENT, any(one.id in unsure and not one.bonus for one in section.criteria)))
    return (*found, *(_seen(figures[one.id].points, figures[one.id].weight, one.id in unsure) for one in counted))


def told(rubric: Rubric, figures: Figures) -> tuple[Told, ...]:
    """What each of :func:`items` came to, by the figures of a finished scorecard."""
    found = [_told(figures.score, _PERCENT), *(_told(figures.sections.get(section.id), _PERCENT) for section in rubric.sections)]
    return (*found, *(_told(*figures.points.get(one.id, (None, 0))) for one in rubric.criteria if not one.bonus))


def pack_seen(found: Sequence[Seen]) -> bytes:
    """Little-endian numbers of 32 bits, in :data:`UNIT`."""
    return struct.pack(f"<{len(found)}I", *(ABSTAINS if one.abstains else _code(one.expected, one.open) for one in found))


def pack_told(found: Sequence[Told]) -> bytes:
    """As :func:`pack_seen`; it stands behind that where people finished the scorecard."""
    return struct.pack(f"<{len(found)}I", *(_code(one.met, one.asked) for one in found))


def unpack(packed: bytes, count: int, *, weight: float = 1.0) -> tuple[Outcome, ...]:
    """The outcomes of ``count`` items, packed by the machine's and perhaps people's."""
    codes = struct.unpack(f"<{len(packed) // 4}I", packed)
    machine = [_ABSTAINS if code == ABSTAINS else Seen(*_share(code)) for code in codes[:count]]
    if len(codes) == count:
        return tuple(Outcome(*one) for one in machine)
    return tuple(Outcome(*one, *_share(code), weight) for one, code in zip(machine, codes[count:], strict=True))


def _suggested(rubric: Rubric, answers: Mapping[str, str | None]) -> Scorecard:
    """A scorecard with the machine's answers and nobody else's."""
    criteria = tuple(
        ScoredCriterion.trusted(
            id=one.id, section=section.id, weight=0 if one.bonus else thousandths(one.weight), severity=one.severity, skill=one.skill,
            answer=None, answered=None, points=None, suggestion=_answer(one, answers.get(one.id)),
        )
        for section in rubric.sections
        for one in section.criteria
    )
    nowhere = InteractionRef.trusted(id="", channel=rubric.channel, agent=None, language=None, purpose=Purpose.LIVE)
    return Scorecard.model_construct(interaction=nowhere, rubric=RubricRef.of(rubric), engine=_NOTHING, criteria=criteria)


def _answer(criterion: Criterion, answer: str | None) -> Suggestion:
    known = answer is not None and (answer == NOT_APPLICABLE or criterion.option(answer) is not None)
    return Suggestion.trusted(answer=answer if known else UNDECIDED, confidence=0.0, why="", evidence=())


def _seen(earned: int | None, whole: int, unsure: bool) -> Seen:
    if earned is None:
        return _ABSTAINS if unsure else _CLOSED
    return Seen(min(1.0, earned / whole), 1.0)


def _told(earned: int | None, whole: int) -> Told:
    return _UNASKED if earned is None or not whole else Told(min(1.0, earned / whole), 1.0)


def _code(share: float, there: float) -> int:
    return round(share * UNIT) if there else CLOSED


def _share(code: int) -> tuple[float, float]:
    return (0.0, 0.0) if code == CLOSED else (code / UNIT, 1.0)
