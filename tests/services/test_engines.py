"""Engines by queue: one settings block, what falls back to what, models in memory once; Persian and Arabic calls end to end."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.errors import ConfigurationError
from qa_service.services.engines import Engines
from qa_service.settings import Settings
from qa_service.speech.audio import decode
from qa_service.speech.faster_whisper import FasterWhisperEngine
from qa_service.speech.speaker_vectors import SOURCE

ROOT = Path(__file__).parents[2]
NEEDS_OPENAI = pytest.mark.skipif(find_spec("whisper") is None, reason="needs the extra 'openai-whisper'")


def _settings(data_dir: Path, queues: dict[str, Any] | None = None, **changes: Any) -> Settings:
    return Settings(**{"data_dir": data_dir, "queues": queues or {}, "diarization": "voices", **changes})


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for the file, so that the weights are assembled once."""
    return tmp_path_factory.mktemp("data")


def test_a_queue_has_its_own_words_and_falls_back_otherwise(data_dir: Path) -> None:
    queues = {"Billing": {"vocabulary": ["Fairmead"], "beam_size": 2}, "faults": {"language": "fa"}}
    engines = Engines(_settings(data_dir, queues, vocabulary="Niamh, Yousef", prompt="Welcome."))
    plain, billing, faults = (engines.get(queue=queue).version for queue in (None, "billing", "faults"))
    assert " beam 5 words " in plain
    assert " beam 2 words " in billing
    assert faults == plain.replace(" words ", " in fa words ")
    assert billing.rpartition(" ")[2] != plain.rpartition(" ")[2]
    assert engines.get(queue="nobody knows it") is engines.get() is engines.get(queue="")
    assert engines.get(queue=" BILLING") is engines.get(queue="billing")


def test_other_settings_make_other_versions_only_where_words_may_differ(data_dir: Path) -> None:
    def version(**changes: Any) -> str:
        return Engines(_settings(data_dir, **changes)).get().version

    assert version() == version(threads=1) == version(languages="en, fa ,ar") == version(compute_type="int8")
    other: list[dict[str, Any]] = [{}, {"vocabulary": "a"}, {"prompt": "a"}, {"language": "en"}, {"languages": ""}, {"batch_size": 1}]
    assert len({version(**changes) for changes in other}) == len(other)


def test_versions_say_how_parties_in_one_channel_are_told_apart(data_dir: Path) -> None:
    plain, told = (Engines(_settings(data_dir, diarization=method)) for method in ("voices", "auto"))
    assert told.get().version == " ".join(filter(None, [plain.get().version, told.ear.mark]))
    assert bool(told.ear.mark) is (SOURCE.path is not None)


def test_queues_share_the_model_that_is_loaded(data_dir: Path) -> None:
    engines = Engines(_settings(data_dir, {"a": {"vocabulary": ["Niamh"]}, "b": {"prompt": "Hello."}, "c": {"engine": "sidecar"}}))
    plain, a, b = engines.get(), engines.get(queue="a"), engines.get(queue="b")
    assert isinstance(plain, FasterWhisperEngine)
    assert isinstance(a, FasterWhisperEngine)
    assert isinstance(b, FasterWhisperEngine)
    assert len({id(plain), id(a), id(b)}) == 3
    assert plain._model is a._model is b._model
    assert engines.all() == {"": plain, "a": a, "b": b, "c": engines.get(queue="c")}


