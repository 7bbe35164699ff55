"""The ledger: seals that verify, and tampering that shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_service.domain.ledger import GENESIS, LedgerEntry, canonical, seal, verify
from qa_service.errors import LedgerError

AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def chain(length: int = 5) -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    for number in range(1, length + 1):
        previous = entries[-1].hash if entries else GENESIS
        entries.append(
            seal(
                sequence=number, at=AT + timedelta(seconds=number), actor="system", action="scorecard.suggested",
                    subject=f"scorecard/{number}",
                content={"score": 80.0 + number, "note": "سلام"}, previous=previous,
            )
        )
    return entries


def forged(entry: LedgerEntry, **changes: Any) -> LedgerEntry:
    """An entry with changes and a seal that fits them."""
    values = {name: getattr(entry, name) for name in ("sequence", "at", "actor", "action", "subject", "content", "previous")}
    return seal(**{**values, **changes})


def test_a_whole_chain_verifies() -> None:
    assert verify([]) == 0
    assert verify(chain(1)) == 1
    assert verify(chain()) == 5


@pytest.mark.parametrize(
    ("tamper", "field"),
    [
        (lambda e: [*e[:2], e[2].model_copy(update={"content": {"score": 100.0}}), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2].model_copy(update={"actor": "someone"}), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2].model_copy(update={"at": AT}), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], forged(e[2], content={"score": 100.0}), *e[3:]], "entry 4"),  # sealed again: the next one tells
        (lambda e: [*e[:2], *e[3:]], "entry 4"),  # removed
        (lambda e: e[1:], "entry 2"),  # head cut off
        (lambda e: [forged(e[1], previous=GENESIS, sequence=1), *e[2:]], "entry 3"),  # head cut off and sealed again
        (lambda e: [e[0], e[2], e[1], *e[3:]], "entry 3"),  # moved
        (lambda e: [e[0], e[0], *e[1:]], "entry 1"),  # doubled
        (lambda e: [*e[:4], forged(e[4], sequence=7)], "entry 7"),  # a gap
        (lambda e: [*e[:4], e[4].model_copy(update={"hash": "0" * 64})], "entry 5"),
    ],
)
def test_tampering_names_the_first_bad_entry(tamper: Callable[[list[LedgerEntry]], list[LedgerEntry]], field: str) -> None:
    with pytest.raises(LedgerError) as raised:
        verify(tamper(chain()))
    assert raised.value.field == field


def test_the_hash_is_the_documented_one() -> None:
    """SHA-256 of sixty-four zeros and the canonical entry, worked out here by hand."""
    import hashlib

    text = '{"action":"a","actor":"system","at":"2026-03-01T12:00:00.250000+00:00","content":{"x":1},"sequence":1,"subject":"s"}'
    entry = seal(sequence=1, at=AT, actor="system", action="a", subject="s", content={"x": 1}, previous=GENESIS)
    assert entry.hash == hashlib.sha256((GENESIS + text).encode()).hexdigest()


def test_the_time_zone_it_is_read_back_in_does_not_matter() -> None:
    entries = [entry.model_copy(update={"at": entry.at.astimezone(timezone(timedelta(hours=3, minutes=30)))}) for entry in chain()]
    assert verify(entries) == 5


def test_times_need_a_zone() -> None:
    with pytest.raises(ValidationError):
        seal(sequence=1, at=datetime(2026, 3, 1), actor="a", action="a", subject="s", content={}, previous=GENESIS)


@pytest.mark.parametrize(
    ("one", "other"),
    [({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({"a": 5.0}, {"a": 5}), ({"a": (1, 2)}, {"a": [1, 2]}),
     ({"a": {"b": 1e16}}, {"a": {"b": 10**16}})],
)
def test_equal_values_have_equal_text(one: Any, other: Any) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("value", "text"), [({"b": "é", "a": None}, '{"a":null,"b":"é"}'), ([True, 1.5, "\n"], '[true,1.5,"\\n"]'), (-0.0, "0")],
)
def test_canonical(value: Any, text: str) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": float("-inf")}])
def test_numbers_that_json_lacks_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=4))
def test_what_went_through_json_verifies(content: dict[str, Any]) -> None:
    import json

    entry = seal(sequence=1, at=AT, actor="a", action="b", subject="c", content=content, previous=GENESIS)
    stored = LedgerEntry.model_validate_json(entry.model_dump_json())
    assert verify([stored.model_copy(update={"content": json.loads(json.dumps(content))})]) == 1
