"""Concepts: directions that survive their file, sentences that are found and placed, answers that are held against what was asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from qa_service.analysis.concept_training import SOURCES, Bag, fit_concept, fit_sentences
from qa_service.analysis.concepts import Concepts, Directions, log_odds, paired, shipped_directions
from qa_service.analysis.vectors import TextVectors
from qa_service.domain.learned.features import ANSWERING
from qa_service.domain.learned.plan import concept_names
from qa_service.domain.transcript import Speaker, Transcript, Turn

WIDTH = 4
#: What the encoder below makes of a text that holds the word.
WORDS = {"bye": 0, "hello": 1, "tuesday": 2}


class WordEncoder:
    """A vector by the words that a text holds; what it knows nothing of lies along the last axis."""

    version = "words/1"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.zeros((len(texts), WIDTH), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word, axis in WORDS.items():
                row[axis] = float(word in text.lower())
            row[-1] = float(not row.any())
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def concepts(**weights: Sequence[float]) -> Concepts:
    rows = {name: np.array(row) for name, row in weights.items()}
    directions = Directions(vectors="words/1", centres={"en": np.zeros(WIDTH), "fa": np.zeros(WIDTH)}, weights=rows)
    return Concepts(TextVectors(WordEncoder()), directions=directions)


def talk(*lines: str) -> Transcript:
    turns = tuple(Turn(speaker=Speaker(who), text=text) for who, _, text in (line.partition(": ") for line in lines))
    return Transcript(turns=turns, language="en")


def test_every_sentence_of_the_turns_asked_for_has_its_chance_and_place() -> None:
    said = talk("agent: All done. Bye now", "customer: Bye", "agent: Hello")
    found = concepts(goodbye=(4, -4, 0, 0, -1)).find(said, {"goodbye": frozenset({0, 2})})
    hits = found["concept.goodbye"]
    assert [(hit.turn, said.turns[hit.turn].text[hit.start : hit.end]) for hit in hits] == [(0, "All done."), (0, "Bye now"), (2, "Hello")]
    # Log odds of -1, 4 - 1 and -4 - 1.
    assert [hit.confidence for hit in hits] == pytest.approx([0.268941, 0.952574, 0.006693], abs=1e-5)


def test_what_is_not_among_the_directions_is_not_claimed_to_be_known() -> None:
    assert concepts().find(talk("agent: Bye"), {"goodbye": frozenset({0})}) == {}


def test_turns_without_words_are_known_to_hold_nothing() -> None:
    assert concepts(goodbye=(4, 0, 0, 0, 0)).find(talk("agent: ..."), {"goodbye": frozenset({0})}) == {"concept.goodbye": ()}


def test_an_answer_is_held_against_what_the_customer_said_before() -> None:
    (name, *_) = sorted(ANSWERING)
    # Only the product of both vectors counts: 20 where both speak of Tuesday.
    weights = np.zeros(3 * WIDTH + 1)
    weights[WIDTH + 2], weights[-1] = 1.0, -10.0
    said = talk("agent: Tuesday?", "customer: On Tuesday please", "agent: So Tuesday it is", "agent: Fine")
    hits = concepts(**{name: weights}).find(said, {name: frozenset({0, 1, 2, 3})})[f"concept.{name}"]
    assert [round(hit.confidence, 2) for hit in hits] == [0.0, 0.0, 1.0, 0.0]


def test_paired_rows_hold_answer_product_and_difference() -> None:
    found = paired(np.array([[0.6, 0.8]]), np.array([[1.0, 0.0]]))
    assert found == pytest.approx(np.array([[0.6, 0.8, 12.0, 0.0, -0.4, 0.8]]))


def test_directions_survive_their_file_and_are_named_by_content() -> None:
    one = Directions(vectors="v", centres={"en": np.array([0.1, 0.2])}, weights={"a": np.array([1 / 3, 2.0, -1.0])})
    again = Directions.from_data(one.as_data())
    assert again.as_data() == one.as_data()
    assert again.version == one.version
    assert again.weights["a"] == pytest.approx(np.array([1 / 3, 2.0, -1.0]), abs=1e-3)
    assert Directions(vectors="w", centres={}, weights={}).version != one.version


def test_a_language_is_centred_by_itself_and_a_strange_one_by_the_middle() -> None:
    centres = {"en": np.array([1.0, 0.0]), "fa": np.array([0.0, 1.0])}
    rows = Directions(vectors="v", centres=centres, weights={}).rows(np.array([[2.0, 0.0]] * 3), ["en", "fa", "de"])
    assert rows == pytest.approx(np.array([[1.0, 0.0], [2 / 5**0.5, -1 / 5**0.5], [1.5 / 2.5**0.5, -0.5 / 2.5**0.5]]))


def test_the_shipped_directions_hold_every_concept_of_the_plan() -> None:
    shipped = shipped_directions()
    assert shipped is not None
    assert set(shipped.weights) == set(concept_names()) == set(SOURCES)
    assert {len(row) for name, row in shipped.weights.items()} == {384 + 1, 3 * 384 + 1}


def test_labelled_sentences_are_parted() -> None:
    rows = np.eye(4)
    weights = fit_sentences(rows, [True, True, False, False])
    assert (log_odds(weights, rows) > 0).tolist() == [True, True, False, False]


def test_conversations_alone_teach_which_sentence_it_was() -> None:
    ordinary, telling = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    other = np.array([0.0, 0.0, 1.0])
    bags = [Bag(np.array([ordinary, telling, other]), True), Bag(np.array([ordinary, other]), False)] * 5
    weights = fit_concept(rows=np.zeros((0, 0)), yes=[], bags=bags)
    assert weights is not None
    scores = log_odds(weights, np.array([telling, ordinary, other]))
    assert scores[0] > max(scores[1:]) + 1


def test_without_anything_to_learn_from_there_is_no_direction() -> None:
    assert fit_concept(rows=np.zeros((0, 0)), yes=[], bags=[]) is None
    assert fit_concept(rows=np.zeros((0, 0)), yes=[], bags=[Bag(np.eye(2), True)]) is None
