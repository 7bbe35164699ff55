"""Scoring recordings, beside the raw engine on the same files: wall and CPU seconds, words, word error rate, peak memory.

The raw engine is faster-whisper with the same weights and numeric type, beam 5, its own voice filter, word times, each channel by
itself. Every run is a process of its own, one after the other; the median of the runs counts.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from qa_service.channels import WorkKind, discover
from qa_service.domain.transcript import Speaker, Transcript

CHECKOUT = Path(__file__).parents[1]
RUNNERS = ("faster-whisper, each channel by itself", "qa_service: transcribe", "qa_service: score (all)")


def run(*, folder: Path, runs: int) -> list[dict[str, Any]]:
    """One row per runner."""
    measured: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _ in range(runs):
        for runner in RUNNERS:
            measured[runner].append(_process(runner, folder))
    rows = [{"what": name, **_median(found)} for name, found in measured.items()]
    for row in rows:
        row["ratio to the raw engine"] = row["wall s"] / rows[0]["wall s"]
    return rows


def _process(runner: str, folder: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "QA_DATA_DIR": data, "PYTHONPATH": str(CHECKOUT)}
        warm_up = [sys.executable, "-m", "qa_service", "models", "verify"]
        subprocess.run(warm_up, env=environment, check=True, capture_output=True)
        begin = time.monotonic()
        child = subprocess.Popen(_command(runner, folder), env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert child.stdout is not None
        text = child.stdout.read()
        _, _, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
    found = json.loads(text)
    return {
        "wall s": wall, "CPU s": usage.ru_utime + usage.ru_stime, "engine s": found.get("seconds", wall), "words": found["words"],
        "WER %": found["wer"], "inserted %": found["inserted"], "peak MiB": usage.ru_maxrss / 1024,
    }


def _command(runner: str, folder: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.speech", str(RUNNERS.index(runner)), str(folder)]


def _median(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def words(text: str) -> list[str]:
    """Comparable words."""
    return re.sub(r"[^\w' ]", " ", text.lower().replace("-", " ")).replace("'", "").split()


def errors(reference: Iterable[str], heard: Iterable[str]) -> int:
    """Word substitutions, insertions and deletions."""
    return int(Levenshtein.distance(list(reference), list(heard)))


def _child(runner: int, folder: Path) -> dict[str, Any]:
    items = [item for item in discover([folder]) if item.kind is WorkKind.RECORDING]
    begin = time.monotonic()
    heard = (_raw, _transcribed, _scored)[runner](items)
    seconds = time.monotonic() - begin
    inserted = said = total = count = 0
    for item in items:
        header = item.load_header()
        if header.reference is None:
            continue
        for who in (Speaker.AGENT, Speaker.CUSTOMER):
            mine = [w for turn in header.reference.turns if turn.speaker is who for w in words(turn.text)]
            got = heard[item.path].get(who, [])
            count += len(got)
            if header.channel_map.known:
                said += len(mine)
                total += errors(mine, got)
                inserted += sum(one.tag == "insert" for one in Levenshtein.editops(mine, got))
    return {"seconds": seconds, "words": count, "wer": 100 * total / max(said, 1), "inserted": 100 * inserted / max(said, 1)}


def _raw(items: list[Any]) -> dict[Path, dict[Speaker, list[str]]]:
    from faster_whisper import WhisperModel
    from faster_whisper.audio import decode_audio

    from qa_service.speech.weights import bundled

    folder, _ = bundled(Path(os.environ["QA_DATA_DIR"]) / "models")
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)
    found: dict[Path, dict[Speaker, list[str]]] = {}
    for item in items:
        header = item.load_header()
        if header.channel_map.known:
            who = (header.channel_map.left, header.channel_map.right)
            parties: Any = zip(who, decode_audio(str(item.path), split_stereo=True), strict=True)
        else:
            parties = [(Speaker.AGENT, decode_audio(str(item.path)))]
        found[item.path] = {who: _listened(model, audio) for who, audio in parties}
    return found


def _listened(model: Any, audio: Any) -> list[str]:
    segments, _ = model.transcribe(audio, beam_size=5, vad_filter=True, word_timestamps=True, language="en")
    return [word for segment in segments for word in words(segment.text)]


def _transcribed(items: list[Any]) -> dict[Path, dict[Speaker, list[str]]]:
    from qa_service.services.engines import Engines
    from qa_service.settings import load_settings
    from qa_service.speech.transcribe import transcribe

    engine = Engines(load_settings()).get()
    found = {}
    for item in items:
        header = item.load_header()
        found[item.path] = _by_party(transcribe(item.path, engine=engine, channel_map=header.channel_map, language="en", max_seconds=1e6))
    return found


def _scored(items: list[Any]) -> dict[Path, dict[Speaker, list[str]]]:
    from qa_service.bootstrap import running
    from qa_service.settings import load_settings

    with running(load_settings()) as services:
        rows = services.batches.run([item.path for item in items], actor="bench")
        with services.database.reading() as unit:
            ids = [row.scorecard.interaction.id for row in rows if row.scorecard is not None]
            return {item.path: _by_party(unit.transcripts.get(one)) for item, one in zip(items, ids, strict=True)}


def _by_party(transcript: Transcript) -> dict[Speaker, list[str]]:
    parties: dict[Speaker, list[str]] = defaultdict(list)
    for turn in transcript.turns:
        parties[turn.speaker] += words(turn.text)
    return parties


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_child(int(sys.argv[1]), Path(sys.argv[2]))))
