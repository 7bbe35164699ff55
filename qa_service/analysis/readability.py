"""Readability: how hard the agent's written answers are to read.

LIX (Björnsson 1968, Läsbarhet): words a sentence plus the percentage of words of more than six letters. It counts letters and not
syllables, so it is worked out alike in every script; its bands (below 30 easy, 40 medium, above 50 hard) were fixed for European languages,
and hold for Persian and Arabic only within one language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from qa_service.analysis.base import Material, says_something, unmeasured, without_tags
from qa_service.analysis.quoted import is_own
from qa_service.analysis.sentences import sentences
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Place, Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker

_WORD = re.compile(r"[^\W\d_]+(?:['’\u200c-][^\W\d_]+)*")
#: Letters from which on a word is long.
_LONG = 7
#: Words below which the figure says nothing.
_LEAST = 25
_WRITTEN = (Channel.CHAT, Channel.EMAIL, Channel.SOCIAL)


class Readability:
    """Signal ``readability.agent``."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="readability.agent", unit=Unit.SCORE, channels=_WRITTEN,
            method="LIX of the agent's written words: words a sentence plus the percentage of words of 7 letters or more; needs 25 words. "
            "Under 30 is easy, over 50 hard; compare within one language. The place is the longest sentence.",
        ),
    )
    queries: tuple[Query, ...] = ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Everything of ``specs``."""
        name = self.specs[0].name
        if material.interaction.channel not in _WRITTEN:
            yield unmeasured(name)
            return
        mine = [(index, turn.text) for index, turn in material.spoken if turn.speaker is Speaker.AGENT]
        parts = [(index, *span) for index, text in mine for span in _own_sentences(text)]
        counts = [_letters(material.transcript.turns[index].text[start:end]) for index, start, end in parts]
        words = [letters for sentence in counts for letters in sentence]
        if len(words) < _LEAST:
            yield unmeasured(name)
            return
        longest = max(range(len(parts)), key=lambda at: len(counts[at]))
        lix = len(words) / len(parts) + 100 * sum(letters >= _LONG for letters in words) / len(words)
        yield Signal(name=name, value=round(lix, 3), places=(Place.at(*parts[longest]),))


def _letters(text: str) -> list[int]:
    """Letters of each word; what stands between the letters of one, such as an apostrophe or a half-space, is counted along."""
    return [len(word) for word in _WORD.findall(without_tags(text))]


def _own_sentences(text: str) -> Iterable[tuple[int, int]]:
    """Sentences that say something and stand in no quoted mail."""
    return [(start, end) for start, end in sentences(text) if says_something(text[start:end]) and is_own(text, start, end)]
