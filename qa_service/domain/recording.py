"""A recording: the audio of a phone interaction, and which party is on which channel."""

from __future__ import annotations

from pydantic import Field, model_validator

from qa_service.domain.base import Record
from qa_service.domain.redaction import Kind
from qa_service.domain.transcript import Speaker


class ChannelMap(Record):
    """Who is heard where. ``left``/``right`` for two-channel audio, neither for mono or when nobody told."""

    #: Party on channel 0.
    left: Speaker | None = None
    #: Party on channel 1.
    right: Speaker | None = None
    #: The source says that both parties share one channel.
    mono: bool = False

    @model_validator(mode="after")
    def _sensible(self) -> ChannelMap:
        if self.mono and (self.left or self.right):
            raise ValueError("a channel map is either 'mono' or names left and right")
        if (self.left is None) != (self.right is None):
            raise ValueError("a channel map names both left and right")
        if self.left is not None and {self.left, self.right} != {Speaker.AGENT, Speaker.CUSTOMER}:
            raise ValueError("one channel is the agent's, the other the customer's")
        return self

    @property
    def known(self) -> bool:
        """Whether the parties of a two-channel recording are told."""
        return self.left is not None


class Muted(Record):
    """A stretch of one channel that is silent because personal data were said in it."""

    #: 0 or 1.
    channel: int = Field(ge=0, le=1)
    #: Start, ms.
    start_ms: int = Field(ge=0)
    #: End, ms.
    end_ms: int = Field(ge=0)
    #: What was said.
    kind: Kind


class Muting(Record):
    """How far the personal data in a recording are silenced."""

    #: False until its words are known: the file is as it was uploaded, and nobody may hear it.
    done: bool = False
    #: What is silent, in order.
    stretches: tuple[Muted, ...] = ()
    #: SHA-256 of the file with these stretches silent, hex; null where the upload held nothing to silence and is kept as it was.
    file_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    #: SHA-256 of the files that it took the place of: they are deleted.
    replaced: tuple[str, ...] = ()
    #: SHA-256 of files that are being written to take its place, or were when something stopped.
    making: tuple[str, ...] = ()


class Recording(Record):
    """An audio file that was taken in."""

    #: SHA-256 of the file, hex.
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    #: Name the file came under.
    file_name: str
    #: Size, bytes.
    size: int = Field(ge=1)
    #: Length, ms.
    duration_ms: int = Field(ge=0)
    #: Samples a second, as stored.
    sample_rate: int = Field(ge=1)
    #: 1 or 2.
    channels: int = Field(ge=1, le=2)
    #: Codec name as the decoder tells it (``pcm_mulaw``, ``opus`` ...).
    codec: str
    #: Who is on which channel.
    channel_map: ChannelMap = ChannelMap()
    #: How far it is silenced; null where redaction was off.
    muting: Muting | None = None

    @property
    def may_be_heard(self) -> bool:
        """Whether whatever had to be silenced is."""
        return self.muting is None or self.muting.done

    @property
    def stretches(self) -> tuple[Muted, ...]:
        """What is silent in it."""
        return () if self.muting is None else self.muting.stretches

    @property
    def kept_sha256(self) -> str:
        """SHA-256 of the file that is kept: the upload, or the silenced one in its place."""
        silenced = None if self.muting is None else self.muting.file_sha256
        return silenced or self.sha256

    @property
    def kept_name(self) -> str:
        """Name of the file that is kept, with its ending; silenced ones are FLAC."""
        if self.kept_sha256 == self.sha256:
            return self.file_name
        stem, point, _ = self.file_name.rpartition(".")
        return f"{stem if point else self.file_name}.flac"
