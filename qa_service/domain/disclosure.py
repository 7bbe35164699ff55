"""Disclosure: what of a scorecard, and of the acts on it, a reader may see; pure."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from qa_service.domain.agent import FINISHED
from qa_service.domain.ledger import LedgerEntry
from qa_service.domain.permission import Actor, Role
from qa_service.domain.scorecard import Scorecard, ScoredCriterion

#: Who reads private notes. Agents never do, whosever scorecard it is.
READ_NOTES = frozenset({Role.ADMIN, Role.QA_LEAD, Role.REVIEWER, Role.COACH})
#: How the names of acts begin whose content tells what the machine or people make of an interaction.
_TELLING = ("scorecard.", "dispute.", "calibration.", "queue.picked")


def withheld(card: Scorecard) -> bool:
    """Whether suggestions, and what follows from them, are out of everybody's sight: while it is reviewed blindly."""
    return card.blind and card.status not in FINISHED


def veiled(cards: Sequence[Scorecard], blind: AbstractSet[tuple[str, str]]) -> tuple[Scorecard, ...]:
    """The scorecards as whoever reads them may take them: a draft beside one that is reviewed blindly (of the same interaction and rubric,
    by other engines) is blind, too, since it would tell nearly the same. ``blind``: interaction and rubric id of those."""
    return tuple(
        card.model_copy(update={"blind": True})
        if card.status not in FINISHED and (card.interaction.id, card.rubric.id) in blind else card
        for card in cards
    )


def shown_to(card: Scorecard, who: Actor, *, calibrating: AbstractSet[str] = frozenset()) -> Scorecard:
    """The scorecard without what this reader may not see; whether they may see it at all is for :class:`.permission.Scope` to say.

    Private notes go to those in :data:`READ_NOTES`. While a scorecard is reviewed blindly, nobody sees suggestions, nor any figure: all are
    worked out from answers in force, and those are the machine's wherever no person has answered. ``undecided`` then counts the criteria
    that no person has answered. ``calibrating``: interactions that the reader is to answer blind in a calibration session; of those they
    see no answer of anybody either.
    """
    shown = _without_answers(card) if card.interaction.id in calibrating else _without_figures(card) if withheld(card) else card
    return shown if who.role in READ_NOTES else _without_notes(shown)


def unread(entry: LedgerEntry, *, about: str | None, hidden: AbstractSet[str]) -> LedgerEntry:
    """An act without its content, where that would tell of a ``hidden`` interaction what whoever reads it must not know yet. Without its
    salt, too: answers are few, and could be tried against the digest. ``about``: the interaction that it tells about."""
    if about not in hidden or not entry.action.startswith(_TELLING):
        return entry
    return entry.model_copy(update={"content": None, "salt": None})


def _without_figures(card: Scorecard) -> Scorecard:
    return card.model_copy(
        update={
            "score": None, "raw_score": None, "passed": None, "critical_misses": (),
            "undecided": sum(one.answer is None for one in card.criteria),
            "sections": tuple(one.model_copy(update={"score": None}) for one in card.sections),
            "criteria": _each(card, suggestion=None, points=None),
        }
    )


def _without_answers(card: Scorecard) -> Scorecard:
    criteria = _each(card, suggestion=None, points=None, answer=None, answered=None)
    return _without_figures(card).model_copy(update={"criteria": criteria, "comment": None, "note": None, "undecided": len(criteria)})


def _without_notes(card: Scorecard) -> Scorecard:
    criteria = tuple(
        one if one.answered is None or one.answered.note is None
        else one.model_copy(update={"answered": one.answered.model_copy(update={"note": None})})
        for one in card.criteria
    )
    return card.model_copy(update={"note": None, "criteria": criteria})


def _each(card: Scorecard, **changes: Any) -> tuple[ScoredCriterion, ...]:
    return tuple(one.model_copy(update=changes) for one in card.criteria)
