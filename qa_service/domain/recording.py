"""A recording: the audio of a phone interaction, and which party is on which channel."""

from __future__ import annotations

from pydantic import Field, model_validator

from qa_service.domain.base import Record
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
