"""Models: which engines and weights are usable here, which are in force, and whether they are what they should be."""

from __future__ import annotations

import time

from qa_service.domain.base import Record
from qa_service.errors import QaError
from qa_service.services.engines import Engines
from qa_service.settings import Settings
from qa_service.speech import ENGINES
from qa_service.speech.base import Engine, Reader
from qa_service.speech.inventory import Model, altered, models, second_of_sound

#: What a folder for the Whisper engines holds.
LAYOUT = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json or .txt", "preprocessor_config.json (large-v3 and its kin)")


class EngineState(Record):
    """An engine, and whether it can be used as it is set up."""

    #: As in the settings.
    engine: str
    #: Whether a recording could be given to it now.
    usable: bool
    #: What stands in the way.
    why: str | None = None
    #: Libraries that are missing.
    needs: tuple[str, ...] = ()
    #: Extra that installs them.
    extra: str = ""
    #: What it is.
    summary: str
    #: Whether it is the one of the settings.
    chosen: bool
    #: Queues that use it.
    queues: tuple[str, ...] = ()


class Verified(Record):
    """What became of an engine's test."""

    #: Engine.
    engine: str
    #: Queues that it was tested for; none for the settings themselves.
    queues: tuple[str, ...] = ()
    #: What its results will bear; ``None`` where it could not be made out.
    version: str | None = None
    #: What is wrong; nothing where it works.
    faults: tuple[str, ...] = ()
    #: Seconds to load it and recognise a second of sound.
    seconds: float = 0.0


class Models:
    """Looks at engines and weights."""

    def __init__(self, settings: Settings) -> None:
        """Raises :class:`ConfigurationError` for a queue whose engine cannot be made."""
        self._settings = settings
        self._engines = Engines(settings)
        self._cache = settings.data_dir / "models"

    @property
    def place(self) -> str:
        """A folder to put a larger model in."""
        return str(self._cache / "whisper-large-v3-turbo")

    def engines(self) -> tuple[EngineState, ...]:
        """All engines."""
        return tuple(self._state(name) for name in ENGINES)

    def weights(self) -> tuple[Model, ...]:
        """All weights that are known here; reads every byte of those that a site brought."""
        profiles = self._settings.queues.values()
        return models(self._cache, tuple(name for name in (self._settings.model, *(one.model for one in profiles)) if name))

    def altered(self) -> tuple[str, ...]:
        """Files that are not what they were verified to be, in words; reads every byte."""
        return tuple(altered(self._cache))

    def verify(self, name: str | None = None) -> tuple[Verified, ...]:
        """Every engine in force, or the one of that ``name``, loaded and tried; raises :class:`ConfigurationError` where there is none."""
        chosen = {"": self._engines.get(name)} if name else self._engines.all()
        alike: dict[int, list[str]] = {}
        for queue, engine in chosen.items():
            alike.setdefault(id(engine), []).append(queue)
        return tuple(_tried(chosen[queues[0]], tuple(filter(None, queues))) for queues in alike.values())

    def _state(self, name: str) -> EngineState:
        registration, why = ENGINES[name], None
        try:
            self._engines.look(name)
        except QaError as error:
            why = error.message if error.hint is None else f"{error.message} ({error.hint})"
        queues = tuple(queue for queue, profile in self._settings.queues.items() if (profile.engine or self._settings.engine) == name)
        return EngineState(
            engine=name, usable=why is None, why=why, needs=registration.missing, extra=registration.extra, summary=registration.summary,
            chosen=name == self._settings.engine, queues=queues,
        )  # fmt: skip


def _tried(engine: Engine | Reader, queues: tuple[str, ...]) -> Verified:
    """An engine, with a second of sound."""
    begin = time.perf_counter()
    try:
        version = engine.version
        if isinstance(engine, Engine):
            engine.recognise([second_of_sound()], language=None)
    except QaError as error:
        return Verified(engine=engine.name, queues=queues, faults=(str(error),))
    return Verified(engine=engine.name, queues=queues, version=version, seconds=round(time.perf_counter() - begin, 2))
