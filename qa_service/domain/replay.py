"""A replay: a scorecard worked out once more from the acts that the ledger tells of and from its rubric, beside what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field

from qa_service.domain.asking import asked, reason, standing
from qa_service.domain.base import Record
from qa_service.domain.criteria.outcome import Verdict
from qa_service.domain.ledger import ERASED, LedgerEntry
from qa_service.domain.rubric import NOT_APPLICABLE, Rubric
from qa_service.domain.scorecard import Answer, Scorecard, Status, Suggestion, Thousandths
from qa_service.domain.scoring import draft, score

#: Figures that are compared, as the JSON of a scorecard names them.
_FIGURES = ("score", "raw_score", "passed", "undecided", "critical_misses", "sections")
_FINISHED = (Status.FINAL, Status.DISPUTED)
_THOUSANDTHS = 1000


class Differing(Record):
    """A place where what the ledger tells and what is stored are not the same."""

    #: ``score``, ``sections``, ``greeting.answer``, ``entry 17`` ...
    place: str
    #: By the acts of the ledger.
    ledger: Any
    #: As stored; for a place in the ledger itself, what that entry says.
    stored: Any


class Replayed(Record):
    """What the acts of the ledger give."""

    #: Sequences of the entries that were used, in order.
    entries: tuple[int, ...]
    #: The act that erased the words, and kept the answers that it was worked out from; null where nothing was erased.
    erased_by: int | None
    #: The total, worked out again; percent.
    score: Thousandths | None
    #: Where it is not as it should be; empty when it is identical to the last digit.
    differences: tuple[Differing, ...] = Field(default=())


def replay(card: Scorecard, rubric: Rubric, *, first: str, history: Sequence[LedgerEntry]) -> Replayed:
    """Work a stored scorecard out again.

    ``first``: id of the first version of the same judgement, whose suggestions all versions share; ``history``: the entries about both and
    those about the interaction, in order.
    """
    done = _Course(card, rubric, first)
    for entry in history:
        done.take(entry)
    return done.ended()


class _Course:
    """The acts on one scorecard, one after the other."""

    def __init__(self, card: Scorecard, rubric: Rubric, first: str) -> None:
        self._card, self._rubric = card, rubric
        self._own, self._first = f"scorecard/{card.id}", f"scorecard/{first}"
        self._suggestions: dict[str, str] | None = None
        self._answers: dict[str, str] = {}
        #: Whether the ledger tells how the answers came about one by one; a version that a dispute made is told as a whole.
        self._told = card.id == first
        self._final = False
        self._used: list[int] = []
        self._erased_by: int | None = None
        self._differences: list[Differing] = []

    def take(self, entry: LedgerEntry) -> None:
        """The next entry."""
        if entry.action.endswith(ERASED):
            self._kept(entry)
        elif entry.content is not None and entry.subject in (self._own, self._first):
            step = {
                "scorecard.suggested": self._suggested, "scorecard.opened": self._opened, "scorecard.answered": self._changed,
                "scorecard.undone": self._changed, "scorecard.redone": self._changed, "scorecard.finalized": self._finalized,
            }.get(entry.action)
            if step is not None and (entry.subject == self._own or entry.action == "scorecard.suggested"):
                self._used.append(entry.sequence)
                step(entry, entry.content)

    def _suggested(self, entry: LedgerEntry, content: Mapping[str, Any]) -> None:
        self._suggestions = dict(content["suggestions"])
        self._same(entry, "rubric", self._card.rubric.fingerprint, content["rubric"]["fingerprint"])
        if entry.subject == self._own:
            self._scored(entry, content)

    def _opened(self, entry: LedgerEntry, content: Mapping[str, Any]) -> None:
        """A version that a lead opened begins with the answers of the one before."""
        self._told = True
        self._answers = {criterion: _answer(given) for criterion, given in content["answers"].items()}
        self._scored(entry, content)

    def _changed(self, entry: LedgerEntry, content: Mapping[str, Any]) -> None:
        """Answers given, taken back or given again, in today's words or as the first versions wrote them."""
        for change in content.get("changes", ()):
            criterion = change["criterion"]
            before = None if change.get("before") is None else _answer(change["before"])
            self._same(entry, criterion, self._answers.get(criterion), before)
            self._put(criterion, None if change.get("after") is None else _answer(change["after"]))
        for given in content.get("answers", ()):
            self._put(given["criterion"], given.get("answer"))
        self._scored(entry, content)

    def _finalized(self, entry: LedgerEntry, content: Mapping[str, Any]) -> None:
        told = dict(content["answers"])
        if self._suggestions is None and "suggestions" in content:
            self._suggestions = dict(content["suggestions"])
        if self._told:
            for criterion, answer in standing(self._scorecard(), self._rubric).items():
                self._same(entry, criterion, answer, told.get(criterion))
        self._answers, self._final = told, True
        self._same(entry, "rubric", self._card.rubric.fingerprint, content.get("rubric", self._card.rubric.fingerprint))
        self._scored(entry, content)

    def _kept(self, entry: LedgerEntry) -> None:
        """An erasure empties the entries so far, and keeps what came of them."""
        kept = ((entry.content or {}).get("kept") or {}).get(str(self._card.id))
        if kept is None:
            return
        self._used, self._erased_by, self._differences, self._told = [entry.sequence], entry.sequence, [], True
        self._suggestions, self._answers = dict(kept["suggestions"]), dict(kept["answers"])
        self._final = Status(kept["status"]) in _FINISHED
        self._same(entry, "rubric", self._card.rubric.fingerprint, kept["rubric"]["fingerprint"])
        self._scored(entry, kept)

    def _put(self, criterion: str, answer: str | None) -> None:
        self._answers.pop(criterion, None)
        if answer is not None:
            self._answers[criterion] = answer

    def _scorecard(self) -> Scorecard:
        """As the acts so far leave it."""
        card, told = self._card, self._suggestions or {}
        suggestions = {
            one.id: Suggestion(answer=told[one.id], confidence=0.0, why=_why(one.asked_when, told[one.id], told))
            for one in self._rubric.criteria if one.id in told
        }
        known = {one.id for one in self._rubric.criteria}
        answers = {name: Answer(answer=answer, by="ledger") for name, answer in self._answers.items() if name in known}
        return draft(self._rubric, interaction=card.interaction, engine=card.engine, suggestions=suggestions, answers=answers)

    def _scored(self, entry: LedgerEntry, content: Mapping[str, Any]) -> None:
        if "score" in content:
            self._same(entry, "score", _percent(self._scorecard().score), _percent(content["score"]))

    def _same(self, entry: LedgerEntry, what: str, given: Any, told: Any) -> None:
        if given != told:
            self._differences.append(Differing(place=f"entry {entry.sequence}: {what}", ledger=given, stored=told))

    def ended(self) -> Replayed:
        """What it comes to."""
        if self._suggestions is None:
            self._differences.append(Differing(place="suggestions", ledger="no entry tells of them", stored="they are there"))
        done = score(self._scorecard(), self._rubric)
        final = self._card.status in _FINISHED
        if final is not self._final:
            self._differences.append(Differing(place="status", ledger="final" if self._final else "open", stored=self._card.status.value))
        self._differences += _compared(done.as_data(), self._card.as_data())
        return Replayed(
            entries=tuple(self._used), erased_by=self._erased_by, score=done.score, differences=tuple(self._differences)
        )


