"""The search index, kept with the data: written behind the scoring, replaced by what is analysed again, rebuilt by command."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from qa_service.analysis.fold import fold
from qa_service.domain.permission import Actor, Right
from qa_service.domain.transcript import Transcript
from qa_service.services.clock import Clock
from qa_service.services.workflow import BATCH, Workflows
from qa_service.store.interactions import State, StoredInteraction
from qa_service.store.search import NewEntry, NewTurn
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_LOG = logging.getLogger(__name__)
_WORKFLOW = "index_missing"
#: Changes when the same text would be folded into other words.
FOLDING = "fold/1"
#: Interactions written in one unit of work.
_PIECE = 200
#: Interactions that one run of the background work puts in.
_RUN = 2000


class Indexing:
    """Keeps the words of scored interactions findable."""

    def __init__(self, *, database: Database, workflows: Workflows, clock: Clock) -> None:
        self._database = database
        self._workflows = workflows
        self._clock = clock
        self._looked: datetime | None = None
        workflows.register(_WORKFLOW, self._work)
        workflows.attend(self._attend)

    def index_jobs(self, jobs: Sequence[str]) -> int:
        """Step: index what jobs have scored; how many interactions that were. May be repeated."""
        with self._database.reading() as unit:
            found = [job.interaction for job in unit.jobs.some(jobs) if job.interaction is not None]
        return self.index(found)

    def index(self, interactions: Iterable[str]) -> int:
        """Put scored interactions into the index, in the place of what was known of them; how many there were."""
        wanted = sorted(set(interactions))
        done = 0
        for start in range(0, len(wanted), _PIECE):
            with self._database.reading() as unit:
                entries = self._entries(unit, wanted[start : start + _PIECE])
            with self._database.unit() as unit:
                unit.search_index.save_many(entries, folding=FOLDING, at=self._clock())
            done += len(entries)
        return done

    def index_missing(self, most: int = _RUN, watch: Callable[[int], None] = lambda done: None) -> int:
        """Step: index scored interactions that are not in it; how many there were."""
        done = 0
        while done < most:
            with self._database.reading() as unit:
                missing = unit.search_index.missing(folding=FOLDING, most=_PIECE)
            found = self.index(missing)
            if not found:
                return done
            done += found
            watch(done)
        return done

    def rebuild(self, *, by: Actor, watch: Callable[[int], None] = lambda done: None) -> int:
        """Forget the index and make it anew; how many interactions are in it then."""
        by.check(Right.SHARE_SEARCHES)
        with self._database.unit() as unit:
            unit.search_index.clear()
            unit.ledger.append(at=self._clock(), actor=by.id, action="search.rebuilt", subject="search", content={"folding": FOLDING})
        return self.index_missing(1 << 60, watch)

    def faults(self) -> tuple[str, ...]:
        """What does not fit together, one line each."""
        with self._database.reading() as unit:
            missing = len(unit.search_index.missing(folding=FOLDING, most=_RUN))
            found = unit.search_index.faults()
        more = "or more " if missing == _RUN else ""
        return (*found, *([f"{missing} {more}scored interactions are not in the index"] if missing else []))

    def _entries(self, unit: Unit, interactions: Sequence[str]) -> list[NewEntry]:
        stored = unit.interactions.some(interactions)
        return [
            entry_of(one, unit.transcripts.get(key), {told.name: told.value for told in unit.signals.get(key) if told.value is not None})
            for key, one in sorted(stored.items())
            if one.state is State.SCORED
        ]

    def _attend(self) -> None:
        """Called every few seconds while workflows run: what came before there was an index, or was missed, is put in, once for all
        processes."""
        now = self._clock()
        if self._looked is not None and (now - self._looked).total_seconds() < 60:
            return
        self._looked = now
        with self._database.reading() as unit:
            missing = unit.search_index.missing(folding=FOLDING, most=1)
        if missing:
            self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=f"index-{int(now.timestamp() // 60)}", arguments=[])

    def _work(self) -> None:
        self._workflows.step("index", self.index_missing)


def merge_words(database: Database) -> bool:
    """Write the index of words anew, in steps between which others may write, so that nothing is left in it of what was taken out."""
    merged = False
    while not merged:
        with database.unit() as unit:
            merged = unit.search_index.merge()
    return merged


def entry_of(stored: StoredInteraction, transcript: Transcript, signals: dict[str, float]) -> NewEntry:
    """An interaction as the index takes it: each turn folded by the rules of its language."""
    it = stored.interaction
    turns = [
        NewTurn(place, turn.speaker.value, fold(turn.text, turn.language or transcript.language).words)
        for place, turn in enumerate(transcript.turns)
        if not turn.suspect
    ]
    return NewEntry(
        interaction=it.id, at=it.started_at or stored.received_at, channel=it.channel.value, language=transcript.language or it.language,
        agent=it.agent.id if it.agent else None, team=it.agent.team if it.agent else None, queue=it.queue, turns=turns, signals=signals,
    )
