"""All settings in one place: ``QA_*`` variables, or the TOML file that ``QA_CONFIG`` names (variables win)."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from qa_service.errors import ConfigurationError

#: ISO 639-1 code, or nothing.
_Language = Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3})?$")]
#: A name to expect; no comma, which parts them where they are written in one line.
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^,،\n]+$")]
#: The recogniser takes 223 tokens of hints, some 60 names; longer lists help less and cost time.
_MOST_NAMES, _LONGEST_PROMPT = 100, 600


class QueueProfile(BaseModel):
    """How the recordings of one queue are recognised; what is left out is as in the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Speech engine by name.
    engine: str | None = None
    #: Model of the engine.
    model: str | None = None
    #: Language of recordings that do not say theirs; empty means detect it.
    language: _Language | None = None
    #: Brand, product and people's names that are said in this queue.
    vocabulary: tuple[_Name, ...] | None = Field(default=None, max_length=_MOST_NAMES)
    #: A sentence as it might have been said just before.
    prompt: str | None = Field(default=None, max_length=_LONGEST_PROMPT)
    #: Beams of the decoder.
    beam_size: int | None = Field(default=None, ge=1, le=20)
    #: Hear nothing but the vocabulary (vosk only).
    grammar: bool = False


class Settings(BaseSettings):
    """What an operator can set; every field is documented in ``docs/operators.md`` (a test holds it to that)."""

    model_config = SettingsConfigDict(env_prefix="QA_", extra="forbid", frozen=True)

    #: Holds the embedded database, recordings and caches.
    data_dir: Path = Path("qa_data")
    #: SQLAlchemy URL; empty means SQLite in ``data_dir``.
    database_url: str = ""
    #: Folder of rubric files; empty means the ones shipped with the package.
    rubrics_dir: Path | None = None

    #: Address the server listens on.
    host: str = "127.0.0.1"
    #: Port the server listens on.
    port: int = Field(default=8000, ge=0, le=65535)

    #: Speech engine by name, as in ``qa-service models list``.
    engine: str = "faster-whisper"
    #: Model of the engine: empty for the bundled weights, else a folder or an official name.
    model: str = ""
    #: Where the model runs.
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    #: Numeric type of the weights at run time; ``auto`` is int8 on a CPU and float16 on a GPU (openai-whisper: float32 on a CPU).
    compute_type: Literal[
        "auto", "int8", "int8_float32", "int8_float16", "int8_bfloat16", "int16", "float16", "bfloat16", "float32"
    ] = "auto"
    #: Threads of the speech engine; 0 means all cores.
    threads: int = Field(default=0, ge=0)
    #: Beams of the decoder.
    beam_size: int = Field(default=5, ge=1, le=20)
    #: Pieces of up to 30 s that are recognised at once.
    batch_size: int = Field(default=3, ge=1, le=64)
    #: Language of recordings that do not say theirs; empty means detect it.
    language: _Language = ""
    #: Languages that can be detected, with commas between; empty for all that the model knows.
    languages: str = Field(default="en,fa,ar", pattern=r"^(\s*[a-z]{2,3}\s*(,\s*[a-z]{2,3}\s*)*)?$")
    #: Brand, product and people's names that recordings hold, with commas between.
    vocabulary: str = ""
    #: A sentence as it might have been said just before, in the spelling that is wanted.
    prompt: str = Field(default="", max_length=_LONGEST_PROMPT)
    #: How two parties in one channel are told apart: by ``voices`` (built in), by speaker ``vectors`` (an extra), or ``auto``.
    diarization: Literal["auto", "voices", "vectors"] = "auto"
    #: Queues whose recordings are recognised in another way, by name.
    queues: dict[str, QueueProfile] = Field(default_factory=dict)

    #: Largest upload, bytes.
    max_upload_bytes: int = Field(default=1_000_000_000, ge=1)
    #: Largest body of a request that is no upload (JSON, YAML, a single e-mail), bytes.
    max_body_bytes: int = Field(default=32_000_000, ge=1)
    #: Longest recording, seconds.
    max_audio_seconds: float = Field(default=4 * 3600.0, gt=0)
    #: Agents that were not seen before: take them in, or refuse the interaction.
    unknown_agents: Literal["create", "refuse"] = "create"

    #: E-mail addresses of agents and shared mailboxes, with commas between; without any, a thread's first writer is the customer.
    agent_addresses: str = ""
    #: E-mail domains all of whose addresses are agents', with commas between.
    agent_domains: str = ""

    #: Suggestions under this confidence are ``undecided``.
    decide_at: float = Field(default=0.5, ge=0, le=1)
    #: Interactions processed at once by one process.
    concurrency: int = Field(default=2, ge=1)
    #: Text interactions handled by one durable workflow.
    text_chunk: int = Field(default=50, ge=1)
    #: Stable name of this process in the workflow engine.
    executor_id: str = "local"
    #: The admin key; empty means one is made and printed at first start.
    admin_key: SecretStr = SecretStr("")
    #: ``json`` or ``text`` log lines on stderr.
    log_format: Literal["text", "json"] = "text"
    #: Least severe log lines shown.
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    @field_validator("vocabulary")
    @classmethod
    def _few_names(cls, text: str) -> str:
        if len(named(text)) > _MOST_NAMES:
            raise ValueError(f"{len(named(text))} names; the most that helps is {_MOST_NAMES}")
        return text

    @field_validator("queues")
    @classmethod
    def _distinct(cls, queues: dict[str, QueueProfile]) -> dict[str, QueueProfile]:
        alike = [name for name, count in Counter(folded(queue) for queue in queues).items() if count > 1]
        if alike:
            raise ValueError(f"{alike[0]!r} is there more than once: capitals do not matter")
        return queues

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'qa_service.sqlite'}"

    @property
    def workflow_database(self) -> str:
        """Where the workflow engine keeps its state: beside an SQLite database, inside a PostgreSQL one."""
        if self.database.startswith("sqlite"):
            return f"sqlite:///{self.data_dir.resolve() / 'workflows.sqlite'}"
        return self.database

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over variables, variables over the file."""
        del dotenv_settings, file_secret_settings
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings)
        config = os.environ.get("QA_CONFIG", "")
        if config:
            if not Path(config).is_file():
                raise ConfigurationError("no such settings file", file=config, field="QA_CONFIG")
            sources = (*sources, TomlConfigSettingsSource(settings_cls, toml_file=config))
        return sources


def load_settings(**overrides: object) -> Settings:
    """Read the settings; what is given here wins over queues, too. Raises :class:`ConfigurationError` that names the setting."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigurationError(first["msg"], field=_name(first["loc"])) from error
    except SettingsError as error:
        field = re.search(r'field "(\w+)"', str(error))
        raise ConfigurationError("not JSON, as variables for tables must be", field=f"QA_{field[1].upper()}" if field else None) from error
    plain = {name: None for name in overrides if name in QueueProfile.model_fields}
    queues = {queue: profile.model_copy(update=plain) for queue, profile in settings.queues.items()}
    return settings.model_copy(update={"queues": queues}) if plain else settings


def named(text: str) -> tuple[str, ...]:
    """The names in a line with commas between, Latin or Arabic ones."""
    return tuple(dict.fromkeys(name.strip() for name in re.split("[,،\n]", text) if name.strip()))


def folded(queue: str) -> str:
    """A queue's name, so that capitals and blanks around it do not matter."""
    return queue.strip().casefold()


def _name(place: tuple[int | str, ...]) -> str:
    """As the variable is called, or the place in a table: QA_PORT, ``queues.billing.engine``."""
    return f"QA_{place[0]}".upper() if len(place) == 1 else ".".join(str(part) for part in place)
