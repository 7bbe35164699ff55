"""The judge's memory in the data folder: requests with their replies, so that none is paid for twice, and the tokens of each day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from qa_service.errors import JudgeError

_TABLES = (
    """CREATE TABLE IF NOT EXISTS asked (
    place INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT NOT NULL UNIQUE, at TEXT NOT NULL, sent TEXT NOT NULL, reply TEXT NOT NULL,
    served TEXT NOT NULL, asked_tokens INTEGER, reply_tokens INTEGER, ms INTEGER NOT NULL, format TEXT NOT NULL
)""",
    "CREATE TABLE IF NOT EXISTS spent (day TEXT PRIMARY KEY, tokens INTEGER NOT NULL)",
)
#: Days whose tokens are remembered.
_DAYS = 60


class Kept(NamedTuple):
    """A request and what came back."""

    #: SHA-256 of the request, hex.
    request: str
    #: When it was asked, ISO 8601, UTC.
    at: str
    #: What was sent, JSON: model, messages, schema and settings.
    sent: str
    #: The model's words.
    reply: str
    #: Model as the server names it.
    served: str
    #: Tokens as the server counted them.
    asked_tokens: int | None
    reply_tokens: int | None
    #: How long it took, ms.
    ms: int
    #: The way of asking for JSON that the server took.
    format: str


class Memory:
    """A small database file that many threads and processes may use at once."""

    def __init__(self, path: Path, *, keep: int) -> None:
        """``keep``: requests that are kept, the newest ones."""
        self._path = path
        self._keep = keep
        self._made = False

    def get(self, request: str) -> Kept | None:
        """A request that was asked before."""
        return next(iter(self.find(request, exactly=True)), None)

    def find(self, start: str, *, exactly: bool = False, most: int = 2) -> list[Kept]:
        """Requests whose hash starts so, ``most`` at most."""
        end = start if exactly else f"{start}g"  # behind every hex digit
        with self._opened() as base:
            columns = ", ".join(Kept._fields)
            rows = base.execute(f"SELECT {columns} FROM asked WHERE request >= ? AND request <= ? LIMIT ?", (start, end, most))  # noqa: S608
            return [Kept(*row) for row in rows]

    def put(self, kept: Kept) -> None:
        """Keep it, and forget the oldest ones."""
        if self._keep == 0:
            return
        marks = ", ".join("?" for _ in kept)
        with self._opened() as base:
            base.execute(f"INSERT OR REPLACE INTO asked ({', '.join(Kept._fields)}) VALUES ({marks})", kept)  # noqa: S608
            base.execute("DELETE FROM asked WHERE place <= (SELECT max(place) FROM asked) - ?", (self._keep,))

    def sent(self) -> Iterator[tuple[str, str]]:
        """Every request that is kept: its hash, and what was sent."""
        rows: list[tuple[int, str, str]] = [(0, "", "")]
        while rows:
            with self._opened() as base:
                following = "SELECT place, request, sent FROM asked WHERE place > ? ORDER BY place LIMIT 200"
                rows = base.execute(following, (rows[-1][0],)).fetchall()
            yield from ((request, sent) for _, request, sent in rows)

    def forget(self, requests: Iterable[str]) -> int:
        """Delete requests with their replies for good; how many there were."""
        with self._opened() as base:
            return sum(base.execute("DELETE FROM asked WHERE request = ?", (request,)).rowcount for request in requests)

    def clear(self) -> int:
        """Delete all of them for good; how many there were. What was spent stays."""
        with self._opened() as base:
            return base.execute("DELETE FROM asked").rowcount

    def spent(self, day: str) -> int:
        """Tokens of a day, ISO 8601."""
        with self._opened() as base:
            row = base.execute("SELECT tokens FROM spent WHERE day = ?", (day,)).fetchone()
            return int(row[0]) if row else 0

    def reserve(self, day: str, tokens: int, *, limit: int) -> bool:
        """Count tokens on a day unless they would pass the limit (0: none); whether they were counted."""
        with self._opened() as base:
            base.execute("INSERT OR IGNORE INTO spent (day, tokens) VALUES (?, 0)", (day,))
            base.execute("DELETE FROM spent WHERE day NOT IN (SELECT day FROM spent ORDER BY day DESC LIMIT ?)", (_DAYS,))
            changed = base.execute(
                "UPDATE spent SET tokens = tokens + ? WHERE day = ? AND (? = 0 OR tokens + ? <= ?)", (tokens, day, limit, tokens, limit)
            )
            return changed.rowcount == 1

    def settle(self, day: str, difference: int) -> None:
        """Correct what was counted by what it was."""
        with self._opened() as base:
            base.execute("UPDATE spent SET tokens = max(0, tokens + ?) WHERE day = ?", (difference, day))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        try:
            if not self._made:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as base:
                base.execute("PRAGMA synchronous = NORMAL")
                # What is deleted is overwritten.
                base.execute("PRAGMA secure_delete = ON")
                # Everything behind this lock, which is waited for; changing to a write-ahead log would not wait for the others.
                base.execute("BEGIN IMMEDIATE")
                with base:
                    for table in () if self._made else _TABLES:
                        base.execute(table)
                    self._made = True
                    yield base
        except (sqlite3.Error, OSError) as error:
            raise JudgeError(f"the judge's memory cannot be used: {error}", file=self._path) from error
