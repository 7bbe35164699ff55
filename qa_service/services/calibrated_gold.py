"""What a closed calibration session agreed on joins the gold set, with what one of its reviewers had answered blind beside it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from qa_service.channels.writing import conversation_json
from qa_service.domain.base import Record
from qa_service.domain.calibration import AgreedAnswer, Calibration, CalibrationState
from qa_service.domain.calibration_results import card_of, settled
from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import Actor
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Gold, InteractionRef, Scorecard, Split, Status
from qa_service.domain.scoring import score
from qa_service.errors import ConflictError
from qa_service.services.calibration_figures import Answers, answers_of
from qa_service.services.clock import Clock
from qa_service.store.gold import GoldEntry, write_gold
from qa_service.store.gold_folder import GoldFolder
from qa_service.store.interactions import State
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Who answered, on gold scorecards.
BY = "calibration"


class LeftOut(StrEnum):
    """Why an interaction joins no gold."""

    NOTHING_AGREED = "nothing_agreed"
    ERASED = "erased"
    #: Mystery shopping, training or a test.
    NOT_LIVE = "not_live"


class GoldWritten(Record):
    """What joined the gold set."""

    #: Id of the session.
    session: str
    #: What it is for.
    split: Split
    #: Interactions and how many answers of each.
    written: dict[str, int]
    #: Interactions that were left out, and why.
    left_out: dict[str, str]
    #: The same as codes.
    left_out_because: dict[str, LeftOut] = Field(default_factory=dict)


class CalibratedGold:
    """Writes gold into the operator's folder."""

    def __init__(self, *, database: Database, folder: GoldFolder, clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock

    def write(self, session: str, *, by: Actor, split: Split = Split.TRAIN) -> GoldWritten:
        """Write what the session agreed on; again, it changes nothing.

        Raises :class:`NotFoundError`, :class:`ConflictError` unless the session is closed and agreed on anything, and
        :class:`DuplicateError`, with nothing written, where the gold set holds other answers to the same interaction.
        """
        at = self._clock()
        with self._database.reading() as unit:
            found = unit.calibrations.get(session)
            if found.state is not CalibrationState.CLOSED:
                raise ConflictError(f"the session is {found.state.value}, not closed", field="state", hint="close it first")
            entries, left_out, codes = _entries(unit, found, split)
        if not entries:
            why = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
            raise ConflictError(f"there is nothing to write: {why}", field="agreed", hint="agree on answers before closing")
        self._folder.pull()
        write_gold(self._folder.folder, entries)
        self._folder.push(one.card.interaction.id for one in entries)
        written = {one.card.interaction.id: sum(given.answer is not None for given in one.card.criteria) for one in entries}
        with self._database.unit() as unit:
            unit.calibrations.hold(session)
            found = unit.calibrations.get(session)
            if found.gold_at is None:
                unit.calibrations.save(found.model_copy(update={"gold_at": at}))
                _note(unit, found, entries, at=at, by=by, split=split)
        return GoldWritten(session=session, split=split, written=written, left_out=left_out, left_out_because=codes)


def _entries(unit: Unit, session: Calibration, split: Split) -> tuple[list[GoldEntry], dict[str, str], dict[str, LeftOut]]:
    form = unit.rubrics.by_fingerprint(session.rubric.fingerprint)
    answers = answers_of(session, form, unit.calibrations.reviews(session.id))
    agreed, stored = settled(session, form, answers), unit.interactions.some(session.interactions)
    entries: list[GoldEntry] = []
    left_out: dict[str, str] = {}
    codes: dict[str, LeftOut] = {}
    for name in session.interactions:
        if name not in agreed:
            left_out[name], codes[name] = "nothing was agreed on", LeftOut.NOTHING_AGREED
        elif stored[name].state is State.ERASED:
            left_out[name], codes[name] = "it was erased", LeftOut.ERASED
        elif (purpose := stored[name].interaction.purpose) is not Purpose.LIVE:
            left_out[name], codes[name] = f"it was no live contact: {purpose.value}", LeftOut.NOT_LIVE
        else:
            interaction, transcript = stored[name].interaction, unit.transcripts.get(name)
            reference = InteractionRef.of(interaction, language=transcript.language or interaction.language)
            card = _card(session, form, reference, agreed[name], answers, split=split)
            entries.append(GoldEntry(card, conversation_json(interaction, transcript)))
    return entries, left_out, codes


def _card(
    session: Calibration, form: Rubric, interaction: InteractionRef, agreed: Sequence[AgreedAnswer], answers: Answers, *, split: Split
) -> Scorecard:
    """The gold scorecard: agreed answers, the others open, and the blind answers of one reviewer."""
    given = {who: answers[interaction.id, who] for who in session.participants if (interaction.id, who) in answers}
    told = {one.criterion: Answer(answer=one.answer, by=BY, at=session.closed_at, reason=_reason(one, given)) for one in agreed}
    card = card_of(session, form, interaction.id, {}).model_copy(update={"interaction": interaction})
    gold = Gold(split=split, second={name: answer for name, answer in _second(session, interaction.id, given).items() if name in told})
    return score(card.answering(told), form).model_copy(update={"status": Status.FINAL, "reviewer": BY, "gold": gold})


def _second(session: Calibration, interaction: str, given: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """One reviewer's answers, drawn by the session's seed, the same reviewer for all criteria: how often people agree is then told neither
    too well nor, as picking whoever disagreed would, too badly."""
    if not given:
        return {}
    draw = int(hashlib.sha256(f"{session.seed} {interaction}".encode()).hexdigest(), 16)
    return given[list(given)[draw % len(given)]]


def _reason(agreed: AgreedAnswer, given: Mapping[str, Mapping[str, str]]) -> str:
    counts = Counter(answers[agreed.criterion] for answers in given.values() if agreed.criterion in answers)
    blind = "blind: " + (", ".join(f"{answer} {count}" for answer, count in sorted(counts.items())) or "nobody")
    return f"{blind}; agreed: {agreed.why}" if agreed.why else blind


def _note(unit: Unit, session: Calibration, entries: Sequence[GoldEntry], *, at: datetime, by: Actor, split: Split) -> None:
    for entry in entries:
        card = entry.card
        answers = {one.id: one.answer for one in card.criteria if one.answer is not None}
        content = {"answers": answers, "second": (card.gold or Gold()).second, "split": split.value, "rubric": card.rubric.fingerprint}
        unit.ledger.append(
            at=at, actor=by.id, action="calibration.gold_written", subject=f"calibration/{session.id}", content=content,
            interaction=card.interaction.id,
        )
