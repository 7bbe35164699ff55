"""Statistics that need arrays: agreement of several reviewers with intervals, and how severe each is; pure functions of numbers."""

from __future__ import annotations

#: Grows whenever equal input and seed would give other figures.
VERSION = 1
