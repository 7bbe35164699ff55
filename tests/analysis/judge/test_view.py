"""Quotes are found letter by letter in what the model saw, and stand for the right characters of what was said."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from qa_service.analysis.judge.view import View
from qa_service.domain.transcript import Transcript

Talk = Callable[..., Transcript]

PERSONAL = """\
agent: Hello, my name is Sara Jones, how may I  help you?
customer: My card is 4111 1111 1111 1111 and my mail is bob@example.com please.
agent: Sure.
customer: سلام، می‌خواهم سفارشم را لغو کنم.
customer: مع السلامة"""


@pytest.mark.parametrize(
    ("quote", "turn", "real"),
    [
        ("how may I help you?", 0, "how may I  help you?"),
        ("  “how may I\n help”…", 0, "how may I  help"),
        ("my name is [NAME], how", 0, "my name is Sara Jones, how"),
        ("card is [CARD] and my mail is [EMAIL] please", 1, "card is 4111 1111 1111 1111 and my mail is bob@example.com please"),
        ("[CARD] and my", 1, "4111 1111 1111 1111 and my"),
        ("CARD] and my", 1, "4111 1111 1111 1111 and my"),
        ("Sure", 2, "Sure"),
        ("Sure.", 2, "Sure."),
        ("میخواهم سفارشم را", 3, "می‌خواهم سفارشم را"),
        ("می‌خواهم سفارشم", 3, "می‌خواهم سفارشم"),
        ("مع السلامة", 4, "مع السلامة"),
    ],
)
def test_a_quote_stands_for_what_was_said(talk: Talk, quote: str, turn: int, real: str) -> None:
    transcript = talk(PERSONAL)
    hit = View(transcript).find(quote, told=None, among=range(5))
    assert hit is not None
    assert (hit.turn, transcript.turns[hit.turn].text[hit.start : hit.end], hit.confidence) == (turn, real, 1.0)


@pytest.mark.parametrize(
    "quote",
    [
        "How may I help you?",  # another letter
        "how may I help",  # asked of another turn below
        "ow may I help you",  # begins inside of a word
        "how may I hel",
        "how may help you",  # a word is missing
        "my name is Sara Jones",  # the model cannot have seen it
        "4111 1111 1111 1111",
        "please",  # one word of many says nothing
        "sure",
        "می خواهم سفارشم",
        "", " … ", "\u200c",
    ],
)
def test_a_quote_that_does_not_stand_there_is_not_found(talk: Talk, quote: str) -> None:
    assert View(talk(PERSONAL)).find(quote, told=0, among=[1, 2, 3, 4] if quote == "how may I help" else range(5)) is None


def test_the_turn_that_was_told_comes_first_and_only_the_given_ones_count(talk: Talk) -> None:
    view = View(talk("agent: one moment please\ncustomer: one moment please\nagent: well, one moment please"))
    asked = [(None, {0, 1, 2}), (1, {0, 1, 2}), (1, {2, 0}), (0, {2})]
    told = [view.find("one moment please", told=turn, among=among) for turn, among in asked]
    assert [hit.turn for hit in told if hit is not None] == [0, 1, 0, 2]


def test_every_place_of_the_masked_text_leads_back(talk: Talk) -> None:
    """Every pair of words next to each other in what the model sees is found, in the part of the turn that it stands for."""
    transcript = talk(PERSONAL)
    view = View(transcript)
    for index, turn in enumerate(transcript.turns):
        words = view.text(index).split()
        for first, second in pairwise(words):
            hit = view.find(f"{first} {second}", told=index, among=[index])
            assert hit is not None, (first, second)
            said = turn.text[hit.start : hit.end]
            assert "[" in first + second or said.split() == [first.strip("“"), second], said
