"""Ids and answer options for what another product only names in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED

_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_YES = frozenset({"yes", "بله", "آری", "نعم"})
_NO = frozenset({"no", "خیر", "نه", "لا"})
_LONGEST = 60


class Names:
    """Gives ids that are used once."""

    def __init__(self, *, joint: str = "_") -> None:
        self._taken: set[str] = {NOT_APPLICABLE, UNDECIDED}
        self._joint = joint

    def name(self, text: str, otherwise: str) -> str:
        """An id from a text; ``otherwise`` where it has no Latin letters; a number is put behind what is taken."""
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        slug = _NOT_PLAIN.sub(self._joint, plain).strip(self._joint)[:_LONGEST].strip(self._joint)
        base = slug if slug[:1].isalpha() else otherwise
        found, number = base, 2
        while found in self._taken:
            found, number = f"{base}{self._joint}{number}", number + 1
        self._taken.add(found)
        return found


def options(answers: Sequence[tuple[str, float, bool]], language: str) -> list[dict[str, Any]] | None:
    """Answer options from text, value (0 to 1) and whether it fails; ``None`` where they are the usual yes and no."""
    texts = [text.strip().casefold() for text, _, _ in answers]
    if len(answers) == 2 and texts[0] in _YES and texts[1] in _NO and [one[1:] for one in answers] == [(1.0, False), (0.0, False)]:
        return None
    names = Names()
    return [
        {"id": names.name(_plain(text), f"option_{index}"), "title": {language: text}, "value": round(value, 6), "auto_fail": fails}
        for index, (text, value, fails) in enumerate(answers, 1)
    ]


def _plain(text: str) -> str:
    folded = text.strip().casefold()
    return "yes" if folded in _YES else "no" if folded in _NO else text
