"""The whole analysis: its catalogue, and one reading with everything in it."""

from __future__ import annotations

import pytest

from qa_service.analysis import ANALYZERS
from qa_service.analysis.analysis import Analysis
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word


@pytest.fixture(scope="module")
def analysis():
    return Analysis()


def test_every_signal_has_one_line_in_the_catalogue(analysis):
    names = [spec.name for maker in ANALYZERS.values() for spec in maker().specs]
    assert len(set(names)) == len(names)
    assert set(names) == set(analysis.catalogue)
    assert all(spec.method and "." in spec.name for spec in analysis.catalogue.values())


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("language", ["en", "fa", "ar", "de", None])
def test_every_analyzer_yields_exactly_its_specs(analysis, channel, language):
    hello, sorry = "hello, my card 4242 is lost?", "Sorry! I will call you. ممنون شكرا"
    texts = (("customer", hello), ("agent", sorry), ("system", "left"), ("bot", ""), ("agent", "👍"))
    turns = tuple(Turn(speaker=Speaker(who), text=text, start_ms=i * 1000, end_ms=i * 1000 + 900) for i, (who, text) in enumerate(texts))
    for chosen in ((), turns[:1], turns[2:4], turns):
        reading = analysis.read(Interaction(id="x", channel=channel, language=language), Transcript(turns=chosen))
        assert set(reading.signals) == set(analysis.catalogue)
        for signal in reading.signals.values():
            for place in signal.places:
                assert place.turn is None or place.turn < len(chosen)
                assert place.start is None or 0 <= place.start <= (place.end or 0) <= len(chosen[place.turn or 0].text)


def test_suspect_words_never_count(analysis):
    rude = Turn(speaker=Speaker.AGENT, text="you are an idiot", suspect=True)
    turns = (rude, Turn(speaker=Speaker.CUSTOMER, text="hello there my friend"))
    reading = analysis.read(Interaction(id="x", channel=Channel.PHONE, language="en"), Transcript(turns=turns))
    assert reading.signals["unprofessional.agent"].value == 0


@pytest.mark.parametrize(("confidence", "known"), [(0.9, True), (0.3, False)])
def test_words_in_a_guessed_language_measure_nothing(analysis, confidence, known):
    said = (("agent", "hello this is Nadia you are an idiot"), ("customer", "hello there my friend"))
    turns = tuple(
        Turn(
            speaker=Speaker(who), text=text, start_ms=place * 9000, end_ms=place * 9000 + 4000,
            words=tuple(Word(text=word, start_ms=place * 9000, end_ms=place * 9000 + 4000, confidence=0.9) for word in text.split()),
        )
        for place, (who, text) in enumerate(said)
    )  # fmt: skip
    transcript = Transcript(turns=turns, language="en", language_confidence=confidence, duration_ms=13_000)
    signals = analysis.read(Interaction(id="x", channel=Channel.PHONE), transcript).signals
    assert [signals[name].value is not None for name in ("unprofessional.agent", "opening.agent_name", "empathy.agent")] == [known] * 3
    assert signals["silence.longest"].value == 5


def test_what_rests_on_who_spoke_is_less_sure_where_parties_are_guessed(analysis):
    """Two parties in one channel: nothing but what is the same whoever speaks keeps its confidence."""
    said = (("agent", "Hello, this is Nadia, how can I help you?"), ("customer", "My card is lost"), ("agent", "Sorry, idiot"))
    turns = tuple(Turn(speaker=Speaker(who), text=text, start_ms=i * 3000, end_ms=i * 3000 + 2500) for i, (who, text) in enumerate(said))
    call, transcript = Interaction(id="x", channel=Channel.PHONE, language="en"), Transcript(turns=turns, duration_ms=9000)
    known = analysis.read(call, transcript).signals
    guessed = analysis.read(call, transcript.model_copy(update={"speakers_known": False})).signals
    measured = [name for name, signal in known.items() if signal.value is not None]
    same = {name for name in measured if guessed[name].confidence >= known[name].confidence}
    assert {name.partition(".")[0] for name in same} <= {"silence", "speech", "ivr", "machine", "music", "ring"}
    assert guessed["unprofessional.agent"].confidence == pytest.approx(0.75 * known["unprofessional.agent"].confidence)
    assert [guessed[name].value for name in measured] == [known[name].value for name in measured]
