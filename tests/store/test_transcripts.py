"""Transcripts and signals come back exactly, those of each engine and version beside each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.acoustics import Acoustics, Activity, LineEvent, LineSound, VoiceLevel
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.parties import exchanged
from qa_service.domain.redaction import Kind, Redaction
from qa_service.domain.signal import Place, Signal
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SPOKEN = Transcript(
    turns=(
        Turn(
            speaker=Speaker.AGENT, text="Hello Sara", start_ms=0, end_ms=900, language="en", suspect=True,
            words=(
                Word(text="Hello", start_ms=0, end_ms=400, confidence=0.875),
                Word(text=" Sara", start_ms=500, end_ms=900, confidence=1 / 3),
            ),
        ),
        Turn(speaker=Speaker.CUSTOMER, text="سلام\0 👋", start_ms=1000, end_ms=1000),
    ),
    language="en", language_confidence=0.1 + 0.2, duration_ms=2_000, engine="faster-whisper/base", speakers_known=False,
    acoustics=Acoustics(
        activity=(Activity(speaker=Speaker.AGENT, start_ms=0, end_ms=900),),
        events=(LineEvent(kind=LineSound.MUSIC, start_ms=1200, end_ms=1800, confidence=0.7),),
        levels=(VoiceLevel(speaker=Speaker.AGENT, speech_db=-23.5, noise_db=None),),
        leak_ms=(12.5, None),
    ),
    redactions=(
        Redaction(kind=Kind.NAME, turn=0, start=6, end=10, start_ms=500, end_ms=900, words=1, confidence=0.75),
        Redaction(kind=Kind.PHONE, turn=1, start=0, end=4),
    ),
)
WRITTEN = Transcript(
    turns=(Turn(speaker=Speaker.BOT, text="مرحبا", sent_at=AT, public=True), Turn(speaker=Speaker.SYSTEM, text="", public=False)),
    redactions=(),
)
SIGNALS = (
    Signal(name="silence.longest", value=12.25, places=(Place(start_ms=1, end_ms=2), Place(turn=0, start=0, end=3)), confidence=0.5),
    Signal(name="talk.agent_share", value=None),
)


@pytest.fixture
def stocked(database: Database) -> Database:
    with database.unit() as unit:
        for identifier in ("c1", "c2"):
            unit.interactions.add(Interaction(id=identifier, channel=Channel.PHONE), content_sha256=identifier, at=AT)
    return database


@pytest.mark.parametrize("transcript", [SPOKEN, WRITTEN, Transcript(turns=())])
def test_a_transcript_comes_back_exactly(stocked: Database, transcript: Transcript) -> None:
    with stocked.unit() as unit:
        unit.transcripts.save("c1", transcript, at=AT)
    with stocked.reading() as unit:
        assert unit.transcripts.get("c1") == transcript
        assert unit.transcripts.has("c1", engine=transcript.engine)
        assert not unit.transcripts.has("c1", engine="other")


def test_the_same_engine_replaces_and_another_stands_beside(stocked: Database) -> None:
    other = SPOKEN.model_copy(update={"engine": "vosk/1"})
    corrected = SPOKEN.model_copy(update={"language": "fa", "duration_ms": 5})
    with stocked.unit() as unit:
        unit.transcripts.save_many([("c1", SPOKEN), ("c2", SPOKEN), ("c1", corrected)], at=AT)
        unit.transcripts.save("c1", other, at=AT + timedelta(seconds=1))
    with stocked.reading() as unit:
        assert unit.transcripts.get("c1") == other
        assert unit.transcripts.get("c1", engine=SPOKEN.engine) == corrected
        assert unit.transcripts.get("c2") == SPOKEN


def test_signals_come_back_exactly(stocked: Database) -> None:
    with stocked.unit() as unit:
        unit.signals.save("c1", SIGNALS[:1], analysis="rules/1", at=AT)
        unit.signals.save("c1", SIGNALS, analysis="rules/1", at=AT)
        unit.signals.save("c1", (), analysis="rules/2", at=AT + timedelta(seconds=1))
    with stocked.reading() as unit:
        assert unit.signals.get("c1") == ()
        assert unit.signals.get("c1", analysis="rules/1") == SIGNALS


def test_what_is_missing_is_named(stocked: Database) -> None:
    with stocked.reading() as unit:
        with pytest.raises(NotFoundError, match="'c1' has no transcript by vosk"):
            unit.transcripts.get("c1", engine="vosk")
        with pytest.raises(NotFoundError, match=r"'c1' has no transcript$"):
            unit.transcripts.get("c1")
        with pytest.raises(NotFoundError, match="'c1' has no signals by rules/1"):
            unit.signals.get("c1", analysis="rules/1")


def test_nothing_is_kept_of_an_unknown_interaction(stocked: Database) -> None:
    with pytest.raises(ConflictError, match="contradicts"), stocked.unit() as unit:
        unit.transcripts.save("nobody", WRITTEN, at=AT)


def test_other_speakers_leave_everything_else(stocked: Database) -> None:
    other = SPOKEN.model_copy(update={"engine": "other"})
    with stocked.unit() as unit:
        unit.transcripts.save("c1", other, at=AT)
        unit.transcripts.save("c1", SPOKEN, at=AT + timedelta(seconds=1))
        assert unit.transcripts.speakers_known(["c1", "c2"]) == {"c1": False}
    known = exchanged(other).model_copy(update={"speakers_known": True})
    with stocked.unit() as unit:
        unit.transcripts.relabel("c1", known)
        assert unit.transcripts.all("c1") == (SPOKEN, known)
        assert unit.transcripts.speakers_known(["c1"]) == {"c1": False}
        unit.transcripts.drop("c1", engine=SPOKEN.engine)
        assert unit.transcripts.all("c1") == (known,)
        assert unit.transcripts.speakers_known(["c1"]) == {"c1": True}
        with pytest.raises(NotFoundError, match="no transcript by faster-whisper"):
            unit.transcripts.relabel("c1", SPOKEN)
