"""What one machine erases, or writes into the gold set, reaches the other machine's own files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from qa_service.analysis.judge.memory import Kept, Memory
from qa_service.bootstrap import opened
from qa_service.domain.permission import SYSTEM
from qa_service.store.gold import GoldEntry, write_gold

Open = Callable[..., AbstractContextManager[Any]]


def test_gold_and_the_judges_memory(
    open_shop: Open, make_settings: Any, write_chat: Any, object_server: str, bucket: str, tmp_path: Path
) -> None:
    store = {"recordings_url": f"s3://{bucket}/qa", "s3_endpoint": object_server, "s3_access_key": "a", "s3_secret_key": "b"}
    with open_shop(tmp_path / "one", **store) as shop:
        one = shop.services
        for name in ("gone", "stays"):
            chat = write_chat(tmp_path, name, "Hello!", f"I am {name}.")
            (row,) = shop.score(chat)
            write_gold(one.settings.gold, [GoldEntry(row.scorecard, chat.read_bytes())])
        one.calibrated_gold._folder.push(["gone", "stays"])
        with opened(make_settings(tmp_path / "two", **store, database_url=one.settings.database)) as two:
            assert two.elsewhere.look(), "nothing was known yet"
            assert not two.elsewhere.look()
            memory = Memory(tmp_path / "two" / "judge.sqlite", keep=10)
            memory.put(Kept("a" * 64, "2026-11-02T09:00:00", "{}", "I am gone.", "tiny", None, None, 1, "schema"))
            assert not two.elsewhere.look()
            assert len(list(memory.sent())) == 1
            there = two.settings.gold
            assert sorted(path.name.split(".")[0] for path in there.rglob("*.json")) == ["gone", "gone", "stays", "stays"]
            one.retaining.erase("gone", reason="the customer asked", by=SYSTEM)
            assert two.elsewhere.look()
            assert {path.name.split(".")[0] for home in (there, one.settings.gold) for path in home.rglob("*.json")} == {"stays"}
            assert not two.elsewhere.look()
            assert list(memory.sent()) == []
