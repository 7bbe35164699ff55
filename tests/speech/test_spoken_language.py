"""The language of a recording, from what a model says of stretches of it."""

from __future__ import annotations

import numpy as np
import pytest

from qa_service.errors import ConfigurationError
from qa_service.speech.base import RATE, Audio
from qa_service.speech.spoken_language import detected


def _sound(*seconds: float) -> list[Audio]:
    return [np.zeros(round(length * RATE), np.float32) for length in seconds]


def _detect(seconds: float, *shares: dict[str, float], among: tuple[str, ...] = ("en", "fa", "ar")) -> tuple[str, float, int]:
    asked: list[int] = []

    def share(part: Audio) -> dict[str, float]:
        asked.append(len(part))
        return shares[len(asked) - 1]

    language, confidence = detected(_sound(seconds), shares=share, among=among)
    return language, round(confidence, 4), len(asked)


def test_the_first_half_minute_is_enough_where_it_is_clear() -> None:
    assert _detect(200, {"en": 0.95, "fa": 0.01, "ar": 0.0}) == ("en", 0.95, 1)


def test_doubt_is_settled_by_more_speech() -> None:
    # By length: (30 * 0.3 + 30 * 0.9) / 60 of Persian, and no more, since (0.5 + 0) / 2 of English is less.
    doubt, clear = {"en": 0.5, "fa": 0.3, "ar": 0.1}, {"en": 0.0, "fa": 0.9, "ar": 0.0}
    assert _detect(60, doubt, clear) == ("fa", 0.6, 2)


def test_a_short_end_weighs_little() -> None:
    # (30 * 0.6 + 1 * 0.0) / 31
    assert _detect(31, {"en": 0.6, "fa": 0.1, "ar": 0.0}, {"en": 0.0, "fa": 0.9, "ar": 0.0}) == ("en", 0.5806, 2)


def test_no_more_than_two_minutes_are_listened_to() -> None:
    assert _detect(600, *[{"en": 0.4, "fa": 0.1, "ar": 0.0}] * 20)[2] == 4


def test_an_unexpected_language_shows_in_the_probability() -> None:
    german = {"de": 0.96, "en": 0.02, "fa": 0.0, "ar": 0.0}
    assert _detect(20, german) == ("en", 0.02, 1)
    assert _detect(20, german, among=()) == ("de", 0.96, 1)


def test_languages_that_no_model_knows() -> None:
    with pytest.raises(ConfigurationError, match="QA_LANGUAGES: the model knows none of xx"):
        _detect(20, {"en": 1.0}, among=("xx",))


def test_sound_in_pieces_is_one_sound() -> None:
    lengths: list[int] = []
    detected(_sound(20, 20, 5), shares=lambda part: lengths.append(len(part)) or {"en": 0.1}, among=())
    assert lengths == [30 * RATE, 15 * RATE]
