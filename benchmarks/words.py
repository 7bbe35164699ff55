"""Word error rates as the field counts them: after Whisper's English normaliser, so that "forty two" and "42" are one answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

from rapidfuzz.distance import Levenshtein

from qa_service.domain.transcript import Speaker, Transcript, Turn

PARTIES = (Speaker.AGENT, Speaker.CUSTOMER)
#: Two parties' words are the same sound when they are this near in time, ms.
_NEAR_MS = 700


class Errors(NamedTuple):
    """Counts of one channel, or of many added up."""

    #: Words of the reference.
    said: int = 0
    #: Substituted, inserted and deleted words.
    wrong: int = 0
    #: Of these, inserted.
    inserted: int = 0
    #: Recognised words.
    heard: int = 0
    #: Of these, the other party's.
    strayed: int = 0

    def plus(self, other: Errors) -> Errors:
        """Both counts."""
        return Errors(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def rate(self) -> float:
        """Word error rate, percent."""
        return 100 * self.wrong / max(1, self.said)


def normalised(text: str) -> list[str]:
    """Comparable words."""
    words: list[str] = _normaliser()(text).split()
    return words


def plain(text: str) -> list[str]:
    """Words as they are written, without case and marks."""
    return re.sub(r"[^\w' ]", " ", text.lower().replace("-", " ")).replace("'", "").split()


def counted(reference: Sequence[Turn], heard: Transcript) -> dict[Speaker, Errors]:
    """What went wrong on each channel; ``reference`` has the true times of both parties."""
    return {who: _errors(who, reference, heard) for who in PARTIES}


def _errors(who: Speaker, reference: Sequence[Turn], heard: Transcript) -> Errors:
    said = normalised(_text(turn for turn in reference if turn.speaker is who))
    got = normalised(_text(turn for turn in heard.turns if turn.speaker is who))
    edits = Levenshtein.editops(said, got)
    return Errors(len(said), len(edits), sum(edit.tag == "insert" for edit in edits), len(got), _strayed(who, reference, heard))


def _strayed(who: Speaker, reference: Sequence[Turn], heard: Transcript) -> int:
    """Words given to ``who`` that this party did not say then, and the other one did."""
    words = [(one, (word.start_ms + word.end_ms) // 2) for turn in heard.turns if turn.speaker is who for word in turn.words
             for one in plain(word.text)]  # fmt: skip
    own = plain(_text(turn for turn in reference if turn.speaker is who))
    right = {right for block in Levenshtein.opcodes(own, [one for one, _ in words]) if block.tag == "equal"
             for right in range(block.dest_start, block.dest_end)}  # fmt: skip
    others = [(turn, set(plain(turn.text))) for turn in reference if turn.speaker is not who]
    return sum(_is_said(one, at, others) for place, (one, at) in enumerate(words) if place not in right)


def _is_said(word: str, at: int, turns: Iterable[tuple[Turn, set[str]]]) -> bool:
    return any(word in words and (turn.start_ms or 0) - _NEAR_MS <= at <= (turn.end_ms or 0) + _NEAR_MS for turn, words in turns)


def _text(turns: Iterable[Turn]) -> str:
    return " ".join(turn.text for turn in turns)


@cache
def _normaliser() -> Any:
    from whisper_normalizer.english import EnglishTextNormalizer

    return EnglishTextNormalizer()
