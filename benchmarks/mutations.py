"""Files that went wrong: recordings, mails, JSON, YAML and tables made by code and changed by a seed, as decay and malice do."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.mutation_originals import ORIGINALS

#: What is put into the middle of files: ends of strings, numbers and nesting that readers trip over.
TOKENS: tuple[bytes, ...] = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\\ud800",
    b'"',
    b"'",
    b"\\",
    b"\n",
    b"\r\n\r\n",
    b"\r",
    b"\t",
    b"{",
    b"}",
    b"[",
    b"]",
    b"null",
    b"true",
    b"-0",
    b"1e999",
    b"-1e999",
    b"NaN",
    b"Infinity",
    b"9" * 400,
    b"1" + b"0" * 5000,
    b"0x7f",
    b"1e-400",
    b"2026-13-45",
    b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-14:00",
    b"<script>",
    b"&#0;",
    b"%00",
    b"../../etc/passwd",
    b"=cmd|' /C calc'!A0",
    b"[" * 3000,
    b'{"a":' * 3000,
    b"(" * 500,
    b"&a [*a,*a]",
    b"!!python/object/apply:os.system [id]",
    b"<<: *a",
    b"? ",
    b"- " * 2000,
    b"<div>" * 3000,
    b"<!--",
    b"<![CDATA[",
    b"=?utf-8?B?////?=",
    b"=?x?Q?=00?=",
    b"Content-Transfer-Encoding: base64\n",
    b"boundary=",
    b"charset=utf-7",
    b"charset=idna",
    b"charset=rot13",
    "\u202e".encode(),
    "\u0600\u200c".encode(),
    "ﷺ".encode() * 200,
    "e\u0301".encode() * 500,
    b"A" * 20_000,
)
_NUMBERS = (0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, -0x80000000, 0xFFFFFFFF, 8000, 3)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One changed file."""

    #: Its number; the same seed and number give the same bytes.
    number: int
    #: ``audio``, ``mail``, ``json``, ``yaml`` or ``table``.
    kind: str
    name: str
    data: bytes
    #: What was done to it.
    how: str


def mutants(count: int, *, seed: int = 0, kinds: tuple[str, ...] = ("audio", "mail", "json", "yaml", "table")) -> Iterator[Mutant]:
    """So many of them, kinds in turn."""
    whole = {kind: ORIGINALS[kind]() for kind in kinds}
    for number in range(count):
        yield mutant(number, seed=seed, kind=kinds[number % len(kinds)], originals=whole)


def mutant(number: int, *, seed: int, kind: str, originals: Mapping[str, Mapping[str, bytes]]) -> Mutant:
    """The one with that number."""
    chosen = random.Random(f"{seed}/{kind}/{number}")
    name, data = chosen.choice(sorted(originals[kind].items()))
    # No two are the same contact, so that what is read is worked on, too.
    data = data.replace(b"THE-ID", b"m%d-%d" % (seed, number)).replace(b"the-id", b"m%d-%d" % (seed, number))
    how: list[str] = []
    for _ in range(chosen.choice((1, 1, 1, 2, 2, 3, 6))):
        change = chosen.choice(_CHANGES[kind])
        data = change(data, chosen)
        how.append(change.__name__.strip("_"))
    return Mutant(number=number, kind=kind, name=name, data=data[:1_000_000], how=" ".join(how))


def _flip(data: bytes, chosen: random.Random) -> bytes:
    told = bytearray(data)
    for _ in range(chosen.choice((1, 2, 8, 64))):
        if told:
            told[_place(told, chosen)] ^= 1 << chosen.randrange(8)
    return bytes(told)


def _number(data: bytes, chosen: random.Random) -> bytes:
    at, value = _place(data, chosen), chosen.choice(_NUMBERS)
    size = chosen.choice((1, 2, 4, 8))
    told = (value & (256**size - 1)).to_bytes(size, chosen.choice(("little", "big")))
    return data[:at] + told + data[at + size :]


def _cut(data: bytes, chosen: random.Random) -> bytes:
    return data[: _place(data, chosen)]


def _lose(data: bytes, chosen: random.Random) -> bytes:
    at = _place(data, chosen)
    return data[:at] + data[at + chosen.choice((1, 4, 40, 400)) :]


def _repeat(data: bytes, chosen: random.Random) -> bytes:
    at, size = _place(data, chosen), chosen.choice((1, 20, 200))
    return data[:at] + data[at : at + size] * chosen.choice((2, 3, 50)) + data[at + size :]


def _token(data: bytes, chosen: random.Random) -> bytes:
    at, size = _place(data, chosen), chosen.choice((0, 0, 1, 8))
    return data[:at] + chosen.choice(TOKENS) + data[at + size :]


def _noise(data: bytes, chosen: random.Random) -> bytes:
    at = _place(data, chosen)
    return data[:at] + chosen.randbytes(chosen.choice((1, 16, 300))) + data[at:]


def _word(data: bytes, chosen: random.Random) -> bytes:
    """One word or number becomes another of the file, or a token."""
    words = list(re.finditer(rb"[\w.+-]+", data))
    if not words:
        return data
    one, other = chosen.choice(words), chosen.choice(words)
    told = other[0] if chosen.random() < 0.5 else chosen.choice(TOKENS)
    return data[: one.start()] + told + data[one.end() :]


def _line(data: bytes, chosen: random.Random) -> bytes:
    """Lines change places, are doubled or get lost."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    one, other = chosen.randrange(len(lines)), chosen.randrange(len(lines))
    lines[one] = chosen.choice((lines[other], lines[one] * 2, b"", b"  " + lines[one], lines[one].lstrip()))
    return b"".join(lines)


def _value(data: bytes, chosen: random.Random) -> bytes:
    """A value somewhere in JSON becomes one of another kind."""
    try:
        told = json.loads(data)
    except ValueError:
        return _word(data, chosen)
    places = list(_places(told))
    if places:
        holder, key = chosen.choice(places)
        holder[key] = chosen.choice(_VALUES)
    return json.dumps(told, ensure_ascii=chosen.random() < 0.5).encode("utf-8", "surrogatepass")


_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    10**30,
    0.1,
    "",
    " ",
    "x" * 3000,
    "\x00",
    "\ud800",
    "\u202eabc",
    [],
    {},
    [[]],
    [None],
    {"": None},
    "NaN",
    "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "../../x",
    "agent",
    "customer",
    "phone",
    "email",
    "fa",
    "zz",
    [1] * 2000,
    {"a": {"a": {"a": []}}},
    "سلام " * 300,
)


def _places(told: Any) -> Iterator[tuple[Any, Any]]:
    inner = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    for key, value in list(inner):
        yield told, key
        yield from _places(value)


def _place(data: bytes | bytearray, chosen: random.Random) -> int:
    """Heads are what readers believe: every second change is there."""
    most = max(len(data), 1)
    return chosen.randrange(min(most, 96)) if chosen.random() < 0.5 else chosen.randrange(most)


_BINARY = (_flip, _number, _cut, _lose, _repeat, _noise, _number)
_TEXT = (_flip, _cut, _lose, _repeat, _token, _token, _noise, _word, _word, _line, _line)
_CHANGES: Mapping[str, tuple[Callable[[bytes, random.Random], bytes], ...]] = {
    "audio": _BINARY,
    "mail": _TEXT,
    "json": (*_TEXT, _value, _value, _value, _value, _value),
    "yaml": _TEXT,
    "table": _TEXT,
}
