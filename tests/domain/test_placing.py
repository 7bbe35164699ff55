"""Placing: quotes, turns and times, found where they are; what is nowhere is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel
from qa_service.domain.placing import placed
from qa_service.domain.transcript import Speaker, Transcript
from qa_service.errors import AnswerError

#: Words are evenly spread: "one" of the first turn is said from 0 to 500 ms, "two" to 1000 ...
CALL = """
agent 0-2: one two three four
customer 2.5-3.5: five six
agent 6-8: seven two nine ten
"""


def piece(**told: Any) -> Evidence:
    return Evidence(rule="made up", confidence=0.1, **told)


@pytest.fixture(scope="module")
def call(talk: Callable[..., Transcript]) -> Transcript:
    return talk(CALL, words=True).model_copy(update={"duration_ms": 9000})


def told(found: tuple[Evidence, ...]) -> list[tuple[int | None, str, int | None, int | None]]:
    assert {(one.rule, one.confidence) for one in found} == {("reviewer", 1.0)}
    return [(one.turn, one.quote, one.start_ms, one.end_ms) for one in found]


@pytest.mark.parametrize(
    ("meant", "expected"),
    [
        ({"quote": "two"}, [(0, "two", 500, 1000)]),
        ({"quote": "two", "turn": 2}, [(2, "two", 6500, 7000)]),
        ({"quote": "two three"}, [(0, "two three", 500, 1500)]),
        ({"turn": 1}, [(1, "five six", 2500, 3500)]),
        ({"start_ms": 600, "end_ms": 700}, [(0, "two", 500, 1000)]),
        ({"start_ms": 1000, "end_ms": 2600}, [(0, "three four", 1000, 2000), (1, "five", 2500, 3000)]),
        (
            {"start_ms": 0, "end_ms": 9000},
            [(0, "one two three four", 0, 2000), (1, "five six", 2500, 3500), (2, "seven two nine ten", 6000, 8000)],
        ),
        ({"start_ms": 3600, "end_ms": 5900}, [(None, "", 3600, 5900)]),
        ({"start_ms": 8000, "end_ms": 9000}, [(None, "", 8000, 9000)]),
    ],
)
def test_what_is_meant_is_found(call: Transcript, meant: dict[str, Any], expected: list[Any]) -> None:
    assert told(placed(piece(**meant), call, channel=Channel.PHONE, criterion="c")) == expected


def test_who_said_it_is_taken_from_the_transcript(call: Transcript) -> None:
    forged = piece(quote="five", speaker=Speaker.AGENT, start_ms=1, end_ms=2, start=9, end=10)
    (found,) = placed(forged, call, channel=Channel.PHONE, criterion="c")
    assert (found.speaker, found.start, found.end, found.start_ms, found.end_ms) == (Speaker.CUSTOMER, 0, 4, 2500, 3000)


def test_turns_without_words_are_found_whole(talk: Callable[..., Transcript]) -> None:
    imported = talk(CALL)
    found = placed(piece(start_ms=1900, end_ms=2600), imported, channel=Channel.PHONE, criterion="c")
    assert [(one.turn, one.quote) for one in found] == [(0, "one two three four"), (1, "five six")]


def test_a_pause_within_a_turn_is_a_silence(talk: Callable[..., Transcript]) -> None:
    spoken = talk("agent 0-4: one two", words=True)
    (turn,) = spoken.turns
    apart = (turn.words[0].model_copy(update={"end_ms": 500}), turn.words[1].model_copy(update={"start_ms": 3500}))
    paused = spoken.model_copy(update={"turns": (turn.model_copy(update={"words": apart}),)})
    assert told(placed(piece(start_ms=1000, end_ms=3000), paused, channel=Channel.PHONE, criterion="c")) == [(None, "", 1000, 3000)]


@pytest.mark.parametrize(
    ("meant", "message", "hint"),
    [
        ({"quote": "eleven"}, "nobody says 'eleven'", "verbatim"),
        ({"quote": "Two"}, "nobody says 'Two'", "verbatim"),
        ({"quote": "one", "turn": 1}, "turn 1 does not say 'one'", "verbatim"),
        ({"quote": "one", "turn": 3}, "there is no turn 3", "0 to 2"),
        ({"turn": 3}, "there is no turn 3", "0 to 2"),
        ({}, "tells no place", "start_ms and end_ms"),
        ({"start_ms": 5}, "tells no place", "start_ms and end_ms"),
        ({"start_ms": 5, "end_ms": 5}, "5 to 5 ms is no stretch", "from 0 to 9000 ms"),
        ({"start_ms": 700, "end_ms": 600}, "700 to 600 ms is no stretch", "from 0 to 9000 ms"),
        ({"start_ms": 0, "end_ms": 9001}, "0 to 9001 ms is no stretch", "from 0 to 9000 ms"),
        ({"start_ms": -1, "end_ms": 5}, "-1 to 5 ms is no stretch", "from 0 to 9000 ms"),
    ],
)
def test_what_is_nowhere_is_refused(call: Transcript, meant: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(AnswerError, match=message) as caught:
        placed(piece(**meant), call, channel=Channel.PHONE, criterion="c7")
    assert caught.value.field == "c7"
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("channel", [Channel.CHAT, Channel.EMAIL, Channel.SOCIAL])
def test_written_contacts_have_no_times(talk: Callable[..., Transcript], channel: Channel) -> None:
    written = talk("agent: hello\ncustomer: hi")
    with pytest.raises(AnswerError, match=f"a {channel} contact has no times"):
        placed(piece(start_ms=0, end_ms=10), written, channel=channel, criterion="c")
    assert told(placed(piece(turn=1), written, channel=channel, criterion="c")) == [(1, "hi", None, None)]


def test_a_transcript_without_times_says_so(talk: Callable[..., Transcript]) -> None:
    with pytest.raises(AnswerError, match="nothing in this transcript has a time"):
        placed(piece(start_ms=0, end_ms=10), talk("agent: hello"), channel=Channel.PHONE, criterion="c")


def test_a_stretch_of_very_many_turns_is_no_evidence(talk: Callable[..., Transcript]) -> None:
    long = talk("\n".join(f"agent {second}-{second + 1}: word" for second in range(21)))
    assert len(placed(piece(start_ms=0, end_ms=20_000), long, channel=Channel.PHONE, criterion="c")) == 20
    with pytest.raises(AnswerError, match="21 turns lie between 0 and 21000 ms"):
        placed(piece(start_ms=0, end_ms=21_000), long, channel=Channel.PHONE, criterion="c")
