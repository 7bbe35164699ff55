"""Where voices begin and end, and how loud they are: on made levels, on calls put together from known speech, on the shared clips."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soxr

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.loudness import Loudness
from qa_service.analysis.response import Response
from qa_service.analysis.silence import Silence
from qa_service.analysis.talk import Talk
from qa_service.analysis.turn_taking import TurnTaking
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.speech.activity import PAUSE_MS, STEP_MS, Voice, measure, stretches
from qa_service.speech.audio import Sound, decode
from qa_service.speech.gate import frame_levels
from qa_service.speech.listening import listen
from qa_service.speech.vad import FRAME_MS, speech_probabilities

AGENT, CUSTOMER = Speaker.AGENT, Speaker.CUSTOMER
SIDES = (AGENT, CUSTOMER)
RATE = 16_000


def _levels(*runs: tuple[int, float]) -> np.ndarray:
    """(ms, dB) after each other, one value a step."""
    return np.concatenate([np.full(ms // STEP_MS, db, dtype=np.float32) for ms, db in runs])


def _probabilities(*runs: tuple[int, float]) -> np.ndarray:
    """(ms, probability) after each other, one value a frame."""
    return np.concatenate([np.full(ms // FRAME_MS, value, dtype=np.float32) for ms, value in runs])


@pytest.mark.parametrize(
    ("levels", "voice", "found"),
    [
        # late by 64 ms, and hanging on for 96 ms: put right in steps of 8 ms
        ([(640, -60), (1000, -20), (1000, -60)], [(704, 0), (1024, 0.9), (904, 0)], [(640, 1640)]),
        # early by 32 ms
        ([(680, -60), (960, -20), (1000, -60)], [(640, 0), (1024, 0.9), (976, 0)], [(680, 1640)]),
        # a soft sound before it, well above the noise, belongs to it; one 40 dB below the voice does not
        ([(560, -70), (80, -45), (1000, -20), (1000, -70)], [(640, 0), (992, 0.9), (1008, 0)], [(560, 1640)]),
        ([(560, -70), (80, -60), (1000, -20), (1000, -70)], [(640, 0), (992, 0.9), (1008, 0)], [(640, 1640)]),
        # in steady noise only what stands out of it is moved to
        ([(600, -30), (1000, -20), (1000, -30)], [(640, 0), (960, 0.9), (1000, 0)], [(600, 1600)]),
        # nothing stands out: as voice activity has it
        ([(2600, -30)], [(640, 0), (960, 0.9), (1000, 0)], [(640, 1600)]),
        # pauses under 0.2 s belong to the voice, longer ones do not
        ([(640, -60), (496, -20), (192, -60), (504, -20), (800, -60)], [(640, 0), (480, 0.9), (192, 0), (512, 0.9), (800, 0)],
         [(640, 1832)]),
        ([(640, -60), (480, -20), (200, -60), (512, -20), (800, -60)], [(640, 0), (480, 0.9), (192, 0), (512, 0.9), (800, 0)],
         [(640, 1120), (1320, 1832)]),
        # "mhm" of 96 ms, and a click
        ([(640, -60), (96, -20), (800, -60)], [(640, 0), (96, 0.9), (800, 0)], [(640, 736)]),
        ([(640, -60), (24, -20), (800, -60)], [(640, 0), (64, 0.9), (832, 0)], []),
        ([(640, -60)], [(640, 0)], []),
    ],
)  # fmt: skip
def test_edges_follow_the_sound(levels: list[tuple[int, float]], voice: list[tuple[int, float]], found: list[tuple[int, int]]) -> None:
    made = _levels(*levels)
    assert stretches(_probabilities(*voice), made, duration_ms=len(made) * STEP_MS) == found


@dataclass(frozen=True, kw_only=True)
class Line:
    """Speech that is put into a call."""

    #: 0 for the agent on the left, 1 for the customer on the right.
    side: int
    #: Seconds.
    start: float
    #: Samples, ``rate`` a second.
    audio: np.ndarray
    rate: int = RATE
    text: str = "words that mean something"

    @property
    def end(self) -> float:
        return self.start + len(self.audio) / self.rate


#: A sentence of the shipped call by its first two words, at a rate.
Say = Callable[[str, int], np.ndarray]


def _trimmed(audio: np.ndarray) -> np.ndarray:
    """From the first to the last sample over a hundredth of the loudest: that is where this speech begins and ends."""
    loud = np.flatnonzero(np.abs(audio) > np.abs(audio).max() / 100)
    return audio[loud[0] : loud[-1] + 1]


@pytest.fixture(scope="module")
def say(calls: Path) -> Say:
    """Sentences of a shipped call whose silence is digital zero; "hello" is one word of 0.44 s."""
    sound = decode(calls / "hotel-booking-01.wav", max_seconds=600)
    turns = json.loads((calls / "hotel-booking-01.json").read_text(encoding="utf-8"))["turns"]
    cut = {
        " ".join(turn["text"].split()[:2]): sound.samples[
            int(turn["start"] * RATE) : int(turn["end"] * RATE), SIDES.index(Speaker(turn["speaker"]))
        ].astype(np.float32)
        / 32768
        for turn in turns
    }
    cut["hello"] = _trimmed(cut["Hello. I'm"])[: int(0.45 * RATE)]

    def made(name: str, rate: int) -> np.ndarray:
        return _trimmed(cut[name] if rate == RATE else soxr.resample(cut[name], RATE, rate))

    return made


def _sound(*lines: Line, noise_db: float = -66, leak_db: float | None = None) -> Sound:
    """A call with the lines in it, and a second of silence after them."""
    rate = lines[0].rate
    samples = np.zeros((round((max(line.end for line in lines) + 1) * rate), 2), dtype=np.float32)
    for line in lines:
        at = round(line.start * rate)
        samples[at : at + len(line.audio), line.side] += line.audio
    if leak_db is not None:
        samples += np.float32(10 ** (leak_db / 20)) * samples[:, ::-1].copy()
    samples = samples + np.float32(10 ** (noise_db / 20)) * np.random.default_rng(7).standard_normal(samples.shape, dtype=np.float32)
    return Sound(samples=np.clip(samples * 32768, -32768, 32767).astype(np.int16), rate=rate)


def _heard(sound: Sound) -> tuple[Voice, ...]:
    """By the road of a real call: voice activity, gate, line sounds, edges."""
    return listen(sound).parties


@cache
def _analysis() -> Analysis:
    """Those analyzers that read the sound."""
    return Analysis([Talk(), Silence(), TurnTaking(), Response(), Loudness()])


def _signals(sound: Sound, *lines: Line, words: bool = True) -> dict[str, Signal]:
    """What is measured on a call whose turns are known."""
    acoustics = listen(sound).acoustics(lambda channel: SIDES[channel], prompts=())
    turns = tuple(
        Turn(speaker=SIDES[line.side], text=line.text, start_ms=round(line.start * 1000), end_ms=round(line.end * 1000))
        for line in sorted(lines, key=lambda line: line.start)
        if words or line.text != "okay"
    )
    transcript = Transcript(turns=turns, language="en", acoustics=acoustics, duration_ms=sound.duration_ms)
    return dict(_analysis().read(Interaction(id="x", channel=Channel.PHONE, language="en"), transcript).signals)


def _value(signals: dict[str, Signal], name: str) -> float:
    value = signals[name].value
    assert value is not None, name
    return value


def _call(say: Say, rate: int) -> tuple[Line, ...]:
    """Eight sentences in turn; after the customer's the agent answers 0.5, 4 and 1.25 s later."""
    order = ("Good afternoon,", "Hello. I'm", "Boston, sure.", "Please. Is", "Same room,", "Good. And", "It does.", "That's all,")
    pauses = (1.0, 0.4, 0.5, 0.7, 4.0, 0.3, 1.25, 0.6)
    lines: list[Line] = []
    for index, (name, pause) in enumerate(zip(order, pauses, strict=True)):
        lines.append(Line(side=index % 2, start=(lines[-1].end if lines else 0.0) + pause, audio=say(name, rate), rate=rate))
    return tuple(lines)


