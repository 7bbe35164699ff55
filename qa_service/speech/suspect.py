"""Suspicion: words that a recogniser probably invented rather than heard.

Whisper fills silence and noise with fluent text. Each sign below is one that invented text shows and speech does not; a stretch
of words with any of them is kept and shown, but never weighs as evidence.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from qa_service.speech.turns import HeardWord

#: Whisper's own limits: silence more likely than not, and a text it hardly believes in.
_NO_SPEECH, _LOGPROB = 0.6, -1.0
#: Text this many times longer than its compressed form repeats itself (Whisper's limit).
_COMPRESSION = 2.4
#: The same words this often in a row; a single word more often, since people do say "no, no, no, no" and "nine nine nine nine".
_REPEATS, _REPEATS_OF_ONE = 4, 8
#: Nobody speaks this many words a second; the fastest auctioneers do about 6 over a whole phrase.
_WORDS_PER_SECOND = 9.0
#: Mean word probability of text that is nothing but guesses.
_CONFIDENCE = 0.25
#: Probability of speech where the words are said to be.
_VOICE = 0.2
#: Sentences that Whisper learnt from subtitles and says into silence.
_SUBTITLES = re.compile(
    r"^(thanks? (you )?(so much )?for watching|subtitles? (by|created)|transcri(bed|ption) by|please subscribe|like and subscribe|"
    r"ترجمة نانسي|اشتركوا في القناة|زیرنویس)",
    re.IGNORECASE,
)


def why_suspect(
    words: Sequence[HeardWord], *, no_speech: float = 0.0, avg_logprob: float = 0.0, voice: float | None = None
) -> str | None:
    """The first sign of invention in a stretch of words, or ``None``.

    ``no_speech`` and ``avg_logprob`` are the recogniser's for the piece that held the words, ``voice`` is the mean probability of
    speech (voice activity) over their time.
    """
    if not words:
        return None
    text = "".join(word.text for word in words).strip()
    seconds = max(1, words[-1].end_ms - words[0].start_ms) / 1000
    signs = {
        "silence": no_speech > _NO_SPEECH and avg_logprob < _LOGPROB,
        "no voice": voice is not None and voice < _VOICE,
        "subtitle": bool(_SUBTITLES.match(text)),
        "repetition": _repeats(text) or _compression(text) > _COMPRESSION,
        "rate": len(words) >= 5 and len(words) / seconds > _WORDS_PER_SECOND,
        "confidence": len(words) >= 3 and sum(word.confidence for word in words) / len(words) < _CONFIDENCE,
    }
    return next((sign for sign, shown in signs.items() if shown), None)


def _repeats(text: str) -> bool:
    """Whether a word, or two to six words, come too often in a row."""
    folded = " ".join(re.findall(r"[\w']+", text.lower()))
    one = rf"\b(\S+)(?: \1\b){{{_REPEATS_OF_ONE - 1},}}"
    more = rf"\b((\S+) (?!\2\b)\S+(?: \S+){{0,4}}?)(?: \1\b){{{_REPEATS - 1},}}"
    return re.search(one, folded) is not None or re.search(more, folded) is not None


def _compression(text: str) -> float:
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw))
