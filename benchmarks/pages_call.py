"""A long call for the benchmark of pages, made by code: 30 minutes, two channels, 600 turns of timed words, quotes for each criterion."""

from __future__ import annotations

import hashlib
import random
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from qa_service.analysis.base import Reading
from qa_service.bootstrap import Services, opened
from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.pre_score import pre_score
from qa_service.domain.recording import ChannelMap, Recording
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines, InteractionRef, Scorecard, Suggestion
from qa_service.domain.scoring import draft
from qa_service.domain.speaker import Speaker
from qa_service.domain.transcript import Transcript, Turn, Word
from qa_service.domain.user import User
from qa_service.settings import Settings
from qa_service.store.interactions import State

#: Who reviews, and the words they sign in with.
LOGIN, PASSWORD = "rita", "olive tram window 41"
INTERACTION = "bench-long-call"
_RATE = 8000
_QUOTES = 4
_SAID = {
    Speaker.AGENT: (
        "Thank you for holding, I have your account in front of me now.", "I am sorry about that, let me see what we can do for you.",
        "Could you tell me the date on the last letter that you received?", "That was our mistake, and I will put it right today.",
        "I have sent you a message with the number of this request.", "Is there anything else that I can help you with?",
    ),
    Speaker.CUSTOMER: (
        "I have called three times about this and nobody called me back.", "Yes, it is the second of November, on the left at the top.",
        "That would be good, because I need it before the weekend.", "I do not understand why it was charged twice in one month.",
        "All right, and when will I see the money on my account?", "No, that is all, thank you for your patience with me.",
    ),
}


def lay(data: Path, *, minutes: int = 30, turns: int = 600) -> str:
    """The call in a new data folder, with its recording and draft; the scorecard's id."""
    with opened(Settings(data_dir=data, meanings=False, learned=False)) as services:
        services.rubrics.sync()
        services.users.create(User(id=LOGIN, login=LOGIN, name="Rita", role=Role.REVIEWER), by=SYSTEM)
        services.passwords.give(LOGIN, PASSWORD, by=SYSTEM)
        with services.database.reading() as unit:
            (rubric,) = unit.rubrics.active_for(Channel.PHONE)
        transcript = Transcript(turns=tuple(_turns(minutes * 60_000, turns)), language="en", duration_ms=minutes * 60_000, engine="bench")
        return _stored(services, rubric, transcript, _recorded(data, transcript))


def _turns(length: int, count: int) -> Iterator[Turn]:
    chance = random.Random(7)
    slot = length // count
    for number in range(count):
        speaker = (Speaker.AGENT, Speaker.CUSTOMER)[number % 2]
        text = chance.choice(_SAID[speaker])
        # Now and then one begins before the other ends, and now and then nobody says anything for long.
        start = number * slot + chance.choice((0, 0, 0, 200, 900))
        end = min(length, (number + 1) * slot + chance.choice((-200, -200, -200, 400, -1500)))
        yield Turn(speaker=speaker, text=text, start_ms=start, end_ms=end, words=tuple(_words(text, start, end, chance)))


def _words(text: str, start: int, end: int, chance: random.Random) -> Iterator[Word]:
    words = text.split()
    each = (end - start) // len(words)
    for number, word in enumerate(words):
        at = start + number * each
        yield Word(text=word, start_ms=at, end_ms=at + each - 20, confidence=chance.choice((0.97, 0.95, 0.9, 0.92, 0.99, 0.88, 0.4)))


def _recorded(data: Path, transcript: Transcript) -> Path:
    """Noise where somebody talks, on their channel; 8 kHz as telephones have it."""
    assert transcript.duration_ms is not None
    chance = np.random.default_rng(7)
    sound = chance.normal(0, 60, (transcript.duration_ms * _RATE // 1000, 2)).astype(np.int16)
    for turn in transcript.turns:
        channel = 0 if turn.speaker is Speaker.AGENT else 1
        for word in turn.words:
            first, last = word.start_ms * _RATE // 1000, word.end_ms * _RATE // 1000
            sound[first:last, channel] = chance.normal(0, 5000, last - first).clip(-30000, 30000).astype(np.int16)
    path = data / "call.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(sound.tobytes())
    return path


def _stored(services: Services, rubric: Rubric, transcript: Transcript, path: Path) -> str:
    at = datetime.now(UTC)
    interaction = Interaction(id=INTERACTION, channel=Channel.PHONE, language="en", agent=AgentRef(id="a1", name="Nadia", team="home"))
    reading = services.analysis.read(interaction, transcript, rubric=rubric)
    with path.open("rb") as stream:
        sha256 = services.files.put(stream, name=path.name)
    recording = Recording(
        sha256=sha256, file_name=path.name, size=path.stat().st_size, duration_ms=transcript.duration_ms or 0, sample_rate=_RATE,
        channels=2, codec="pcm_s16le", channel_map=ChannelMap(left=Speaker.AGENT, right=Speaker.CUSTOMER),
    )
    content = hashlib.sha256(INTERACTION.encode()).hexdigest()
    with services.database.unit() as unit:
        unit.recordings.add(recording)
        unit.interactions.add(interaction, content_sha256=content, recording_sha256=sha256, at=at)
        unit.transcripts.save(INTERACTION, reading.transcript, at=at)
        unit.signals.save(INTERACTION, tuple(reading.signals.values()), analysis=services.analysis.version, at=at)
        unit.interactions.set_state(INTERACTION, State.SCORED)
        card = unit.scorecards.add(_drafted(services, rubric, interaction, reading), at=at)
    return str(card.id)


def _drafted(services: Services, rubric: Rubric, interaction: Interaction, reading: Reading) -> Scorecard:
    """As the real rules suggest it; where they found no words for it, a few of the call's."""
    suggestions = pre_score(
        rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, judgements=reading.judgements,
        learned=reading.learned, decide_at=services.settings.decide_at,
    )
    chance = random.Random(7)
    quoted = {name: _quoted(one, reading.transcript, chance) for name, one in suggestions.items()}
    reference = InteractionRef.of(interaction, language="en")
    return draft(rubric, interaction=reference, engine=Engines(analysis=services.analysis.version), suggestions=quoted)


def _quoted(suggestion: Suggestion, transcript: Transcript, chance: random.Random) -> Suggestion:
    places = [(index, transcript.turns[index]) for index in sorted(chance.sample(range(len(transcript.turns)), _QUOTES))]
    made = [Evidence.quoting(turn, index=index, start=0, end=len(turn.text), rule="bench", confidence=0.9) for index, turn in places]
    return suggestion.model_copy(update={"evidence": (*suggestion.evidence, *made)[: max(_QUOTES, len(suggestion.evidence))]})
