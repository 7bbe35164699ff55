"""Joining: the two mono files of a call become one two-channel recording, once, when they are taken in.

The result is FLAC: lossless at 16 bits, less than half the size of PCM, played by every browser, and with its length and a checksum in its
header. The same files give the same bytes with the same libraries; whether a pair was there before is nevertheless told by the hashes of
the two sources, because another version of the encoder may pack the same samples otherwise.

Both files are decoded, resampled to the higher rate of the two and written a second at a time. They are taken to start together unless
crosstalk proves that one recorder began later (:mod:`.delay`); what is missing at either end is silence.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from qa_service.domain.recording import Recording
from qa_service.errors import AudioError
from qa_service.speech.audio import WHOLE, decode, probe
from qa_service.speech.decoder import Facts
from qa_service.speech.delay import SURE, Offset, find_offset
from qa_service.speech.flac import HIGHEST_RATE, Samples, sized, write_flac
from qa_service.speech.sandbox import blocks, ends_properly, read_facts

#: Lengths that differ by no more than this are the same: recorders stop within a moment of each other, ms.
SAME_MS = 1_000
#: Lengths that differ by more than both of these are of one call only where crosstalk proves it, ms and share of the longer one.
APART_MS, APART_SHARE = 30_000, 0.25
#: Beyond the difference of the lengths an offset is looked for this much further, ms.
_FURTHER_MS = 15_000
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Joined:
    """How two files were laid together."""

    #: By how much the left one is longer than the right one, ms.
    longer_ms: int
    #: By how much the right one began later, where crosstalk tells; negative: earlier.
    offset: Offset | None

    @property
    def late_ms(self) -> int:
        """The offset that was applied, ms: only one that is sure."""
        return self.offset.late_ms if self.offset is not None and self.offset.confidence >= SURE else 0


def are_halves(left: Path, right: Path, *, parties_told: bool) -> bool:
    """Whether two files whose names suggest so are the halves of a call.

    Both have one channel. Names that tell the parties are believed otherwise, so that a broken half is told as one; names that do not
    (``rx``, ``left``) only when both can be read and their lengths are alike.
    """
    facts = [_facts(path) for path in (left, right)]
    if any(one is not None and one.channels != 1 for one in facts):
        return False
    if parties_told:
        return True
    seconds = [one.seconds for one in facts if one is not None and one.seconds is not None]
    return len(seconds) == 2 and not _apart(*(round(1000 * one) for one in seconds))


def probe_half(path: Path) -> Recording:
    """Facts of one half; raises :class:`AudioError` when it is no recording, or has two channels."""
    found = probe(path)
    if found.channels != 1:
        raise AudioError("a file of one party has one channel, this one has two", file=path, hint="send it by itself")
    if found.duration_ms == 0:
        raise AudioError("the recording is 0 s long", file=path)
    return found


def join(left: Path, right: Path, target: Path, *, max_seconds: float) -> Joined:
    """Write ``left`` and ``right`` (mono) to ``target`` as the two channels of a FLAC file.

    Raises :class:`AudioError` that names the file at fault: no recording, truncated, longer than ``max_seconds``; or two files whose
    lengths differ by more than ``APART_MS`` and ``APART_SHARE`` while nothing proves where the shorter one belongs.
    """
    halves = probe_half(left), probe_half(right)
    longer_ms = halves[0].duration_ms - halves[1].duration_ms
    offset = _offset(left, right, longer_ms, max_seconds=max_seconds) if abs(longer_ms) > SAME_MS else None
    joined = Joined(longer_ms=longer_ms, offset=offset)
    _check(joined, *halves, left=left, right=right)
    rate = min(HIGHEST_RATE, max(one.sample_rate for one in halves))
    lead = round(joined.late_ms * rate / 1000)
    channels = _channel(left, rate=rate, lead=max(0, -lead)), _channel(right, rate=rate, lead=max(0, lead))
    write_flac(target, _laid_together(*channels, size=rate), rate=rate, channels=2)
    return joined


def _facts(path: Path) -> Facts | None:
    """``None`` where the file cannot be read: whoever takes it in tells why."""
    try:
        return read_facts(path) if path.is_file() and path.stat().st_size else None
    except AudioError:
        return None


def _apart(left_ms: int, right_ms: int) -> bool:
    difference = abs(left_ms - right_ms)
    return difference > APART_MS and difference > APART_SHARE * max(left_ms, right_ms)


def _offset(left: Path, right: Path, longer_ms: int, *, max_seconds: float) -> Offset | None:
    """Measured at telephone rate: what both files hold of each other's sound is in there."""
    sounds = [decode(path, max_seconds=max_seconds) for path in (left, right)]
    if sounds[0].rate != sounds[1].rate:
        return None
    channels = [sound.samples[:, 0] for sound in sounds]
    return find_offset(*channels, rate=sounds[0].rate, max_ms=abs(longer_ms) + _FURTHER_MS)


def _check(joined: Joined, first: Recording, second: Recording, *, left: Path, right: Path) -> None:
    """Refuses what is hardly one call; warns where it is not plain where the shorter file begins."""
    if abs(joined.longer_ms) <= SAME_MS or (joined.offset is not None and joined.offset.confidence >= SURE):
        return
    lengths = f"{left.name} {first.duration_ms / 1000:.1f} s, {right.name} {second.duration_ms / 1000:.1f} s"
    if _apart(first.duration_ms, second.duration_ms):
        message = f"the files of the two parties differ too much in length to be one call: {lengths}"
        hint = f"at most {APART_MS // 1000} s or {APART_SHARE:.0%}, unless each party is heard in the other's file"
        raise AudioError(message, file=right, hint=hint)
    _LOG.warning("%s: nothing tells which recorder began later, so both are taken to start together", lengths)


def _channel(path: Path, *, rate: int, lead: int) -> Iterator[Samples]:
    """The samples of a half at ``rate`` after ``lead`` samples of silence; raises :class:`AudioError` at its end if it breaks off."""
    facts = read_facts(path)
    resampler = soxr.ResampleStream(facts.rate, rate, 1, dtype="int16") if facts.rate != rate else None
    yield np.zeros(lead, dtype=np.int16)
    count = 0
    for block in blocks(path, facts):
        count += len(block)
        yield block[:, 0] if resampler is None else resampler.resample_chunk(block[:, 0])
    if resampler is not None:
        yield resampler.resample_chunk(np.empty(0, dtype=np.int16), last=True)
    if (facts.seconds is not None and count < WHOLE * facts.seconds * facts.rate) or not ends_properly(path, facts):
        message = f"the recording breaks off after {count / facts.rate:.1f} s"
        raise AudioError(message, file=path, hint="export it again")


def _laid_together(left: Iterator[Samples], right: Iterator[Samples], *, size: int) -> Iterator[Samples]:
    """Blocks of ``size`` samples of both, shape (n, 2), the shorter one followed by silence."""
    feeds = sized(left, size), sized(right, size)
    while blocks_ := [next(feed, None) for feed in feeds]:
        length = max((len(block) for block in blocks_ if block is not None), default=0)
        if length == 0:
            return
        both = np.zeros((length, 2), dtype=np.int16)
        for channel, block in enumerate(blocks_):
            if block is not None:
                both[: len(block), channel] = block
        yield both
