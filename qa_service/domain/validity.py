"""Validity of criteria: which items of a form go with what customers say and do afterwards, and which tell nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Share
from qa_service.domain.false_discovery import adjusted

#: Correlation below which an item is of no use to anybody (Cohen 1988: "small").
NEGLIGIBLE = 0.1
#: Share of such calls that are allowed to be false.
FALSE = 0.05
#: An item that nearly all meet (or miss) tells nothing: the others may be this share at most, by the upper bound of its interval.
LEAST_SPREAD = 0.05
#: Scorecards, and such with the rarer answer, below which nothing is worked out.
LEAST_CASES, LEAST_CONTRAST = 30, 5
#: Correlation from which on two items say the same, by the lower bound of its interval.
SAME = 0.8


class ContactEnd(StrEnum):
    """What came of a contact; more is better in each."""

    #: Level of the survey answer, 0 worst to 1 best.
    SATISFACTION = "satisfaction"
    #: 1: a first contact after which the customer did not come back for the same reason.
    FIRST_RESOLVED = "first_resolved"
    #: 1: a customer who is known to have stayed; 0: who left after the contact.
    STAYED = "stayed"


class ItemVerdict(StrEnum):
    """What the figures carry."""

    #: Contacts that meet the item end better, by more than chance.
    PREDICTS = "predicts"
    #: Contacts that meet it end worse.
    WRONG_WAY = "wrong_way"
    #: No effect is seen, and a useful one (:data:`NEGLIGIBLE`) is ruled out.
    PREDICTS_NOTHING = "predicts_nothing"
    #: No effect is seen, and a useful one is not ruled out.
    CANNOT_TELL = "cannot_tell"
    #: Nearly everybody meets it, or nearly nobody: it tells contacts not apart.
    TELLS_NOTHING = "tells_nothing"


class Case(NamedTuple):
    """One contact: what it was answered, and what came of it."""

    #: The agent; contacts of one agent are not independent of each other. ``None``: on its own.
    agent: str | None
    #: Share of the points earned by (rubric, criterion), of those that are decided and applicable.
    answers: Mapping[tuple[str, str], float]
    #: What came of it, where that is known.
    outcomes: Mapping[ContactEnd, float]
    #: Case mix: channel, queue, language, contact reason.
    mix: Mapping[str, str] = MappingProxyType({})


class Association(Record):
    """How one item goes with one outcome, among contacts that are alike in channel, queue, language and contact reason."""

    #: Satisfaction, first-contact resolution, or that the customer stayed.
    outcome: ContactEnd
    #: Contacts with both.
    n: int = Field(ge=0)
    #: Their agents.
    agents: int = Field(ge=0)
    #: Partial correlation, -1 to 1; null where it does not exist.
    correlation: float | None
    #: Lower bound, 95 %.
    low: float | None
    #: Upper bound.
    high: float | None
    #: By how much the outcome is better where the item is met than where it is missed (of 1).
    difference: float | None
    #: Lower bound, 95 %.
    difference_low: float | None
    #: Upper bound.
    difference_high: float | None
    #: Chance of a correlation as far from 0 if there were none.
    p: float | None
    #: Share of false calls if everything with one so small is called; null where nothing was worked out.
    q: float | None = None
    #: What that carries.
    verdict: ItemVerdict
    #: Largest correlation, either way, that the data still allow.
    largest: float | None
    #: About how many more such contacts it takes to see a correlation of 0.1 four times in five; null where there are enough.
    more: int | None = None


class CriterionValidity(Record):
    """What one item tells."""

    #: Rubric id.
    rubric: str
    #: Criterion id.
    criterion: str
    #: Scorecards in which it was decided and applicable, and the share of points earned there.
    met: Share
    #: Whether nearly everybody meets it, or nearly nobody.
    constant: bool
    #: The best that can be said: it predicts something, or goes the wrong way, or nothing.
    verdict: ItemVerdict
    #: With every outcome that is known of any contact.
    associations: tuple[Association, ...] = ()
    #: Items of the same form that say the same.
    same_as: tuple[str, ...] = ()


class Redundancy(Record):
    """Two items of one form that say nearly the same."""

    #: Rubric id.
    rubric: str
    #: Criterion id.
    one: str
    #: Criterion id.
    other: str
    #: Scorecards with both.
    n: int
    #: Of their answers.
    correlation: float
    #: Lower bound, 95 %.
    low: float
    #: Upper bound.
    high: float


class ValidityTable(Record):
    """Every item against every outcome."""

    #: Contacts with a scorecard.
    cases: int = Field(ge=0)
    #: Of these, those whose outcome is known.
    known: dict[ContactEnd, int]
    #: What comparisons are held equal in.
    adjusted_for: tuple[str, ...] = ()
    #: By rubric and criterion.
    criteria: tuple[CriterionValidity, ...] = ()
    #: Pairs that say nearly the same.
    redundant: tuple[Redundancy, ...] = ()
    #: What to keep in mind.
    notes: tuple[str, ...] = ()


def judged(found: Sequence[Association]) -> tuple[Association, ...]:
    """The same with ``q`` over all of them and a verdict each; what has no ``p`` keeps its own."""
    told = [place for place, one in enumerate(found) if one.p is not None]
    qs = dict(zip(told, adjusted([found[place].p or 0.0 for place in told]), strict=True))
    return tuple(_judged(one, qs.get(place)) for place, one in enumerate(found))


def _judged(one: Association, q: float | None) -> Association:
    if q is None or one.correlation is None or one.largest is None:
        return one
    if q <= FALSE:
        verdict = ItemVerdict.PREDICTS if one.correlation > 0 else ItemVerdict.WRONG_WAY
    else:
        verdict = ItemVerdict.PREDICTS_NOTHING if one.largest < NEGLIGIBLE else ItemVerdict.CANNOT_TELL
    more = one.more if verdict is ItemVerdict.CANNOT_TELL else None
    return one.model_copy(update={"q": round(q, 6), "verdict": verdict, "more": more})


def overall(constant: bool, found: Iterable[Association]) -> ItemVerdict:
    """What is said of an item as a whole; that it goes the wrong way anywhere comes before all, that it predicts nothing only if nothing
    is open."""
    if constant:
        return ItemVerdict.TELLS_NOTHING
    seen = {one.verdict for one in found}
    for verdict in (ItemVerdict.WRONG_WAY, ItemVerdict.PREDICTS, ItemVerdict.CANNOT_TELL, ItemVerdict.PREDICTS_NOTHING):
        if verdict in seen:
            return verdict
    return ItemVerdict.CANNOT_TELL


def notes(known: Mapping[ContactEnd, int]) -> tuple[str, ...]:
    """What a reader must know."""
    without = [one.value for one in ContactEnd if not known.get(one)]
    first = (f"no contact with a scorecard has a known outcome for: {', '.join(without)}",) if without else ()
    return (
        *first,
        "an item can be worth keeping though it predicts nothing: the law may ask for it",
        "these are associations among comparable contacts, not proof that meeting an item makes customers content",
    )
