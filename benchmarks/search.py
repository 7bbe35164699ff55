"""Search over an archive of turns: rates of indexing, size, and times of queries of every kind, on SQLite and on PostgreSQL.

Turns are drawn by Zipf's law from the words of the lexicons and conversations of this checkout (English, Persian and Arabic), the commonest
words of each language in front and numbers and names behind; they are folded and written by the service's own index writer, and the
queries go through the service.
"""

from __future__ import annotations

import json
import os
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from qa_service.analysis.fold import fold
from qa_service.store.search import NewEntry, NewTurn

_ROOT = Path(__file__).parents[1]
_HEADS = {
    "en": "the i you to a and is it that my for of in your have on we this not can with me was be do are will so they at",
    "fa": "و در به از که این را با است برای من شما آن تا هم یک ما می‌شود خود بر کنید شد اگر دارم هست چه نه یا باید بله",
    "ar": "في من على أن إلى هذا مع لا ما هل هو لك أنا كان نعم عن هذه قد التي الذي كل بعد عند لم إذا لكن حتى تم غير ثم",
}
_SHARES = (("en", 0.5), ("fa", 0.3), ("ar", 0.2))
_WORDS, _PER = 30_000, 12
_START = datetime(2026, 1, 1, tzinfo=UTC)
_PIECE = 400
#: Kind of query, and how one is made of a chance and the words of a language, the commonest first.
_KINDS: dict[str, Callable[[random.Random, Sequence[str]], str]] = {
    "rare word": lambda chance, words: chance.choice(words[8000:20000]),
    "word": lambda chance, words: chance.choice(words[60:2000]),
    "common word": lambda chance, words: chance.choice(words[:8]),
    "two words": lambda chance, words: f"{chance.choice(words[:60])} {chance.choice(words[60:2000])}",
    "rare beside common": lambda chance, words: f"{chance.choice(words[:5])} {chance.choice(words[8000:20000])}",
    "phrase": lambda chance, words: f'"{chance.choice(words[:30])} {chance.choice(words[:200])}"',
    "prefix": lambda chance, words: chance.choice([one for one in words[30:3000] if len(one) > 4])[:4] + "*",
    "or": lambda chance, words: f"{chance.choice(words[:60])} OR {chance.choice(words[200:4000])}",
    "not": lambda chance, words: f"{chance.choice(words[30:300])} -{chance.choice(words[:5])}",
    "near": lambda chance, words: f"{chance.choice(words[:30])} NEAR/5 {chance.choice(words[30:300])}",
    "with agent and channel": lambda chance, words: f"{chance.choice(words[:60])} agent:a{chance.randrange(400)} channel:phone",
    "with a period": lambda chance, words: f"{chance.choice(words[:300])} from:2026-03-01 to:2026-03-08 speaker:customer",
    "with a signal": lambda chance, words: f"{chance.choice(words[:300])} silence.longest>{chance.randrange(5, 55)}",
    "newest, of a team": lambda chance, words: f"{chance.choice(words[:300])} team:team{chance.randrange(20)}",
}


def run(*, turns: int = 1_000_000, queries: int = 25, databases: Sequence[str] = ("sqlite", "postgresql")) -> list[dict[str, Any]]:
    """One row for the writing, one a kind of query and one for all of them, a database."""
    rows: list[dict[str, Any]] = []
    for name in databases:
        with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder, ExitStack() as stack:
            url = None if name == "sqlite" else stack.enter_context(_postgres(Path(folder) / "pg"))
            if name != "sqlite" and url is None:
                continue
            rows += _measured(name, Path(folder) / "data", url, turns=turns, queries=queries)
    return rows


def _postgres(folder: Path) -> Any:
    from benchmarks.review import postgres  # the same server as for the other benchmarks

    return postgres(folder)


def _measured(name: str, data: Path, url: str | None, *, turns: int, queries: int) -> list[dict[str, Any]]:
    from qa_service.bootstrap import opened
    from qa_service.settings import Settings

    words = vocabulary()
    with opened(Settings(data_dir=data, database_url=url or "", meanings=False)) as services:
        seconds, size = fill(services, words, turns=turns)
        rows = [_row(f"{name}: write", [], turns=turns, rate=turns / seconds, megabytes=size / 1e6)]
        everything: list[float] = []
        chance = random.Random(11)
        for kind, made in _KINDS.items():
            times = list(_times(services, made, chance, words, queries))
            everything += times
            rows.append(_row(f"{name}: {kind}", times, turns=turns))
        rows.append(_row(f"{name}: all of them", everything, turns=turns))
    return rows


def _times(
    services: Any, made: Callable[[random.Random, Sequence[str]], str], chance: random.Random, words: dict[str, list[str]], queries: int
) -> Iterator[float]:
    from qa_service.domain.permission import SYSTEM

    for _ in range(queries):
        (language,) = chance.choices([one for one, _ in _SHARES], [share for _, share in _SHARES])
        query = made(chance, words[language])
        start = time.perf_counter()
        services.search.find(query, by=SYSTEM)
        yield (time.perf_counter() - start) * 1000


