"""Erasure and retention: no byte of what was erased is left anywhere, figures stay, the chain verifies, and holds hold."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.domain.evidence import Evidence
from qa_service.domain.permission import Actor, Role
from qa_service.domain.review import GivenAnswer
from qa_service.domain.scorecard import Status
from qa_service.errors import ConflictError, DuplicateError, ErasedError, HeldError, InputError, NotFoundError
from qa_service.services.ingest import JobOptions, Source
from qa_service.services.judge_memory import asked_about
from qa_service.services.retain import Retaining
from qa_service.store.erasures import Deletion, Kind
from qa_service.store.gold import GoldEntry, write_gold
from qa_service.store.idempotency import Reply
from qa_service.store.interactions import State
from qa_service.store.jobs import Job
from tests.services.test_judge import FORM

Open = Callable[..., AbstractContextManager[Any]]
ADMIN, RITA = Actor(id="ada", role=Role.ADMIN), Actor(id="rita", role=Role.REVIEWER)
WHY = "request 4711 of the officer"
#: Said in the conversation, and by people about it; nothing else says so.
SECRET, WORDS, CUSTOMER = "the brass heron nests under my attic", "zweibrückenpfeiler", "kunde-quartz-77"
SECRETS = (SECRET, "brass heron", WORDS, CUSTOMER, "heron-subject", "heron-file", "heron-meta")
TALK = ("Hello, this is Sara.", f"My kettle broke again, {SECRET}.", "I am sorry. I will call you back tomorrow at nine.", "Thank you.")


@pytest.fixture
def chat_file(write_chat: Any, tmp_path: Path) -> Path:
    header = {"customer": {"id": CUSTOMER}, "subject": "heron-subject", "metadata": {"ticket": "heron-meta"}}
    path: Path = write_chat(tmp_path, "c-1", *TALK, started_at="2026-01-02T09:00:00Z", **header)
    return path.rename(tmp_path / "heron-file.json")


def bytes_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def places(folder: Path, *secrets: str) -> list[str]:
    """Files that hold a secret, as letters, escaped or not."""
    forms = {form for one in secrets for form in (one.encode(), json.dumps(one)[1:-1].encode(), one.encode("utf-16-le"))}
    return [f"{path.relative_to(folder)}" for path, data in bytes_of(folder) if any(form in data for form in forms)]


def is_kept(path: Path) -> bool:
    return path.is_file() and not path.name.endswith(".lock")


def settle(shop: Any) -> None:
    """The log beside the database is emptied while nobody reads: the schedules of the service do so now and then."""
    until = datetime.now(UTC) + timedelta(seconds=60)
    while True:
        shop.services.retaining.finish()
        with shop.services.database.reading() as unit:
            if unit.erasures.planned() == ():
                return
        assert datetime.now(UTC) < until


def others(shop: Any, write_chat: Any, folder: Path, count: int, start: int = 0) -> None:
    """Conversations before and behind, so that pages of the database are split and moved."""
    folder.mkdir(exist_ok=True)
    paths = [
        write_chat(folder, f"o-{number}", "Hello!", f"My lamp {number} is broken. " * 20, "Bring it back.")
        for number in range(start, start + count)
    ]
    shop.score(*paths)


def reviewed(shop: Any, card: str) -> None:
    """Claimed, answered with words everywhere, undone, answered again, finalised, acknowledged and disputed."""
    desk = shop.services.reviewing
    desk.claim(card, by=RITA)
    quote = Evidence(turn=1, quote=SECRET, rule="reviewer")
    told = [
        GivenAnswer(criterion="helped", answer="no", reason=f"no: {WORDS}", comment=f"c {WORDS}", note=f"n {WORDS}", evidence=(quote,)),
        GivenAnswer(criterion="greeting", answer="no", reason=f"late {WORDS}"),
    ]
    desk.answer(card, told, by=RITA, expected=None)
    desk.undo(card, by=RITA)
    desk.answer(card, told, by=RITA, expected=None)
    desk.finalize(card, by=RITA, expected=None)


def ledger(shop: Any) -> list[Any]:
    with shop.services.database.reading() as unit:
        return list(unit.ledger.entries())


def test_no_byte_of_what_was_erased_is_left(open_shop: Open, write_chat: Any, chat_file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = base64.b64encode(os.urandom(32)).decode()
    with open_shop(data, vault_key=key, meanings=False) as shop:
        others(shop, write_chat, tmp_path / "before", 30)
        (row,) = shop.score(chat_file)
        shop.services.history.remember(["c-1"])
        others(shop, write_chat, tmp_path / "behind", 30, 100)
        before = shop.services.scorecards.get(row.scorecard.id)
        assert before.criteria[0].suggestion.evidence[0].quote
        reviewed(shop, row.scorecard.id)
        final = shop.services.scorecards.get(row.scorecard.id)
        reply = Reply(status=200, body=final.model_dump_json())
        shop.services.replies.remember("k", reply, route=f"rita POST /v1/scorecards/{final.id}?", request_sha256="x")
        assert places(data, SECRET) != []
        assert places(data, WORDS) != []
        done = shop.services.retaining.erase("c-1", reason=WHY, by=ADMIN)
        assert (done.transcripts, done.scorecards) == (1, 1)
        assert done.entries >= 6
        settle(shop)
        assert places(data, *SECRETS) == [], "while the service runs"
        left = shop.services.scorecards.get(final.id)
        assert (left.score, left.raw_score, left.sections, left.status) == (final.score, final.raw_score, final.sections, Status.FINAL)
        assert left.erased
        assert not final.erased
        assert [(one.id, one.answer, one.points) for one in left.criteria] == [(one.id, one.answer, one.points) for one in final.criteria]
        assert [one.suggestion.answer for one in left.criteria] == [one.suggestion.answer for one in final.criteria]
        for one in left.criteria:
            assert (one.suggestion.why, one.suggestion.evidence) == ("", ())
            assert (one.answered.reason, one.answered.comment, one.answered.note, one.answered.evidence) == (None, None, None, ())
        stored = shop.services.interactions.get("c-1")
        assert (stored.state, stored.source_name, stored.interaction.customer) == (State.ERASED, None, None)
        assert (stored.interaction.subject, stored.interaction.metadata, stored.interaction.agent.id) == (None, {}, "a1")
        found = shop.services.audit.verify()
        assert found.valid
        assert found.emptied == done.entries
        erasure = ledger(shop)[-1]
        assert (erasure.action, erasure.actor, erasure.interaction) == ("interaction.erased", "ada", "c-1")
        assert erasure.content["reason"] == WHY
        assert len(erasure.content["emptied"]) == done.entries
        assert erasure.content["kept"][final.id]["answers"] == {one.id: one.answer for one in final.criteria}
        # What others said is untouched.
        assert shop.services.interactions.transcript("o-3").turns[1].text.startswith("My lamp 3 is broken.")
    assert places(data, *SECRETS) == [], "after it stopped"


def test_a_recording_goes_with_all_that_lies_beside_it(open_shop: Open, write_call: Any, tmp_path: Path) -> None:
    data, key = tmp_path / "data", base64.b64encode(os.urandom(32)).decode()
    with open_shop(data, vault_key=key) as shop:
        said = ("Hello!", f"My card is 4111 1111 1111 1111, {SECRET}.", "Thank you.")
        (row,) = shop.score(write_call(tmp_path, "call-heron-file", *said, customer={"id": CUSTOMER}))
        interaction = row.scorecard.interaction.id
        assert shop.services.originals.read(interaction, reason="a test", actor="ada").has_audio
        assert [path for path in (data / "recordings").rglob("*") if is_kept(path)] != []
        assert [path for path in (data / "vault").rglob("*") if path.is_file()] != []
        done = shop.services.retaining.erase(interaction, reason=WHY, by=ADMIN)
        assert done.files >= 3, "upload, silenced file, sealed original"
        kept = [path for folder in ("recordings", "vault") for path in (data / folder).rglob("*") if is_kept(path)]
        assert kept == []
        settle(shop)
        assert places(data, SECRET, "4111 1111", "41111111", CUSTOMER) == []
        for act in (shop.services.interactions.recording, shop.services.interactions.transcript):
            with pytest.raises(ErasedError, match="was erased"):
                act(interaction)
        with pytest.raises(NotFoundError):
            shop.services.originals.read(interaction, reason="a test", actor="ada")
        assert {one.name: one.value for one in shop.services.interactions.signals(interaction)}, "figures stay"


def test_a_recording_of_two_interactions_stays_for_the_other(open_shop: Open, write_call: Any, tmp_path: Path) -> None:
    with open_shop() as shop:
        (row,) = shop.score(write_call(tmp_path, "shared", "Hello!", "Hi."))
        one, database = row.scorecard.interaction.id, shop.services.database
        with database.unit() as unit:
            stored = unit.interactions.get(one)
            other = stored.interaction.model_copy(update={"id": "twin"})
            unit.interactions.add(other, content_sha256="twin", at=stored.received_at, recording_sha256=stored.recording_sha256)
        shop.services.retaining.erase(one, reason=WHY, by=ADMIN)
        _, blob = shop.services.interactions.recording("twin")
        path = blob.path
        assert path.is_file()
        shop.services.retaining.erase("twin", reason=WHY, by=ADMIN)
        assert not path.exists()


def test_files_that_a_crash_left_go_at_the_next_start(open_shop: Open, write_call: Any, tmp_path: Path, monkeypatch: Any) -> None:
    data = tmp_path / "data"
    with open_shop(data) as shop:
        (row,) = shop.score(write_call(tmp_path, "crash", "Hello!", "Hi."))
        _, blob = shop.services.interactions.recording(row.scorecard.interaction.id)
        path = blob.path
        # Killed between the commit and the files.
        monkeypatch.setattr(Retaining, "finish", lambda self, before=None: 0)
        shop.services.retaining.erase(row.scorecard.interaction.id, reason=WHY, by=ADMIN)
        assert path.is_file()
        monkeypatch.undo()
    with open_shop(data) as shop:
        assert not path.exists()
        with shop.services.database.reading() as unit:
            assert unit.erasures.planned() == ()


def test_a_recording_that_came_in_again_is_not_deleted(open_shop: Open, write_call: Any, tmp_path: Path) -> None:
    with open_shop() as shop:
        (row,) = shop.score(write_call(tmp_path, "again", "Hello!", "Hi."))
        _, blob = shop.services.interactions.recording(row.scorecard.interaction.id)
        path = blob.path
        with shop.services.database.unit() as unit:
            unit.erasures.plan([Deletion(kind=Kind.RECORDING, name=path.name)], at=shop.services.clock())
        assert shop.services.retaining.finish() == 1
        assert path.is_file()


def test_staged_files_of_a_batch_that_is_through_go(open_shop: Open, chat_file: Path, tmp_path: Path) -> None:
    with open_shop(tmp_path / "data") as shop:
        shop.score(chat_file)
        with shop.services.database.reading() as unit:
            (batch,) = unit.batches.list().items
        staged = tmp_path / "data" / "batches" / batch.id
        staged.mkdir(parents=True)
        shutil.copy(chat_file, staged)
        assert places(tmp_path / "data" / "batches", SECRET)
        shop.services.retaining.erase("c-1", reason=WHY, by=ADMIN)
        settle(shop)
        assert places(tmp_path / "data", *SECRETS) == []
        with shop.services.database.reading() as unit:
            assert unit.batches.get(batch.id).name == ""
            (item,) = unit.batches.items(batch.id).items
        assert (item.file, item.interaction) == ("", "c-1")


def test_what_the_language_model_was_asked_goes(
    open_shop: Open, language_model: Any, tmp_path: Path, monkeypatch: Any, write_chat: Any
) -> None:
    (tmp_path / "judged").mkdir()
    (tmp_path / "judged" / "chat.yaml").write_text(FORM, encoding="utf-8")
    monkeypatch.setattr("qa_service.bootstrap.Analysis", lambda **parts: Analysis((), judges=parts["judges"]))
    reply = {"quotes": [{"turn": 1, "quote": SECRET}], "reason": "No date was given.", "answer": "no"}
    language_model.script(reply)
    server = {"judge_url": language_model.url, "judge_model": "tiny"}
    with open_shop(tmp_path / "data", rubrics_dir=tmp_path / "judged", **server) as shop:
        shop.score(write_chat(tmp_path, "c-1", *TALK))
        language_model.script({**reply, "quotes": [{"turn": 1, "quote": "Where is my lamp?"}]})
        shop.score(write_chat(tmp_path, "c-2", "Hello!", "Where is my lamp?", "On its way."))
        assert "judge.sqlite" in places(tmp_path / "data", SECRET)
        # As a scoring leaves it that nothing came of: the ledger knows no hash.
        with closing(sqlite3.connect(tmp_path / "data" / "judge.sqlite")) as base, base:
            base.execute("UPDATE asked SET request = 'f' || substr(request, 2)")
            count = base.execute("SELECT count(*) FROM asked").fetchone()[0]
        transcript = shop.services.interactions.transcript("c-1")
        assert len(asked_about(shop.services.settings, [transcript])) == 1
        shop.services.retaining.erase("c-1", reason=WHY, by=ADMIN)
        settle(shop)
        assert places(tmp_path / "data", SECRET) == []
        with closing(sqlite3.connect(tmp_path / "data" / "judge.sqlite")) as base:
            assert base.execute("SELECT count(*) FROM asked").fetchone()[0] == count - 1, "what was asked about others stays"
        assert shop.services.retaining.forget_caches()[0] == count - 1


def test_words_about_it_in_other_interactions_go(open_shop: Open, write_chat: Any, tmp_path: Path) -> None:
    customer = {"customer": {"id": CUSTOMER}}
    promise = ("Hello!", "My router has no connection since last night.", "I will call you back by five today.")
    later = ("Hello!", f"My router still has no connection. I called on Friday and nobody called me back, {SECRET}.", "Sorry.")
    with open_shop(tmp_path / "data", meanings=False) as shop:
        shop.score(write_chat(tmp_path, "p-1", *promise, started_at="2026-01-02T09:00:00Z", **customer))
        shop.score(write_chat(tmp_path, "p-2", *later, started_at="2026-01-05T09:00:00Z", **customer))
        shop.services.history.remember(["p-1", "p-2"])
        with shop.services.database.reading() as unit:
            told = [one.verdict for one in unit.promises.of_interaction("p-1")]
        assert [one.interaction for one in told if one is not None] == ["p-2"], "the later contact tells about the promise"
        shop.services.retaining.erase("p-2", reason=WHY, by=ADMIN)
        settle(shop)
        assert places(tmp_path / "data", SECRET) == []
        with shop.services.database.reading() as unit:
            (one, *_) = unit.promises.of_interaction("p-1")
        assert one.what
        assert (one.verdict.kept, one.verdict.quote) == (False, None)


def test_an_erased_interaction_is_scored_and_reviewed_no_more(open_shop: Open, chat_file: Path, write_chat: Any, tmp_path: Path) -> None:
    with open_shop() as shop:
        (row,) = shop.score(chat_file)
        shop.services.reviewing.claim(row.scorecard.id, by=RITA)
        shop.services.retaining.erase("c-1", reason=WHY, by=ADMIN)
        card = shop.services.scorecards.get(row.scorecard.id)
        assert (card.status, card.reviewer) == (Status.DRAFT, None)
        with pytest.raises(ErasedError, match="nothing to review"):
            shop.services.reviewing.claim(card.id, by=RITA)
        with shop.services.database.unit() as unit:
            with pytest.raises(ErasedError, match="nothing of it can be scored"):
                unit.scorecards.add(card.model_copy(update={"id": None, "erased": False}), at=shop.services.clock())
            unit.jobs.add(Job(id="j", kind="text", interaction="c-1", created_at=shop.services.clock()))
        assert shop.services.processing.score(["j"]) == 0
        with shop.services.database.reading() as unit:
            assert unit.jobs.get("j").error.code == "erased"
            assert unit.interactions.get("c-1").state is State.ERASED
            assert unit.scorecards.list(claimable_at=shop.services.clock()).items == ()


def test_the_same_content_is_refused_until_it_is_readmitted(open_shop: Open, chats: Any, write_call: Any, tmp_path: Path) -> None:
    with open_shop() as shop:
        shop.take("d-1", "Hello!", "Twice.")
        call = write_call(tmp_path, "d-2", "Hello!", "Hi.")
        (row,) = shop.score(call)
        _wait(shop, "d-1")
        shop.services.retaining.erase("d-1", reason=WHY, by=ADMIN)
        shop.services.retaining.erase(row.scorecard.interaction.id, reason=WHY, by=ADMIN)
        with pytest.raises(DuplicateError, match="erased for good"):
            shop.take("d-1", "Hello!", "Twice.")
        (again,) = shop.score(call)
        assert "erased for good" in str(again.error)
        folder = shop.services.settings.data_dir / "recordings"
        assert [path for path in folder.rglob("*") if is_kept(path)] == [], "nothing was kept"
        shop.take("d-3", "Hello!", "Something else.")
        _wait(shop, "d-3")
        with pytest.raises(ConflictError, match="was not erased"):
            shop.services.retaining.readmit("d-3", reason=WHY, by=ADMIN)
        shop.services.retaining.readmit("d-1", reason=WHY, by=ADMIN)
        with pytest.raises(DuplicateError, match="stored with other content"):
            shop.take("d-1", "Hello!", "Twice.")
        other = chats("d-9", "Hello!", "Twice.")
        assert shop.services.ingestion.conversation(
            shop.conversation("d-9", "Hello!", "Twice."), source=Source(name=str(other["id"]), actor="tests"), options=JobOptions()
        ).created


def _wait(shop: Any, interaction: str) -> None:
    """Until no job works on it."""
    until = datetime.now(UTC) + timedelta(seconds=60)
    while True:
        with shop.services.database.reading() as unit:
            if unit.erasures.works_on(interaction) is None and unit.interactions.get(interaction).state is not State.RECEIVED:
                return
        assert datetime.now(UTC) < until


def test_a_hold_keeps_it_whoever_asks(open_shop: Open, chat_file: Path, tmp_path: Path) -> None:
    with open_shop(tmp_path / "data", retain_chat_days=1) as shop:
        shop.score(chat_file)
        retaining = shop.services.retaining
        with pytest.raises(NotFoundError):
            retaining.held("c-1")
        retaining.hold("c-1", reason="case 12 before the court", by=ADMIN)
        for _ in range(2):
            with pytest.raises(HeldError, match=r"is held since .* by ada"):
                retaining.erase("c-1", reason=WHY, by=ADMIN)
        assert retaining.erase_customer(CUSTOMER, reason=WHY, by=ADMIN).held == ("c-1",)
        assert retaining.run() == 0
        assert retaining.show().due[1].interactions == 0
        assert [hold.interaction for hold in retaining.show().holds] == ["c-1"]
        assert shop.services.interactions.transcript("c-1").turns
        retaining.release("c-1", reason="the case is closed", by=ADMIN)
        with pytest.raises(NotFoundError, match="no hold"):
            retaining.release("c-1", reason="the case is closed", by=ADMIN)
        assert retaining.erase_customer(CUSTOMER, reason=WHY, by=ADMIN).erased[0].interaction == "c-1"
        with pytest.raises(ConflictError, match="nothing to hold"):
            retaining.hold("c-1", reason="case 12 before the court", by=ADMIN)
        with pytest.raises(NotFoundError, match="no interaction of this customer"):
            retaining.erase_customer(CUSTOMER, reason=WHY, by=ADMIN)
        told = [entry.action for entry in ledger(shop) if entry.action.startswith("interaction.")]
        assert told == [
            "interaction.ingested", "interaction.held", *["interaction.erasure_refused"] * 3, "interaction.released", "interaction.erased",
        ]
        assert shop.services.audit.verify().valid


def test_a_job_that_works_on_it_comes_first(open_shop: Open, chat_file: Path) -> None:
    with open_shop() as shop:
        shop.score(chat_file)
        with shop.services.database.unit() as unit:
            unit.jobs.add(Job(id="open", kind="text", interaction="c-1", created_at=shop.services.clock()))
        with pytest.raises(ConflictError, match="job open works on"):
            shop.services.retaining.erase("c-1", reason=WHY, by=ADMIN)
        assert shop.services.retaining.erase_customer(CUSTOMER, reason=WHY, by=ADMIN).busy == ("c-1",)
        assert shop.services.interactions.transcript("c-1").turns


@pytest.mark.parametrize("reason", ["", "  a  ", "x" * 1001])
def test_a_reason_is_needed(open_shop: Open, reason: str) -> None:
    with open_shop() as shop, pytest.raises(InputError, match="say why"):
        shop.services.retaining.erase("nobody", reason=reason, by=ADMIN)


def test_unknown_interactions_are_told(open_shop: Open) -> None:
    with open_shop() as shop:
        for act in ("erase", "hold", "release", "readmit"):
            with pytest.raises(NotFoundError, match="no interaction"):
                getattr(shop.services.retaining, act)("nobody", reason=WHY, by=ADMIN)


def test_periods_by_channel(open_shop: Open, write_chat: Any, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with open_shop(retain_chat_days=30) as shop:
        for name, days in (("old", 31), ("older", 400), ("young", 29)):
            shop.score(write_chat(tmp_path, name, "Hello!", f"I am {name}.", started_at=(now - timedelta(days=days)).isoformat()))
        due = {one.channel.value: one for one in shop.services.retaining.show().due}
        assert {name: (one.days, one.interactions) for name, one in due.items()} == {
            "phone": (0, 0), "chat": (30, 2), "email": (0, 0), "social": (0, 0)
        }
        assert shop.services.retaining.run() == 2
        assert shop.services.retaining.run() == 0
        states = {name: shop.services.interactions.get(name).state for name in ("old", "older", "young")}
        assert states == {"old": State.ERASED, "older": State.ERASED, "young": State.SCORED}
        acts = [entry for entry in ledger(shop) if entry.action == "interaction.erased"]
        assert {(entry.actor, entry.content["reason"]) for entry in acts} == {("system", "retention: chat, 30 days")}


def test_the_schedule_runs_by_itself(open_shop: Open, write_chat: Any, tmp_path: Path) -> None:
    with open_shop(retain_chat_days=1, retain_every_hours=0.01) as shop:
        shop.score(write_chat(tmp_path, "old", "Hello!", "Long ago.", started_at="2020-01-01T00:00:00Z"))
        until = datetime.now(UTC) + timedelta(seconds=120)
        while shop.services.interactions.get("old").state is not State.ERASED:
            assert datetime.now(UTC) < until
            shop.services.retaining._attend()


def test_erasing_again_takes_what_came_since(open_shop: Open, chat_file: Path) -> None:
    with open_shop() as shop:
        shop.score(chat_file)
        shop.services.retaining.erase("c-1", reason=WHY, by=ADMIN)
        before = len(ledger(shop))
        assert shop.services.retaining.erase("c-1", reason=WHY, by=ADMIN).entries == 0
        assert len(ledger(shop)) == before
        with shop.services.database.unit() as unit:
            unit.ledger.append(at=shop.services.clock(), actor="x", action="interaction.noted", subject="interaction/c-1", content={"a": 1})
        assert shop.services.retaining.erase("c-1", reason=WHY, by=ADMIN).entries == 1
        assert shop.services.audit.verify().valid


def test_its_gold_goes(open_shop: Open, chat_file: Path, tmp_path: Path) -> None:
    with open_shop(tmp_path / "data") as shop:
        (row,) = shop.score(chat_file)
        card = shop.services.scorecards.get(row.scorecard.id)
        write_gold(shop.services.settings.gold, [GoldEntry(card, chat_file.read_bytes())])
        assert "gold/chat/c-1.conversation.json" in places(tmp_path / "data", SECRET)
        shop.services.retaining.erase("c-1", reason=WHY, by=ADMIN)
        settle(shop)
        assert places(tmp_path / "data", *SECRETS) == []
        assert [path for path in (tmp_path / "data" / "gold").rglob("*") if path.is_file()] == []


def test_a_database_written_anew_keeps_everything(open_shop: Open, chat_file: Path) -> None:
    with open_shop() as shop:
        shop.score(chat_file)
        shop.services.retaining.compact()
        assert shop.services.interactions.transcript("c-1").turns
        assert shop.services.audit.verify().valid
