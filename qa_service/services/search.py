"""Search: turns that hold the words, or say the same in others; ranked or newest first, each with its words marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import AwareDatetime, Field

from qa_service.analysis.fold import fold
from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Right, Scope
from qa_service.domain.search import Node, Phrase, phrases
from qa_service.domain.search_ranking import bm25, fused
from qa_service.domain.speaker import Speaker
from qa_service.errors import InputError
from qa_service.services.search_meaning import Meaning
from qa_service.services.search_terms import asked_of, read_query
from qa_service.store.pages import check_limit, decode_hits, encode_hits
from qa_service.store.search import TURN_BITS
from qa_service.store.search_filters import Asked
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Hits that are counted and ranked; more are told as "more", the newest first.
COUNTED = 1000
#: Turns with the words that one look goes through where filters have to be looked up.
_SCAN = 3_000
#: Characters of a turn that a hit shows, of those before the first mark, and of the turns beside it.
_SHOWN, _BEFORE, _BESIDE = 1200, 200, 180
_MARKS = 50


class Order(StrEnum):
    """In which order hits come."""

    #: The best first, where there are few enough to tell; else the newest.
    RELEVANCE = "relevance"
    NEWEST = "newest"


class By(StrEnum):
    """What is compared."""

    WORDS = "words"
    #: Sentence vectors of passages.
    MEANING = "meaning"
    #: Both rankings together.
    BOTH = "both"


class NextTurn(Record):
    """The turn before or after one that was found."""

    #: Who speaks.
    speaker: Speaker | None
    #: Its text, or the part of it that is nearest to what was found.
    text: str
    #: Whether it is a part.
    cut: bool


class Hit(Record):
    """A place that was found."""

    #: The interaction.
    interaction: str
    #: When it took place.
    at: AwareDatetime
    #: The channel.
    channel: Channel
    #: Main language.
    language: str | None
    #: Whose it is.
    agent: str | None
    #: The agent's team at the time.
    team: str | None
    #: The turn, from 0; null where the search has no words, but filters alone.
    turn: int | None
    #: Who speaks.
    speaker: Speaker | None = None
    #: Start of the turn, ms.
    start_ms: int | None = None
    #: Its end, ms.
    end_ms: int | None = None
    #: When a written turn was sent.
    sent_at: AwareDatetime | None = None
    #: The turn's text as the masked transcript has it, or the part around the first mark.
    text: str | None = None
    #: Where that part begins in the turn, characters.
    text_start: int = 0
    #: First character of each place that was found, and one past its last, in the whole turn.
    marks: tuple[tuple[int, int], ...] = ()
    #: Characters of the whole turn.
    length: int | None = None
    #: The turn before.
    before: NextTurn | None = None
    #: The turn after.
    after: NextTurn | None = None
    #: Place in the ranking: only good for comparing hits of one search; null where nothing was ranked.
    rank: float | None = None


class SearchPage(Record):
    """Hits, and how they were found."""

    #: In the order told.
    items: tuple[Hit, ...]
    #: Cursor of the next page; null on the last.
    next: str | None
    #: Hits in all, up to 1000; null on later pages.
    total: int | None
    #: Whether there are more than `total`.
    more: bool
    #: The order they are in.
    order: Order
    #: What was compared.
    by: By
    #: What whoever searches should know: why the order is another one, say.
    notes: tuple[str, ...]


class Coverage(Record):
    """How much can be found."""

    #: Interactions that are scored.
    interactions: int = Field(ge=0)
    #: Those whose words are in the index.
    words: int = Field(ge=0)
    #: Those whose meaning is.
    meaning: int = Field(ge=0)
    #: Whether meaning can be searched for at all here.
    encoder: bool


class _Ranked(NamedTuple):
    """Turns in the order that they are shown in, with their scores."""

    ids: Sequence[int]
    scores: Mapping[int, float]


class Search:
    """Searches what lies within the reader's reach."""

    def __init__(self, *, database: Database, meaning: Meaning, signals: Mapping[str, Any]) -> None:
        """``signals``: the catalogue, by name."""
        self._database = database
        self._meaning = meaning
        self._signals = signals

    def find(
        self, query: str, *, by: Actor, order: Order = Order.RELEVANCE, compare: By = By.WORDS, cursor: str | None = None, limit: int = 20
    ) -> SearchPage:
        """A page of hits; raises :class:`InputError` for a query that cannot be read, or names what nobody knows."""
        within = by.scope(Right.READ_INTERACTIONS)
        check_limit(limit)
        parsed, node = read_query(query)
        if compare is not By.WORDS:
            vector, note = self._meaning.of_query(parsed, node)
            if vector is None:
                return self._words(node, query, within, by, order, cursor, limit, (note,))
            return self._by_meaning(vector, note, node, query, within, by, compare, cursor, limit)
        return self._words(node, query, within, by, order, cursor, limit, ())

    def coverage(self) -> Coverage:
        """How much of what is scored can be found."""
        with self._database.reading() as unit:
            found = unit.search_index.coverage(encoder=self._meaning.encoder)
        encoder = self._meaning.encoder is not None
        return Coverage(interactions=found.interactions, words=found.words, meaning=found.vectors, encoder=encoder)

    def _words(
        self, node: Node | None, query: str, within: Scope, by: Actor, order: Order, cursor: str | None, limit: int, notes: tuple[str, ...]
    ) -> SearchPage:
        kind, first, second = ("", 0, 0) if cursor is None else decode_hits(cursor)
        with self._database.reading() as unit:
            asked = self._asked(unit, query, within, by)
            if kind == "newest":
                return self._newest(unit, node, asked, below=first, limit=limit, notes=notes)
            if kind not in ("", "ranked"):
                raise InputError("this cursor belongs to another search", field="cursor", hint="start again without a cursor")
            # Later pages rank what the first one ranked, whatever came to the index since.
            below = second + 1 if kind else None
            found = unit.search_hits.newest(node, asked, below=below, most=COUNTED + 1, scan=_SCAN)
            if order is Order.RELEVANCE and node is not None and len(found.ids) <= COUNTED and found.looked_to is None:
                ranked = _ranked(unit, node, found.ids)
                top = max(found.ids, default=0)
                return self._page_of(unit, node, ranked, kind="ranked", start=first, limit=limit, notes=notes, by=By.WORDS, top=top)
            page = self._newest(unit, node, asked, below=None, limit=limit, notes=(*notes, *_why_newest(order, node, found.looked_to)))
            more = len(found.ids) > COUNTED or found.looked_to is not None
            return page.model_copy(update={"total": min(len(found.ids), COUNTED), "more": more})

    def _newest(self, unit: Unit, node: Node | None, asked: Asked, *, below: int | None, limit: int, notes: tuple[str, ...]) -> SearchPage:
        found = unit.search_hits.newest(node, asked, below=below, most=limit + 1, scan=_SCAN)
        ids = found.ids[:limit]
        after = ids[-1] if len(found.ids) > limit else found.looked_to
        return SearchPage(
            items=_hits(unit, node, ids, {}), next=None if after is None else encode_hits("newest", after, 0), total=None, more=False,
            order=Order.NEWEST, by=By.WORDS, notes=notes,
        )

    def _by_meaning(
        self, vector: Any, note: str, node: Node | None, query: str, within: Scope, by: Actor, compare: By, cursor: str | None, limit: int
    ) -> SearchPage:
        kind, start, _ = ("meaning", 0, 0) if cursor is None else decode_hits(cursor)
        if kind != "meaning":
            raise InputError("this cursor belongs to another search", field="cursor", hint="start again without a cursor")
        self._meaning.refresh()
        with self._database.reading() as unit:
            asked = self._asked(unit, query, within, by)
            near = self._meaning.nearest(unit, vector, asked)
            rankings: list[Sequence[int]] = [near.ids]
            if compare is By.BOTH and node is not None:
                found = unit.search_hits.newest(node, asked, most=COUNTED, scan=_SCAN)
                rankings.append(_ranked(unit, node, found.ids).ids)
            scores: Mapping[int, float] = near.scores if len(rankings) == 1 else fused(rankings)
            ids = sorted(scores, key=lambda one: (-scores[one], -one))[:COUNTED]
            return self._page_of(
                unit, node, _Ranked(ids, scores), kind="meaning", start=start, limit=limit, notes=(note,), by=compare, top=0,
            )

    def _page_of(
        self, unit: Unit, node: Node | None, ranked: _Ranked, *, kind: str, start: int, limit: int, notes: tuple[str, ...], by: By, top: int
    ) -> SearchPage:
        ids = ranked.ids[start : start + limit]
        more = start + limit < len(ranked.ids)
        told = tuple(one for one in notes if one)
        return SearchPage(
            items=_hits(unit, node, ids, ranked.scores), next=encode_hits(kind, start + limit, top) if more else None,
            total=len(ranked.ids) if start == 0 else None, more=False, order=Order.RELEVANCE, by=by, notes=told,
        )

    def _asked(self, unit: Unit, query: str, within: Scope, by: Actor) -> Asked:
        return asked_of(unit, read_query(query)[0].filters, within=within, reader=by.id, signals=self._signals)