@pytest.mark.parametrize(
    ("rate", "noise_db", "leak_db", "most_ms", "worst_ms"),
    [(16_000, -66, None, 30, 60), (16_000, -66, -25, 30, 60), (8_000, -66, None, 30, 120), (8_000, -50, None, 100, 200)],
)
def test_edges_of_known_speech(say: Say, rate: int, noise_db: float, leak_db: float | None, most_ms: float, worst_ms: float) -> None:
    call = _call(say, rate)
    heard = _heard(_sound(*call, noise_db=noise_db, leak_db=leak_db))
    errors = []
    for line in call:
        own = [span for span in heard[line.side].stretches if span[0] < line.end * 1000 and span[1] > line.start * 1000]
        errors += [own[0][0] - line.start * 1000, own[-1][1] - line.end * 1000]
    assert np.percentile(np.abs(errors), 75) <= most_ms
    assert np.abs(errors).max() <= worst_ms
    for side, voice in enumerate(heard):
        times = [(line.start * 1000 - 100, line.end * 1000 + 100) for line in call if line.side == side]
        elsewhere = [span for span in voice.stretches if not any(low < span[0] and span[1] < high for low, high in times)]
        assert not elsewhere, "nothing is heard where nobody speaks on this side"
        assert all(after[0] - before[1] >= PAUSE_MS for before, after in pairwise(voice.stretches))


