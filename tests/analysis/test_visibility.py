"""Public and private turns of the agent."""

from __future__ import annotations

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.visibility import Visibility
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ANALYSIS = Analysis([Visibility()])


def values(*public: bool | None, channel: Channel = Channel.SOCIAL) -> tuple[float | None, ...]:
    turns = tuple(Turn(speaker=Speaker.AGENT, text="hello", public=one) for one in public)
    signals = ANALYSIS.read(Interaction(id="x", channel=channel, language="en"), Transcript(turns=turns, language="en")).signals
    return signals["visibility.agent_public"].value, signals["visibility.agent_private"].value


def test_counted_apart() -> None:
    assert values(True, False, False) == (1, 2)


def test_unmarked_turns_cannot_be_measured() -> None:
    assert values(True, None) == (None, None)
    assert values(None, channel=Channel.EMAIL) == (None, None)
