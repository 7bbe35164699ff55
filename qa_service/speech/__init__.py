"""Speech to text: recordings in, transcripts out. Engines are registered here, and nothing heavy is imported to say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from qa_service.errors import ConfigurationError
from qa_service.speech.base import Engine, EngineOptions, Reader


@dataclass(frozen=True, kw_only=True)
class Registration:
    """An engine that can be chosen by name."""

    #: Module of this package; its ``create(options)`` builds the engine.
    module: str
    #: What a user reads in ``models list``.
    summary: str
    #: Libraries it needs, as import names.
    needs: tuple[str, ...] = ()
    #: Extra of this package that installs them; empty for the default installation.
    extra: str = ""
    #: Engines of one family take each other's models.
    family: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Libraries that are not installed here."""
        return tuple(name for name in self.needs if find_spec(name) is None)


#: Every engine by name. A new engine is one file and one entry.
ENGINES: dict[str, Registration] = {
    "faster-whisper": Registration(
        module="faster_whisper",
        summary="Whisper on CTranslate2; bundled multilingual base weights, words with times and probabilities",
        needs=("faster_whisper", "ctranslate2"),
        family="whisper",
    ),
    "openai-whisper": Registration(
        module="openai_whisper",
        summary="the reference implementation of Whisper, on torch; the same bundled weights, slower",
        needs=("whisper", "torch"),
        extra="openai-whisper",
        family="whisper",
    ),
    "vosk": Registration(
        module="vosk",
        summary="Kaldi models that you bring (QA_MODEL names the folder); small, quick, with a grammar where words are few",
        needs=("vosk",),
        extra="vosk",
        family="kaldi",
    ),
    "sidecar": Registration(
        module="sidecar",
        summary="reads the reference transcript beside the recording; recognises nothing, for fast tests only",
    ),
}


def create_engine(name: str, options: EngineOptions) -> Engine | Reader:
    """The engine of that name; models load at first use. Raises ``ConfigurationError`` naming what is wrong."""
    registration = ENGINES.get(name)
    if registration is None:
        raise ConfigurationError(f"no speech engine {name!r}", field="engine", hint=f"one of: {', '.join(ENGINES)}")
    if registration.missing:
        raise ConfigurationError(
            f"speech engine {name!r} needs {', '.join(registration.missing)}", field="engine", hint=_install_hint(registration)
        )
    factory: Callable[[EngineOptions], Engine | Reader] = import_module(f"{__name__}.{registration.module}").create
    return factory(options)


def usable_engines() -> tuple[str, ...]:
    """Names of the engines whose libraries are installed here."""
    return tuple(name for name, registration in ENGINES.items() if not registration.missing)


def related(one: str, other: str) -> bool:
    """Whether a model that is named for one engine is meant for the other as well."""
    return one == other or (one in ENGINES and other in ENGINES and ENGINES[one].family == ENGINES[other].family)


def _install_hint(registration: Registration) -> str:
    return f"pip install 'qa_service[{registration.extra}]'" if registration.extra else "reinstall qa_service"