@pytest.mark.parametrize(("rate", "edge"), [(8_000, 0.06), (16_000, 0.03)])
def test_signals_of_a_known_call(say: Say, rate: int, edge: float) -> None:
    """Every gap has two edges, each of them known within ``edge`` seconds."""
    call = _call(say, rate)
    signals = _signals(_sound(*call), *call)
    near = {"abs": 2 * edge}
    gaps = [after.start - before.end for before, after in pairwise(call)]
    assert _value(signals, "silence.longest") == pytest.approx(4.0, **near)
    assert _value(signals, "silence.seconds") == pytest.approx(sum(gap for gap in gaps if gap >= 1), abs=4 * edge)
    assert _value(signals, "silence.share") == pytest.approx(5.25 / (call[-1].end - call[0].start), abs=0.005)
    assert _value(signals, "dead_air.count") == 1
    assert _value(signals, "dead_air.longest") == _value(signals, "dead_air.seconds") == pytest.approx(4.0, **near)
    assert _value(signals, "latency.agent_median") == pytest.approx(1.25, **near)
    assert _value(signals, "latency.agent_p90") == pytest.approx(1.25 + 0.8 * 2.75, abs=2 * edge)
    assert _value(signals, "overtalk.seconds") == 0
    assert _value(signals, "interruptions.agent") == _value(signals, "interruptions.customer") == 0
    talk = [sum(line.end - line.start for line in call if line.side == side) for side in (0, 1)]
    assert _value(signals, "talk.agent_share") == pytest.approx(talk[0] / sum(talk), abs=0.02)


@pytest.mark.parametrize("rate", [8_000, 16_000])
@pytest.mark.parametrize("over", [0.35, 0.8, 1.5])
@pytest.mark.parametrize("by", [0, 1])
def test_an_interruption_and_the_time_to_yield(say: Say, by: int, over: float, rate: int) -> None:
    holding, taking = ("Hello. I'm", "Same room,") if by == 0 else ("Same room,", "Hello. I'm")
    # the one who is interrupted breaks off within a word
    held = Line(side=1 - by, start=1.0, audio=_trimmed(say(holding, rate)[: 3 * rate]), rate=rate, text="well what i would like to")
    taken = Line(side=by, start=held.end - over, audio=say(taking, rate), rate=rate)
    signals = _signals(_sound(held, taken), held, taken)
    assert _value(signals, f"interruptions.{SIDES[by]}") == 1
    assert _value(signals, f"interruptions.{SIDES[1 - by]}") == 0
    assert _value(signals, f"yield.{SIDES[1 - by]}_median") == pytest.approx(over, abs=0.06)
    assert signals[f"yield.{SIDES[by]}_median"].value is None
    # breaks between the words of both lie inside the overlap
    assert over * 0.6 <= _value(signals, "overtalk.seconds") <= over + 0.06


@pytest.mark.parametrize("words", [True, False])
def test_a_short_okay_is_a_backchannel(say: Say, words: bool) -> None:
    """With its word, and without it."""
    held = Line(side=0, start=1.0, audio=say("Same room,", RATE))
    okay = [Line(side=1, start=start, audio=say("hello", RATE), text="okay") for start in (3.0, 6.0)]
    answer = Line(side=1, start=held.end + 1.5, audio=say("That's all,", RATE))
    sound = _sound(held, *okay, answer)
    assert len(_heard(sound)[1].stretches) >= 3, "both are heard"
    signals = _signals(sound, held, *okay, answer, words=words)
    for name in ("interruptions.customer", "interruptions.agent", "overtalk.seconds", "overtalk.count"):
        assert _value(signals, name) == 0, name


