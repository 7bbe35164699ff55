"""Speech engines of this process: made on first use, shared by all threads."""

from __future__ import annotations

import threading

from qa_service.settings import Settings
from qa_service.speech import create_engine
from qa_service.speech.base import Engine, EngineOptions, Reader


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

    def _options(self) -> EngineOptions:
        settings = self._settings
        return EngineOptions(
            cache_dir=settings.data_dir / "models", model=settings.model, device=settings.device, compute_type=settings.compute_type,
            threads=settings.threads, beam_size=settings.beam_size,
        )
