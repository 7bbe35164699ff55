"""Scoring again: what is missing, and only when told what a new rubric changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qa_service.services.ingest import JobOptions
from qa_service.store.batches import Cause


def test_a_second_run_does_what_is_missing_and_only_when_told_what_changed(
    open_shop: Any, write_form: Any, write_chat: Any, write_call: Any, tmp_path: Path
) -> None:
    forms, data, calls = tmp_path / "forms", tmp_path / "data", tmp_path / "calls"
    calls.mkdir()
    for channel in ("chat", "phone"):
        write_form(forms, channel)
    write_chat(calls, "re-1", "Hello!", "first")
    write_call(calls, "re-2", "Hello!", "Hi.")
    with open_shop(data, rubrics_dir=forms) as shop:
        assert [row.cause for row in shop.score(calls)] == [Cause.NEW, Cause.NEW]
    write_form(forms, "chat", version=2, greeting="welcome")
    write_chat(calls, "re-3", "Hello!", "later")
    rescore = JobOptions(rescore=True)
    with open_shop(data, rubrics_dir=forms) as shop:
        left = shop.score(calls)
        assert [(row.cause, row.scorecard.rubric.version) for row in left] == [(Cause.OUTDATED, 1), (Cause.THERE, 1), (Cause.NEW, 2)]
        again = shop.score(calls, options=rescore)
        assert [(row.cause, row.scorecard.rubric.version) for row in again] == [(Cause.RUBRIC, 2), (Cause.THERE, 1), (Cause.THERE, 2)]
        assert {row.cause for row in shop.score(calls, options=rescore)} == {Cause.THERE}
