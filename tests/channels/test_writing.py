"""Conversations written out are read back as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa_service.channels.conversation import parse_conversation
from qa_service.channels.writing import conversation_json
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word

GOLD = Path(__file__).parents[2] / "scorecards"
FILES = sorted(path for folder in GOLD.iterdir() for path in sorted(folder.glob("*.conversation.json"))[:6])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_conversations_of_every_channel_and_language_come_back(path: Path) -> None:
    before = parse_conversation(path.read_bytes(), file=path)
    after = parse_conversation(conversation_json(before.interaction, before.transcript))
    assert after.transcript.turns == before.transcript.turns
    assert after.transcript.language == before.transcript.language
    unnamed = before.interaction.agent and before.interaction.agent.model_copy(update={"name": None})
    assert after.interaction == before.interaction.model_copy(update={"agent": unnamed, "metadata": {}})


def test_recognised_words_come_along_and_inventions_and_names_do_not() -> None:
    words = (Word(text="good", start_ms=0, end_ms=300, confidence=0.5), Word(text="morning", start_ms=300, end_ms=900, confidence=0.75))
    turns = (
        Turn(speaker=Speaker.AGENT, text="good morning", start_ms=0, end_ms=900, words=words),
        Turn(speaker=Speaker.CUSTOMER, text="thanks for watching", start_ms=1000, end_ms=1500, suspect=True),
        Turn(speaker=Speaker.CUSTOMER, text="hello", start_ms=2000, end_ms=2500),
    )
    call = Interaction(id="c1", channel=Channel.PHONE, agent=AgentRef(id="a1", name="Sara"), metadata={"number": "0912"})
    written = conversation_json(call, Transcript(turns=turns, language="en", engine="whisper"))
    assert {"Sara", "0912", "watching"}.isdisjoint(written.decode().split('"'))
    found = parse_conversation(written)
    assert found.transcript.turns == (turns[0], turns[2])
    assert found.interaction.agent == AgentRef(id="a1")


def test_words_whose_times_overlap_are_left_out() -> None:
    words = (Word(text="a", start_ms=500, end_ms=600, confidence=1), Word(text="b", start_ms=100, end_ms=200, confidence=1))
    turn = Turn(speaker=Speaker.AGENT, text="a b", start_ms=0, end_ms=900, words=words)
    written = conversation_json(Interaction(id="c1", channel=Channel.PHONE), Transcript(turns=(turn,), language="en"))
    assert "words" not in json.loads(written)["turns"][0]
    parse_conversation(written)
