"""Interactions: taken in once by id and by content."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.interaction import AgentRef, Channel, CustomerRef, Direction, Interaction, Survey
from qa_service.domain.recording import ChannelMap, Recording
from qa_service.domain.transcript import Speaker, Transcript
from qa_service.errors import AudioError, ConversationError, DuplicateError, InputError, NotFoundError, QaError
from qa_service.store.faults import Fault
from qa_service.store.interactions import Added, NewInteraction, State, asking
from qa_service.store.pages import encode
from qa_service.store.session import Database
from qa_service.store.tables import InteractionRow, core

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
FULL = Interaction(
    id="تماس 1042", channel=Channel.EMAIL, direction=Direction.OUTBOUND, language="fa", started_at=AT - timedelta(days=2, microseconds=3),
    agent=AgentRef(id="a17", name="سارا", team="billing"), customer=CustomerRef(id="k-88"), queue="billing", wait_seconds=41.5,
    survey=Survey(csat=4, scale=5), subject="Re: صورتحساب", metadata={"ticket": 7, "tags": ["x", None], "nul": "\0", "é": 1.5},
)


def bare(identifier: str, **changes: Any) -> Interaction:
    return Interaction(**{"id": identifier, "channel": Channel.CHAT, **changes})


@pytest.mark.parametrize("interaction", [FULL, bare("c1")])
def test_an_interaction_comes_back_as_it_came(database: Database, interaction: Interaction) -> None:
    with database.unit() as unit:
        added = unit.interactions.add(interaction, content_sha256="aa", source_name="x.eml", recording_sha256="bb", at=AT)
    assert added.created
    assert added.stored.state is State.RECEIVED
    with database.reading() as unit:
        stored = unit.interactions.get(interaction.id)
        assert stored == added.stored
        assert stored.interaction == interaction
        assert unit.interactions.by_content("aa") == stored
        assert unit.interactions.by_content("cc") is None


def test_its_agent_is_taken_in_with_it(database: Database) -> None:
    with database.unit() as unit:
        unit.interactions.add(FULL, content_sha256="aa", at=AT)
        assert unit.agents.get("a17") == FULL.agent


@pytest.mark.parametrize(
    ("identifier", "content", "expected"),
    [("c1", "aa", "c1"), ("another", "aa", "c1"), ("c2", "bb", "c2")],
    ids=["same", "same content, other id", "new"],
)
def test_taking_in_again(database: Database, identifier: str, content: str, expected: str) -> None:
    with database.unit() as unit:
        unit.interactions.add(bare("c1"), content_sha256="aa", at=AT)
    with database.unit() as unit:
        added = unit.interactions.add(bare(identifier), content_sha256=content, at=AT)
        assert added.stored.interaction.id == expected
        assert added.created is (expected == "c2")


def test_the_same_id_with_other_content_is_refused(database: Database) -> None:
    with database.unit() as unit:
        unit.interactions.add(bare("c1"), content_sha256="aa", at=AT)
        with pytest.raises(DuplicateError, match="'c1' is stored with other content") as caught:
            unit.interactions.add(bare("c1"), content_sha256="bb", source_name="b.json", at=AT)
    assert (caught.value.field, caught.value.file) == ("id", "b.json")


def test_many_are_taken_in_and_each_is_answered(database: Database) -> None:
    new = [
        NewInteraction(interaction=bare(identifier), content_sha256=content)
        for identifier, content in (("c2", "bb"), ("c1", "aa"), ("c1", "aa"), ("c1", "cc"), ("c9", "bb"), ("c3", "dd"))
    ]
    with database.unit() as unit:
        unit.interactions.add(bare("c3"), content_sha256="dd", at=AT)
        answers = unit.interactions.add_many(new, at=AT)
    told = [(one.stored.interaction.id, one.created) if isinstance(one, Added) else type(one).__name__ for one in answers]
    assert told == [("c2", True), ("c1", True), ("c1", False), "DuplicateError", ("c2", False), ("c3", False)]


def test_the_same_from_many_writers_is_stored_once(database: Database) -> None:
    ready = threading.Barrier(6)
    created: list[bool] = []

    def add(number: int) -> None:
        ready.wait()
        agent = AgentRef(id="a1", name=f"name {number}")
        with database.unit() as unit:
            new = [NewInteraction(interaction=bare(f"c{n}", agent=agent), content_sha256=f"{n}") for n in range(5)]
            added = [one for one in unit.interactions.add_many(new, at=AT + timedelta(seconds=number)) if isinstance(one, Added)]
        assert len(added) == 5
        created.extend(one.created for one in added)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(created) == 30
    assert sum(created) == 5


@pytest.mark.parametrize(
    "error",
    [
        AudioError("no sound in it", file="b.wav", hint="check the recorder"),
        ConversationError("times run backwards", file="b.json", field="turns.3.start", line=17),
    ],
)
def test_states_and_what_stopped_it(database: Database, error: QaError) -> None:
    with database.unit() as unit:
        unit.interactions.add(bare("c1"), content_sha256="aa", at=AT)
        unit.interactions.set_state("c1", State.FAILED, error=Fault.of(error))
        failed = unit.interactions.get("c1")
        assert failed.state is State.FAILED
        assert failed.error == Fault(
            code=error.code, message=error.message, file=error.file, field=error.field, line=error.line, hint=error.hint
        )
        assert unit.interactions.counts() == {State.FAILED: 1}
        unit.interactions.set_state("c1", State.SCORED)
        assert unit.interactions.get("c1").error is None


def test_unknown_interactions_are_named(database: Database) -> None:
    with database.unit() as unit:
        with pytest.raises(NotFoundError, match="no interaction 'c1'"):
            unit.interactions.get("c1")
        with pytest.raises(NotFoundError, match="no interaction 'c1'"):
            unit.interactions.set_state("c1", State.SCORED)
        assert unit.interactions.set_states(["c1"], State.SCORED) == 0


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "c3 c2 c1"),
        ({"channel": Channel.EMAIL}, "c1"),
        ({"agent": "a1"}, "c2 c1"),
        ({"team": "sales"}, "c2"),
        ({"state": State.SCORED}, "c3"),
        ({"queue": "vip"}, "c1"),
        ({"customer": "k1"}, "c2"),
        ({"since": AT}, "c3 c2"),
        ({"until": AT}, "c1"),
        ({"since": AT + timedelta(minutes=1), "until": AT + timedelta(minutes=2)}, "c2"),
        ({"channel": Channel.CHAT, "agent": "a1"}, "c2"),
        ({"agent": "nobody"}, ""),
    ],
)
def test_filters(database: Database, filters: dict[str, Any], expected: str) -> None:
    agent = AgentRef(id="a1", team="billing")
    some = (
        bare("c1", channel=Channel.EMAIL, started_at=AT - timedelta(days=1), agent=agent, queue="vip"),
        bare("c2", agent=AgentRef(id="a1", team="sales"), customer=CustomerRef(id="k1")),
        bare("c3", started_at=AT + timedelta(days=1)),
    )
    with database.unit() as unit:
        for minutes, interaction in enumerate(some):
            unit.interactions.add(interaction, content_sha256=interaction.id, at=AT + timedelta(minutes=minutes))
        unit.interactions.set_state("c3", State.SCORED)
    with database.reading() as unit:
        found = unit.interactions.list(**filters)
    assert " ".join(one.interaction.id for one in found.items) == expected


def test_pages_go_through_all_of_one_moment(database: Database) -> None:
    with database.unit() as unit:
        unit.interactions.add_many([NewInteraction(interaction=bare(f"c{n}"), content_sha256=f"{n}") for n in range(7)], at=AT)
    seen: list[str] = []
    cursor: str | None = None
    sizes = []
    with database.reading() as unit:
        while not sizes or cursor is not None:
            page = unit.interactions.list(cursor=cursor, limit=3)
            sizes.append(len(page.items))
            seen += [one.interaction.id for one in page.items]
            cursor = page.next
    assert sizes == [3, 3, 1]
    assert seen == [f"c{n}" for n in reversed(range(7))]


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "%%%", "W10", "bnVsbA", "eyJhIjoxfQ", "WzEsMl0", "WyIyMDI2IiwieCJd", "W" * 4000, "é", encode(AT, "c1") + "=",
        encode(AT, "c1") + "AA", encode(AT.replace(tzinfo=None), "c1"), encode(AT, "c\0"), "W1tbW1tbW1tb" * 2000,
    ],
)
def test_a_forged_cursor_is_told(database: Database, cursor: str) -> None:
    with pytest.raises(InputError, match="not given out") as caught, database.reading() as unit:
        unit.interactions.list(cursor=cursor)
    assert caught.value.field == "cursor"


def test_those_that_ask_which_channel_is_the_agents(database: Database) -> None:
    told = ChannelMap(left=Speaker.AGENT, right=Speaker.CUSTOMER)
    cases = {
        "asks": (2, ChannelMap(), False), "sure": (2, ChannelMap(), True), "told": (2, told, False), "mono": (1, ChannelMap(), False),
        "said mono": (2, ChannelMap(mono=True), False), "asks too": (2, ChannelMap(), False),
    }  # fmt: skip
    with database.unit() as unit:
        for number, (name, (channels, channel_map, known)) in enumerate(cases.items()):
            sha256 = f"{number:064}"
            unit.recordings.add(
                Recording(
                    sha256=sha256, file_name="x.wav", size=1, duration_ms=1, sample_rate=8000, channels=channels, codec="x",
                    channel_map=channel_map,
                )
            )  # fmt: skip
            at = AT + timedelta(seconds=number)
            unit.interactions.add(bare(name, channel=Channel.PHONE), content_sha256=sha256, recording_sha256=sha256, at=at)
            unit.transcripts.save(name, Transcript(turns=(), speakers_known=known), at=at)
        unit.interactions.add(bare("written"), content_sha256="w", at=AT)
    with database.reading() as unit:
        assert [one.interaction.id for one in unit.interactions.list(asks=True).items] == ["asks too", "asks"]
        assert len(unit.interactions.list(asks=False).items) == len(unit.interactions.list().items) == 7
        assert [one.interaction.id for one in unit.interactions.list(asks=True, limit=1).items] == ["asks too"]
        assert set(unit.recordings.some([f"{0:064}", "none"])) == {f"{0:064}"}


def test_the_list_of_those_that_ask_reads_its_index(sqlite_template: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'qa.sqlite')}")
    with database.engine.connect() as connection:
        statement = sa.select(core(InteractionRow)).where(asking()).compile(connection, compile_kwargs={"literal_binds": True})
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
    database.close()
    assert "ix_transcripts_guessed" in plan