@pytest.mark.parametrize("gain_db", [-12, -6, 0, 5])
def test_loudness_balance_is_the_gain(say: Say, gain_db: float) -> None:
    """The same sentence on both sides, one of them amplified."""
    audio = say("Boston, sure.", RATE) * np.float32(0.4)
    lines = (Line(side=1, start=1.0, audio=audio), Line(side=0, start=9.0, audio=audio * np.float32(10 ** (gain_db / 20))))
    sound = _sound(*lines)
    assert _value(_signals(sound, *lines), "loudness.balance") == pytest.approx(gain_db, abs=0.3)
    assert [voice.noise_db for voice in _heard(sound)] == pytest.approx([-66, -66], abs=0.3)


def test_levels_leave_line_sounds_out() -> None:
    """A tone of -20 dB is neither speech nor noise where it is told of."""
    tone = np.zeros((4 * RATE, 2), dtype=np.float32)
    tone[: 3 * RATE] = np.sqrt(2) * 0.1 * np.sin(np.arange(3 * RATE) / RATE * 2 * np.pi * 425)[:, None]
    sound = Sound(samples=(tone * 32767 + np.random.default_rng(1).normal(0, 10, tone.shape)).astype(np.int16), rate=RATE)
    voice = [np.zeros(125, dtype=np.float32)] * 2
    quiet = 20 * np.log10(10 / 32768)
    assert [one.noise_db for one in measure(sound, voice)] == pytest.approx([-20, -20], abs=0.2)
    assert [one.noise_db for one in measure(sound, voice, sounds=[[(0, 3000)], []])] == pytest.approx([quiet, -20], abs=0.5)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1])
def test_short_recordings_pass(seconds: float) -> None:
    sound = Sound(samples=np.zeros((int(seconds * RATE), 2), dtype=np.int16), rate=RATE)
    voice = [speech_probabilities(sound.stream(channel)) for channel in (0, 1)]
    assert [one.stretches for one in measure(sound, voice)] == [(), ()]


def _blurred(spans: list[list[float]], duration_ms: int) -> np.ndarray:
    """Voice activity as it would hear these spans: from the next whole frame, and two frames too long."""
    probabilities = np.zeros(-(-duration_ms // FRAME_MS), dtype=np.float32)
    for start, end in spans:
        probabilities[int(start * 1000 // FRAME_MS) + 1 : int(end * 1000 // FRAME_MS) + 3] = 0.9
    return probabilities


@pytest.mark.parametrize("clip", ["01-hard-interruption", "02-backchannel-mhm", "03-filler-start", "04-correction"])
def test_shared_clips(real_speech: Path, clip: str) -> None:
    """The clips are pulsed tones, which voice activity rightly does not hear; their edges are found from blurred spans."""
    told = json.loads((real_speech / "turn_timing" / f"{clip}.json").read_text(encoding="utf-8"))
    sound = decode(real_speech / "turn_timing" / f"{clip}.example.wav", max_seconds=600)
    spans = [told["reference_render"]["caller_segments_sec"], told["reference_render"]["agent_segments_sec"]]
    assert max(float(speech_probabilities(sound.stream(channel)).max()) for channel in (0, 1)) < 0.5
    heard = measure(sound, [_blurred(one, sound.duration_ms) for one in spans])
    for voice, known in zip(heard, spans, strict=True):
        assert len(voice.stretches) == len(known)
        assert np.array(voice.stretches) == pytest.approx(np.array(known) * 1000, abs=30)


def test_steps_cut_the_sound_evenly() -> None:
    """At 11 025 Hz a step is no whole number of samples; levels still belong to their time."""
    rate = 11_025
    samples = np.zeros((2 * rate, 1), dtype=np.int16)
    samples[rate:] = 1000
    edges = np.minimum(np.arange(251) * STEP_MS * rate // 1000, len(samples)).astype(np.int64)
    levels = frame_levels(samples[:, 0], edges)
    assert (levels[:125] == -100).all()
    assert (levels[125:] > -40).all()
