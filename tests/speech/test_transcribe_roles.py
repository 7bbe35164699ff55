"""Who is the agent, where no channel map tells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa_service.domain.roles import SURE, agent_party
from qa_service.speech.turns import HeardWord, Talk


def _talks(*turns: tuple[int, str]) -> list[Talk]:
    return [
        Talk(party=party, words=[HeardWord(party=party, text=f" {text}", start_ms=i * 1000, end_ms=i * 1000 + 900, confidence=1.0)])
        for i, (party, text) in enumerate(turns)
    ]


@pytest.mark.parametrize("agent", [0, 1])
def test_a_greeting_and_a_request_tell_the_agent(agent: int) -> None:
    found, confidence = agent_party(_talks(
        (agent, "Thank you for calling Brightwave, you're speaking with Nadia. How can I help?"),
        (1 - agent, "Hi, I'm calling about my bill."),
        (agent, "Can I take the account number?"),
    ))  # fmt: skip
    assert found == agent
    assert confidence >= SURE


def test_an_agent_who_does_not_speak_first_is_found() -> None:
    found, confidence = agent_party(_talks(
        (0, "Hello?"), (1, "Good morning, how may I help you?"), (0, "I need to change my booking."), (1, "May I have your name?"),
    ))  # fmt: skip
    assert found == 1
    assert confidence >= SURE


def test_small_talk_is_never_sure() -> None:
    assert agent_party(_talks((0, "Nice weather."), (1, "It is.")))[1] < SURE


def test_nobody_spoke() -> None:
    assert agent_party([]) == (0, 0.0)


def test_all_calls_of_the_fixtures(calls: Path) -> None:
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(calls.glob("*.json"))]
    assert len(read) >= 10
    found = [agent_party(_talks(*((int(t["speaker"] != "agent"), t["text"]) for t in call["turns"]))) for call in read]
    assert [party for party, _ in found] == [0] * len(read)
    assert sum(confidence >= SURE for _, confidence in found) >= 0.75 * len(read)


def test_real_bank_calls_are_never_surely_wrong(real_speech: Path) -> None:
    folder = real_speech.parent / "conversations" / "harper_valley" / "calls"
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    found = [agent_party(_talks(*((int(t["speaker"] != "agent"), t["text"]) for t in call["turns"]))) for call in read]
    assert len(found) == 20
    assert sum(party == 0 for party, _ in found) >= 19
    assert not any(party == 1 and confidence >= SURE for party, confidence in found)
