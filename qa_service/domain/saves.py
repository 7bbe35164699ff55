"""Saves: what each change of an open scorecard put in the place of what, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.review import Words, check_holder
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Scorecard
from qa_service.domain.scoring import score
from qa_service.errors import ConflictError


class SaveKind(StrEnum):
    """What a save is."""

    #: Answers or words that a reviewer gave.
    SAVED = "answered"
    #: The last save taken back.
    UNDONE = "undone"
    #: What was taken back last, given again.
    REDONE = "redone"


class Change(Record):
    """One criterion."""

    #: Its id.
    criterion: str
    #: The person's answer before; ``None`` without one.
    before: Answer | None = None
    #: The person's answer since.
    after: Answer | None = None


class Difference(Record):
    """What one save changed; nothing that it left alone."""

    #: Criteria, in the order of the form.
    changes: tuple[Change, ...] = ()
    #: What was said about the whole before; ``None`` where that did not change.
    words_before: Words | None = None
    #: And since.
    words_after: Words | None = None


class Save(Record):
    """One change of a scorecard by whoever held it."""

    #: The revision that it made.
    revision: int
    #: Who.
    by: str
    #: When.
    at: AwareDatetime
    kind: SaveKind
    difference: Difference


class History(NamedTuple):
    """What can be taken back, and what can be given again; the last one last."""

    done: tuple[Save, ...]
    undone: tuple[Save, ...]

    @classmethod
    def of(cls, saves: Iterable[Save]) -> History:
        """All saves of one scorecard, the first one first: a new answer forgets what could be given again."""
        done: list[Save] = []
        undone: list[Save] = []
        for save in saves:
            if save.kind is SaveKind.UNDONE:
                undone.append(done.pop())
            elif save.kind is SaveKind.REDONE:
                done.append(undone.pop())
            else:
                done.append(save)
                undone.clear()
        return cls(tuple(done), tuple(undone))


def difference(before: Scorecard, after: Scorecard) -> Difference:
    """What a person's answers and words became, criterion by criterion."""
    changes = tuple(
        Change(criterion=old.id, before=old.answered, after=new.answered)
        for old, new in zip(before.criteria, after.criteria, strict=True)
        if old.answered is not new.answered and old.answered != new.answered
    )
    words_before, words_after = (Words(comment=one.comment, note=one.note) for one in (before, after))
    if words_before == words_after:
        return Difference(changes=changes)
    return Difference(changes=changes, words_before=words_before, words_after=words_after)


def undo(card: Scorecard, rubric: Rubric, saves: Sequence[Save], *, reviewer: str) -> tuple[Scorecard, Save]:
    """The scorecard before the last save that stands, and that save; raises :class:`ClaimError` without a claim and :class:`ConflictError`
    where there is nothing, or only what another reviewer saved."""
    save = _last(card, History.of(saves).done, reviewer, act="taken back")
    return _put(card, rubric, {one.criterion: one.before for one in save.difference.changes}, save.difference.words_before), save


def redo(card: Scorecard, rubric: Rubric, saves: Sequence[Save], *, reviewer: str) -> tuple[Scorecard, Save]:
    """The scorecard with the save that was taken back last, and that save; raises as :func:`undo`."""
    save = _last(card, History.of(saves).undone, reviewer, act="given again")
    return _put(card, rubric, {one.criterion: one.after for one in save.difference.changes}, save.difference.words_after), save


def _last(card: Scorecard, saves: Sequence[Save], reviewer: str, *, act: str) -> Save:
    check_holder(card, reviewer)
    if not saves:
        raise ConflictError(f"there is nothing to be {act}", field="scorecard")
    if saves[-1].by != reviewer:
        raise ConflictError(f"the last save is {saves[-1].by}'s and cannot be {act} by you", field="reviewer", hint="answer again instead")
    return saves[-1]


def _put(card: Scorecard, rubric: Rubric, answers: dict[str, Answer | None], words: Words | None) -> Scorecard:
    criteria = tuple(
        one.model_copy(update={"answered": (put := answers[one.id]), "answer": None if put is None else put.answer})
        if one.id in answers else one
        for one in card.criteria
    )
    told = {} if words is None else {"comment": words.comment, "note": words.note}
    return score(card.model_copy(update={"criteria": criteria, **told}), rubric)
