"""Talk shares, pace and articulation rate, reckoned by hand."""

from __future__ import annotations

import pytest

from qa_service.analysis.talk import Talk
from qa_service.domain.acoustics import Acoustics, Activity
from qa_service.domain.interaction import Channel
from qa_service.domain.transcript import Speaker

PHONE = Channel.PHONE
TALK = Talk()
AGENT, CUSTOMER = Speaker.AGENT, Speaker.CUSTOMER


def voice(*spans: tuple[Speaker, float, float]) -> Acoustics:
    return Acoustics(
        activity=tuple(Activity(speaker=who, start_ms=round(start * 1000), end_ms=round(end * 1000)) for who, start, end in spans)
    )


def test_hand_computed_call(measure):
    # agent 0-6 and 10-13 = 9 s, customer 5-8 and 18-19 = 4 s
    signals = measure(
        TALK,
        "A 0-6: thank you for calling how may i help you today",
        "C 5-8: yes my line is dead",
        "A 10-13: let me see",
        "C 18-19: thanks",
        channel=PHONE,
    )
    values = {name: signal.value for name, signal in signals.items()}
    assert values["talk.agent_share"] == pytest.approx(9 / 13)
    assert values["talk.customer_share"] == pytest.approx(4 / 13)
    assert values["pace.agent"] == pytest.approx(13 * 60 / 9)
    assert values["pace.customer"] == pytest.approx(6 * 60 / 4)
    # pauses within these turns are not known
    assert values["articulation.agent"] is None


@pytest.mark.parametrize(
    ("language", "text", "syllables"),
    [
        ("en", "could you confirm your date of birth and the first line of the address", 16),
        ("fa", "پول شما تا فردا به حساب برمی‌گردد", 13),
        ("ar", "هل يمكنك تأكيد رقم الطلب", 11),
    ],
)
def test_articulation_leaves_pauses_out_and_pace_does_not(measure, language, text, syllables):
    # 6 s of talk, in which voice is heard for 4 s: pauses of 0.5 s, 0.6 s and 0.9 s; the last one parts two stretches
    heard = voice((AGENT, 0, 1), (AGENT, 1.5, 2.5), (AGENT, 3.1, 4.1), (AGENT, 5, 6))
    signals = measure(TALK, f"A* 0-6: {text}", language=language, channel=PHONE, acoustics=heard)
    assert signals["articulation.agent"].value == pytest.approx(syllables / 4, rel=0.12)
    assert signals["articulation.customer"].value is None
    assert signals["pace.agent"].value == pytest.approx(len(text.split()) * 60 / 5.1)


def test_articulation_by_the_times_of_words(measure):
    # four words of one syllable in 1 s each, three turns apart by 2 s: 12 syllables in 12 s of voice
    lines = [f"A* {6 * n}-{6 * n + 4}: one two three four" for n in range(3)]
    assert measure(TALK, *lines, channel=PHONE)["articulation.agent"].value == 1.0


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "A* 0-2.9: one two three four"), ("de", "A* 0-9: eins zwei drei vier"), ("en", "A 0-9: one two three four")],
)
def test_articulation_is_unmeasured_where_little_is_known(measure, language, line):
    assert measure(TALK, line, language=language, channel=PHONE)["articulation.agent"].value is None


@pytest.mark.parametrize("tag", ["[noise]", "<unk>", "[cough] [noise]"])
def test_tags_are_no_speech(measure, tag):
    signals = measure(TALK, "A 0-2: hello there", f"C 1-5: {tag}", "A 6-7: hello", channel=PHONE)
    assert signals["talk.agent_share"].value == 1


def test_suspect_turns_are_no_talk(measure):
    signals = measure(TALK, "A 0-2: hello there", "C! 3-5: thanks for watching", "C 6-7: hi", channel=PHONE)
    assert signals["talk.agent_share"].value == pytest.approx(2 / 3)
    assert signals["pace.customer"].value == 60


def test_a_suspect_turns_voice_is_no_talk_either(measure):
    lines = ("A* 0-2: hello there", "C! 3-5: thanks for watching", "C* 6-7: hi")
    heard = voice((AGENT, 0, 2), (CUSTOMER, 3.1, 4.9), (CUSTOMER, 6, 7))
    assert measure(TALK, *lines, channel=PHONE, acoustics=heard)["talk.agent_share"].value == pytest.approx(2 / 3)


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.CHAT])
def test_nothing_is_measured_without_times(measure, channel):
    assert all(signal.value is None for signal in measure(TALK, "A: hello", "C: hi", channel=channel).values())


def test_every_spec_is_yielded_in_order(measure):
    assert list(measure(TALK, "A 0-1: hello", channel=PHONE)) == [spec.name for spec in TALK.specs]
