"""What a recogniser is told before it listens: names to expect and a sentence that leads in, the same for every Whisper.

Whisper reads a hint as what was said just before. It spells the names in it where it hears them, and where it hears nothing it
likes to go on with them; so what a piece says is taken back when the piece may be an echo of the hint.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from qa_service.errors import ConfigurationError
from qa_service.speech.base import BATCH_SIZE, LANGUAGES, EngineOptions, RecognisedPiece

#: Most tokens of a hint: half of Whisper's text, less the mark before it. Libraries cut longer ones without a word.
MOST_TOKENS = 223
#: An echo in silence or noise has a higher probability of no speech than this, or a lower mean word probability than that.
_NO_SPEECH, _UNSURE = 0.5, 0.4


def hint(options: EngineOptions) -> str | None:
    """The text that stands before the sound; ``None`` where nothing was told.

    The full stop matters: after an open list, Whisper stops writing punctuation and goes on with the list sooner.
    """
    names = f"{', '.join(options.vocabulary)}." if options.vocabulary else ""
    return " ".join(part for part in (options.prompt.strip(), names) if part) or None


def fitting(text: str | None, *, tokens: Callable[[str], int]) -> str | None:
    """The hint, if the model takes it whole; raises ``ConfigurationError`` with its length."""
    if text is None or (count := tokens(f" {text}")) <= MOST_TOKENS:
        return text
    raise ConfigurationError(
        f"vocabulary and prompt are {count} tokens long, and the model takes {MOST_TOKENS}", field="vocabulary",
        hint="leave out names that it spells rightly without a hint",
    )  # fmt: skip


def may_echo(piece: RecognisedPiece, text: str | None) -> bool:
    """Whether a piece may say what the hint said and not what was heard, so that it must be heard again without one."""
    if text is None or not piece.words:
        return False
    if piece.no_speech > _NO_SPEECH:
        return True
    own = _words("".join(word.text for word in piece.words))
    return own <= _words(text) and sum(word.confidence for word in piece.words) < _UNSURE * len(piece.words)


def marks(options: EngineOptions) -> str:
    """What a version must say of the options beyond model and numbers, so that the same version means the same words.

    Begins with a blank, or is empty: everything at its default says nothing.
    """
    told = json.dumps([*options.vocabulary, options.prompt.strip()], ensure_ascii=False)
    found = {
        f"batch {options.batch_size}": options.batch_size != BATCH_SIZE,
        f"in {options.language}": options.language,
        f"of {'+'.join(options.languages) or 'all'}": options.languages != LANGUAGES,
        options.ear: options.ear,
        f"words {hashlib.sha256(told.encode()).hexdigest()[:8]}": hint(options),
    }
    return "".join(f" {mark}" for mark, meant in found.items() if meant)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
