"""Turns built from words: order, pauses, interruptions, backchannels, overlaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.transcript import Speaker
from qa_service.speech.turns import HeardWord, build_turns

#: (party, start in ms, text): each word takes 200 ms and follows the one before it after 50 ms.
Phrase = tuple[int, int, str]


def _words(phrases: list[Phrase]) -> list[HeardWord]:
    return [
        HeardWord(party=party, text=f" {text}", start_ms=start + 250 * i, end_ms=start + 250 * i + 200, confidence=0.9)
        for party, start, said in phrases
        for i, text in enumerate(said.split())
    ]


CASES: dict[str, tuple[list[Phrase], list[Phrase]]] = {
    "one after the other": (
        [(0, 0, "How can I help?"), (1, 1500, "My bill is wrong.")],
        [(0, 0, "How can I help?"), (1, 1500, "My bill is wrong.")],
    ),
    "a breath does not end a turn": (
        [(0, 0, "Let me look."), (0, 1700, "Here it is.")],
        [(0, 0, "Let me look. Here it is.")],
    ),
    "a pause over two seconds does": (
        [(0, 0, "Let me look."), (0, 2800, "Here it is.")],
        [(0, 0, "Let me look."), (0, 2800, "Here it is.")],
    ),
    "a real turn between ends it": (
        [(0, 0, "Let me look."), (1, 1000, "Please hurry."), (0, 1700, "Here it is.")],
        [(0, 0, "Let me look."), (1, 1000, "Please hurry."), (0, 1700, "Here it is.")],
    ),
    "a backchannel does not": (
        [(0, 0, "We credit the card"), (1, 1000, "mhm"), (0, 1400, "and it posts later.")],
        [(0, 0, "We credit the card and it posts later."), (1, 1000, "mhm")],
    ),
    "after a question the same word is an answer": (
        [(0, 0, "Is that right?"), (1, 800, "Right."), (0, 1200, "Good then.")],
        [(0, 0, "Is that right?"), (1, 800, "Right."), (0, 1200, "Good then.")],
    ),
    "yes is an answer": (
        [(0, 0, "You are Ann."), (1, 800, "Yes."), (0, 1200, "And the code?")],
        [(0, 0, "You are Ann."), (1, 800, "Yes."), (0, 1200, "And the code?")],
    ),
    "a backchannel is no bridge over a long pause": (
        [(0, 0, "I sent it."), (1, 800, "Okay."), (0, 2200, "Anything else?")],
        [(0, 0, "I sent it."), (1, 800, "Okay."), (0, 2200, "Anything else?")],
    ),
    "overlapped speech keeps its times and parts nobody": (
        [(0, 0, "so as I said we will send it out today"), (1, 1000, "no wait stop"), (0, 2800, "to your home")],
        [(0, 0, "so as I said we will send it out today to your home"), (1, 1000, "no wait stop")],
    ),
    "who is talked down has lost the turn": (
        [(0, 0, "so we will"), (1, 600, "no I never asked for any of that"), (0, 2800, "all right then")],
        [(0, 0, "so we will"), (1, 600, "no I never asked for any of that"), (0, 2800, "all right then")],
    ),
    "a backchannel that goes on is a turn": (
        [(0, 0, "That is it."), (1, 1000, "Okay."), (1, 1700, "So what now?")],
        [(0, 0, "That is it."), (1, 1000, "Okay. So what now?")],
    ),
    "persian and arabic backchannels": (
        [(0, 0, "پول به کارت"), (1, 800, "خب"), (0, 1200, "شما برمی‌گردد."), (1, 5000, "تمام")],
        [(0, 0, "پول به کارت شما برمی‌گردد."), (1, 800, "خب"), (1, 5000, "تمام")],
    ),
}


@pytest.mark.parametrize(("heard", "expected"), CASES.values(), ids=CASES.keys())
def test_turns(heard: list[Phrase], expected: list[Phrase]) -> None:
    assert [(turn.party, turn.start_ms, turn.text) for turn in build_turns(_words(heard))] == expected


def test_suspect_words_stand_in_a_turn_of_their_own() -> None:
    real, invented = _words([(0, 0, "One moment please.")]), _words([(0, 1000, "Thanks for watching.")])
    doubted = [HeardWord(**{**vars_of(word), "suspect": True}) for word in invented]
    turns = [turn.as_turn(Speaker.AGENT) for turn in build_turns([*real, *doubted])]
    assert [(turn.text, turn.suspect) for turn in turns] == [("One moment please.", False), ("Thanks for watching.", True)]


def vars_of(word: HeardWord) -> dict[str, object]:
    return {name: getattr(word, name) for name in HeardWord.__dataclass_fields__}


def test_the_domain_turn_finds_its_words_again() -> None:
    words = [
        HeardWord(party=0, text=" E", start_ms=0, end_ms=100, confidence=0.5),
        HeardWord(party=0, text="-mail", start_ms=100, end_ms=300, confidence=0.7),
        HeardWord(party=0, text=" me.", start_ms=400, end_ms=600, confidence=0.9),
    ]
    (talk,) = build_turns(words)
    turn = talk.as_turn(Speaker.CUSTOMER)
    assert turn.text == "E-mail me."
    assert turn.times(7, 10) == (400, 600)
    assert turn.times(0, 6) == (0, 300)
    assert turn.confidence() == pytest.approx(0.7)


_ANY_WORDS = st.lists(
    st.builds(
        lambda party, start, length, text: HeardWord(party=party, text=f" {text}", start_ms=start, end_ms=start + length, confidence=1.0),
        st.integers(0, 1), st.integers(0, 60_000), st.integers(0, 800), st.sampled_from(["okay", "no", "what?", "the", "خب", "."]),
    ),
    max_size=60,
)  # fmt: skip


@given(_ANY_WORDS)
def test_every_word_is_in_exactly_one_turn_in_order(words: list[HeardWord]) -> None:
    turns = build_turns(words)
    assert [turn.start_ms for turn in turns] == sorted(turn.start_ms for turn in turns)
    placed = [word for turn in turns for word in turn.words]
    assert sorted(map(id, placed)) == sorted(map(id, words))
    for turn in turns:
        assert {word.party for word in turn.words} == {turn.party}
        assert [word.start_ms for word in turn.words] == sorted(word.start_ms for word in turn.words)
        made = turn.as_turn(Speaker.AGENT)
        position = 0
        for word in made.words:
            position = made.text.index(word.text, position) + len(word.text)


def test_silence_has_no_turns() -> None:
    assert build_turns([]) == []
