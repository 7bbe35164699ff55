"""``qa-service transcribe``: recordings to words, without storing anything."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track
from rich.text import Text

from qa_service.analysis.reading import with_readings
from qa_service.channels import Header, WorkItem, WorkKind, discover
from qa_service.cli.options import AsJson, EngineName, LanguageName, ModelName, given
from qa_service.cli.output import err, log_to_stderr, out, write_json
from qa_service.domain.transcript import Transcript
from qa_service.errors import InputError, QaError
from qa_service.services.engines import Engines
from qa_service.services.pairs import fits, joined
from qa_service.services.redaction import Redactor
from qa_service.settings import Settings, load_settings
from qa_service.speech.transcribe import transcribe as transcribe_recording


def transcribe(
    paths: Annotated[list[Path], typer.Argument(help="Recordings or folders.")],
    engine: EngineName = None,
    model: ModelName = None,
    language: LanguageName = None,
    as_json: AsJson = False,
    vtt: Annotated[bool, typer.Option("--vtt", help="Print WebVTT.")] = False,
    srt: Annotated[bool, typer.Option("--srt", help="Print SubRip.")] = False,
) -> None:
    """Transcribe recordings; a broken file is reported by name and the rest goes on."""
    settings = load_settings(**given(engine=engine, model=model, language=language))
    log_to_stderr(settings)
    items = [item for item in discover(paths, excluding=settings.data_dir, fits=fits) if item.kind is not WorkKind.CONVERSATIONS]
    if not items:
        raise InputError("no recordings", file=", ".join(str(path) for path in paths))
    if (vtt or srt) and len(items) > 1:
        raise InputError(f"captions are of one recording, not of {len(items)}", hint="name one file, or use --json")
    engines, redactor = Engines(settings), Redactor.of(settings)
    engines.get()  # one that is not here is told at once, and not by every file
    done: list[tuple[str, Transcript]] = []
    failed: list[QaError] = []
    for item in track(items, description="transcribing", console=err()):
        try:
            done.append((" + ".join(map(str, item.files)), _one(item, engines, redactor, settings)))
        except QaError as error:
            failed.append(error)
    _print(done, as_json=as_json, vtt=vtt, srt=srt)
    for fault in failed:
        err().print(f"failed: {fault}", style="red", markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _one(item: WorkItem, engines: Engines, redactor: Redactor, settings: Settings) -> Transcript:
    """With readings, and masked as ``QA_REDACTION`` says."""
    if item.error is not None:
        raise item.error
    header = item.load_header()
    with _playable(item, header, settings) as path:
        transcript = transcribe_recording(
            path, engine=engines.get(queue=header.interaction.queue), channel_map=header.channel_map,
            language=header.interaction.language, max_seconds=settings.max_audio_seconds,
        )
    return with_readings(redactor.transcript(transcript, header.interaction).transcript)


@contextmanager
def _playable(item: WorkItem, header: Header, settings: Settings) -> Iterator[Path]:
    """The recording as one file: a pair is joined for a while, with its side-car beside it for the engine that reads it."""
    if item.pair is None:
        yield item.path
        return
    with joined(item.pair, max_seconds=settings.max_audio_seconds) as (path, _):
        if item.sidecar is not None and header.reference is not None:
            path.with_suffix(".json").write_bytes(item.sidecar.read_bytes())
        yield path


def _print(done: Iterable[tuple[str, Transcript]], *, as_json: bool, vtt: bool, srt: bool) -> None:
    if as_json:
        write_json([as_data(file, transcript) for file, transcript in done])
        return
    for file, transcript in done:
        if vtt or srt:
            sys.stdout.write(captions(transcript, vtt=vtt))
            continue
        out().print(Text(f"{file}  [{transcript.engine}, {transcript.language}]", style="bold"), soft_wrap=True)
        for turn in transcript.turns:
            mark = " (suspect)" if turn.suspect else ""
            out().print(Text(f"{_clock(turn.start_ms or 0, '.')}  {turn.speaker.value:9}{turn.reading or turn.text}{mark}"), soft_wrap=True)


def as_data(file: str, transcript: Transcript) -> dict[str, Any]:
    """One object of ``--json``; times in seconds."""
    return {
        "file": file, "language": transcript.language, "language_confidence": transcript.language_confidence,
        "duration": None if transcript.duration_ms is None else transcript.duration_ms / 1000, "engine": transcript.engine,
        "speakers_known": transcript.speakers_known,
        "turns": [
            {
                "speaker": turn.speaker.value, "start": (turn.start_ms or 0) / 1000, "end": (turn.end_ms or 0) / 1000, "text": turn.text,
                "reading": turn.reading, "suspect": turn.suspect,
                "words": [
                    {"text": word.text, "start": word.start_ms / 1000, "end": word.end_ms / 1000, "confidence": word.confidence}
                    for word in turn.words
                ],
            }
            for turn in transcript.turns
        ],
        "redactions": [
            {"kind": one.kind.value, "turn": one.turn, "start": (one.start_ms or 0) / 1000, "end": (one.end_ms or 0) / 1000}
            for one in transcript.redactions or ()
        ],
    }


def captions(transcript: Transcript, *, vtt: bool) -> str:
    """WebVTT or SubRip text of a transcript."""
    point = "." if vtt else ","
    lines = ["WEBVTT", ""] if vtt else []
    for number, turn in enumerate(transcript.turns, start=1):
        text = turn.text.replace("-->", "→")
        if vtt:
            text = text.replace("&", "&amp;").replace("<", "&lt;")
        said = f"<v {turn.speaker.value}>{text}" if vtt else f"{turn.speaker.value}: {text}"
        lines += [str(number), f"{_clock(turn.start_ms or 0, point)} --> {_clock(turn.end_ms or 0, point)}", said, ""]
    return "\n".join(lines) + "\n"


def _clock(ms: int, point: str) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"
