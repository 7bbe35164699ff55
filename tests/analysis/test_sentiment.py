"""The mood of turns and its course; how well it holds on labelled turns that nothing was learned from.

``sentiment/LANGUAGE.tsv`` holds part, speaker, mood and text. ``tuned`` is learned from; ``locked`` (turns of conversations that other
people wrote) and ``pool.tsv`` (labelled by their own writers, in the light of the whole conversation) are only measured.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.sentiment import held, read_turns
from qa_service.analysis.sentiment import Sentiment
from qa_service.analysis.sentiment_features import LEXICAL, WORDY, features
from qa_service.analysis.sentiment_model import NEGATIVE, POSITIVE, Said, SentimentModel, shipped_weights
from qa_service.domain.interaction import Channel

SENTIMENT = Sentiment()
MODEL, AGENTS = SentimentModel(agent=False), SentimentModel(agent=True)
ANGRY, GLAD, PLAIN = "this is absolutely ridiculous, I'm fed up", "brilliant, thank you so much, you've been so helpful", "it's order 88213"


@pytest.fixture(scope="module")
def turns():
    return read_turns()


@pytest.mark.parametrize(
    ("part", "language", "accuracy", "f1", "ece"),
    [
        ("locked", "en", 0.81, 0.8, 0.08), ("locked", "fa", 0.81, 0.82, 0.08), ("locked", "ar", 0.85, 0.84, 0.12),
        ("pool", "en", 0.71, 0.73, 0.15), ("pool", "fa", 0.71, 0.71, 0.17), ("pool", "ar", 0.69, 0.66, 0.17),
    ],
)  # fmt: skip
def test_turns_that_nothing_was_learned_from(turns, part, language, accuracy, f1, ece):
    mine = [turn for turn in turns if turn.part == part and turn.said.language == language]
    found = held(MODEL.chances([turn.said for turn in mine]), [turn.mood for turn in mine])
    assert found.turns > 100
    assert found.accuracy >= accuracy
    assert found.f1 >= f1
    assert found.ece <= ece


@pytest.mark.parametrize(
    ("language", "text", "column"),
    [
        ("en", "not happy at all", NEGATIVE),
        ("en", "thanks for nothing", NEGATIVE),
        ("en", "oh great, another two weeks of waiting", NEGATIVE),
        ("en", "it finally works, you're a star!", POSITIVE),
        ("en", "damn that was quick, thank you so much", POSITIVE),
        ("en", "sooooo happy with it 😍", POSITIVE),
        ("fa", "اصلا راضی نیستم، خیلی بد برخورد کردن", NEGATIVE),
        ("fa", "وای مرسی، خیلی لطف کردین، عالی شد", POSITIVE),
        ("ar", "والله تعبت، محد يرد علي من أسبوع", NEGATIVE),
        ("ar", "الله يعطيك ألف عافية، ما قصرت", POSITIVE),
    ],
)
def test_moods(language, text, column):
    chances = MODEL.chances([Said(text, language)])[0]
    assert chances.argmax() == column
    assert chances.sum() == pytest.approx(1)


@pytest.mark.parametrize("text", ["", "!?", "ok", "WHERE IS IT", "yessss thank you but the line is still dead", "[NAME] 😡"])
@pytest.mark.parametrize("language", ["en", "fa", "ar", "xx"])
@pytest.mark.parametrize("agent", [False, True])
def test_many_turns_at_once_are_what_their_features_say(text, language, agent):
    said = Said(text, language)
    numbers, values = features(text, language, agent=agent)
    assert numbers.max() < LEXICAL + WORDY
    weights = shipped_weights(agent=agent)
    points = values @ weights.features[numbers] + weights.start
    odds = np.exp(points * weights.scale)
    several = SentimentModel(agent=agent).chances([Said(PLAIN, "en"), said, Said(GLAD, "en"), said])
    assert several[1] == pytest.approx(odds / odds.sum(), abs=1e-6)
    assert several[3] == pytest.approx(several[1])


def test_the_agents_regret_is_no_bad_mood():
    text = "I'm sorry, unfortunately that was rejected."
    chances = AGENTS.chances([Said(text, "en"), Said("that's not my problem, you should have read it", "en")])
    assert chances.argmax(axis=1).tolist() == [1, 0]


def test_course(measure):
    found = measure(
        SENTIMENT, f"C: {ANGRY}", "A: I'm sorry to hear that.", "C: nobody ever replies, useless", "A: Could I take the order number?",
        f"C: {PLAIN}", "A: That is refunded now.", f"C: {GLAD}", "A: You're welcome.", "C: that's wonderful, much appreciated",
    )  # fmt: skip
    assert found["sentiment.start"].value < -0.5
    assert found["sentiment.end"].value > 0.5
    assert found["sentiment.change"].value == pytest.approx(found["sentiment.end"].value - found["sentiment.start"].value)
    assert [place.turn for place in found["sentiment.start"].places] == [0, 2]
    assert found["sentiment.recovered"].value == 1
    assert found["sentiment.negative"].value == 2
    assert [place.turn for place in found["sentiment.negative"].places] == [0, 2]
    assert [place.turn for place in found["sentiment.positive"].places] == [6, 8]
    assert found["sentiment.negative_share"].value == pytest.approx(2 / 5)
    assert found["sentiment.lowest"].places[0].turn in {0, 2}
    assert found["sentiment.agent_negative"].value == 0
    assert all(0.5 <= signal.confidence <= 1 for signal in found.values())


def test_a_customer_who_stays_angry_does_not_recover(measure):
    found = measure(SENTIMENT, f"C: {PLAIN}", "A: hello", f"C: {ANGRY}")
    assert found["sentiment.recovered"].value == 0
    assert found["sentiment.change"].value < -0.5


def test_a_calm_customer_has_nothing_to_recover_from(measure):
    assert measure(SENTIMENT, f"C: {PLAIN}", "A: hello")["sentiment.recovered"].value is None


@pytest.mark.parametrize(
    "line",
    [f"B: {ANGRY}", f"S: {ANGRY}", f"C!: {ANGRY}", f"A: {ANGRY}", f"C: {PLAIN}\n> {ANGRY}"],
    ids=["bot", "note", "suspect", "agent", "quote"],
)
def test_what_is_not_the_customers_does_not_count(measure, line):
    found = measure(SENTIMENT, f"C: {PLAIN}", line, channel=Channel.EMAIL)
    assert found["sentiment.negative"].value == 0


def test_an_unknown_language_is_not_measured(measure):
    assert all(signal.value is None for signal in measure(SENTIMENT, "C: Das ist furchtbar", language="de").values())


def test_nobody_speaks(measure):
    found = measure(SENTIMENT, "A: hello?")
    assert found["sentiment.customer"].value is None
    assert found["sentiment.agent"].value is not None


def test_guessed_parties_lower_the_confidence(measure):
    sure = measure(SENTIMENT, f"C 0-2: {ANGRY}", channel=Channel.PHONE)["sentiment.start"]
    guessed = measure(SENTIMENT, f"C 0-2: {ANGRY}", channel=Channel.PHONE, speakers_known=False)["sentiment.start"]
    assert guessed.value == sure.value
    assert guessed.confidence < sure.confidence
