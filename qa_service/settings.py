"""All settings in one place: ``QA_*`` variables, or the TOML file that ``QA_CONFIG`` names (variables win)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from qa_service.errors import ConfigurationError


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
    #: Numeric type of the model's weights at run time.
    compute_type: str = "int8"
    #: Threads of the speech engine; 0 means all cores.
    threads: int = Field(default=0, ge=0)
    #: Beams of the decoder.
    beam_size: int = Field(default=5, ge=1, le=20)
    #: Language of recordings that do not say theirs; empty means detect it.
    language: str = ""

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
    """Read the settings; raises :class:`ConfigurationError` that names the variable."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "QA_" + "_".join(str(part) for part in first["loc"]).upper()
        raise ConfigurationError(first["msg"], field=name) from error
