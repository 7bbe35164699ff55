"""Folding from many threads at once, as the workers of one process do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from qa_service.analysis.fold import fold


def test_threads_fold_as_one_does() -> None:
    texts = [f"I'll call you on 5pm{number} about order A-{number}x, won't you?" for number in range(3000)]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda text: fold(text, "en").text, texts))
    fold.cache_clear()
    assert together == [fold(text, "en").text for text in texts]
