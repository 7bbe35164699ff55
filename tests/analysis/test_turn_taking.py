"""Overtalk, interruptions and time to yield: every clause of the definition on hand-made times, and the shared clips."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from qa_service.analysis.turn_taking import TurnTaking
from qa_service.domain.acoustics import Acoustics, Activity
from qa_service.domain.interaction import Channel
from qa_service.domain.transcript import Speaker

PHONE = Channel.PHONE
TURN_TAKING = TurnTaking()
CLIPS = Path(os.environ.get("QA_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")) / "speech" / "turn_timing"
AGENT, CUSTOMER = Speaker.AGENT, Speaker.CUSTOMER
A06 = "A 0-6: our opening hours are"


def voice(*spans: tuple[Speaker, float, float]) -> Acoustics:
    return Acoustics(
        activity=tuple(Activity(speaker=who, start_ms=round(start * 1000), end_ms=round(end * 1000)) for who, start, end in spans)
    )


@pytest.mark.parametrize(
    ("lines", "interruptions", "yields"),
    [
        ((A06, "C 5-8: no wait that is wrong"), 1, 1.0),
        # 1: B starts while A speaks, and not together with A
        ((A06, "C 6-8: no wait that is wrong"), 0, None),
        ((A06, "C 0.15-8: no wait that is wrong"), 0, None),
        ((A06, "C 0.2-8: no wait that is wrong"), 1, 5.8),
        # ... or is only drawing breath: nobody answers a pause within 0.2 s
        (("A 0-4: our opening hours", "C 4.1-8: no wait that is wrong", "A 4.5-6: are these"), 1, 1.9),
        (("A 0-4: our opening hours", "C 4.3-8: no wait that is wrong", "A 4.5-6: are these"), 0, None),
        # 3: less than 0.25 s is the end of a turn; up to 0.4 s is, where a sentence ends
        ((A06, "C 5.76-8: no wait that is wrong"), 0, None),
        ((A06, "C 5.75-8: no wait that is wrong"), 1, 0.25),
        (("A 0-6: we open at nine.", "C 5.6-8: no wait that is wrong"), 0, None),
        (("A 0-6: we open at nine.", "C 5.5-8: no wait that is wrong"), 1, 0.5),
        (("A 0-6: we open at...", "C 5.6-8: no wait that is wrong"), 1, 0.4),
        (("A 0-6: are you there?", "C 5.6-8: no wait that is wrong"), 0, None),
        # 4: A falls silent and stays so while B goes on for 0.2 s
        ((A06, "C 5-6.2: no wait that is wrong"), 1, 1.0),
        ((A06, "C 5-6.1: no wait that is wrong"), 0, None),
        ((A06, "C 4-5.5: no wait that is wrong"), 0, None),
        ((A06, "C 5-9: no wait that is wrong", "A 6.4-8: monday to"), 1, 3.0),  # A was only drawing breath, and gave up at 8
        ((A06, "C 5-9: no wait that is wrong", "A 6.4-12: monday to friday"), 0, None),  # A won
        ((A06, "C 5-9: no wait that is wrong", "A 6.8-12: monday to friday"), 1, 1.0),  # A had been silent for more than 0.7 s
        ((A06, "C 5-6.3: no wait", "A 6.4-12: yes?"), 1, 1.0),  # B was done when A came back
    ],
)
def test_each_clause(measure, lines, interruptions, yields):
    signals = measure(TURN_TAKING, *lines, channel=PHONE)
    assert signals["interruptions.customer"].value == interruptions
    assert signals["yield.agent_median"].value == (None if yields is None else pytest.approx(yields))
    swapped = [{"A": "C", "C": "A"}[line[0]] + line[1:] for line in lines]
    signals = measure(TURN_TAKING, *swapped, channel=PHONE)
    assert signals["interruptions.agent"].value == interruptions
    assert signals["yield.customer_median"].value == (None if yields is None else pytest.approx(yields))


@pytest.mark.parametrize(
    ("language", "words", "end", "interruptions"),
    [
        ("en", "mhm", 6.3, 0),
        ("en", "yeah okay", 6.3, 0),
        ("en", "okay, I see.", 6.3, 0),
        ("fa", "بله", 6.3, 0),
        ("fa", "بله بله", 6.3, 0),
        ("ar", "نعم", 6.3, 0),
        ("ar", "طيب تمام", 6.3, 0),
        ("en", "no wait", 6.3, 1),
        ("en", "yes", 7.5, 1),  # drawn out for 2 s
        ("en", "mhm i see that now", 6.3, 1),
        ("en", "yeah yeah yeah yeah", 6.3, 1),  # four words want the floor
        ("en", "wait that is wrong", 5.9, 0),
    ],
)
def test_a_backchannel_or_an_unheard_word_is_no_interruption(measure, language, words, end, interruptions):
    signals = measure(TURN_TAKING, A06, f"C 5.5-{end}: {words}", language=language, channel=PHONE)
    assert signals["interruptions.customer"].value == interruptions


@pytest.mark.parametrize(
    ("lines", "seconds", "count"),
    [
        ((A06, "C 5-8: no wait that is wrong"), 1.0, 1),
        ((A06, "C 2-2.5: mhm"), 0, 0),
        ((A06, "C 2-3: that is wrong"), 1.0, 1),
        ((A06, "C 5.9-8: that is wrong"), 0, 0),  # 0.1 s is within the error of times
        ((A06, "C 1-2: that is wrong", "C 2.5-3: no", "C 4-5: no no no no no"), 2.5, 2),  # 0.5 s apart: one, 1 s apart: two
        ((A06, "C! 5-8: thanks for watching"), 0, 0),
        ((A06, "B 5-8: please hold the line"), 0, 0),
    ],
)
def test_overtalk(measure, lines, seconds, count):
    signals = measure(TURN_TAKING, *lines, channel=PHONE)
    assert signals["overtalk.seconds"].value == pytest.approx(seconds)
    assert signals["overtalk.count"].value == count


def test_median_time_to_yield(measure):
    # yields after 1, 0.5 and 2 s
    lines = ("A 0-6: we are", "C 5-9: no", "A 20-26: we are", "C 25.5-30: no", "A 40-46: we are", "C 44-50: no no no no")
    signals = measure(TURN_TAKING, *lines, channel=PHONE)
    assert signals["interruptions.customer"].value == 3
    assert signals["yield.agent_median"].value == 1.0
    places = signals["interruptions.customer"].places
    assert [(place.turn, place.start_ms, place.end_ms) for place in places] == [
        (1, 5000, 6000), (3, 25_500, 26_000), (5, 44_000, 46_000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "interruptions", "seconds"),
    [
        ((2.0, 2.6), 0, 0),  # short and talked through: taken for a backchannel
        ((2.0, 2.8), 0, 0.8),  # longer: talk, though the agent keeps the floor
        ((5.0, 7.0), 0, 1.0),  # outlasts, but nothing was recognised in it
    ],
)
def test_voice_without_words(measure, customer, interruptions, seconds):
    lines = ("A* 0-6: our opening hours are nine to five", "C* 9-10: all right")
    acoustics = voice((AGENT, 0, 6), (CUSTOMER, *customer), (CUSTOMER, 9, 10))
    signals = measure(TURN_TAKING, *lines, channel=PHONE, acoustics=acoustics)
    assert signals["interruptions.customer"].value == interruptions
    assert signals["overtalk.seconds"].value == pytest.approx(seconds)


def test_voice_says_when_words_are_late(measure):
    # by its words the customer starts 0.4 s after the agent's end, by the voice 0.6 s before it
    lines = ("A* 0-6: our opening hours are", "C* 6.4-9: no wait that is wrong")
    assert measure(TURN_TAKING, *lines, channel=PHONE)["interruptions.customer"].value == 0
    signals = measure(TURN_TAKING, *lines, channel=PHONE, acoustics=voice((AGENT, 0, 6), (CUSTOMER, 5.4, 6.2), (CUSTOMER, 6.5, 9)))
    assert signals["interruptions.customer"].value == 1
    assert signals["yield.agent_median"].value == pytest.approx(0.6)


def test_guessed_speakers_are_hardly_trusted(measure):
    signals = measure(TURN_TAKING, A06, "C 5-8: no wait", channel=PHONE, speakers_known=False)
    assert signals["interruptions.customer"].confidence < 0.5


@pytest.mark.parametrize(
    ("clip", "interruptions"),
    [("01-hard-interruption", 1), ("02-backchannel-mhm", 0), ("03-filler-start", 1), ("04-correction", 1)],
)
def test_shared_clips(measure, clip, interruptions):
    file = CLIPS / f"{clip}.json"
    if not file.is_file():
        pytest.skip("shared data (QA_SHARED_DATA) is not here")
    told = json.loads(file.read_text(encoding="utf-8"))
    render, expected = told["reference_render"], told["expected"]
    # words are shared out over the caller's segments: one each, and what is left in the last
    spans, caller = render["caller_segments_sec"], told["transcript"]["caller"]
    texts = [*caller.replace("... ", "").split(" ", len(spans) - 1)] if len(spans) > 1 else [caller]
    lines = [(render["agent_segments_sec"][0], "A", told["transcript"]["agent"])]
    lines += [(span, "C", text) for span, text in zip(spans, texts, strict=True)]
    signals = measure(TURN_TAKING, *(f"{who} {start}-{end}: {text}" for (start, end), who, text in sorted(lines)), channel=PHONE)
    assert signals["interruptions.customer"].value == interruptions
    assert signals["interruptions.agent"].value == 0
    limit, over = expected["max_talk_over_sec"], signals["overtalk.seconds"].value
    assert over == 0 if limit is None else 0 < over <= limit
    yielded = signals["yield.agent_median"].value
    if not expected["yield"]:
        assert yielded is None
    else:
        assert yielded == pytest.approx(render["agent_segments_sec"][0][1] - told["caller_onset_sec"])
        assert yielded <= expected["max_time_to_yield_sec"]


@pytest.mark.parametrize("channel", list(Channel))
def test_without_times_nothing_is_measured(measure, channel):
    assert all(signal.value is None for signal in measure(TURN_TAKING, "A: hello", "C: hi", channel=channel).values())


def test_every_spec_is_yielded_in_order(measure):
    assert list(measure(TURN_TAKING, "A 0-1: hello", channel=PHONE)) == [spec.name for spec in TURN_TAKING.specs]