def _compared(ledger: Mapping[str, Any], stored: Mapping[str, Any]) -> Iterator[Differing]:
    """Figures, and of every criterion what is at stake, suggested, answered and earned."""
    for name in _FIGURES:
        if ledger[name] != stored[name]:
            yield Differing(place=name, ledger=ledger[name], stored=stored[name])
    one, other = ({each["id"]: _essence(each) for each in card["criteria"]} for card in (ledger, stored))
    for criterion in dict.fromkeys((*one, *other)):
        mine, theirs = one.get(criterion, {}), other.get(criterion, {})
        for name in ("weight", "suggestion", "answer", "points"):
            if mine.get(name) != theirs.get(name):
                yield Differing(place=f"{criterion}.{name}", ledger=mine.get(name), stored=theirs.get(name))


def _essence(criterion: Mapping[str, Any]) -> dict[str, Any]:
    suggestion = criterion["suggestion"]
    return {**criterion, "suggestion": None if suggestion is None else suggestion["answer"]}


def _answer(given: Any) -> str:
    """An answer stands by itself or with who gave it."""
    return str(given["answer"] if isinstance(given, dict) else given)


def _why(condition: Mapping[str, tuple[str, ...]] | None, answer: str, suggestions: Mapping[str, str]) -> str:
    """The reason of a suggestion as far as scoring goes by it: that the machine's own answers left the criterion unasked."""
    if condition is None or answer != NOT_APPLICABLE or not condition.keys() <= suggestions.keys():
        return ""
    return reason(condition, suggestions) if asked(condition, suggestions) is Verdict.NO else ""


def _percent(thousandths: int | None) -> float | None:
    return None if thousandths is None else thousandths / _THOUSANDTHS