@NEEDS_OPENAI
def test_queues_share_the_model_of_openai_whisper_and_its_turns(data_dir: Path) -> None:
    engines = Engines(_settings(data_dir, {"a": {"vocabulary": ["Niamh"]}}, engine="openai-whisper"))
    plain, a = engines.get(), engines.get(queue="a")
    assert plain._running is a._running  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("queue", "told"),
    [
        ({"engine": "wisper"}, r"queues.billing.engine: no speech engine 'wisper' \(one of: faster-whisper"),
        ({"engine": "sidecar", "grammar": True}, "queues.billing.grammar: sidecar takes no grammar"),
        ({"grammar": True, "vocabulary": ["yes"]}, "queues.billing.grammar: faster-whisper takes no grammar"),
    ],
)
def test_a_queue_that_cannot_be_served_is_told_at_start(data_dir: Path, queue: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Engines(_settings(data_dir, {"billing": queue}))


@pytest.mark.skipif(find_spec("vosk") is not None, reason="the extra 'vosk' is here")
def test_a_library_that_a_queue_needs_is_told_at_start(data_dir: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"queues.billing.engine: speech engine 'vosk' needs vosk \(pip install"):
        Engines(_settings(data_dir, {"billing": {"engine": "vosk"}}))


@pytest.mark.skipif(find_spec("vosk") is None, reason="needs the extra 'vosk'")
def test_a_model_of_another_family_is_not_passed_on(data_dir: Path, tmp_path: Path) -> None:
    """The model of the settings is a Whisper; a queue with vosk must name its own, and Whisper does not get that one."""
    with pytest.raises(ConfigurationError, match=r"queues\.ivr\.model: the engine vosk has no model of its own"):
        Engines(_settings(data_dir, {"ivr": {"engine": "vosk"}}, model=str(tmp_path)))
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").touch()
    engines = Engines(_settings(data_dir, {"ivr": {"engine": "vosk", "model": str(tmp_path)}}))
    assert engines.get(queue="ivr").name == "vosk"
    assert " whisper-base " in engines.get("faster-whisper", queue="ivr").version


def test_a_job_may_ask_for_another_engine_with_the_words_of_its_queue(data_dir: Path) -> None:
    engines = Engines(_settings(data_dir, {"a": {"vocabulary": ["Niamh"]}}, engine="sidecar"))
    assert engines.get(queue="a").name == "sidecar"
    assert " words " in engines.get("faster-whisper", queue="a").version


def _few_words(target: Path) -> None:
    """Two turns of a call, four seconds of each party."""
    sound = decode(ROOT / "audio_fixtures" / "delivery-lost-01.wav", max_seconds=600)
    sides = np.stack([np.pad(sound.cut(0, 400, 4400), (0, 64_000)), np.pad(sound.cut(1, 4000, 8000), (64_000, 0))], axis=1)
    with wave.open(str(target), "wb") as file:
        file.setparams((2, 2, 16_000, 0, "NONE", ""))
        file.writeframes((sides * 32767).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def cards(
    open_shop: Callable[..., AbstractContextManager[Any]], data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """The same words from three queues, one of which tells no language, where only Persian and Arabic are expected: card and transcript."""
    folder = tmp_path_factory.mktemp("calls")
    queues = {"tehran": {"language": "fa"}, "cairo": {"language": "ar"}}
    for place, queue in enumerate((*queues, "elsewhere")):
        _few_words(folder / f"{queue}.wav")
        with (folder / f"{queue}.wav").open("ab") as file:
            file.write(b"\0" * place)  # another file, the same sound
        told = {"id": queue, "queue": queue, "agent": {"id": "a1"}, "channels": {"left": "agent", "right": "customer"}}
        (folder / f"{queue}.json").write_text(json.dumps(told))
    with open_shop(data_dir, engine="faster-whisper", queues=queues, languages="fa,ar", rubrics_dir=ROOT / "rubrics") as shop:
        rows = shop.score(folder)
        with shop.services.database.reading() as unit:
            made = [row.scorecard for row in rows]
            found = {card.interaction.id: (card, unit.transcripts.get(card.interaction.id, engine=card.engine.speech)) for card in made}
        yield found


@pytest.mark.parametrize(("queue", "language"), [("tehran", "fa"), ("cairo", "ar")])
def test_language_of_a_queue_goes_through_to_the_scorecard(cards: dict[str, Any], queue: str, language: str) -> None:
    card, transcript = cards[queue]
    assert card.interaction.language == transcript.language == language
    assert (transcript.language_confidence, transcript.language_known) == (1.0, True)
    assert f" in {language}" in card.engine.speech


@pytest.mark.parametrize("queue", ["tehran", "cairo", "elsewhere"])
def test_words_have_times_and_confidences_in_any_language(cards: dict[str, Any], queue: str) -> None:
    _, transcript = cards[queue]
    assert any(turn.words for turn in transcript.turns)
    for turn in transcript.turns:
        assert " ".join(word.text for word in turn.words) == turn.text
        starts = [word.start_ms for word in turn.words]
        assert starts == sorted(starts)
        assert all(word.end_ms <= transcript.duration_ms and 0 <= word.confidence <= 1 for word in turn.words)


def test_words_in_a_guessed_language_are_left_to_people(cards: dict[str, Any]) -> None:
    """English where it is not expected: nothing that anybody said decides anything."""
    card, transcript = cards["elsewhere"]
    assert card.interaction.language == transcript.language
    assert transcript.language in ("fa", "ar")
    assert transcript.language_confidence < 0.05
    decided = [one.suggestion for one in card.criteria if one.suggestion.answer in ("yes", "no")]
    assert not [one for one in decided if any(piece.quote for piece in one.evidence)]
    assert len(decided) < len(card.criteria) / 2
