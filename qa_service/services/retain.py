"""Retention and erasure: the words of interactions go after their time, or at somebody's wish; figures stay, and the ledger tells of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import SYSTEM, Actor
from qa_service.domain.scorecard import Scorecard
from qa_service.errors import ConflictError, HeldError, InputError, NotFoundError
from qa_service.services import judge_memory
from qa_service.services.clock import Clock
from qa_service.services.search_index import merge_words
from qa_service.services.workflow import BATCH, Workflows
from qa_service.settings import Settings
from qa_service.store.erasures import Deletion, Hold, Kind
from qa_service.store.gold_folder import GoldFolder
from qa_service.store.interactions import State
from qa_service.store.ledger import Sought
from qa_service.store.recordings import RecordingFiles
from qa_service.store.report_files import ReportFiles
from qa_service.store.session import Database
from qa_service.store.staged_files import StagedFiles
from qa_service.store.unit import Unit
from qa_service.store.vault import Vault
from qa_service.store.vectors import VectorFile

_LOG = logging.getLogger(__name__)
_SCHEDULED = "retain_on_schedule"
#: Interactions looked for at once.
_PIECE = 100
#: Files that were noted longer ago were left by a process that died, or by a log that somebody read.
_LEFT = timedelta(seconds=30)
_LEAST_REASON, _LONGEST_REASON = 5, 1000
_LOG_FILE = Deletion(kind=Kind.LOG, name="log")


class ErasedInteraction(Record):
    """What was erased of one interaction."""

    #: Its id; the row stays, with state `erased`.
    interaction: str
    #: Transcripts that are gone.
    transcripts: int = Field(ge=0)
    #: Scorecards that lost their quotes, reasons and comments, and kept their figures.
    scorecards: int = Field(ge=0)
    #: Files, and kept questions to a language model, that were deleted.
    files: int = Field(ge=0)
    #: Entries of the ledger whose content is gone.
    entries: int = Field(ge=0)


class ErasedCustomer(Record):
    """What was erased of a customer."""

    #: Interactions that were erased.
    erased: tuple[ErasedInteraction, ...]
    #: Interactions that a legal hold keeps.
    held: tuple[str, ...]
    #: Interactions that a job was working on: ask again when it is done.
    busy: tuple[str, ...]
    #: Call details and survey answers, of contacts that are no interactions here, that no longer tell whose they are.
    records: int = 0


class Due(Record):
    """What a retention period makes due."""

    channel: Channel
    #: Days that words are kept; 0: for ever.
    days: int
    #: What took place before goes; null: nothing.
    before: AwareDatetime | None
    #: Interactions that are due.
    interactions: int


class Retention(Record):
    """How long words are kept, and what that makes due."""

    #: By channel.
    due: tuple[Due, ...]
    #: Interactions that must not be erased.
    holds: tuple[Hold, ...]


class Retaining:
    """Erases, holds, and keeps the periods. Raises :class:`NotFoundError` for an unknown interaction, :class:`InputError` for no reason."""

    def __init__(
        self, *, database: Database, files: RecordingFiles, vault: Vault, vectors: VectorFile, staged: StagedFiles, reports: ReportFiles,
        gold: GoldFolder, settings: Settings, clock: Clock, workflows: Workflows, tidy: Callable[[], int],
    ) -> None:
        """``staged``: files that wait to be taken in; ``tidy``: takes out of the search index's files what the database has no more."""
        self._database = database
        self._files = files
        self._vault = vault
        self._vectors = vectors
        self._staged = staged
        self._reports = reports
        self._gold = gold
        self._settings = settings
        self._clock = clock
        self._workflows = workflows
        self._tidy = tidy
        workflows.register(_SCHEDULED, self._work)
        workflows.attend(self._attend)

    def erase(self, interaction: str, *, reason: str, by: Actor) -> ErasedInteraction:
        """Take the words away for good. Again, it takes what came to it since.

        Raises :class:`HeldError` where a legal hold keeps it (which the ledger notes), :class:`ConflictError` while a job works on it.
        """
        done = self._erase(interaction, reason=_why(reason), by=by)
        self.finish()
        return done

    def erase_customer(self, customer: str, *, reason: str, by: Actor) -> ErasedCustomer:
        """The same for all interactions of a customer; raises :class:`NotFoundError` where there is none. Held ones and those that a job
        works on stay, and are named."""
        why = _why(reason)
        with self._database.reading() as unit:
            interactions = unit.erasures.of_customer(customer)
        records = self._forget_records(customer, why, by=by)
        if not interactions and not records:
            raise NotFoundError("no interaction of this customer is here", field="customer", hint="or all were erased before")
        erased: list[ErasedInteraction] = []
        held: list[str] = []
        busy: list[str] = []
        for one in interactions:
            try:
                erased.append(self._erase(one, reason=why, by=by))
            except HeldError:
                held.append(one)
            except ConflictError:
                busy.append(one)
        self.finish()
        return ErasedCustomer(erased=tuple(erased), held=tuple(held), busy=tuple(busy), records=records)

    def _forget_records(self, customer: str, reason: str, *, by: Actor) -> int:
        """Call details and survey answers of contacts that are no interactions here; the ledger tells how many, not whose."""
        with self._database.unit() as unit:
            records = unit.call_details.forget_customer(customer) + unit.surveys.forget_customer(customer)
            if records:
                content = {"records": records, "reason": reason}
                unit.ledger.append(at=self._clock(), actor=by.id, action="customer.erased", subject="customer", content=content)
        return records

    def hold(self, interaction: str, *, reason: str, by: Actor) -> Hold:
        """Keep it from being erased, whoever asks, until :meth:`release`; raises :class:`ConflictError` for one that was erased."""
        hold = Hold(interaction=interaction, reason=_why(reason), by=by.id, at=self._clock())
        with self._database.unit() as unit:
            if unit.erasures.lock(interaction) is State.ERASED:
                raise ConflictError(f"interaction {interaction!r} was erased: there is nothing to hold", field="interaction")
            unit.erasures.hold(hold)
            _note(unit, interaction, "held", by=by, at=hold.at, reason=hold.reason)
        return hold

    def held(self, interaction: str) -> Hold:
        """Its hold; raises :class:`NotFoundError` where there is none."""
        with self._database.reading() as unit:
            unit.interactions.get(interaction)
            hold = unit.erasures.held(interaction)
        if hold is None:
            raise NotFoundError(f"no hold keeps interaction {interaction!r}", field="interaction")
        return hold

    def release(self, interaction: str, *, reason: str, by: Actor) -> None:
        """Take its hold away; raises :class:`NotFoundError` where there is none."""
        with self._database.unit() as unit:
            unit.erasures.lock(interaction)
            if not unit.erasures.release(interaction):
                raise NotFoundError(f"no hold keeps interaction {interaction!r}", field="interaction")
            _note(unit, interaction, "released", by=by, at=self._clock(), reason=_why(reason))

    def readmit(self, interaction: str, *, reason: str, by: Actor) -> None:
        """Let the content of an erased interaction come in again, as another one; raises :class:`ConflictError` where it is not."""
        with self._database.unit() as unit:
            if unit.erasures.lock(interaction) is not State.ERASED:
                raise ConflictError(f"interaction {interaction!r} was not erased", field="interaction")
            unit.erasures.readmit(interaction)
            _note(unit, interaction, "readmitted", by=by, at=self._clock(), reason=_why(reason))

    def show(self) -> Retention:
        """The periods, what is due by them, and the holds."""
        with self._database.reading() as unit:
            due = tuple(self._due(unit, channel, days) for channel, days in self._settings.retain_days.items())
            return Retention(due=due, holds=unit.erasures.holds())

    def run(self, *, by: Actor = SYSTEM) -> int:
        """Erase everything whose period is over; how many interactions that were."""
        now = self._clock()
        return sum(self._run(Channel(channel), days, now, by) for channel, days in self._settings.retain_days.items() if days)

    def finish(self, *, before: datetime | None = None) -> int:
        """Delete the files that were noted (before a moment); how many are gone. What cannot go yet is tried again."""
        with self._database.reading() as unit:
            planned = unit.erasures.planned(before=before)
        # The log holds what the others overwrite: it is emptied when they are done.
        return sum(map(self._finish, sorted(planned, key=lambda one: one.kind is Kind.LOG)))

    def forget_caches(self) -> tuple[int, int]:
        """Empty what only saves time: questions to the language model, and vectors of sentences; how many there were."""
        return judge_memory.forget(self._settings), self._vectors.clear()

    def compact(self) -> None:
        """Write the database anew, so that nothing that was erased is left in the gaps of its file."""
        self.finish()
        self._database.compact()

    def _erase(self, interaction: str, *, reason: str, by: Actor) -> ErasedInteraction:
        outside = self._outside(interaction)
        done, hold = None, None
        with self._database.unit() as unit:
            again = unit.erasures.lock(interaction) is State.ERASED
            hold = unit.erasures.held(interaction)
            if hold is None:
                unit.erasures.plan([_LOG_FILE], at=self._clock())
                done = self._forget(unit, interaction, outside, reason=reason, by=by, again=again)
            else:
                _note(unit, interaction, "erasure_refused", by=by, at=self._clock(), reason=reason, because="held")
        if done is None:
            since = f"{hold.at:%Y-%m-%d} by {hold.by}" if hold is not None else "now"
            message = f"interaction {interaction!r} is held since {since}"
            raise HeldError(message, field="interaction", hint="whoever may erase releases it first")
        return done

    def _forget(
        self, unit: Unit, interaction: str, outside: Sequence[Deletion], *, reason: str, by: Actor, again: bool
    ) -> ErasedInteraction:
        job, at = unit.erasures.works_on(interaction), self._clock()
        if job is not None:
            hint = "erase it when the job is done"
            raise ConflictError(f"job {job} works on interaction {interaction!r}", field="interaction", hint=hint)
        kept = {str(card.id): _figures(card) for card in unit.scorecards.for_interaction(interaction)}
        gone = unit.erasures.forget(interaction, at=at)
        unit.erasures.plan(outside, at=at)
        account = unit.ledger.empty(interaction)
        done = ErasedInteraction(
            interaction=interaction, transcripts=gone.transcripts, scorecards=gone.scorecards, files=len(gone.files) + len(outside),
            entries=len(account["emptied"]),
        )
        figures = done.model_dump(exclude={"interaction", "entries"})
        if done.entries or not again:
            _note(unit, interaction, "erased", by=by, at=at, reason=reason, **figures, **account, kept=kept)
        return done

    def _outside(self, interaction: str) -> tuple[Deletion, ...]:
        """What lies outside of the database: its gold files; kept questions to a language model, by the ledger, and by what they show (of
        scorings that nothing came of)."""
        with self._database.reading() as unit:
            transcripts = unit.transcripts.all(interaction)
            told = [entry.content or {} for entry in unit.ledger.entries(Sought(interaction=interaction))]
        calls = (call for one in told for some in one.get("judged", {}).values() for call in some)
        found = {str(call["request"]) for call in calls} | set(judge_memory.asked_about(self._settings, transcripts))
        gold = [Deletion(kind=Kind.GOLD, name=interaction)] if self._gold.of(interaction) else []
        return (*(Deletion(kind=Kind.JUDGE, name=name) for name in sorted(found)), *gold)

    def _finish(self, one: Deletion) -> bool:
        if one.kind is Kind.LOG:
            gone = self._database.settle()
        elif one.kind is Kind.INDEX:
            self._tidy()
            gone = merge_words(self._database)
        elif one.kind is Kind.GOLD:
            gone = self._drop_gold(one.name)
        else:
            with self._files.alone(one.name, purpose="taking"):
                gone = self._delete(one)
        if gone:
            with self._database.unit() as unit:
                unit.erasures.deleted(one)
        return gone

    def _drop_gold(self, interaction: str) -> bool:
        self._gold.drop(interaction)
        return True

    def _delete(self, one: Deletion) -> bool:
        with self._database.reading() as unit:
            needed = unit.erasures.needed(one)
        if needed:
            return True
        if one.kind is Kind.RECORDING:
            self._files.delete(one.name)
        elif one.kind is Kind.VAULT:
            self._vault.delete_file(one.name)
        elif one.kind is Kind.JUDGE:
            judge_memory.forget(self._settings, [one.name])
        elif one.kind is Kind.REPORT:
            self._reports.delete(one.name)
        else:
            self._staged.drop(one.name)
            with self._database.unit() as unit:
                unit.staged.delete(one.name)
        return True

    def _due(self, unit: Unit, channel: str, days: int) -> Due:
        before = self._clock() - timedelta(days=days) if days else None
        count = 0 if before is None else unit.erasures.count_due(Channel(channel), before=before)
        return Due(channel=Channel(channel), days=days, before=before, interactions=count)

    def _run(self, channel: Channel, days: int, now: datetime, by: Actor) -> int:
        reason, done, skipped = f"retention: {channel.value}, {days} days", 0, set[str]()
        while due := self._found(channel, now - timedelta(days=days), skipped):
            for one in due:
                try:
                    self._erase(one, reason=reason, by=by)
                    done += 1
                except ConflictError:
                    # Held, or a job began to work on it since.
                    skipped.add(one)
            self.finish()
        return done

    def _found(self, channel: Channel, before: datetime, skipped: set[str]) -> list[str]:
        with self._database.reading() as unit:
            due: Iterable[str] = unit.erasures.due(channel, before=before, most=_PIECE + len(skipped))
        return [one for one in due if one not in skipped]

    def _attend(self) -> None:
        """Called every few seconds while workflows run: files that were left, and the run of this period, once for all processes."""
        self.finish(before=self._clock() - _LEFT)
        hours = self._settings.retain_every_hours
        if hours > 0 and any(self._settings.retain_days.values()):
            slot = int(self._clock().timestamp() // (hours * 3600))
            self._workflows.enqueue(BATCH, _SCHEDULED, workflow_id=f"retain-slot-{slot}", arguments=[])

    def _work(self) -> None:
        self._workflows.step("retain", self.run)


def _why(reason: str) -> str:
    why = " ".join(reason.split())
    if not _LEAST_REASON <= len(why) <= _LONGEST_REASON:
        raise InputError("say why, in a few words", field="reason", hint=f"{_LEAST_REASON} to {_LONGEST_REASON} characters, for the ledger")
    return why


def _figures(card: Scorecard) -> dict[str, Any]:
    """What stays of a scorecard, for the ledger, whose entries about it are emptied: without it nobody could work the score out again."""
    return {
        "rubric": card.rubric.model_dump(), "engine": card.engine.model_dump(), "status": card.status.value, "version": card.version,
        "suggestions": {one.id: one.suggestion.answer for one in card.criteria if one.suggestion is not None},
        "answers": {one.id: one.answer for one in card.criteria if one.answer is not None}, "score": card.score,
    }


def _note(unit: Unit, interaction: str, action: str, *, by: Actor, at: datetime, **content: Any) -> None:
    unit.ledger.append(at=at, actor=by.id, action=f"interaction.{action}", subject=f"interaction/{interaction}", content=content)
