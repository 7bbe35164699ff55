"""The search index on both kinds of database: one language of queries, the same hits, and nothing left of what was taken out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.interaction import AgentRef
from qa_service.domain.permission import Scope
from qa_service.domain.search import Filters
from qa_service.domain.search_query import parse
from qa_service.services.search_terms import read_query
from qa_service.store.erasures import Kind
from qa_service.store.interactions import State
from qa_service.store.search import TURN_BITS, NewEntry, NewTurn, Passages, first_key
from qa_service.store.search_filters import Asked
from qa_service.store.session import Database
from tests.store.conftest import AT, Desk

#: Interaction, language and turns (the agent begins); folded here by blanks, which for these words is what the analysis gives.
SAID: dict[str, tuple[str, tuple[str, ...]]] = {
    "c1": ("en", ("hello how can i help", "i want a refund for the broken kettle", "your refund takes five days")),
    "c2": ("en", ("hello there", "the kettle is fine but the invoice is wrong")),
    "c3": ("fa", ("سلام بفرمایید", "پول من را پس بدهید")),
    "c4": ("en", ("refunding is easy", "a b c d e f g h")),
}


def entry(desk: Desk, name: str, *, days: int = 0, agent: str | None = "a17", team: str | None = "billing", **signals: float) -> NewEntry:
    """An interaction that is stored and scored, as the index takes it."""
    language, turns = SAID.get(name, ("en", (f"hello {name}",)))
    it = desk.take(name, days=days, agent=agent, team=team)
    with desk.database.unit() as unit:
        unit.interactions.set_state(name, State.SCORED)
    said = [NewTurn(at, ("agent", "customer")[at % 2], text.split()) for at, text in enumerate(turns)]
    return NewEntry(name, it.started_at or AT, "phone", language, agent, team, None, said, signals)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    entries = [
        entry(desk, "c1", **{"silence.longest": 12.5}), entry(desk, "c2", days=1, agent="a18", **{"silence.longest": 3.0}),
        entry(desk, "c3", days=2, team=None), entry(desk, "c4", days=3, agent=None, team="Team: Zürich Süd"),
    ]  # fmt: skip
    with desk.database.unit() as unit:
        assert unit.search_index.save_many(entries, folding="f", at=AT) == sum(len(turns) for _, turns in SAID.values())
    return desk


def found(desk: Desk, query: str, **asked: Any) -> list[str]:
    """Hits as ``interaction.turn``, the newest first."""
    parsed, node = read_query(query)
    with desk.database.reading() as unit:
        ids = unit.search_hits.newest(node, Asked(filters=parsed.filters, **asked), most=100, scan=1000).ids
        places = unit.search_hits.places(one >> TURN_BITS for one in ids)
        return [f"{places[one >> TURN_BITS].interaction}.{one & ((1 << TURN_BITS) - 1)}" for one in ids]


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("kettle", ["c2.1", "c1.1"]),
        ("refund kettle", ["c1.1"]),
        ("refund OR invoice", ["c2.1", "c1.2", "c1.1"]),
        ("kettle -refund", ["c2.1"]),
        ('"the kettle"', ["c2.1"]),
        ('"broken ket"*', ["c1.1"]),
        ("refund*", ["c4.0", "c1.2", "c1.1"]),
        ("(refund OR invoice) kettle", ["c2.1", "c1.1"]),
        ("kettle NOT (refund OR invoice)", []),
        ("b NEAR/2 e", ["c4.1"]),
        ("e NEAR/2 b", ["c4.1"]),
        ("b NEAR/1 e", []),
        ('"a b" NEAR/1 "d e"', ["c4.1"]),
        ("hello speaker:agent", ["c2.0", "c1.0"]),
        ("hello speaker:customer", []),
        ("kettle agent:a18", ["c2.1"]),
        ("kettle -agent:a18", ["c1.1"]),
        ("refund* -team:billing", ["c4.0"]),
        ('refunding team:"Team: Zürich Süd"', ["c4.0"]),
        ("language:fa پول", ["c3.1"]),
        ("پول", ["c3.1"]),
        ("kettle from:2026-03-02", ["c2.1"]),
        ("kettle to:2026-03-02", ["c1.1"]),
        ("kettle silence.longest>10", ["c1.1"]),
        ("kettle silence.longest<=3", ["c2.1"]),
        ("hello silence.longest=12.5", ["c1.0"]),
        ("agent:a17", ["c3.0", "c1.0"]),
        ("silence.longest>1", ["c2.0", "c1.0"]),
        ("zebra", []),
    ],
)
def test_both_databases_find_the_same(filled: Desk, query: str, hits: list[str]) -> None:
    assert found(filled, query) == hits


@pytest.mark.parametrize(
    "text", ["' | !x", "a:* & b", "x' OR '1'='1", "NEAR(a b, 2)", "^a", "{words}", "words: a", "x + y", "\\", "''", "%", "x' <-> 'y", ":*"]
)
def test_nothing_in_a_query_is_an_operator_of_the_database(filled: Desk, text: str) -> None:
    node = read_query(f'"{text}" OR kettle')[1]
    with filled.database.reading() as unit:
        assert len(unit.search_hits.newest(node, Asked(Filters()), most=9, scan=9).ids) == 2


def test_coaches_find_their_teams_and_agents_their_own_finals(filled: Desk) -> None:
    with filled.database.unit() as unit:
        unit.agents.upsert(AgentRef(id="a17", team="sales"), at=AT)
    assert found(filled, "kettle", within=Scope(teams=frozenset({"billing"}))) == ["c2.1", "c1.1"]
    assert found(filled, "kettle", within=Scope(teams=frozenset())) == []
    # Nobody told the team of c3: that of its agent now counts.
    assert found(filled, "پول", within=Scope(teams=frozenset({"sales"}))) == ["c3.1"]
    mine = Scope(agent="a17")
    assert found(filled, "hello", within=mine) == []
    filled.finish(filled.add(filled.draft(filled.interaction("c1"))), greeting="yes", identity="no", farewell="yes")
    assert found(filled, "hello", within=mine) == found(filled, "hello", within=mine, own=True) == ["c1.0"]
    with filled.database.reading() as unit:
        assert unit.search_hits.owns("a17")


def test_filters_by_figures_know_what_the_reader_may_know(filled: Desk) -> None:
    plain = filled.add(filled.draft(filled.interaction("c1"), identity="no"))
    assert plain.score is not None
    blind = filled.add(filled.draft(filled.interaction("c2", agent="a18"), identity="no"))
    asked = ("closing.identity=no kettle", "identity=no", "score<60 kettle", "critical:yes kettle")
    assert [found(filled, one)[:1] for one in asked] == [["c2.1"], ["c2.0"], ["c2.1"], ["c2.1"]]
    with filled.database.unit() as unit:
        assert unit.scorecards.make_blind([str(blind.id)]) == (blind.id,)
    assert [found(filled, one) for one in asked] == [["c1.1"], ["c1.0"], ["c1.1"], ["c1.1"]]
    assert found(filled, "-identity=no") == []  # nothing is told of c2, and c1 was answered no
    assert found(filled, "-identity=yes") == ["c1.0"]
    # Of drafts, agents know nothing.
    assert found(filled, "identity=no", within=Scope(agent="a17")) == []


def test_what_is_analysed_again_replaces_what_was(filled: Desk) -> None:
    again = NewEntry("c1", AT, "phone", "en", "a17", "billing", None, [NewTurn(0, "agent", ["only", "this"])], {})
    with filled.database.unit() as unit:
        unit.search_index.save_vectors([Passages("c1", [(0, 2)], bytes(384))], encoder="e")
        unit.search_index.save_many([again], folding="f", at=AT)
    assert (found(filled, "refund"), found(filled, "kettle"), found(filled, "only this")) == ([], ["c2.1"], ["c1.0"])
    with filled.database.reading() as unit:
        assert unit.search_index.faults() == ()
        assert unit.search_index.coverage(encoder="e") == (4, 4, 0)


def test_what_is_erased_leaves_no_word_and_no_vector(filled: Desk) -> None:
    with filled.database.unit() as unit:
        unit.search_index.save_vectors([Passages(one, [(0, 0)], bytes([7]) * 384) for one in ("c1", "c2")], encoder="e")
        unit.erasures.forget("c1", at=AT)
        planned = {one.kind for one in unit.erasures.planned()}
    assert (found(filled, "refund"), found(filled, "hello")) == ([], ["c2.0"])
    sqlite = filled.database.engine.dialect.name == "sqlite"
    assert planned == {Kind.INDEX}
    merged = False
    while not merged:
        with filled.database.unit() as unit:
            merged = unit.search_index.merge()
    with filled.database.engine.connect() as connection:
        (left,) = connection.execute(sa.text("SELECT count(*) FROM search_passages WHERE interaction_id = 'c1'")).one()
        assert left == 0
        # "takes" and "broken" stand in c1 alone; "invoice" in c2.
        blocks = b"".join(row[0] for row in connection.execute(sa.text("SELECT block FROM search_words_data"))) if sqlite else b"invoice"
    assert (b"roken" in blocks, b"akes" in blocks, b"nvoice" in blocks) == (False, False, True)
    again = NewEntry("c1", AT, "phone", "en", "a17", None, None, [NewTurn(0, "agent", ["secret"])], {})
    with filled.database.unit() as unit:
        unit.interactions.set_state("c2", State.ERASED)
        unit.search_index.save_many([again], folding="f", at=AT)
    assert found(filled, "secret") == []


def test_an_interaction_that_is_put_down_to_somebody_else_is_found_as_theirs(filled: Desk) -> None:
    with filled.database.unit() as unit:
        unit.agents.upsert(AgentRef(id="b1", team="sales"), at=AT)
        unit.attributions.move("c1", AgentRef(id="b1", team="sales"))
    assert found(filled, "refund agent:a17") == []
    assert found(filled, "refund agent:b1") == ["c1.2", "c1.1"]
    assert found(filled, "refund speaker:customer", within=Scope(teams=frozenset({"sales"}))) == ["c1.1"]
    assert found(filled, "agent:b1 team:sales") == ["c1.0"]


def test_thousands_of_contacts_of_one_second_have_keys_of_their_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.store.search._SAME", 3)
    names = [f"d{number}" for number in range(9)]
    entries = [entry(desk, name) for name in names]
    with desk.database.unit() as unit:
        unit.search_index.save_many(entries[:5], folding="f", at=AT)
        unit.search_index.save_many(entries[5:], folding="f", at=AT)
        keys = unit.search_index.keys(names)
    assert len(set(keys.values())) == 9
    assert min(keys.values()) == first_key(AT)


def test_a_look_that_is_cut_short_says_so_and_goes_on(filled: Desk) -> None:
    parsed, node = read_query("hello OR refund OR kettle silence.longest>10")
    asked = Asked(parsed.filters)
    with filled.database.reading() as unit:
        first = unit.search_hits.newest(node, asked, most=10, scan=2)
        assert (first.ids, first.looked_to is not None) == ((), True)
        rest = unit.search_hits.newest(node, asked, below=first.looked_to, most=10, scan=10)
        assert (len(rest.ids), rest.looked_to) == (3, None)


def test_counts_and_what_is_new(filled: Desk) -> None:
    parsed, node = read_query("hello OR پول")
    with filled.database.reading() as unit:
        hits = unit.search_hits
        assert hits.interactions(node, Asked(parsed.filters)) == 3
        assert hits.all(Asked(Filters(since=AT + timedelta(days=1)))) == 3
        assert hits.signal("silence.longest", Asked(Filters())) == (2, 15.5, 12.5**2 + 9)
        assert hits.among(node, Asked(parsed.filters), after=0, to=2) == ("c1", "c2")
        assert hits.among(node, Asked(parsed.filters), after=2, to=9) == ("c3",)
        assert hits.among(None, Asked(parse("agent:a17").filters), after=0, to=9) == ("c1", "c3")


def test_vectors_are_kept_by_encoder(filled: Desk) -> None:
    with filled.database.unit() as unit:
        unit.search_index.save_vectors([Passages("c2", [(0, 0), (1, 1)], bytes(768)), Passages("gone", [], b"")], encoder="e")
        assert unit.search_index.without_vectors(encoder="e", most=9) == ("c4", "c3", "c1")
        assert unit.search_index.coverage(encoder="other").vectors == 0
        assert len(unit.search_hits.passages(Asked(parse("agent:a18").filters), encoder="e")) == 1
        assert unit.search_hits.passages(Asked(parse("agent:a17").filters), encoder="e") == frozenset()
        (row,) = unit.search_hits.vectors(encoder="e", after=0, most=9)
        assert (len(row.data), unit.search_hits.alive([row.seq, 99])) == (768, {row.seq: row.key})


def test_rebuild_begins_with_nothing(filled: Desk) -> None:
    with filled.database.unit() as unit:
        unit.search_index.clear()
        assert unit.search_index.missing(folding="f", most=9) == ("c4", "c3", "c2", "c1")
        assert unit.search_index.faults() == ()
    assert found(filled, "hello") == []




def test_check_names_what_does_not_fit(filled: Desk, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM search_interactions WHERE interaction_id = 'c2'"))
    with database.reading() as unit:
        assert unit.search_index.faults() == ("2 turns belong to no interaction of the index", "7 turns should be in the index, 9 are")
