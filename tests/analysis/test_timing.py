"""Talk shares, silence, overlaps, interruptions, pace and responses, on constructed times and on the shared clips."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from qa_service.analysis.timing import Timing
from qa_service.domain.interaction import Channel

PHONE = Channel.PHONE
TIMING = Timing()
CLIPS = Path(os.environ.get("QA_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")) / "speech" / "turn_timing"


def test_hand_computed_call(measure):
    # agent 0-6 and 10-13 = 9 s, customer 5-8 and 18-19 = 4 s; both speak 5-6 = 1 s; nobody 8-10 = 2 s and 13-18 = 5 s of 19 s
    signals = measure(
        TIMING,
        "A 0-6: thank you for calling how may i help you today",
        "C 5-8: yes my line is dead",
        "A 10-13: let me see",
        "C 18-19: thanks",
        channel=PHONE,
    )
    values = {name: signal.value for name, signal in signals.items()}
    assert values["talk.agent_share"] == pytest.approx(9 / 13)
    assert values["talk.customer_share"] == pytest.approx(4 / 13)
    assert values["silence.seconds"] == 7
    assert values["silence.longest"] == 5
    assert (signals["silence.longest"].places[0].start_ms, signals["silence.longest"].places[0].end_ms) == (13_000, 18_000)
    assert values["silence.share"] == pytest.approx(7 / 19)
    assert (values["overtalk.seconds"], values["overtalk.count"]) == (1, 1)
    assert (values["interruptions.customer"], values["interruptions.agent"]) == (1, 0)
    assert values["pace.agent"] == pytest.approx(13 * 60 / 9)
    assert values["pace.customer"] == pytest.approx(6 * 60 / 4)
    assert (values["turns.agent"], values["turns.customer"], values["words.agent"], values["words.customer"]) == (2, 2, 13, 6)


@pytest.mark.parametrize(
    ("language", "words", "end", "interruptions"),
    [
        ("en", "mhm", 6.3, 0),
        ("en", "yeah okay", 6.3, 0),
        ("fa", "بله", 6.3, 0),
        ("fa", "بله بله", 6.3, 0),
        ("ar", "نعم", 6.3, 0),
        ("ar", "طيب تمام", 6.3, 0),
        ("en", "no wait", 6.3, 1),
        ("en", "yes", 7.5, 1),
        ("en", "mhm i see that now", 6.3, 1),
        ("en", "wait that is wrong", 5.9, 0),
    ],
)
def test_a_backchannel_or_an_unheard_word_is_no_interruption(measure, language, words, end, interruptions):
    signals = measure(TIMING, "A 0-6: our opening hours are", f"C 5.5-{end}: {words}", language=language, channel=PHONE)
    assert signals["interruptions.customer"].value == interruptions


@pytest.mark.parametrize(
    ("clip", "interruptions"),
    [("01-hard-interruption", 1), ("02-backchannel-mhm", 0), ("03-filler-start", 1), ("04-correction", 1)],
)
def test_shared_clips(measure, clip, interruptions):
    file = CLIPS / f"{clip}.json"
    if not file.is_file():
        pytest.skip("shared data (QA_SHARED_DATA) is not here")
    told = json.loads(file.read_text(encoding="utf-8"))
    caller = told["transcript"]["caller"]
    spans = told["reference_render"]["caller_segments_sec"]
    # words are shared out over the segments: one each, and what is left in the last
    texts = [*caller.replace("... ", "").split(" ", len(spans) - 1)] if len(spans) > 1 else [caller]
    lines = [(told["reference_render"]["agent_segments_sec"][0], "A", told["transcript"]["agent"])]
    lines += [(span, "C", text) for span, text in zip(spans, texts, strict=True)]
    signals = measure(TIMING, *(f"{who} {start}-{end}: {text}" for (start, end), who, text in sorted(lines)), channel=PHONE)
    assert signals["interruptions.customer"].value == interruptions
    assert signals["interruptions.agent"].value == 0
    over = signals["overtalk.seconds"].value
    limit = told["expected"]["max_talk_over_sec"]
    assert over == 0 if limit is None else 0 < over <= limit


@pytest.mark.parametrize("tag", ["[noise]", "<unk>", "[cough] [noise]"])
def test_tags_are_no_speech(measure, tag):
    signals = measure(TIMING, "A 0-2: hello there", f"C 1-5: {tag}", "A 6-7: hello", channel=PHONE)
    assert signals["talk.agent_share"].value == 1
    assert signals["turns.customer"].value == 0
    assert signals["silence.longest"].value == 4


def test_written_channels_have_response_times_only(measure):
    lines = (
        "B 0: Hi, I am the bot", "C 10: my order is late", "C 15: hello?", "A 40: Good morning", "C 50: so?",
        "A 350: It ships today", "C 360: ok", "A 370: Bye",
    )
    signals = measure(TIMING, *lines)
    assert signals["talk.agent_share"].value is None
    assert signals["silence.longest"].value is None
    # 10 -> 40, 50 -> 350, 360 -> 370
    assert [signals[f"response.{name}"].value for name in ("first", "longest", "median")] == [30, 300, 30]
    assert signals["response.longest"].places[0].turn == 5
    assert signals["turns.customer"].value == 4


def test_an_agent_who_opens_answers_from_the_start(measure):
    signals = measure(TIMING, "A 5: Welcome, how can I help?", "C 60: my order", "A 65: Sure")
    assert signals["response.first"].value == 5


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.CHAT])
def test_nothing_is_timed_without_times(measure, channel):
    signals = measure(TIMING, "A: hello", "C: hi", channel=channel)
    counted = {name for name, signal in signals.items() if signal.value is not None}
    assert counted == {"turns.agent", "turns.customer", "words.agent", "words.customer"}
    assert [signal.value for signal in measure(TIMING, channel=channel).values()].count(None) == len(signals) - 4


def test_every_spec_is_yielded_in_order(measure):
    assert list(measure(TIMING, "A 0-1: hello", channel=PHONE)) == [spec.name for spec in TIMING.specs]
