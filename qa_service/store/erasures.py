"""Erasure: the words of an interaction go from every table that holds any; its figures, ids and times stay. And legal holds against it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import quote

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.domain.recording import Muting
from qa_service.domain.scorecard import Status
from qa_service.errors import NotFoundError
from qa_service.store.interactions import State
from qa_service.store.jobs import JobState
from qa_service.store.reports import Reports, file_of
from qa_service.store.repository import Repository, chunks
from qa_service.store.search import SearchIndex
from qa_service.store.tables import (
    BatchItemRow,
    BatchRow,
    ContactRow,
    DeletionRow,
    DisputeItemRow,
    DisputeRow,
    HoldRow,
    IdempotencyRow,
    InteractionRow,
    JobRow,
    PromiseRow,
    RecordingRow,
    Row,
    ScorecardRow,
    TopicSetRow,
    TranscriptRow,
    core,
)
from qa_service.store.words import GONE, PARTLY, WORDS, of_interaction

_IT, _RECORDINGS, _CARDS, _DELETIONS = core(InteractionRow).c, core(RecordingRow).c, core(ScorecardRow).c, core(DeletionRow).c
_JOBS, _HOLDS, _ITEMS = core(JobRow).c, core(HoldRow).c, core(BatchItemRow).c
_OPEN = (JobState.QUEUED.value, JobState.RUNNING.value)

class Kind(StrEnum):
    """Where a file lies that is to be deleted."""

    #: In the folder of recordings, by SHA-256.
    RECORDING = "recording"
    #: In the vault, by SHA-256 of what was sealed.
    VAULT = "vault"
    #: The staged files of a batch, by its id.
    BATCH = "batch"
    #: In the judge's memory, by the hash of the request.
    JUDGE = "judge"
    #: In the operator's own gold set, by interaction.
    GOLD = "gold"
    #: What the files of the search index (words on SQLite, vectors) still hold of what was taken out of it; one name for all.
    INDEX = "index"
    #: A report, by the name of its file.
    REPORT = "report"
    #: What the log beside an SQLite file still holds; one name for all.
    LOG = "log"


class Deletion(Record):
    """A file that nothing in the database needs any more."""

    kind: Kind
    #: SHA-256 of the file or request, or id of the batch or interaction.
    name: str


class Hold(Record):
    """That an interaction must not be erased."""

    #: Id of the interaction.
    interaction: str
    #: Why.
    reason: str
    #: Who said so.
    by: str
    #: When.
    at: AwareDatetime


class Forgotten(NamedTuple):
    """What was erased in the database."""

    transcripts: int
    scorecards: int
    #: Rows of promises and disputes that lost their words.
    others: int
    #: What is to be deleted when this is committed.
    files: tuple[Deletion, ...]


class Erasures(Repository):
    """Holds, and what goes when an interaction is erased."""

    def lock(self, interaction: str) -> State:
        """How far it is; nobody scores it meanwhile. Raises :class:`NotFoundError`."""
        state = self._session.scalar(sa.select(_IT.state).where(_IT.id == interaction).with_for_update())
        if state is None:
            raise NotFoundError(f"no interaction {interaction!r}", field="interaction")
        return State(state)

    def works_on(self, interaction: str) -> str | None:
        """A job that works on it, or waits to."""
        return self._session.scalars(sa.select(_JOBS.id).where(_JOBS.interaction_id == interaction, _JOBS.state.in_(_OPEN))).first()

    def forget(self, interaction: str, *, at: datetime) -> Forgotten:
        """Take the words away, for good; the caller has made sure that it may, and empties the ledger."""
        files = (*self._recording(interaction), *self._batches(interaction), *self._reports(interaction))
        self._topics(interaction)
        self._verdicts(interaction)
        self._replies(interaction)
        self._unclaim(interaction, at)
        if SearchIndex(self._session).drop([interaction]):
            self.plan([Deletion(kind=Kind.INDEX, name="index")], at=at)
        gone = {row: self._execute(sa.delete(core(row)).where(of_interaction(row, interaction))) for row in GONE}
        for row, columns in PARTLY.items():
            for column, blank in columns.items():
                self._edit(row, column, of_interaction(row, interaction) & core(row).c[column].is_not(None), blank)
        changed = {row: self._update(row, of_interaction(row, interaction), values=blank) for row, blank in WORDS.items()}
        self.plan(files, at=at)
        others = sum(changed[row] for row in (PromiseRow, DisputeRow, DisputeItemRow))
        return Forgotten(transcripts=gone[TranscriptRow], scorecards=changed[ScorecardRow], others=others, files=files)

    def count(self) -> int:
        """How many interactions were ever erased."""
        return int(self._session.scalar(sa.select(sa.func.count()).where(_IT.state == State.ERASED.value)) or 0)

    def erased(self, interactions: Iterable[str]) -> tuple[str, ...]:
        """Those of the interactions that were."""
        chosen = sa.select(_IT.id).where(_IT.state == State.ERASED.value)
        return tuple(one for some in chunks(interactions) for one in self._session.scalars(chosen.where(_IT.id.in_(some))))

    def of_customer(self, customer: str) -> tuple[str, ...]:
        """Interactions of a customer that are not erased, the oldest first."""
        return tuple(self._session.scalars(sa.select(_IT.id).where(_IT.customer_id == customer).order_by(_IT.happened_at, _IT.id)))

    def own_recording(self, interaction: str) -> bool:
        """Whether it has a recording that is no other's, too."""
        sha256 = self._session.scalar(sa.select(_IT.recording_sha256).where(_IT.id == interaction))
        if sha256 is None:
            return False
        return self._session.scalar(sa.select(_IT.id).where(_IT.recording_sha256 == sha256, _IT.id != interaction).limit(1)) is None

    def due(self, channel: Channel, *, before: datetime, after: tuple[datetime, str] | None = None, most: int = 100) -> tuple[str, ...]:
        """Interactions of a channel that took place before a moment and may go: not erased, not held, no job works on them."""
        chosen = self._due(channel, before).with_only_columns(_IT.id).order_by(_IT.happened_at, _IT.id).limit(most)
        if after is not None:
            chosen = chosen.where(sa.tuple_(_IT.happened_at, _IT.id) > after)
        return tuple(self._session.scalars(chosen))

    def count_due(self, channel: Channel, *, before: datetime) -> int:
        """How many :meth:`due` would find in all."""
        return int(self._session.scalar(self._due(channel, before).with_only_columns(sa.func.count())) or 0)

    def _due(self, channel: Channel, before: datetime) -> sa.Select[Any]:
        held = sa.select(_HOLDS.interaction_id).where(_HOLDS.interaction_id == _IT.id).exists()
        worked_on = sa.select(_JOBS.id).where(_JOBS.interaction_id == _IT.id, _JOBS.state.in_(_OPEN)).exists()
        old = (_IT.channel == channel.value, _IT.happened_at < before, _IT.state != State.ERASED.value)
        return sa.select(core(InteractionRow)).where(*old, ~held, ~worked_on)

    def hold(self, hold: Hold) -> None:
        """Keep it from being erased; a new reason takes the place of the old one."""
        self._replace(HoldRow, [{"interaction_id": hold.interaction, "reason": hold.reason, "by": hold.by, "at": hold.at}])

    def held(self, interaction: str) -> Hold | None:
        """Its hold, if there is one."""
        row = self._first(HoldRow, _HOLDS.interaction_id == interaction)
        return None if row is None else _hold(row)

    def holds(self) -> tuple[Hold, ...]:
        """All of them, the oldest first."""
        return tuple(map(_hold, self._session.scalars(sa.select(HoldRow).order_by(_HOLDS.at, _HOLDS.interaction_id))))

    def release(self, interaction: str) -> bool:
        """Let it go; false where it was not held."""
        return self._execute(sa.delete(core(HoldRow)).where(_HOLDS.interaction_id == interaction)) > 0

    def plan(self, files: Iterable[Deletion], *, at: datetime) -> None:
        """Note files that must be deleted; they are noted until :meth:`deleted`."""
        self._insert_new(DeletionRow, [{"kind": one.kind.value, "name": one.name, "at": at} for one in files])

    def planned(self, *, before: datetime | None = None, most: int = 500) -> tuple[Deletion, ...]:
        """Files that must be deleted, noted before a moment."""
        where = () if before is None else (_DELETIONS.at < before,)
        rows = self._session.execute(sa.select(_DELETIONS.kind, _DELETIONS.name).where(*where).order_by(_DELETIONS.at).limit(most))
        return tuple(Deletion(kind=Kind(kind), name=name) for kind, name in rows)

    def deleted(self, one: Deletion) -> None:
        """It is gone."""
        self._execute(sa.delete(core(DeletionRow)).where(_DELETIONS.kind == one.kind.value, _DELETIONS.name == one.name))

    def needed(self, one: Deletion) -> bool:
        """Whether a recording in use needs the file (again): it came in once more, say."""
        if one.kind not in (Kind.RECORDING, Kind.VAULT):
            return False
        used = (_RECORDINGS.sha256 == one.name) | _RECORDINGS.muting.contains(f'"file_sha256":"{one.name}"', autoescape=True)
        return self._session.scalar(sa.select(_RECORDINGS.sha256).where(used).limit(1)) is not None

    def readmit(self, interaction: str) -> None:
        """Forget what the content was known by, so that it can come in again, as another interaction."""
        self._update(InteractionRow, _IT.id == interaction, values={"content_sha256": f"erased {interaction}"})

    def _recording(self, interaction: str) -> Iterator[Deletion]:
        """Its recording goes, unless it is another's, too."""
        sha256 = self._session.scalar(sa.select(_IT.recording_sha256).where(_IT.id == interaction))
        row = None if sha256 is None else self._first(RecordingRow, _RECORDINGS.sha256 == sha256)
        shared = self._session.scalar(sa.select(_IT.id).where(_IT.recording_sha256 == sha256, _IT.id != interaction).limit(1))
        if row is None or shared is not None:
            return
        muting = None if row.muting is None else Muting.model_validate_json(row.muting)
        more = () if muting is None else (*muting.replaced, *muting.making, *([muting.file_sha256] if muting.file_sha256 else []))
        self._execute(sa.delete(core(RecordingRow)).where(_RECORDINGS.sha256 == row.sha256))
        yield Deletion(kind=Kind.VAULT, name=row.sha256)
        yield from (Deletion(kind=Kind.RECORDING, name=name) for name in dict.fromkeys((row.sha256, *more)))

    def _batches(self, interaction: str) -> Iterator[Deletion]:
        """Staged files of batches that are through with it; their names go, which list the files that came."""
        batches = core(BatchRow).c
        mine = sa.select(_ITEMS.batch_id).where(_ITEMS.interaction_id == interaction)
        self._update(BatchRow, batches.id.in_(mine), values={"name": ""})
        through = sa.select(batches.id).where(batches.id.in_(mine), batches.state != JobState.QUEUED.value)
        yield from (Deletion(kind=Kind.BATCH, name=name) for name in self._session.scalars(through))

    def _reports(self, interaction: str) -> Iterator[Deletion]:
        """Reports that quote it go as a whole."""
        reports = Reports(self._session)
        for one in reports.quoting(interaction):
            reports.delete(one.id)
            yield Deletion(kind=Kind.REPORT, name=file_of(one))

    def _topics(self, interaction: str) -> None:
        """Its request is no topic's example any more."""
        request = self._session.scalar(sa.select(core(ContactRow).c.request).where(of_interaction(ContactRow, interaction)))

        if not request:
            return
        topics = core(TopicSetRow).c
        for version, text in self._session.execute(sa.select(topics.version, topics.topics).where(_holds(topics.topics, request))).all():
            told = json.loads(text)
            told["topics"] = [{**one, "example": ""} if one["example"] == request else one for one in told["topics"]]
            self._update(TopicSetRow, topics.version == version, values={"topics": _written(told)})

    def _verdicts(self, interaction: str) -> None:
        """What its customer says of promises that were made in other interactions."""
        column = core(PromiseRow).c.verdict
        self._edit(PromiseRow, "verdict", column.contains(f'"interaction":{_json(interaction)}', autoescape=True), {"quote": None})

    def _replies(self, interaction: str) -> None:
        """Answers to requests that may hold its words: whatever names it or one of its scorecards or disputes."""
        replies = core(IdempotencyRow).c
        disputes = core(DisputeRow).c
        names = [interaction, *self._session.scalars(sa.select(_CARDS.id).where(_CARDS.interaction_id == interaction))]
        names += self._session.scalars(sa.select(disputes.id).where(disputes.interaction_id == interaction))
        for name in names:
            # A route has ids as they stand in an address.
            routed = replies.route.contains(f"/{quote(name)}", autoescape=True) | replies.route.contains(f"/{name}", autoescape=True)
            self._execute(sa.delete(core(IdempotencyRow)).where(_holds(replies.body, name) | routed))

    def _unclaim(self, interaction: str, at: datetime) -> None:
        """Nobody goes on with a review of what cannot be read any more."""
        values = {
            "status": Status.DRAFT.value, "reviewer": None, "claimed_at": None, "claim_expires_at": None, "updated_at": at,
            "revision": _CARDS.revision + 1,
        }
        self._update(ScorecardRow, _CARDS.interaction_id == interaction, _CARDS.status == Status.IN_REVIEW.value, values=values)

    def _edit(self, row: type[Row], column: str, where: sa.ColumnElement[bool], blank: Mapping[str, Any]) -> None:
        """Change some keys of JSON in a column."""
        table = core(row)
        keys = list(table.primary_key.columns)
        for found in self._session.execute(sa.select(*keys, table.c[column]).where(where)).all():
            place = [key == value for key, value in zip(keys, found, strict=False)]
            self._update(row, *place, values={column: _written({**json.loads(found[-1]), **blank})})


def _holds(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Whether JSON in a column holds exactly this text somewhere."""
    return column.contains(_json(text), autoescape=True)


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _written(told: Mapping[str, Any]) -> str:
    """As pydantic writes it."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _hold(row: HoldRow) -> Hold:
    return Hold(interaction=row.interaction_id, reason=row.reason, by=row.by, at=row.at)
