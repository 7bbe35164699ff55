"""The table of channels: adding one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qa_service.channels.base import ChannelRules
from qa_service.channels.chat import Chat
from qa_service.channels.email import Email
from qa_service.channels.phone import Phone
from qa_service.channels.social import Social
from qa_service.domain.interaction import Channel

#: Channel -> its rules.
CHANNELS: Mapping[Channel, ChannelRules] = MappingProxyType({
    Channel.PHONE: Phone(),
    Channel.CHAT: Chat(),
    Channel.EMAIL: Email(),
    Channel.SOCIAL: Social(),
})  # fmt: skip
