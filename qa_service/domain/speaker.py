"""The speaker: who a turn, a voice or a channel belongs to."""

from __future__ import annotations

from enum import StrEnum


class Speaker(StrEnum):
    """Who a turn is by."""

    AGENT = "agent"
    CUSTOMER = "customer"
    #: A machine that talks: a chat bot, an IVR, an answering machine.
    BOT = "bot"
    #: A notice of the system ("agent joined").
    SYSTEM = "system"
