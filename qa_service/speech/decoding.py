"""Decoding: a batch of pieces through a Whisper model of CTranslate2, to words with times and probabilities.

The library's own batched pipeline does the same in another order. Here the encoder takes one piece at a time (its attention over
1500 frames needs 72 MB a piece, and batches win nothing there) and only the decoder takes them all. Short pieces are encoded with
little silence behind them, an approximation like int8 itself and used only with it: a comma may differ. The number of tokens is bounded
by the length of the sound, so that a loop ends soon, and no word's time depends on the piece before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qa_service.speech.base import RATE, Audio, RecognisedPiece, RecognisedWord

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

#: Spectrum frames of a whole window, and silence kept behind a shorter piece, s. The encoder's cost grows with the square of the
#: length; with 1 s of silence the decoder began to repeat itself on faint words.
_FRAMES, _TAIL_SECONDS = 3000, 5.0
#: Marks that belong to the word after them, and to the one before (Whisper's own lists).
_PREPENDED, _APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
#: Nobody speaks more tokens a second; Persian and Arabic take up to three a word.
_TOKENS_PER_SECOND, _TOKENS_MORE = 15, 40
#: A word is drawn into the pause before it at most until it is this many times as long as the median word; and that is at most ... s.
_LONGEST, _MEDIAN_AT_MOST = 2.0, 0.7


class Told(NamedTuple):
    """What holds for all pieces of a call."""

    #: ISO code.
    language: str
    beam_size: int
    #: Text that stands before the sound.
    hint: str | None
    #: Every piece is encoded as a whole window, as Whisper was trained, whatever it costs.
    whole: bool = False


def decode(model: WhisperModel, pieces: Sequence[Audio], told: Told) -> list[RecognisedPiece]:
    """What is heard in each piece (float32 at ``RATE``, up to 30 s); raises ``RuntimeError`` as the library does."""
    from faster_whisper.tokenizer import Tokenizer
    from faster_whisper.transcribe import get_compression_ratio

    tokenizer = Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=told.language)
    encoded = _encoded(model, pieces, whole=told.whole)
    results = _generated(model, tokenizer, encoded, told, seconds=max(len(piece) for piece in pieces) / RATE)
    tokens = [[token for token in result.sequences_ids[0] if token < tokenizer.eot] for result in results]
    frames = [max(1, round(len(piece) / RATE * model.frames_per_second)) for piece in pieces]
    alignments = model.find_alignment(tokenizer, tokens, encoded, frames)
    return [
        RecognisedPiece(
            words=tuple(_words(alignment)), no_speech=float(result.no_speech_prob), avg_logprob=_mean_logprob(result),
            compression=get_compression_ratio(tokenizer.decode(own) or " "),
        )
        for result, own, alignment in zip(results, tokens, alignments, strict=True)
    ]  # fmt: skip


def _encoded(model: WhisperModel, pieces: Sequence[Audio], *, whole: bool) -> Any:
    """Encoder output of all pieces, shape (n, frames, dimensions), where the model lies."""
    from faster_whisper.transcribe import get_ctranslate2_storage, pad_or_trim

    longest = max(len(piece) for piece in pieces) / RATE
    on_cpu = model.model.device == "cpu"
    short = min(_FRAMES, 2 * round((longest + _TAIL_SECONDS) * model.frames_per_second / 2))
    frames = short if on_cpu and not whole else _FRAMES
    features = [pad_or_trim(model.feature_extractor(piece)[..., :-1], frames) for piece in pieces]
    if not on_cpu:
        return model.encode(np.stack(features))
    return get_ctranslate2_storage(np.concatenate([np.array(model.encode(one)) for one in features]))


def _generated(model: WhisperModel, tokenizer: Tokenizer, encoded: Any, told: Told, *, seconds: float) -> list[Any]:
    """Best sequence, its score and the probability of silence of each piece."""
    from faster_whisper.transcribe import get_suppressed_tokens

    prompt = model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=told.hint)
    longest = len(prompt) + _TOKENS_MORE + round(_TOKENS_PER_SECOND * seconds)
    results: list[Any] = model.model.generate(
        encoded, [prompt] * encoded.shape[0], beam_size=told.beam_size, max_length=min(model.max_length, longest),
        return_scores=True, return_no_speech_prob=True, suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
    )  # fmt: skip
    return results


def _mean_logprob(result: Any) -> float:
    """Per token, its end included."""
    count = len(result.sequences_ids[0])
    return float(result.scores[0]) * count / (count + 1)


def _words(alignment: list[dict[str, Any]]) -> Iterator[RecognisedWord]:
    from faster_whisper.transcribe import merge_punctuations

    merge_punctuations(alignment, _PREPENDED, _APPENDED)
    words = [word for word in alignment if word["word"].strip()]
    longest = _longest(words)
    for index, word in enumerate(words):
        start, end = (max(0.0, float(word[edge])) for edge in ("start", "end"))
        if index == 0 or words[index - 1]["word"].rstrip().endswith((".", "?", "!", "؟", "。")):
            start = max(start, end - longest)
        confidence = min(1.0, max(0.0, float(word["probability"])))
        yield RecognisedWord(text=word["word"], start_ms=round(start * 1000), end_ms=max(round(start * 1000), round(end * 1000)),
                             confidence=confidence)  # fmt: skip


def _longest(words: Sequence[dict[str, Any]]) -> float:
    """Longest credible length of a word after a pause, s: alignment gives a pause to the word after it."""
    lengths = [float(word["end"] - word["start"]) for word in words]
    spoken = [length for length in lengths if length > 0]
    return _LONGEST * min(_MEDIAN_AT_MOST, float(np.median(spoken))) if spoken else 0.0
