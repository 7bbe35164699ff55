"""Search in a running service: who finds what, meaning beside words, and nothing left of what was erased."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.analysis.vectors import TextVectors, Vectors
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.saved_search import AlertState, SearchSpec, Threshold
from qa_service.domain.speaker import Speaker
from qa_service.domain.transcript import Transcript, Turn
from qa_service.domain.user import User
from qa_service.errors import InputError, NotFoundError, PermissionDeniedError
from qa_service.services.saved_searches import SavedSearching
from qa_service.services.search import By, Order, Search
from qa_service.services.search_meaning import Meaning, passages_of
from qa_service.store.passages import WIDTH

Open = Callable[..., AbstractContextManager[Any]]
LEAD = Actor(id="lea", role=Role.QA_LEAD)
COACH = Actor(id="carl", role=Role.COACH, teams=frozenset({"north"}))
AGENT = Actor(id="ann", role=Role.AGENT, agent="a1")
CHATS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "n-1": (("Hello!", "My heron lamp is broken, I want my money back.", "I am sorry."), {"agent": {"id": "a1", "team": "north"}}),
    "n-2": (("Hello!", "The heron parcel never came.", "I am sorry."), {"agent": {"id": "a2", "team": "north"}}),
    "s-1": (("Hello!", "Give me back what I paid for the heron.", "Sure."), {"agent": {"id": "b1", "team": "south"}}),
}


class WordEncoder:
    """Texts with words in common are near to each other: enough to see that the nearest are found."""

    version = "words@1"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text."""
        rows = np.zeros((len(texts), WIDTH), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().replace(",", " ").replace(".", " ").split():
                row[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % WIDTH] += 1
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return rows


def indexed(shop: Any, *names: str) -> None:
    """Wait for the step behind scoring."""
    until = time.monotonic() + 60
    while True:
        with shop.services.database.reading() as unit:
            if len(unit.search_index.keys(names)) == len(names):
                return
        assert time.monotonic() < until, names
        time.sleep(0.05)


@pytest.fixture(scope="module")
def stocked(open_shop: Open, write_chat: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("chats")
    with open_shop(meanings=False) as shop:
        for name, (said, header) in CHATS.items():
            shop.score(write_chat(folder, name, *said, **header))
        indexed(shop, *CHATS)
        yield shop


@pytest.fixture(scope="module")
def meaning(stocked: Any, tmp_path_factory: pytest.TempPathFactory) -> Meaning:
    services = stocked.services
    made = Meaning(
        database=services.database, vectors=TextVectors(WordEncoder()), folder=tmp_path_factory.mktemp("files"),
        workflows=services.workflows, clock=services.clock,
    )  # fmt: skip
    assert made.index_some() == 3
    assert made.index_some() == 0
    return made


def names(page: Any) -> list[str]:
    return [one.interaction for one in page.items]


@pytest.mark.parametrize(("who", "found"), [(LEAD, {"n-1", "n-2", "s-1"}), (COACH, {"n-1", "n-2"}), (AGENT, set())])
def test_everybody_finds_what_is_within_their_reach(stocked: Any, who: Actor, found: set[str]) -> None:
    assert set(names(stocked.services.search.find("heron", by=who))) == found


def test_programs_that_take_things_in_find_nothing(stocked: Any) -> None:
    with pytest.raises(PermissionDeniedError):
        stocked.services.search.find("heron", by=Actor(id="x", role=Role.SERVICE))


def test_the_best_comes_first_and_the_newest_where_asked(stocked: Any) -> None:
    page = stocked.services.search.find("heron OR money OR lamp", by=LEAD)
    assert (names(page)[0], page.order, page.total, page.notes) == ("n-1", Order.RELEVANCE, 3, ())
    newest = stocked.services.search.find("heron OR money OR lamp", by=LEAD, order=Order.NEWEST)
    assert (newest.order, [one.rank for one in newest.items]) == (Order.NEWEST, [None] * 3)


def test_very_common_words_come_newest_first_and_that_is_told(stocked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.services.search.COUNTED", 2)
    page = stocked.services.search.find("heron", by=LEAD, limit=2)
    assert (page.order, page.total, page.more, len(page.items)) == (Order.NEWEST, 2, True, 2)
    assert "cannot be ranked" in page.notes[0]
    rest = stocked.services.search.find("heron", by=LEAD, limit=2, cursor=page.next)
    assert (len(rest.items), rest.next, {*names(page), *names(rest)}) == (1, None, set(CHATS))


def test_meaning_finds_what_is_said_in_other_words(stocked: Any, meaning: Meaning) -> None:
    search = Search(database=stocked.services.database, meaning=meaning, signals=stocked.services.analysis.catalogue)
    page = search.find("i want my money back please", by=LEAD, compare=By.MEANING, limit=1)
    assert (names(page), page.by, page.notes, page.items[0].speaker) == (["n-1"], By.MEANING, (), Speaker.CUSTOMER)
    assert search.find("i want my money back please", by=LEAD, compare=By.MEANING, limit=1, cursor=page.next).items
    assert set(names(search.find("heron", by=COACH, compare=By.MEANING))) == {"n-1", "n-2"}
    assert set(names(search.find("heron agent:b1", by=LEAD, compare=By.MEANING))) == {"s-1"}
    both = search.find("parcel", by=LEAD, compare=By.BOTH)
    assert (names(both)[0], both.by) == ("n-2", By.BOTH)
    assert search.coverage().model_dump() == {"interactions": 3, "words": 3, "meaning": 3, "encoder": True}


@pytest.mark.parametrize("query", ["agent:a1", "speaker:agent heron"])
def test_what_meaning_cannot_be_asked(stocked: Any, meaning: Meaning, query: str) -> None:
    search = Search(database=stocked.services.database, meaning=meaning, signals=())
    with pytest.raises(InputError):
        search.find(query, by=LEAD, compare=By.MEANING)


def test_passages_are_what_one_says_in_a_row() -> None:
    said = [
        (Speaker.AGENT, "Hi."), (Speaker.CUSTOMER, "one two"), (Speaker.CUSTOMER, "three four"), (Speaker.AGENT, "x " * 250),
        (Speaker.AGENT, "five six seven"), (Speaker.CUSTOMER, "  "),
    ]  # fmt: skip
    found = list(passages_of(Transcript(turns=tuple(Turn(speaker=who, text=text) for who, text in said))))
    assert [(first, last) for first, last, _ in found] == [(1, 2), (3, 3), (4, 4)]
    assert found[0][2] == "one two three four"
    assert list(passages_of(Transcript(turns=()))) == []


def test_saved_searches_are_ones_own_or_shared(stocked: Any) -> None:
    saved: SavedSearching = stocked.services.saved_searches
    own = saved.add(SearchSpec(name="mine", query="heron"), by=COACH)
    shared = saved.add(SearchSpec(name="ours", query="heron", shared=True), by=LEAD)
    with pytest.raises(PermissionDeniedError):
        saved.add(SearchSpec(name="x", query="heron", shared=True), by=COACH)
    with pytest.raises(PermissionDeniedError):
        saved.add(SearchSpec(name="x", query="heron"), by=AGENT)
    # A coach sees teams; what is shared is for those who see every team's.
    assert [one.id for one in saved.list(by=COACH).items] == [own.id]
    assert [one.id for one in saved.list(by=LEAD).items] == [shared.id]
    reviewer = Actor(id="rita", role=Role.REVIEWER)
    assert [one.id for one in saved.list(by=reviewer).items] == [shared.id]
    with pytest.raises(PermissionDeniedError):
        saved.drop(shared.id, by=reviewer)
    with pytest.raises(NotFoundError):
        saved.get(own.id, by=LEAD)
    for one, who in ((own, COACH), (shared, LEAD)):
        saved.drop(one.id, by=who)


def test_alerts_by_share_are_raised_once_for_a_period(stocked: Any, write_chat: Any, tmp_path: Path) -> None:
    services = stocked.services
    services.users.create(User(id="lea", login="lea", name="Lea", role=Role.QA_LEAD), by=SYSTEM)
    search = SearchSpec(name="ibis", query="ibis", threshold=Threshold(every=PeriodKind.MONTH, share=0.1))
    saved = services.saved_searches.add(search, by=LEAD)
    today = datetime.now(UTC)
    for number in range(24):
        said = "An ibis sits on my roof." if number % 6 == 0 else "Where is my parcel?"
        old = today - timedelta(days=900)
        write_chat(tmp_path, f"i-{number}", "Hello!", said, started_at=(old if number == 6 else today).isoformat())
    stocked.score(tmp_path)
    indexed(stocked, *(f"i-{number}" for number in range(24)))
    services.saved_searches.run_due()
    services.saved_searches.run_due()
    (alert,) = services.saved_searches.alerts(by=LEAD, saved=saved.id).items
    # Of four, one is of a year long gone: it is found, and alarms nobody.
    assert (alert.found, alert.of, alert.state) == (3, 23, AlertState.OPEN)
    assert alert.share.low < 3 / 23 < alert.share.high
    hits = services.saved_searches.hits(saved.id, by=LEAD).items
    assert [one.interaction for one in hits][-1] == "i-6"
    assert len(hits) == 4


def test_nothing_of_what_was_erased_is_found_or_left(stocked: Any, meaning: Meaning, write_chat: Any, tmp_path: Path) -> None:
    services = stocked.services
    stocked.score(write_chat(tmp_path, "gone", "Hello!", "The quagga wears spectacles on Sundays."))
    indexed(stocked, "gone")
    meaning.index_some()
    search = Search(database=services.database, meaning=meaning, signals=())
    asked = "quagga wears spectacles"
    assert names(search.find(asked, by=LEAD)) == names(search.find(asked, by=LEAD, compare=By.MEANING, limit=1)) == ["gone"]
    services.retaining.erase("gone", reason="the customer asked for it", by=Actor(id="adam", role=Role.ADMIN))
    assert names(search.find(asked, by=LEAD)) == []
    assert "gone" not in names(search.find(asked, by=LEAD, compare=By.MEANING))
    # It began with as many bytes a passage as the vectors have numbers.
    assert meaning.tidy() == 1
    assert meaning.tidy() == 0
    assert services.indexing.index(["gone"]) == 0
    assert services.indexing.faults() == ()
    data = services.settings.data_dir
    assert not [path for path in data.rglob("*sqlite*") if b"quagga" in path.read_bytes() or b"pectacles" in path.read_bytes()]


def test_rebuilt_it_is_the_same(stocked: Any) -> None:
    services = stocked.services
    before = names(services.search.find("heron", by=LEAD))
    with services.database.unit() as unit:
        unit.search_index.drop(["n-1"])
    assert services.indexing.faults() == ("1 scored interactions are not in the index",)
    assert services.indexing.rebuild(by=LEAD) >= 3
    assert names(services.search.find("heron", by=LEAD)) == before
    assert services.indexing.faults() == ()