def _ranked(unit: Unit, node: Node, ids: Sequence[int]) -> _Ranked:
    """The best first, of equal ones the newest."""
    scores = bm25(unit.search_hits.words(ids), tuple(phrases(node)))
    return _Ranked(sorted(ids, key=lambda one: (-scores.get(one, 0.0), -one)), scores)


def _why_newest(order: Order, node: Node | None, looked_to: int | None) -> tuple[str, ...]:
    notes = []
    if order is Order.RELEVANCE and node is not None:
        notes.append(f"more than {COUNTED} turns were found: the newest come first, since so many cannot be ranked to any use")
    if looked_to is not None:
        notes = [f"the newest {_SCAN} turns with these words were looked at; the next page goes on with older ones"]
    return tuple(notes)


def _hits(unit: Unit, node: Node | None, ids: Sequence[int], scores: Mapping[int, float]) -> tuple[Hit, ...]:
    places = unit.search_hits.places(one >> TURN_BITS for one in ids)
    turns = unit.search_hits.turns(place.interaction for place in places.values()) if node is not None or scores else {}
    sought = tuple(dict.fromkeys(phrases(node)))
    found = []
    for one in ids:
        place = places.get(one >> TURN_BITS)
        if place is None:
            continue
        told = {**place._asdict(), "channel": Channel(place.channel), "rank": scores.get(one)}
        told.pop("queue")
        number = one & ((1 << TURN_BITS) - 1)
        said = turns.get(place.interaction, ())
        found.append(Hit(**told, turn=number if turns else None, **(_there(said, number, sought) if number < len(said) else {})))
    return tuple(found)


