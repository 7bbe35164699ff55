"""Phrases as rubric authors write them, compiled to linear-time patterns over folded words.

``is there anything else``   the words in a row
``(can|may) i help``         one of several; ``(|please)`` leaves it out or not
``sorry ... wait``           up to five words in between
``apolog*``  ``*ed``         any ending, any beginning
``#``                        a number in figures
"""

from __future__ import annotations

import re

import re2

from qa_service.analysis.fold import fold
from qa_service.errors import RubricError

#: Words that ``...`` may stand for.
GAP = 5
_MARKS = re.compile(r"[*#]|[^*#]+")
_PIECE = re.compile(r"\.\.\.|…|[()|]|[^()|.…]+|\.")


def phrase_pattern(phrase: str, language: str) -> str:
    """RE2 source that matches the phrase, with a blank before and none after; raises :class:`RubricError`."""
    pieces = _PIECE.findall(phrase)
    pattern, rest = _sequence(pieces, 0, phrase, language, depth=0)
    if rest != len(pieces):
        raise RubricError(f"phrase {phrase!r} closes a bracket that it never opened")
    if re2.compile(f"^(?:{pattern})$").match(""):
        raise RubricError(f"phrase {phrase!r} has no word that must be there (language {language})")
    return pattern


def _sequence(pieces: list[str], at: int, phrase: str, language: str, *, depth: int) -> tuple[str, int]:
    options: list[str] = []
    parts: list[str] = []
    while at < len(pieces) and pieces[at] != ")":
        piece = pieces[at]
        at += 1
        if piece == "(":
            inner, at = _sequence(pieces, at, phrase, language, depth=depth + 1)
            if at >= len(pieces):
                raise RubricError(f"phrase {phrase!r} opens a bracket that it never closes")
            parts.append(f"(?:{inner})")
            at += 1
        elif piece == "|":
            if depth == 0:
                raise RubricError(f"phrase {phrase!r} has a bar outside brackets", hint="write (one|other)")
            options.append("".join(parts))
            parts = []
        elif piece in ("...", "…"):
            parts.append(rf"(?: \S+){{0,{GAP}}}")
        else:
            parts.append(_words(piece, language))
    options.append("".join(parts))
    return "|".join(options), at


def _words(piece: str, language: str) -> str:
    """Folded words with a blank before each; a star at a word lets it go on, or begin otherwise, and ``#`` is any figures."""
    out: list[str] = []
    opened, joined = "", False
    for mark in _MARKS.findall(piece):
        if mark == "#":
            out.append(r" \S*\d\S*")
        elif mark != "*":
            words = [re2.escape(word) for word in fold(mark, language).words]
            out.extend(f" {opened if not index and mark[0].strip() else ''}{word}" for index, word in enumerate(words))
            joined = bool(words) and bool(mark[-1].strip())
            opened = ""
            continue
        elif joined:
            out[-1] += r"\S*"
        else:
            opened = r"\S*"
        joined = False
    return "".join(out)


def literals(phrase: str, language: str) -> tuple[str, ...]:
    """The phrase itself as folded words, when it is plain; empty when it has brackets, gaps or stars (those are not compared fuzzily)."""
    if any(mark in phrase for mark in ("(", "|", "*", "#", "...", "…")):
        return ()
    return (fold(phrase, language).text.strip(),)
