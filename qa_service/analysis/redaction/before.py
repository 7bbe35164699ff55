"""Before: what stands directly in front of a place, looked at from there, so that the rest of the text costs nothing."""

from __future__ import annotations

#: What stands before a surname alone: "سلام، جعفری هستم".
_GREETINGS = ("سلام", "علیکم", "الو", "بله", "بخیر", "نباشید", "روزتون خوش")


def behind_mark(text: str, at: int) -> bool:
    """Whether a comma or the like stands before a place, blanks aside."""
    while at and text[at - 1].isspace():
        at -= 1
    return at > 0 and text[at - 1] in ",،:."


def behind_greeting(folded: str, at: int) -> bool:
    """Whether nothing, or a greeting, stands before a place of a folded text, blanks and commas aside."""
    while at and (folded[at - 1].isspace() or folded[at - 1] in "،,."):
        at -= 1
    return not at or folded.endswith(_GREETINGS, 0, at)
