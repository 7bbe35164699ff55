"""Timed cues of caption files as turns: the grammar that WebVTT and SRT share."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_service.channels.base import Conversation, Outcome, ReadOptions, Where
from qa_service.channels.documents import decode
from qa_service.channels.imports.speakers import header_for, party, require_known
from qa_service.channels.rules import CHANNELS
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.errors import ConversationError

#: Cues of one speaker closer than this are one turn, ms.
SAME_TURN_MS = 1000
_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAG = re.compile(r"</?(?:c|i|b|u|v|lang|ruby|rt|font)\b[^>]*>|<\d[\d:.]*>", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:-\s*)?\[?([^\W\d_][\w .'‌-]{0,38}?)\]?\s*:\s+(.+)$", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Cue:
    """A piece of text with its times and the label of who says it, if the file tells."""

    start_ms: int
    end_ms: int
    text: str
    voice: str | None
    line: int


def read_cues(path: Path, options: ReadOptions, *, engine: str) -> Iterator[Outcome]:
    """The one conversation of a caption file, or its error."""
    where = Where(file=path)
    try:
        header = header_for(path, options)
        cues = list(parse_cues(decode(path.read_bytes(), where=where), where=where))
        turns = to_turns(cues, told={**header.speakers, **options.speakers}, where=where)
        transcript = Transcript(turns=turns, language=header.interaction.language, engine=engine, duration_ms=turns[-1].end_ms)
        conversation = Conversation(interaction=header.interaction, transcript=transcript)
        CHANNELS[header.interaction.channel].check(conversation, where)
    except ConversationError as error:
        yield error
    except OSError as error:
        yield where.fault(f"cannot be read: {error.strerror}")
    else:
        yield conversation


def parse_cues(text: str, *, where: Where) -> Iterator[Cue]:
    """Cues in file order; blocks without a timing line (titles, notes, styles) are skipped. Raises on faulty times."""
    before = 0
    for number, block in _blocks(text):
        at = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
        if at is None or block[0].startswith(("NOTE", "STYLE", "REGION")):
            continue
        line = number + at
        start, end = _times(block[at], line=line, where=where)
        if start < before or end < start:
            raise where.fault(f"time runs backwards: {start} to {end} ms after {before} ms", line=line)
        before = start
        yield from _voices("\n".join(block[at + 1 :]), start_ms=start, end_ms=end, line=line)


def to_turns(cues: Sequence[Cue], *, told: Mapping[str, Speaker], where: Where) -> tuple[Turn, ...]:
    """Cues as turns: labels placed, neighbours of one speaker joined. Raises for labels that nobody can place."""
    if not cues:
        raise where.fault("holds no cue", hint="is it a caption file with --> lines?")
    labelled = list(_labelled(cues, told=told, where=where))
    require_known((label for label, _ in labelled), told=told, where=where)
    turns: list[Turn] = []
    for label, cue in labelled:
        speaker = party(label or "", told=told) or Speaker.SYSTEM
        last = turns[-1] if turns else None
        if last and last.speaker is speaker and cue.start_ms - (last.end_ms or 0) < SAME_TURN_MS:
            end = max(cue.end_ms, last.end_ms or 0)
            turns[-1] = last.model_copy(update={"text": f"{last.text} {cue.text}", "end_ms": end})
        else:
            turns.append(Turn(speaker=speaker, text=cue.text, start_ms=cue.start_ms, end_ms=cue.end_ms))
    return tuple(turns)


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines between blank ones, with the number of their first."""
    block: list[str] = []
    number = 0
    for number, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        line = raw.replace("\x00", "").strip()
        if line:
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []
    if block:
        yield number - len(block) + 1, block


def _times(timing: str, *, line: int, where: Where) -> tuple[int, int]:
    found = _TIMING.match(timing)
    if not found:
        raise where.fault(f"not a timing line: {timing[:60]!r}", line=line, hint="00:00:01.000 --> 00:00:02.500")
    parts = found.groups()
    return _ms(*parts[:4]), _ms(*parts[4:])


def _ms(hours: str | None, minutes: str, seconds: str, fraction: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))


def _voices(payload: str, *, start_ms: int, end_ms: int, line: int) -> Iterator[Cue]:
    """A cue's text, one piece a ``<v NAME>``; several voices share the cue's times."""
    pieces = _VOICE.split(payload)
    for voice, text in [(None, pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]:
        plain = " ".join(html.unescape(_TAG.sub("", text)).split())
        if plain:
            yield Cue(start_ms=start_ms, end_ms=end_ms, text=plain, voice=voice and html.unescape(voice).strip(), line=line)


def _labelled(cues: Sequence[Cue], *, told: Mapping[str, Speaker], where: Where) -> Iterator[tuple[str | None, Cue]]:
    """Each cue with its label: its voice, its ``Name:`` prefix, else the one before.

    An unknown ``Name:`` counts as a label when it comes back; once only ("One thing: ...") it is text.
    """
    prefixes = Counter(found.group(1) for cue in cues if not cue.voice and (found := _PREFIX.match(cue.text)))
    label: str | None = None
    for cue in cues:
        found = None if cue.voice else _PREFIX.match(cue.text)
        if cue.voice:
            label = cue.voice
        elif found and (party(found.group(1), told=told) or prefixes[found.group(1)] > 1):
            label = found.group(1)
            cue = Cue(start_ms=cue.start_ms, end_ms=cue.end_ms, text=found.group(2), voice=label, line=cue.line)
        yield label, cue
