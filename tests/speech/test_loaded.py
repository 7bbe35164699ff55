"""What engines share: made once, whoever asks, and again after a failure."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from qa_service.speech.loaded import Loaded


def test_threads_that_want_the_same_get_the_same() -> None:
    loaded, together, made = Loaded(), Barrier(4), []

    def want(_: int) -> object:
        together.wait(timeout=10)
        return loaded.get("model", lambda: made.append(object()) or made[-1])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(want, range(4)))
    assert len(made) == 1
    assert all(one is made[0] for one in found)


def test_another_key_does_not_wait() -> None:
    loaded = Loaded()
    assert loaded.get("outer", lambda: loaded.get("inner", lambda: "a") + "b") == "ab"


def test_a_failure_is_not_kept() -> None:
    loaded = Loaded()
    with pytest.raises(ZeroDivisionError):
        loaded.get("model", lambda: 1 // 0)
    assert loaded.get("model", lambda: 1) == 1
