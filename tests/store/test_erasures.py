"""Erasure in the database, on both kinds: which columns hold words, that they go, and that figures stay."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.interaction import Channel, CustomerRef
from qa_service.domain.recording import ChannelMap, Muting, Recording
from qa_service.domain.scorecard import Acknowledgement, Status
from qa_service.domain.speaker import Speaker
from qa_service.domain.topic import Method, Topic, TopicSet
from qa_service.domain.transcript import Transcript, Turn
from qa_service.errors import ConflictError, ErasedError, NotFoundError
from qa_service.store.contacts import NewContact
from qa_service.store.erasures import Deletion, Hold, Kind
from qa_service.store.idempotency import Reply
from qa_service.store.interactions import State
from qa_service.store.jobs import Job, JobState
from qa_service.store.session import Database
from qa_service.store.tables import Row, core
from qa_service.store.words import GONE, PARTLY, WORDS, leads
from tests.store.conftest import AT, Desk

#: Text columns of tables that hang on interactions, and that hold no words of theirs: ids, names of versions, kinds and figures. A new
#: column belongs here, or into ``WORDS``, ``PARTLY`` or ``GONE`` of :mod:`qa_service.store.words`.
NO_WORDS = {
    "batch_items": "batch_id interaction_id job_id state cause",
    "calibration_agreed": "session_id interaction_id criterion_id answer by",
    "calibration_interactions": "session_id interaction_id",
    "calibration_notes": "session_id interaction_id criterion_id by",
    "calibration_reviews": "session_id interaction_id reviewer answers nonce",
    "call_details": "id contact_id interaction_id channel direction agent_id team queue outcome content_sha256 import_id",
    "contacts": "interaction_id channel direction agent_id team language topic earlier later_id",
    "dispute_items": "dispute_id criterion_id stood wanted outcome answer",
    "disputes": (
        "id scorecard_id interaction_id rubric_id agent_id team language reviewer kind opened_by state handler closed_by successor_id"
    ),
    "holds": "interaction_id reason by",
    "interactions": "id channel direction language agent_id agent_name agent_team queue purpose content_sha256",
    "jobs": "id kind state interaction_id batch_id options priority step",
    "measures": "interaction_id",
    "promises": "id interaction_id agent_id team channel who",
    "queue_items": (
        "id interaction_id rubric_id scorecard_id agent_id team channel language plan_id run_id reasons priority lane assigned_to "
        "unassigned_because state"
    ),
    "queue_skips": "item_id user_id reason",
    "readings": "interaction_id agent_id team channel month purpose data",
    "recording_import_items": "import_id state interaction_id job_id",
    "report_quotes": "report_id interaction_id",
    "risks": "interaction_id",
    "scorecard_criteria": "scorecard_id criterion_id section_id severity skill suggestion_answer answer answered_by",
    "scorecards": (
        "id interaction_id channel agent_id team language rubric_id rubric_fingerprint engine_speech engine_analysis status "
        "critical_misses sections reviewer replaces purpose"
    ),
    "survey_answers": "id contact_id interaction_id channel agent_id team queue language content_sha256 import_id",
    "signal_sets": "interaction_id analysis data",
}
SECRET = "the brass heron nests under my attic"


def test_every_text_column_is_known_to_hold_words_or_none() -> None:
    words = {core(row).name: {*columns} for row, columns in (*WORDS.items(), *PARTLY.items())}
    for row in WORDS.keys() & PARTLY.keys():
        words[core(row).name] = {*WORDS[row], *PARTLY[row]}
    gone = {core(row).name for row in GONE}
    found = {
        table.name: {column.name for column in table.c if _is_text(column)} - words.get(table.name, set())
        for table in Row.metadata.tables.values()
        if leads(table) and table.name not in gone
    }
    assert found == {name: set(columns.split()) for name, columns in NO_WORDS.items()}


def _is_text(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.String) or isinstance(getattr(column.type, "impl", None), sa.String)


def shas(name: str) -> tuple[str, str]:
    """Of its upload, and of the file that is kept."""
    return hashlib.sha256(name.encode()).hexdigest(), hashlib.sha256(f"{name} muted".encode()).hexdigest()


def filled(desk: Desk, name: str = "c1") -> str:
    """An interaction with words wherever they can be; the id of its final scorecard."""
    upload, muted = shas(name)
    interaction = desk.interaction(name).model_copy(
        update={"customer": CustomerRef(id="k-88"), "subject": SECRET, "metadata": {"note": SECRET}}
    )
    with desk.database.unit() as unit:
        unit.recordings.add(
            Recording(
                sha256=upload, file_name=f"{SECRET}.wav", size=1, duration_ms=1, sample_rate=8000, channels=2, codec="pcm",
                channel_map=ChannelMap(), muting=Muting(done=True, file_sha256=muted, replaced=(upload,)),
            )
        )
        unit.interactions.add(
            interaction, content_sha256=f"content of {name}", at=AT, source_name=f"{SECRET}.wav", recording_sha256=upload
        )
        unit.transcripts.save(name, Transcript(turns=(Turn(speaker=Speaker.CUSTOMER, text=SECRET),)), at=AT)
        contact = NewContact(
            interaction=name, customer="k-88", started_at=AT, channel=Channel.PHONE, direction=interaction.direction, request=SECRET
        )
        unit.contacts.save_many([contact], at=AT)
        topic = Topic(id="t", label="heron", example=SECRET, size=1)
        kept = Topic(id="u", label="lamp", example="my lamp", size=1)
        version = unit.topics.newest() + 1
        unit.topics.add(TopicSet(version=version, method=Method.WORDS, built_from=1, others=0, topics=(topic, kept)), {}, at=AT)
        job = Job(id=f"job-{name}", kind="text", interaction=name, state=JobState.DONE, created_at=AT)
        unit.jobs.add(job)
    card = desk.finish(desk.add(desk.draft(interaction)), greeting="yes", identity="no", farewell="yes")
    with desk.database.unit() as unit:
        told = card.model_copy(update={"comment": SECRET, "note": SECRET, "acknowledged": Acknowledgement(by="u1", at=AT, comment=SECRET)})
        unit.scorecards.save(told, expected_revision=card.revision, at=AT)
        reply = Reply(status=200, body=told.model_dump_json())
        unit.idempotency.remember("k", reply, route=f"rita POST /v1/scorecards/{card.id}?", request_sha256="x", at=AT)
        unit.idempotency.remember("other", Reply(status=200, body='{"id":"c10"}'), route="rita POST /v1/x?", request_sha256="x", at=AT)
    return str(card.id)


def everything(database: Database) -> str:
    """All that is stored, as text."""
    with database.engine.connect() as connection:
        return "\n".join(str(tuple(row)) for table in Row.metadata.tables.values() for row in connection.execute(sa.select(table)))


def test_words_go_and_figures_stay(database: Database, desk: Desk) -> None:
    card = filled(desk)
    with database.reading() as unit:
        before = unit.scorecards.get(card)
    assert SECRET in everything(database)
    with database.unit() as unit:
        assert unit.erasures.lock("c1") is State.RECEIVED
        gone = unit.erasures.forget("c1", at=AT)
    assert (gone.transcripts, gone.scorecards) == (1, 1)
    upload, muted = shas("c1")
    assert set(gone.files) == {
        Deletion(kind=Kind.VAULT, name=upload), Deletion(kind=Kind.RECORDING, name=upload), Deletion(kind=Kind.RECORDING, name=muted)
    }
    left = everything(database)
    assert SECRET not in left
    assert "k-88" not in left
    assert "heard it" not in left
    with database.reading() as unit:
        after = unit.scorecards.get(card)
        assert after.erased
        assert (after.score, after.sections, after.critical_misses, after.status) == (
            before.score, before.sections, before.critical_misses, Status.FINAL
        )
        assert [(one.answer, one.points, one.suggestion and one.suggestion.answer) for one in after.criteria] == [
            (one.answer, one.points, one.suggestion and one.suggestion.answer) for one in before.criteria
        ]
        assert after.acknowledged == Acknowledgement(by="u1", at=AT)
        assert unit.interactions.get("c1").state is State.ERASED
        assert set(unit.erasures.planned()) == set(gone.files)
        assert unit.erasures.planned(before=AT) == ()
        assert unit.idempotency.recall("k", route=f"rita POST /v1/scorecards/{card}?", request_sha256="x") is None
        assert unit.idempotency.recall("other", route="rita POST /v1/x?", request_sha256="x") is not None
        assert [one.example for one in unit.topics.active().topics] == ["", "my lamp"]
    with database.unit() as unit:
        for one in gone.files:
            assert not unit.erasures.needed(one)
            unit.erasures.deleted(one)
        assert unit.erasures.planned() == ()


def test_others_keep_their_words(database: Database, desk: Desk) -> None:
    filled(desk, "c1")
    other = filled(desk, "c10")
    with database.unit() as unit:
        unit.erasures.forget("c1", at=AT)
    with database.reading() as unit:
        assert unit.transcripts.get("c10").turns[0].text == SECRET
        assert unit.contacts.get("c10").request == SECRET
        assert unit.scorecards.get(other).comment == SECRET
        assert not unit.scorecards.get(other).erased
        assert unit.recordings.get(shas("c10")[0]).file_name == f"{SECRET}.wav"
        assert unit.erasures.needed(Deletion(kind=Kind.RECORDING, name=shas("c10")[1]))
        assert unit.erasures.needed(Deletion(kind=Kind.VAULT, name=shas("c10")[0]))


def test_what_was_erased_stays_so(database: Database, desk: Desk) -> None:
    card = filled(desk)
    with database.unit() as unit:
        unit.erasures.forget("c1", at=AT)
        unit.interactions.set_state("c1", State.SCORED)
        assert unit.interactions.get("c1").state is State.ERASED
        found = unit.scorecards.get(card)
        other = found.model_copy(update={"id": None, "engine": found.engine.model_copy(update={"analysis": "rules/9"})})
        with pytest.raises(ErasedError):
            unit.scorecards.add(other, at=AT)
        with pytest.raises(ErasedError):
            unit.scorecards.succeed(found.model_copy(update={"id": None, "version": 2, "replaces": card, "status": Status.DRAFT}), at=AT)
        made = unit.scorecards.succeed(found.model_copy(update={"id": None, "version": 2, "replaces": card}), at=AT)
        assert unit.scorecards.get(str(made.id)).erased, "a contact put down to another agent needs no words"


def test_suggestions_can_be_emptied_and_nothing_else(database: Database, desk: Desk) -> None:
    card = filled(desk)
    changes = ("suggestion_why = 'x'", "suggestion_why = '', suggestion_answer = 'no'", "suggestion_why = '', suggestion_confidence = 0")
    for change in changes:
        with pytest.raises(ConflictError, match="suggestions are never changed"), database.unit() as unit:
            unit.scorecards._session.execute(sa.text(f"UPDATE scorecard_criteria SET {change} WHERE scorecard_id = '{card}'"))
    with database.unit() as unit:
        unit.scorecards._session.execute(sa.text("UPDATE scorecard_criteria SET suggestion_why = ''"))


def test_due_are_the_old_ones_that_nothing_keeps(database: Database, desk: Desk) -> None:
    for days, name in enumerate(("a", "b", "c", "d", "e")):
        desk.take(name, days=days)
    with database.unit() as unit:
        unit.erasures.hold(Hold(interaction="b", reason="case 12", by="ada", at=AT))
        unit.erasures.hold(Hold(interaction="b", reason="case 13", by="ada", at=AT))
        unit.jobs.add(Job(id="j", kind="text", interaction="c", created_at=AT))
        unit.jobs.add(Job(id="k", kind="text", interaction="d", state=JobState.FAILED, created_at=AT))
        before = AT + timedelta(days=4)
        assert unit.erasures.due(Channel.PHONE, before=before) == ("a", "d")
        assert unit.erasures.due(Channel.PHONE, before=before, most=1) == ("a",)
        assert unit.erasures.count_due(Channel.PHONE, before=before) == 2
        assert unit.erasures.count_due(Channel.CHAT, before=before) == 0
        unit.erasures.forget("a", at=AT)
        assert unit.erasures.due(Channel.PHONE, before=before) == ("d",)
        assert unit.erasures.works_on("c") == "j"
        assert unit.erasures.works_on("d") is None
        assert [hold.reason for hold in unit.erasures.holds()] == ["case 13"]
        assert unit.erasures.release("b")
        assert not unit.erasures.release("b")
        assert unit.erasures.held("b") is None
        with pytest.raises(NotFoundError):
            unit.erasures.lock("nobody")


def test_of_a_customer(database: Database, desk: Desk) -> None:
    filled(desk, "c1")
    filled(desk, "c2")
    desk.take("c3")
    with database.unit() as unit:
        assert unit.erasures.of_customer("k-88") == ("c1", "c2")
        unit.erasures.forget("c1", at=AT)
        assert unit.erasures.of_customer("k-88") == ("c2",)
        assert unit.erasures.of_customer("K-88") == ()
