"""Recordings to scorecards, beside the raw engines on the same files: time, memory, word error rates under six conditions.

Every run is a process of its own, one after the other; the median of the runs counts. "engine" is the time inside the recogniser on the
packed speech alone: what is spent beyond it is ours.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.conditions import CONDITIONS, Call, calls, save
from benchmarks.peers import faster_whisper, openai_whisper, transcribed
from benchmarks.words import PARTIES, Errors, counted
from qa_service.channels import WorkKind, discover
from qa_service.domain.transcript import Speaker, Transcript
from qa_service.services.pairs import fits, joined
from qa_service.speech.audio import decode
from qa_service.speech.base import Audio, Engine, Recognition

CHECKOUT = Path(__file__).parents[1]
RAW, REFERENCE, TRANSCRIBE, TOGETHER, SCORE = "faster-whisper", "openai-whisper", "transcribe", "together", "score"
NAMES = {
    RAW: "faster-whisper base int8, beam 5, its VAD, per channel",
    REFERENCE: "openai-whisper base float32, beam 5, per channel",
    TRANSCRIBE: "qa_service: transcribe",
    TOGETHER: "qa_service: transcribe, two calls at a time",
    SCORE: "qa_service: score (everything, start of the process included)",
}


def run(*, folder: Path, runs: int, reference: bool) -> list[dict[str, Any]]:
    """One row a runner; ``reference`` also runs openai-whisper, which takes about fifteen times as long as all the others."""
    runners = [RAW, *([REFERENCE] if reference and find_spec("whisper") else []), TRANSCRIBE, TOGETHER, SCORE]
    measured: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as prepared:
        _prepare(folder, Path(prepared))
        for _ in range(runs):
            for runner in runners:
                measured[runner].append(_process(runner, Path(prepared)))
    rows = [{"what": NAMES[name], **_median(found)} for name, found in measured.items()]
    for row in rows:
        row["times faster than faster-whisper"] = rows[0]["wall s"] / row["wall s"]
    return rows


def run_conditions(*, folder: Path) -> list[dict[str, Any]]:
    """One row a condition: word error rates of each channel and words given to the wrong party, ours beside the raw engine's."""
    with tempfile.TemporaryDirectory() as data:
        listen, engine = faster_whisper(Path(data) / "models"), _engine(Path(data))
        return [row for name in CONDITIONS if (row := _condition(name, calls(folder), listen, engine)) is not None]


def _condition(name: str, originals: Sequence[Call], listen: Any, engine: Engine) -> dict[str, Any] | None:
    made = [call for original in originals if (call := CONDITIONS[name](original)) is not None]
    if not made:
        return None
    ours, raw = (_summed([(call, how(call)) for call in made])
                 for how in (lambda call: _ours(call, engine), lambda call: transcribed(call, listen)))  # fmt: skip
    row: dict[str, Any] = {"condition": name, "calls": len(made), "words": sum(ours[who].said for who in PARTIES)}
    for title, found in (("", ours), ("raw: ", raw)):
        total = found[PARTIES[0]].plus(found[PARTIES[1]])
        row |= {
            f"{title}WER %": total.rate, f"{title}agent": found[Speaker.AGENT].rate, f"{title}customer": found[Speaker.CUSTOMER].rate,
            f"{title}wrong party %": 100 * total.strayed / max(1, total.heard),
        }  # fmt: skip
    return row


def _summed(found: Sequence[tuple[Call, Transcript]]) -> dict[Speaker, Errors]:
    total = {who: Errors() for who in PARTIES}
    for call, transcript in found:
        for who, errors in counted(call.turns, transcript).items():
            total[who] = total[who].plus(errors)
    return total


def _ours(call: Call, engine: Engine) -> Transcript:
    from qa_service.speech.transcribe import transcribe

    with tempfile.TemporaryDirectory() as folder:
        return transcribe(save(call, Path(folder)), engine=engine, channel_map=call.channel_map, language="en", max_seconds=1e6)


def _prepare(folder: Path, target: Path) -> None:
    """Every recording as one file with a side-car, so that all runners read the same."""
    for item in discover([folder], fits=fits):
        if item.kind is not WorkKind.RECORDING:
            continue
        header = item.load_header()
        if item.pair is None:
            (target / item.path.name).write_bytes(item.path.read_bytes())
            if item.sidecar is not None:
                (target / item.sidecar.name).write_bytes(item.sidecar.read_bytes())
            continue
        with joined(item.pair, max_seconds=1e6) as (path, _):
            (target / f"{header.interaction.id}{path.suffix}").write_bytes(path.read_bytes())
        told = {"id": header.interaction.id, "channel": "phone", "channels": {"left": "agent", "right": "customer"}}
        (target / f"{header.interaction.id}.json").write_text(json.dumps(told), encoding="utf-8")


