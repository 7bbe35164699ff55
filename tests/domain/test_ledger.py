"""The ledger: seals that verify, contents that may go, and tampering that shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.ledger import GENESIS, Head, LedgerEntry, Link, account, canonical, digest_of, rest_of, seal, verify
from qa_service.errors import InputError, LedgerError

AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
SALT = "00112233445566778899aabbccddeeff"
#: Entries 1 and 2 are of the first kind, as a chain has them that an older version began.
OLD = 2


def added(
    links: list[Link], *, content: Any = None, salt: str | None = SALT, action: str = "scorecard.suggested", **told: Any
) -> list[Link]:
    """The chain with one more entry."""
    number = len(links) + 1
    interaction = told.pop("interaction", None if salt is None else f"c{number % 2}")
    return [
        *links,
        seal(
            sequence=number, at=AT + timedelta(seconds=number), actor="system", action=action, subject=f"scorecard/{number}",
            interaction=interaction, content=canonical({"score": 80.0 + number, "note": "سلام"} if content is None else content), salt=salt,
            previous=links[-1].hash if links else GENESIS, **told,
        ),
    ]


def chain(length: int = 5, *, old: int = OLD) -> list[Link]:
    links: list[Link] = []
    for number in range(1, length + 1):
        links = added(links, salt=None if number <= old else f"{number:032x}")
    return links


def emptied(links: list[Link], *sequences: int) -> list[Link]:
    """The same chain, with some contents gone."""
    return [link._replace(content=None, salt=None) if link.sequence in sequences else link for link in links]


def erased(links: list[Link], *sequences: int, interaction: str | None = None, **changes: Any) -> list[Link]:
    """The chain with some contents gone by an act that tells so; those of the second kind are of one interaction."""
    told = [links[one - 1] for one in sequences]
    about = interaction or next((one.interaction for one in told if one.interaction is not None), "c0")
    content = {**account(told), "reason": "asked for", **changes}
    return added(emptied(links, *sequences), content=content, action="interaction.erased", interaction=about)


def forged(link: Link, **changes: Any) -> Link:
    """An entry with changes and a seal that fits them."""
    names = ("sequence", "at", "actor", "action", "subject", "interaction", "content", "salt", "previous")
    return seal(**{**{name: getattr(link, name) for name in names}, **changes})


def swapped(links: list[Link], one: int, other: int) -> list[Link]:
    out = list(links)
    out[one], out[other] = out[other], out[one]
    return out


def first_bad(links: Iterable[Link], **options: Any) -> str | None:
    with pytest.raises(LedgerError) as raised:
        verify(links, **options)
    return raised.value.field


def test_a_whole_chain_verifies() -> None:
    assert verify([]) == (0, 0, Head(sequence=0, hash=GENESIS))
    assert verify(chain(1)).entries == 1
    links = chain()
    assert verify(links) == (5, 0, Head(sequence=5, hash=links[4].hash))


@pytest.mark.parametrize("old", [0, 2, 5])
@pytest.mark.parametrize(
    ("tamper", "field"),
    [
        (lambda e: [*e[:2], e[2]._replace(content='{"score":100}'), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2]._replace(content=e[2].content + " "), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2]._replace(actor="someone"), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2]._replace(at=AT), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2]._replace(interaction="other"), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2]._replace(seal=3 - e[2].seal), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2]._replace(seal=9), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2]._replace(digest="0" * 64), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2]._replace(salt="zz"), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], forged(e[2], content='{"score":100}'), *e[3:]], "entry 4"),  # sealed again: the next one tells
        (lambda e: [*e[:2], *e[3:]], "entry 4"),  # removed
        (lambda e: e[1:], "entry 2"),  # head cut off
        (lambda e: [forged(e[1], previous=GENESIS, sequence=1), *e[2:]], "entry 3"),  # head cut off and sealed again
        (lambda e: swapped(e, 1, 2), "entry 3"),  # moved
        (lambda e: [e[0], e[0], *e[1:]], "entry 1"),  # doubled
        (lambda e: [*e[:4], forged(e[4], sequence=7)], "entry 7"),  # a gap
        (lambda e: [*e[:4], e[4]._replace(hash="0" * 64)], "entry 5"),
        (lambda e: emptied(e, 3), "entry 3"),  # nobody tells about it
        (lambda e: emptied(e, 5), "entry 5"),
        (lambda e: emptied(erased(e, 3), 6), "entry 3"),  # who tells about it is empty, too
        (lambda e: [*emptied(e, 3)[:4], e[4]._replace(actor="someone")], "entry 3"),  # two faults
        (lambda e: [*erased(e, 3)[:4], e[4]._replace(actor="someone"), erased(e, 3)[5]], "entry 5"),  # the first was erased rightly
    ],
)
def test_tampering_names_the_first_bad_entry(tamper: Callable[[list[Link]], list[Link]], field: str, old: int) -> None:
    assert first_bad(tamper(chain(old=old))) == field


def test_contents_that_an_act_tells_about_may_go() -> None:
    links = erased(chain(), 1, 3, 5)
    assert verify(links) == (6, 3, Head(sequence=6, hash=links[5].hash))
    again = erased(links, 4)
    assert verify(again).emptied == 4


@pytest.mark.parametrize(
    ("tamper", "field"),
    [
        (lambda e: [e[0]._replace(content="{}"), *e[1:]], "entry 1"),  # a content in the place of one that was erased
        (lambda e: [*e[:2], chain()[2], *e[3:]], "entry 3"),  # the very content is back
        (lambda e: [e[0]._replace(actor="someone"), *e[1:]], "entry 1"),  # what is left of an entry of the first kind
        (lambda e: [e[0]._replace(subject="scorecard/9"), *e[1:]], "entry 1"),
        (lambda e: [*e[:2], e[2]._replace(subject="scorecard/9"), *e[3:]], "entry 3"),
        (lambda e: [*e[:2], e[2]._replace(salt="0" * 32), *e[3:]], "entry 3"),
        (lambda e: e[:5], "entry 1"),  # the act is cut off
        (lambda e: emptied(e, 4), "entry 4"),
        # Nobody can work out the hash of what was erased of the first kind: what the act kept of it tells, though the next entry shows it.
        (lambda e: [e[0]._replace(hash="0" * 64), *e[1:]], "entry 1"),
    ],
)
def test_tampering_behind_an_erasure(tamper: Callable[[list[Link]], list[Link]], field: str) -> None:
    assert first_bad(tamper(erased(chain(), 1, 3, 5))) == field


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (lambda e: erased(e, 3, emptied=[]), "entry 3"),  # it names another
        (lambda e: erased(e, 3, emptied=[3, 3]), "entry 3"),
        (lambda e: erased(e, 3, emptied=[2, 3]), "entry 2"),  # it names one that is here
        (lambda e: erased(e, 3, emptied=[3, 6]), "entry 6"),  # itself
        (lambda e: erased(e, 3, emptied=[3, 99]), "entry 6"),
        (lambda e: erased(e, 3, interaction="another"), "entry 3"),  # it is about something else
        (lambda e: erased(e, 1, rests={}), "entry 1"),  # of the first kind, and nothing holds what is left of it
        (lambda e: erased(e, 1, rests={"1": rest_of(e[1])}), "entry 1"),
        # No erasure, whatever it tells.
        (lambda e: added(emptied(e, 3), content=account([e[2]]), action="interaction.forgotten", interaction="c1"), "entry 3"),
    ],
)
def test_only_what_an_erasure_names_may_go(act: Callable[[list[Link]], list[Link]], field: str) -> None:
    assert first_bad(act(chain())) == field


def test_a_kept_head_tells_whether_the_end_is_there() -> None:
    links = chain(8)
    for sequence in (0, 1, 5, 8):
        kept = verify(links[:sequence]).head
        assert verify(links, kept=kept).entries == 8
    kept = verify(links).head
    assert first_bad(links[:6], kept=kept) == "entry 7"
    assert first_bad([], kept=kept) == "entry 1"
    other = added(added(links[:6], content={"other": 1}), content={"other": 2})
    assert verify(other).entries == 8, "written anew, it is a whole chain by itself"
    assert first_bad(other, kept=kept) == "entry 8"
    assert first_bad(other, kept=verify(links[:7]).head) == "entry 7"


@pytest.mark.parametrize("text", ["", "x", "5", f"-1:{GENESIS}", f"05:{GENESIS}", "5:abc", f"5:{GENESIS}0", f"5 {GENESIS}"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no head"):
        Head.read(text)


def test_a_head_reads_what_it_writes() -> None:
    head = verify(chain()).head
    assert Head.read(f" {head}\n".upper()) == head


def test_the_hashes_are_the_documented_ones() -> None:
    """SHA-256 of sixty-four zeros and the canonical entry, worked out here by hand."""
    told = {"sequence": 1, "at": AT, "actor": "system", "action": "a", "subject": "s", "content": '{"x":1}', "previous": GENESIS}
    text = '{"action":"a","actor":"system","at":"2026-03-01T12:00:00.250000+00:00","content":{"x":1},"sequence":1,"subject":"s"}'
    assert seal(**told, salt=None).hash == hashlib.sha256((GENESIS + text).encode()).hexdigest()
    digest = hashlib.sha256((SALT + '{"x":1}').encode()).hexdigest()
    text = (
        f'{{"action":"a","actor":"system","at":"2026-03-01T12:00:00.250000+00:00","digest":"{digest}","interaction":"c-1","seal":2,'
        '"sequence":1,"subject":"s"}'
    )
    link = seal(**told, salt=SALT, interaction="c-1")
    assert (link.digest, link.hash) == (digest, hashlib.sha256((GENESIS + text).encode()).hexdigest())
    assert digest_of('{"x":1}', salt=SALT) == digest


WORDS = st.text(st.characters(codec="utf-8"))


@given(actor=WORDS, action=WORDS, subject=WORDS, interaction=WORDS | st.none())
def test_what_is_hashed_is_canonical_json(actor: str, action: str, subject: str, interaction: str | None) -> None:
    link = seal(
        sequence=7, at=AT, actor=actor, action=action, subject=subject, interaction=interaction, content="{}", salt=SALT, previous=GENESIS
    )
    whole = {
        "sequence": 7, "at": AT.isoformat(), "actor": actor, "action": action, "subject": subject, "interaction": interaction, "seal": 2,
        "digest": link.digest,
    }
    assert link.hash == hashlib.sha256((GENESIS + canonical(whole)).encode()).hexdigest()


def test_the_time_zone_it_is_read_back_in_does_not_matter() -> None:
    links = [link._replace(at=link.at.astimezone(timezone(timedelta(hours=3, minutes=30)))) for link in chain()]
    assert verify(links).entries == 5


def test_times_need_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        seal(sequence=1, at=datetime(2026, 3, 1), actor="a", action="a", subject="s", content="{}", salt=SALT, previous=GENESIS)


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
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(WORDS, JSON, max_size=4))
def test_what_went_through_json_verifies(content: dict[str, Any]) -> None:
    (link,) = added([], content=content)
    stored = LedgerEntry.model_validate_json(LedgerEntry.of(link).model_dump_json())
    assert stored.link == link
    assert verify([stored.model_copy(update={"content": json.loads(json.dumps(content))}).link]).entries == 1


@st.composite
def histories(draw: st.DrawFn) -> list[Link]:
    """Chains with acts of both kinds, some of them erasures of what one interaction has so far."""
    links = chain(draw(st.integers(1, 4)), old=draw(st.integers(0, 3)))
    for _ in range(draw(st.integers(0, 8))):
        if draw(st.integers(0, 3)):
            links = added(links, content={"n": draw(st.integers(0, 9))}, interaction=draw(st.sampled_from(["c0", "c1", None])))
            continue
        about = draw(st.sampled_from(["c0", "c1"]))
        full = [one for one in links if one.content is not None and not one.action.endswith(".erased")]
        gone = [one.sequence for one in full if one.interaction == about or (one.seal == 1 and draw(st.booleans()))]
        links = erased(links, *gone, interaction=about)
    return links


@given(histories())
def test_every_history_verifies(links: list[Link]) -> None:
    found = verify(links)
    assert (found.entries, found.emptied) == (len(links), sum(one.content is None for one in links))
    assert verify(iter(links), kept=found.head) == found


def acts_of(link: Link) -> list[int]:
    """Sequences that an erasure tells about."""
    return list(json.loads(link.content or "{}").get("emptied", [])) if link.action.endswith(".erased") else []


def changed(link: Link, name: str) -> Link:
    """Another value in one of the columns."""
    value = getattr(link, name)
    if isinstance(value, datetime):
        return link._replace(**{name: value + timedelta(microseconds=1)})
    return link._replace(**{name: value + 1 if isinstance(value, int) else f"{value or ''}0"})


@given(histories(), st.data())
def test_any_change_of_any_column_is_named(links: list[Link], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(links) - 1))
    name = data.draw(st.sampled_from(Link._fields))
    bad = [*links[:place], changed(links[place], name), *links[place + 1 :]]
    # An erasure that cannot be read as one any more tells about nothing that was erased.
    told = acts_of(links[place]) if name in ("content", "action") else []
    assert first_bad(bad) == f"entry {min([*told, bad[place].sequence])}"


@given(histories(), st.data())
def test_any_removal_is_named(links: list[Link], data: st.DataObject) -> None:
    kept, place = verify(links).head, data.draw(st.integers(0, len(links) - 1))
    left = [*links[:place], *links[place + 1 :]]
    # What the removed act told about is the first that is not as it should be; else the one that stands in its place, or the missing end.
    expected = min([*acts_of(links[place]), place + 2 if place + 1 < len(links) else place + 1])
    assert first_bad(left, kept=kept) == f"entry {expected}"


@given(histories(), st.data())
def test_any_swap_is_named(links: list[Link], data: st.DataObject) -> None:
    if len(links) < 2:
        return
    one = data.draw(st.integers(0, len(links) - 2))
    other = data.draw(st.integers(one + 1, len(links) - 1))
    # At the first of the two places stands the later entry.
    assert first_bad(swapped(links, one, other)) == f"entry {links[other].sequence}"


@given(histories(), st.data())
def test_contents_that_nobody_told_about_are_named(links: list[Link], data: st.DataObject) -> None:
    full = [one.sequence for one in links if one.content is not None and not one.action.endswith(".erased")]
    gone = data.draw(st.sets(st.sampled_from(full), min_size=1)) if full else set()
    if gone:
        assert first_bad(emptied(links, *gone)) == f"entry {min(gone)}"
