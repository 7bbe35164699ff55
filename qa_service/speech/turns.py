"""Turns: the words of both parties put together in time order, as a conversation reads.

A turn ends when the other party speaks a real turn, or after a pause. A backchannel ("mhm", "okay") inside the other's turn is
a turn of its own, but does not cut that turn in two. Speech over speech keeps its true times, so turns may overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qa_service.domain.transcript import Speaker, Turn, Word

#: A silence of one party this long ends its phrase, ms: the smallest thing the other's turn may come between.
PHRASE_PAUSE_MS = 300
#: A silence of this length ends a turn even if the other says nothing, ms.
TURN_PAUSE_MS = 2_000
#: The other's turn runs on over a backchannel if it is taken up again within this, ms.
RESUME_MS = 1_200
#: Longest backchannel, words.
_BACKCHANNEL_WORDS = 3
#: "Yes" and its like are missing on purpose: they answer and confirm.
_BACKCHANNELS = frozenset({
    "mhm", "mm", "mmm", "mmhmm", "hmm", "hm", "uhhuh", "uhuh", "ah", "oh", "okay", "ok", "yeah", "right", "sure", "i", "see",
    "alright", "great", "good", "gotcha", "really", "wow",
    "اهوم", "آها", "خب", "باشه",
    "طيب", "تمام", "حسنا", "أها",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class HeardWord:
    """A word of one party; times in ms of the recording."""

    #: 0 or 1: the channel, or the voice in a mono recording.
    party: int
    #: With punctuation, and with a blank before it where the script parts words.
    text: str
    start_ms: int
    end_ms: int
    confidence: float
    #: Probably invented.
    suspect: bool = False


@dataclass(kw_only=True)
class Talk:
    """Words of one party that belong together."""

    party: int
    words: list[HeardWord]

    @property
    def start_ms(self) -> int:
        """Start of the first word."""
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        """End of the last word."""
        return max(word.end_ms for word in self.words)

    @property
    def text(self) -> str:
        """The words joined as they were written."""
        return "".join(word.text for word in self.words).strip()

    def as_turn(self, speaker: Speaker) -> Turn:
        """The turn of the domain."""
        words = tuple(
            Word(text=w.text.strip(), start_ms=w.start_ms, end_ms=w.end_ms, confidence=round(w.confidence, 4)) for w in self.words
        )
        return Turn(
            speaker=speaker, text=self.text, start_ms=self.start_ms, end_ms=self.end_ms, words=words, suspect=self.words[0].suspect
        )


def build_turns(words: Iterable[HeardWord]) -> list[Talk]:
    """The talks of both parties in order of start; every word is in exactly one, in its party's order."""
    turns: list[Talk] = []
    latest: dict[int, Talk] = {}
    spoke_until, held_until = {0: 0, 1: 0}, {0: 0, 1: 0}  # end of the party's last phrase; of its last real one
    for phrase in _phrases(words):
        party, other = phrase.party, 1 - phrase.party
        own, end = latest.get(party), phrase.end_ms
        goes_on = own is not None and _goes_on(own, phrase, other_spoke=spoke_until[other], other_held=held_until[other])
        spoke_until[party] = max(spoke_until[party], end)
        if goes_on or not _is_backchannel(phrase, latest.get(other)):
            held_until[party] = max(held_until[party], end)
        if own is not None and goes_on:
            own.words.extend(phrase.words)
        else:
            turns.append(phrase)
            latest[party] = phrase
    return sorted(turns, key=lambda turn: turn.start_ms)


def _phrases(words: Iterable[HeardWord]) -> list[Talk]:
    """Words of one party with no pause and no change of suspicion between them, in order of start."""
    phrases: list[Talk] = []
    last: dict[int, Talk] = {}
    for word in sorted(words, key=lambda w: (w.start_ms, w.end_ms)):
        own = last.get(word.party)
        if own is None or word.start_ms - own.words[-1].end_ms > PHRASE_PAUSE_MS or own.words[0].suspect != word.suspect:
            own = last[word.party] = Talk(party=word.party, words=[])
            phrases.append(own)
        own.words.append(word)
    return sorted(phrases, key=lambda phrase: phrase.start_ms)


def _goes_on(own: Talk, phrase: Talk, *, other_spoke: int, other_held: int) -> bool:
    """Whether a phrase still belongs to its party's last turn: the other said nothing since, or only a backchannel."""
    if own.words[0].suspect != phrase.words[0].suspect or other_held > own.end_ms:
        return False
    return phrase.start_ms - own.end_ms <= (RESUME_MS if other_spoke > own.end_ms else TURN_PAUSE_MS)


def _is_backchannel(phrase: Talk, turn: Talk | None) -> bool:
    """Whether a phrase only tells the other to go on with ``turn``. After a question it is an answer."""
    tokens = re.findall(r"\w+", phrase.text.lower().replace("-", ""))
    known = 0 < len(tokens) <= _BACKCHANNEL_WORDS and all(token in _BACKCHANNELS for token in tokens)
    return known and turn is not None and not _text_before(turn, phrase.start_ms).endswith(("?", "؟"))


def _text_before(turn: Talk, time_ms: int) -> str:
    return "".join(word.text for word in turn.words if word.start_ms <= time_ms).rstrip()