def _process(runner: str, folder: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "QA_DATA_DIR": data, "PYTHONPATH": str(CHECKOUT), "QA_LANGUAGE": "en"}
        command = [sys.executable, "-m", "benchmarks.speech", runner, str(folder)]
        child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert child.stdout is not None
        text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise RuntimeError(f"{NAMES[runner]} failed")
    return {**json.loads(text), "peak MiB": usage.ru_maxrss / 1024}


def _median(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: None if found[0][name] is None else statistics.median(one[name] for one in found) for name in found[0]}


class _Timed:
    """An engine with a stop watch."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.version = engine.name, engine.version
        self.seconds = 0.0

    def recognise(self, pieces: Sequence[Audio], *, language: str | None) -> Recognition:
        """As the engine does."""
        begin = time.monotonic()
        found = self._engine.recognise(pieces, language=language)
        self.seconds += time.monotonic() - begin
        return found


def _engine(data: Path) -> Engine:
    """The default engine, its model loaded."""
    from qa_service.services.engines import Engines
    from qa_service.settings import load_settings

    engine = Engines(load_settings(data_dir=data)).get()
    assert isinstance(engine, Engine)
    engine.recognise([np.zeros(16_000, dtype=np.float32)], language="en")
    return engine


def _child(runner: str, folder: Path) -> dict[str, Any]:
    data = Path(os.environ["QA_DATA_DIR"])
    items = [item for item in discover([folder]) if item.kind is WorkKind.RECORDING]
    timed: _Timed | None = None
    if runner == SCORE:
        begin, cpu = time.monotonic(), time.process_time()
        found = _scored([item.path for item in items])
    else:
        if runner in (TRANSCRIBE, TOGETHER):
            timed = _Timed(_engine(data))
        listen = None if timed else {RAW: faster_whisper, REFERENCE: openai_whisper}[runner](data / "models")
        begin, cpu = time.monotonic(), time.process_time()
        with ThreadPoolExecutor(2 if runner == TOGETHER else 1) as pool:
            found = dict(zip((item.path for item in items), pool.map(lambda item: _transcript(item, timed, listen), items), strict=True))
    wall, used = time.monotonic() - begin, time.process_time() - cpu
    errors = Errors()
    for item in items:
        header = item.load_header()
        if header.reference is not None and header.channel_map.known:
            for one in counted(header.reference.turns, found[item.path]).values():
                errors = errors.plus(one)
    return {
        "audio s": sum((transcript.duration_ms or 0) / 1000 for transcript in found.values()) or None, "wall s": wall, "CPU s": used,
        "words": sum(len(turn.text.split()) for transcript in found.values() for turn in transcript.turns),
        "WER %": errors.rate if errors.said else None,
        "over the engine %": 100 * (wall / timed.seconds - 1) if timed and runner == TRANSCRIBE else None,
    }  # fmt: skip


def _transcript(item: Any, timed: _Timed | None, listen: Any) -> Transcript:
    from qa_service.speech.transcribe import transcribe

    header = item.load_header()
    if timed is not None:
        return transcribe(item.path, engine=timed, channel_map=header.channel_map, language="en", max_seconds=1e6)
    sound = decode(item.path, max_seconds=1e6)
    samples = sound.samples.astype(np.float32) / np.float32(32768)
    call = Call(name=item.path.stem, samples=samples, rate=sound.rate, turns=(), channel_map=header.channel_map)
    return transcribed(call, listen).model_copy(update={"duration_ms": sound.duration_ms})


def _scored(paths: list[Path]) -> dict[Path, Transcript]:
    from qa_service.bootstrap import running
    from qa_service.services.ingest import JobOptions
    from qa_service.settings import load_settings

    with running(load_settings()) as services:
        rows = services.batches.run(paths, actor="bench", options=JobOptions(rescore=True))
        with services.database.reading() as unit:
            ids = [row.scorecard.interaction.id for row in rows if row.scorecard is not None]
            return {path: unit.transcripts.get(one) for path, one in zip(paths, ids, strict=True)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_child(sys.argv[1], Path(sys.argv[2]))))