def _there(said: Sequence[Mapping[str, Any]], number: int, sought: Sequence[Phrase]) -> dict[str, Any]:
    """What is shown of a turn, and of those beside it."""
    before = _beside(said[number - 1], last=True) if number > 0 else None
    after = _beside(said[number + 1], last=False) if number + 1 < len(said) else None
    return {**_said(said[number], sought), "before": before, "after": after}


def _beside(turn: Mapping[str, Any], *, last: bool) -> NextTurn:
    text = str(turn["text"])
    shown = text[-_BESIDE:] if last else text[:_BESIDE]
    return NextTurn(speaker=turn.get("speaker"), text=shown, cut=len(shown) < len(text))


def _said(turn: Mapping[str, Any], sought: Sequence[Phrase]) -> dict[str, Any]:
    """What is shown of a turn."""
    text = str(turn["text"])
    marks = marked(text, turn.get("language"), sought)
    start = max(0, marks[0][0] - _BEFORE) if marks and len(text) > _SHOWN else 0
    shown = {name: turn.get(name) for name in ("speaker", "start_ms", "end_ms", "sent_at")}
    return {**shown, "text": text[start : start + _SHOWN], "text_start": start, "marks": marks, "length": len(text)}


def marked(text: str, language: str | None, sought: Sequence[Phrase]) -> tuple[tuple[int, int], ...]:
    """Where the phrases stand in a text, in its own characters; places that touch are one."""
    folded = fold(text, language)
    spans: list[tuple[int, int]] = []
    for phrase in sought:
        length = len(phrase.words)
        for at in range(len(folded.words) - length + 1):
            if _stands(folded.words[at : at + length], phrase):
                spans.append((folded.spans[at][0], folded.spans[at + length - 1][1]))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged[:_MARKS])


def _stands(words: Sequence[str], phrase: Phrase) -> bool:
    *before, last = phrase.words
    return list(words[:-1]) == before and (words[-1].startswith(last) if phrase.prefix else words[-1] == last)
