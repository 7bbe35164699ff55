"""Standing: what figures carry about somebody."""

from __future__ import annotations

from enum import StrEnum


class Standing(StrEnum):
    """What the figures carry."""

    STRENGTH = "strength"
    WEAKNESS = "weakness"
    CANNOT_TELL = "cannot_tell"
