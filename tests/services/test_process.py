"""Processing: steps may be repeated, a failure is told, and nothing is left open for ever."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import build
from qa_service.channels import MailParties, ReadOptions
from qa_service.services.ingest import JobOptions, Source
from qa_service.settings import Settings
from qa_service.store.interactions import State
from qa_service.store.jobs import JobState

Open = Callable[..., AbstractContextManager[Any]]


def states(shop: Any) -> Counter[str]:
    with shop.services.database.reading() as unit:
        return Counter(job.state.value for job in unit.jobs.list(limit=500).items)


def wait(shop: Any) -> None:
    """Until every job has ended, and every workflow that did the work."""
    end = time.monotonic() + 120
    while set(states(shop)) & {"queued", "running"} or _at_work(shop):
        assert time.monotonic() < end, states(shop)
        time.sleep(0.02)


def _at_work(shop: Any) -> bool:
    return any(any(shop.services.workflows.open_arguments(name)) for name in ("process_texts", "process_interaction"))


def test_step_that_is_repeated_changes_nothing(open_shop: Open) -> None:
    with open_shop() as shop:
        job = shop.take("c-1").job
        wait(shop)
        before = (shop.ledger(), shop.services.interactions.scorecards("c-1"))
        assert shop.services.processing.score([job]) == 0
        with shop.services.database.unit() as unit:
            unit.jobs.start(job, at=shop.services.clock())  # as if the process had died before the job was noted as done
        assert shop.services.processing.score([job]) == 1
        assert (shop.ledger(), shop.services.interactions.scorecards("c-1")) == before
        assert states(shop) == {"done": 1}


def test_transcribing_again_takes_the_stored_transcript(open_shop: Open, write_call: Any, tmp_path: Path) -> None:
    with open_shop() as shop:
        (row,) = shop.score(write_call(tmp_path, "call", "Hello!", "Hi."))
        (job,) = shop.services.jobs.list().items
        before = shop.ledger()
        with shop.services.database.unit() as unit:
            unit.jobs.start(job.id, at=shop.services.clock())
        assert shop.services.processing.transcribe(job.id)
        assert shop.services.processing.score([job.id]) == 1
        assert shop.ledger() == before
        assert Counter(before) == {"interaction/call": 2, f"scorecard/{row.scorecard.id}": 1}
        assert not shop.services.processing.transcribe(job.id), "a job that is done is left alone"


def test_crash_between_storing_and_queueing_is_resumed(tmp_path: Path, make_settings: Callable[..., Settings], open_shop: Open) -> None:
    services = build(make_settings(tmp_path))
    services.database.upgrade()
    with open_shop(tmp_path) as shop:
        pass
    kept: list[Any] = []
    ingestion = shop.ingestion()
    ingestion._dispatch = kept.append  # dies here
    items = [(shop.conversation(f"c-{n}", "Hello!", str(n)), Source(name=f"{n}.json", actor="t")) for n in range(7)]
    ingestion.conversations(items)
    assert states(shop) == {"queued": 7}
    with open_shop(tmp_path, text_chunk=3) as shop:
        wait(shop)
        assert states(shop) == {"done": 7}
        assert len(shop.ledger("scorecard.suggested")) == 7
    services.database.close()


def test_job_whose_workflow_gave_up_is_taken_up_at_the_next_start(tmp_path: Path, open_shop: Open) -> None:
    with open_shop(tmp_path) as shop:
        job = shop.take("c-1").job
        wait(shop)
        with shop.services.database.unit() as unit:
            unit.jobs.start(job, at=shop.services.clock())
    with open_shop(tmp_path) as shop:
        wait(shop)
        assert states(shop) == {"done": 1}


def test_resume_leaves_alone_what_is_queued(open_shop: Open) -> None:
    with open_shop() as shop:
        shop.take("c-1")
        shop.services.processing.resume()
        wait(shop)
        assert shop.services.processing.resume() == 0


def test_one_bad_interaction_of_a_chunk_does_not_stop_the_others(open_shop: Open, write_form: Any, tmp_path: Path) -> None:
    write_form(tmp_path, "chat")
    with open_shop(rubrics_dir=tmp_path) as shop:
        source = Source(name="post.json", actor="t")
        items = [shop.conversation("c-1"), shop.conversation("p-1", channel="phone"), shop.conversation("c-2", "Hello!", "again")]
        shop.services.ingestion.conversations([(one, source) for one in items])
        wait(shop)
        assert states(shop) == {"done": 2, "failed": 1}
        failed = shop.services.interactions.get("p-1")
        assert (failed.state, str(failed.error)) == (State.FAILED, "post.json: rubric: no rubric is in force for channel phone")
        assert shop.ledger("interaction.failed") == ["interaction/p-1"]


def test_unexpected_error_of_one_is_told_with_its_kind(open_shop: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_shop() as shop:
        read = shop.services.analysis.read

        def fragile(interaction: Any, *args: Any, **kwargs: Any) -> Any:
            if interaction.id == "c-2":
                raise ZeroDivisionError("of our own")
            return read(interaction, *args, **kwargs)

        monkeypatch.setattr(shop.services.analysis, "read", fragile)
        source = Source(name="x.json", actor="t")
        shop.services.ingestion.conversations([(shop.conversation(f"c-{n}", "Hello!", str(n)), source) for n in (1, 2, 3)])
        wait(shop)
        assert states(shop) == {"done": 2, "failed": 1}
        assert "x.json: ZeroDivisionError: of our own" in str(shop.services.interactions.get("c-2").error)


def test_step_that_gives_up_fails_its_open_jobs(open_shop: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_shop() as shop:
        attempts: list[int] = []

        def broken(*args: Any) -> None:
            attempts.append(1)
            raise OSError("disk full")

        again = {"retries_allowed": True, "max_attempts": 3, "interval_seconds": 0.0}
        monkeypatch.setattr(shop.services.workflows, "_again", again)
        monkeypatch.setattr(shop.services.processing, "_save", broken)
        shop.take("c-1")
        wait(shop)
        assert len(attempts) == 3
        assert states(shop) == {"failed": 1}
        assert "disk full" in str(shop.services.interactions.get("c-1").error)


def test_what_another_process_finished_is_not_failed_afterwards(open_shop: Open) -> None:
    with open_shop() as shop:
        job = shop.take("c-1").job
        wait(shop)
        assert shop.services.processing.give_up([job], "too late") == 0
        assert states(shop) == {"done": 1}


def test_another_rubric_and_another_version_are_scored_beside_the_old(
    open_shop: Open, write_form: Any, write_chat: Any, tmp_path: Path
) -> None:
    write_form(tmp_path / "forms", "chat")
    file = write_chat(tmp_path, "c-1", "Good day!", "Hi.")
    with open_shop(tmp_path / "data", rubrics_dir=tmp_path / "forms") as shop:
        (row,) = shop.score(file)
        assert row.scorecard.score == 75_000  # opening 0, rest 100: (0 * 1 + 100 * 3) / 4
        first = row.scorecard.id
    write_form(tmp_path / "forms", "chat", version=2, greeting="good day")
    with open_shop(tmp_path / "data", rubrics_dir=tmp_path / "forms") as shop:
        (kept,) = shop.score(file)
        assert kept.scorecard.id == first, "only when told to"
        (row,) = shop.score(file, options=JobOptions(rescore=True))
        assert (row.scorecard.score, row.scorecard.rubric.version) == (100_000, 2)
        assert [card.id for card in shop.services.interactions.scorecards("c-1")] == [row.scorecard.id, first]
        (again,) = shop.score(file)
        assert again.scorecard == row.scorecard
    write_form(tmp_path / "forms", "chat", rubric="strict", greeting="welcome")
    (tmp_path / "forms" / "chat.yaml").unlink()
    with open_shop(tmp_path / "data", rubrics_dir=tmp_path / "forms") as shop:
        (row,) = shop.score(file)
        assert (row.scorecard.rubric.id, row.scorecard.score) == ("strict", 75_000)


def test_named_rubric_is_the_one_in_the_row(open_shop: Open, write_form: Any, write_chat: Any, tmp_path: Path) -> None:
    write_form(tmp_path / "forms", "chat")
    write_form(tmp_path / "forms", "chat", rubric="strict", greeting="welcome")
    file = write_chat(tmp_path, "c-1", "Hello!", "Hi.")
    with open_shop(rubrics_dir=tmp_path / "forms") as shop:
        for rubric, score in (("mini-chat", 100_000), ("strict", 75_000), ("mini-chat", 100_000)):
            (row,) = shop.score(file, options=JobOptions(rubric=rubric))
            assert (row.scorecard.rubric.id, row.scorecard.score) == (rubric, score)
        assert len(shop.ledger("scorecard.suggested")) == 2
        (unsaid,) = shop.score(file)
        assert unsaid.status == "failed"
        assert "several rubrics judge chat: mini-chat, strict" in unsaid.error


def test_rubric_of_another_channel_is_told(open_shop: Open, write_chat: Any, tmp_path: Path) -> None:
    with open_shop() as shop:
        (row,) = shop.score(write_chat(tmp_path, "c-1"), options=JobOptions(rubric="mini-phone"))
        assert row.error == f"{tmp_path / 'c-1.json'}: rubric: rubric 'mini-phone' judges phone, not chat"
        assert states(shop) == {"failed": 1}


def test_imported_call_needs_no_engine(open_shop: Open, chats: Any, tmp_path: Path) -> None:
    with open_shop(engine="faster-whisper") as shop:
        shop.take("p-1", "Hello!", "Hi.", channel="phone")
        wait(shop)
        (card,) = shop.services.interactions.scorecards("p-1")
        assert (card.engine.speech, card.score) == (None, 100_000)
        assert shop.services.jobs.list(state=JobState.DONE).items[0].kind == "text"


@pytest.mark.parametrize(("domain", "score"), [("shop.example", 100_000), ("other.example", 75_000)])
def test_only_the_agents_greeting_counts_in_mails(open_shop: Open, write_form: Any, tmp_path: Path, domain: str, score: int) -> None:
    write_form(tmp_path / "forms", "email")
    head = "From: sara@shop.example\nTo: k@home.example\nSubject: Lamp\nDate: Mon, 02 Nov 2026 09:01:00 +0000\nMessage-ID: <1@x.example>\n"
    (tmp_path / "1.eml").write_text(head + "\nHello, your lamp is here.\n")
    with open_shop(rubrics_dir=tmp_path / "forms") as shop:
        parties = MailParties(agent_domains=frozenset({domain}))
        (row,) = shop.score(tmp_path / "1.eml", reading=ReadOptions(parties=parties))
        assert (row.status, row.scorecard.score) == ("scored", score)
