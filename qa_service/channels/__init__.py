"""Channels: what comes in (files, mails, manifests) as interactions with their transcripts.

``CHANNELS`` lists the channels, ``IMPORTS`` the file formats; :func:`discover` turns paths into work.
"""

from qa_service.channels.base import (
    ChannelRules,
    Conversation,
    FileFormat,
    Header,
    MailParties,
    Outcome,
    ReadOptions,
)
from qa_service.channels.discover import WorkItem, WorkKind, discover
from qa_service.channels.formats import IMPORTS, format_of, read_file
from qa_service.channels.pairs import Pair
from qa_service.channels.rules import CHANNELS

__all__ = [
    "CHANNELS",
    "IMPORTS",
    "ChannelRules",
    "Conversation",
    "FileFormat",
    "Header",
    "MailParties",
    "Outcome",
    "Pair",
    "ReadOptions",
    "WorkItem",
    "WorkKind",
    "discover",
    "format_of",
    "read_file",
]