def fill(services: Any, words: dict[str, list[str]], *, turns: int) -> tuple[float, int]:
    """Write that many turns; the seconds that folding and writing the index took, and the bytes that it takes."""
    chance = random.Random(7)
    weights = {language: list(accumulate(1 / rank for rank in range(1, len(some) + 1))) for language, some in words.items()}
    before, seconds = _size(services), 0.0
    for start in range(0, turns // _PER, _PIECE):
        some = [_interaction(number, chance, words, weights) for number in range(start, min(turns // _PER, start + _PIECE))]
        _store(services, some)
        begun = time.perf_counter()
        with services.database.unit() as unit:
            unit.search_index.save_many([_entry(*one) for one in some], folding="bench", at=_START)
        seconds += time.perf_counter() - begun
    with services.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if connection.dialect.name == "sqlite" else "VACUUM ANALYZE")
    return seconds, _size(services) - before


def vocabulary() -> dict[str, list[str]]:
    """Words by language, the commonest first."""
    texts = [*(_ROOT / "qa_service" / "analysis" / "lexicons").rglob("*.*"), *(_ROOT / "scorecards").rglob("*.conversation.json")]
    told = " ".join(path.read_text(encoding="utf-8") for path in texts)
    known = {
        "en": re.findall(r"[a-z]{3,14}", told.lower()), "fa": re.findall("[آ-ی\u200c]{3,14}", told), "ar": re.findall("[آ-ي]{3,14}", told),
    }  # fmt: skip
    chance, found = random.Random(3), {}
    for language, head in _HEADS.items():
        seen = [one for one in dict.fromkeys((*head.split(), *known[language])) if one][:_WORDS]
        made = (f"{chance.choice(seen[30:])[:6]}{number}" for number in range(_WORDS - len(seen)))
        found[language] = [*seen, *made]
    return found


def _interaction(
    number: int, chance: random.Random, words: dict[str, list[str]], weights: dict[str, list[float]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    (language,) = chance.choices([one for one, _ in _SHARES], [share for _, share in _SHARES])
    agent = number % 400
    header = {
        "id": f"i{number}", "channel": ("phone", "chat", "email", "social")[number % 4], "direction": "inbound", "language": language,
        "happened_at": _START + timedelta(seconds=number * 370), "agent_team": f"team{agent % 20}", "queue": f"queue{number % 9}",
        "agent_id": f"a{agent}", "metadata_json": "{}", "purpose": "live", "content_sha256": f"sha{number}", "state": "scored",
        "received_at": _START,
    }  # fmt: skip
    said = [
        {"speaker": ("agent", "customer")[turn % 2], "text": " ".join(
            chance.choices(words[language], cum_weights=weights[language], k=chance.randrange(3, 26))
        )}
        for turn in range(_PER)
    ]  # fmt: skip
    return header, said


def _entry(header: dict[str, Any], said: list[dict[str, Any]]) -> NewEntry:
    turns = [NewTurn(place, turn["speaker"], fold(turn["text"], header["language"]).words) for place, turn in enumerate(said)]
    signals = {"silence.longest": float(int(header["id"][1:]) % 60), "talk.agent_share": 0.5}
    return NewEntry(
        header["id"], header["happened_at"], header["channel"], header["language"], header["agent_id"], header["agent_team"],
        header["queue"], turns, signals,
    )  # fmt: skip


def _store(services: Any, some: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]]) -> None:
    """Interactions and transcripts as plain rows: what takes them in is not what is measured."""
    from qa_service.store.tables import AgentRow, InteractionRow, TranscriptRow, core

    agents = [{"id": one["agent_id"], "name": None, "team": one["agent_team"], "created_at": _START} for one, _ in some]
    with services.database.engine.begin() as connection:
        there = set(connection.execute(sa.select(core(AgentRow).c.id)).scalars())
        fresh = {one["id"]: one for one in agents if one["id"] not in there}
        if fresh:
            connection.execute(sa.insert(core(AgentRow)), list(fresh.values()))
        connection.execute(sa.insert(core(InteractionRow)), [header for header, _ in some])
        told = [
            {
                "interaction_id": header["id"], "engine": "import", "language": header["language"], "language_confidence": 1.0,
                "speakers_known": True, "turns": json.dumps(said, ensure_ascii=False), "saved_at": _START,
            }
            for header, said in some
        ]
        connection.execute(sa.insert(core(TranscriptRow)), told)


def _size(services: Any) -> int:
    """Bytes of the index alone."""
    engine = services.database.engine
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            tables = ("search_turns", "search_interactions", "search_signals")
            return sum(connection.exec_driver_sql(f"SELECT pg_total_relation_size('{one}')").scalar_one() for one in tables)
        (size,) = connection.exec_driver_sql("SELECT coalesce(sum(length(block)), 0) FROM search_words_data").one()
        (turns,) = connection.exec_driver_sql("SELECT coalesce(sum(length(CAST(words AS BLOB)) + 12), 0) FROM search_turns").one()
        return int(size + turns)


def _row(what: str, times: list[float], *, turns: int, rate: float | None = None, megabytes: float | None = None) -> dict[str, Any]:
    ranked = sorted(times)

    def at(share: float) -> float | None:
        return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else None

    return {
        "what": what, "turns": turns, "queries": len(times), "p50 ms": at(0.5), "p95 ms": at(0.95), "most ms": at(1.0),
        "turns a second": rate, "index MB": megabytes,
    }


if __name__ == "__main__":
    print(json.dumps(run(turns=int(os.environ.get("TURNS", "1000000"))), indent=1))
