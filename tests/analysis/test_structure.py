"""Layout of mails."""

from __future__ import annotations

import pytest

from qa_service.analysis.structure import Structure, layout
from qa_service.domain.interaction import Channel

STRUCTURE = Structure()
WALL = " ".join(["word"] * 120)


@pytest.mark.parametrize(
    ("text", "longest", "paragraphs", "items"),
    [
        ("Hi Ann,\n\nit left today.\n\nBye", 3, 3, 0),
        ("Steps:\n- open the app\n- press start\n", 3, 3, 2),
        ("1. one two\n2) three four five\n۳. شش هفت هشت نه", 4, 3, 3),
        (WALL, 120, 1, 0),
        (f"Hello\n\n> {WALL}", 1, 1, 0),
        ("one two\nthree four", 4, 1, 0),
    ],
)
def test_layout(text, longest, paragraphs, items):
    found = layout(text)
    assert (found.longest, found.paragraphs, found.items) == (longest, paragraphs, items)


def test_the_worst_mail_counts(measure):
    signals = measure(STRUCTURE, "A: Short one.", f"A: {WALL}", f"C: {WALL} {WALL}", channel=Channel.EMAIL)
    assert signals["structure.longest_paragraph_words"].value == 120
    assert signals["structure.longest_paragraph_words"].places[0].turn == 1
    assert signals["structure.words_per_sentence"].value == 120


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        ("Dear Ann,\n\nit left today and comes tomorrow. Bye.", 6),
        ("One two. Three four five.", 3),
        (f"Hello.\n{WALL}", 120),
        (f"Hello you.\n> {WALL}", 2),
    ],
)
def test_the_longest_sentence(text, longest):
    assert layout(text).long == longest


def test_only_mails_are_laid_out(measure):
    assert all(signal.value is None for signal in measure(STRUCTURE, f"A: {WALL}", channel=Channel.CHAT).values())
    assert all(signal.value is None for signal in measure(STRUCTURE, f"C: {WALL}", channel=Channel.EMAIL).values())
