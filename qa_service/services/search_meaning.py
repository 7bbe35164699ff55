"""Search by meaning: passages near in direction to what was asked; indexed in the background, and as far as that has come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from qa_service.analysis.vectors import TextVectors
from qa_service.domain.search import Both, Close, Either, Facet, Node, Query, Text, Written
from qa_service.domain.transcript import Transcript
from qa_service.errors import InputError
from qa_service.services.clock import Clock
from qa_service.services.workflow import BATCH, Workflows
from qa_service.store.passages import Kept, PassageFile, as_bytes
from qa_service.store.search import TURN_BITS, Passages
from qa_service.store.search_filters import Asked
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_WORKFLOW = "index_meaning"
#: Characters that turns of one speaker are gathered up to, and the least words of a passage.
_LONG, _LEAST = 400, 3
#: Passages of one interaction at most; a book that was pasted into a chat is no reason to stop.
_MOST = 400
#: Interactions whose vectors are written in one unit of work, and in one run of the background work.
_PIECE, _RUN = 16, 1_000
#: Nearest passages that are ranked.
_NEAREST = 200
#: Rows read from the database at once.
_ROWS = 500
#: How long an interaction is in the index of words before its meaning is worked out: whoever waits for scores comes first.
_QUIET = timedelta(seconds=120)


class Near(NamedTuple):
    """Turns by how near they are."""

    ids: tuple[int, ...]
    #: Cosines.
    scores: Mapping[int, float]


class Meaning:
    """Vectors of passages and what is near to them; without an encoder, only words are searched."""

    def __init__(
        self, *, database: Database, vectors: TextVectors | None, folder: Path, workflows: Workflows, clock: Clock
    ) -> None:
        """``folder``: where the files for comparing lie; they are made from the database."""
        self._database = database
        self._vectors = vectors
        self._folder = folder
        self._clock = clock
        self._workflows = workflows
        self._looked: datetime | None = None
        workflows.register(_WORKFLOW, self._work)
        workflows.attend(self._attend)

    @property
    def encoder(self) -> str | None:
        """Version of the encoder; ``None`` without."""
        return None if self._vectors is None else self._vectors.version

    def of_query(self, query: Query, node: Node | None) -> tuple[Any | None, str]:
        """The direction of what is asked, and what whoever asks should know; ``None`` where meaning cannot be compared here.

        Raises :class:`InputError` for a search without words.
        """
        if query.written is None or node is None:
            raise InputError("a search by meaning needs words", field="query", hint="such as: the customer wants to leave us")
        if query.filters.choice(Facet.SPEAKER) is not None:
            raise InputError("speaker: can only be asked of words", field="query", hint="search by words, or leave speaker: out")
        if self._vectors is None:
            return None, "meaning cannot be compared here, since the encoder is not installed or is switched off: these are hits by words"
        with self._database.reading() as unit:
            known = unit.search_index.coverage(encoder=self.encoder)
        vector = self._vectors.of([" ".join(said(query.written))])[0]
        share = 100 * known.vectors / known.interactions if known.interactions else 0
        whole = known.vectors >= known.interactions
        return vector, "" if whole else f"meaning is known of {known.vectors} of {known.interactions} interactions ({share:.0f} %)"

    def nearest(self, unit: Unit, vector: Any, asked: Asked) -> Near:
        """The turns that begin the nearest passages."""
        file = self._file()
        restricted = asked.filters.told or (asked.within is not None and not asked.within.whole)
        among = unit.search_hits.passages(asked, encoder=str(self.encoder)) if restricted else None
        found = file.nearest(vector, among=among, most=_NEAREST)
        # What was erased or analysed anew since the files were made is nobody's business.
        alive = unit.search_hits.alive(set(found.seq.tolist()))
        scores: dict[int, float] = {}
        for seq, key, turn, cosine in zip(found.seq.tolist(), found.key.tolist(), found.turn.tolist(), found.cosine.tolist(), strict=True):
            if alive.get(seq) == key:
                scores.setdefault((key << TURN_BITS) | turn, round(cosine, 4))
        return Near(tuple(scores), scores)

    def refresh(self) -> None:
        """Bring the files up to what the database has."""
        self._file().sync(self._newer)

    def index_some(self, most: int = _RUN) -> int:
        """Step: work out the vectors of interactions that have none yet; how many those were."""
        done = 0
        while self._vectors is not None and done < most:
            with self._database.reading() as unit:
                wanted = unit.search_index.without_vectors(encoder=self._vectors.version, most=_PIECE)
                transcripts = {one: next(iter(unit.transcripts.all(one)), None) for one in wanted}
            if not wanted:
                break
            made = [self._made(key, one) for key, one in transcripts.items()]
            with self._database.unit() as unit:
                unit.search_index.save_vectors(made, encoder=self._vectors.version)
            done += len(wanted)
        return done

    def tidy(self) -> int:
        """Take out of the files what is not in the database any more; how many passages that were."""
        if self._vectors is None:
            return 0
        with self._database.reading() as unit:
            alive = unit.search_hits.seqs(encoder=self._vectors.version)
        return self._file().keep(alive)

    def _made(self, interaction: str, transcript: Transcript | None) -> Passages:
        assert self._vectors is not None
        some = list(passages_of(transcript))[:_MOST] if transcript is not None else []
        data = as_bytes(self._vectors.of([text for _, _, text in some])) if some else b""
        return Passages(interaction, [(first, last) for first, last, _ in some], data)

    def _newer(self, seq: int) -> Iterable[Kept]:
        with self._database.reading() as unit:
            rows = unit.search_hits.vectors(encoder=str(self.encoder), after=seq, most=_ROWS)
        return [Kept(one.seq, one.key, [first for first, _ in json.loads(one.places)], one.data) for one in rows]

    def _file(self) -> PassageFile:
        return PassageFile(self._folder, encoder=str(self.encoder))

    def _attend(self) -> None:
        """Called every few seconds while workflows run: once a minute, what lies long enough is worked out, by one of all processes."""
        now = self._clock()
        if self._vectors is None or (self._looked is not None and (now - self._looked).total_seconds() < 60):
            return
        self._looked = now
        self.tidy()
        with self._database.reading() as unit:
            waits = unit.search_hits.waits(encoder=self._vectors.version, before=now - _QUIET)
        if waits:
            self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=f"meaning-{int(now.timestamp() // 60)}", arguments=[])

    def _work(self) -> None:
        self._workflows.step("vectors", self.index_some)


def passages_of(transcript: Transcript) -> Iterator[tuple[int, int, str]]:
    """First turn, last turn and text of each passage: what one party says in a row, parted where it gets long."""
    first, texts, speaker = 0, list[str](), None
    for place, turn in enumerate(transcript.turns):
        if texts and (turn.speaker is not speaker or sum(map(len, texts)) + len(turn.text) > _LONG):
            yield from _passage(first, place - 1, texts)
            texts = []
        if not texts:
            first, speaker = place, turn.speaker
        if not turn.suspect and turn.text.strip():
            texts.append(turn.text)
    yield from _passage(first, len(transcript.turns) - 1, texts)


def _passage(first: int, last: int, texts: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    text = " ".join(texts)
    if len(text.split()) >= _LEAST:
        yield first, last, text


def said(written: Written) -> Iterator[str]:
    """The words of a query that are to be found, as they were written."""
    if isinstance(written, Text):
        yield written.text
    elif isinstance(written, Close):
        yield from (written.left.text, written.right.text)
    elif isinstance(written, Both | Either):
        for part in written.parts:
            yield from said(part)


