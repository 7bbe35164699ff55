"""Columns: which column of a foreign table holds which field, by the names that common exports give it, or as somebody says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from qa_service.channels.faults import did_you_mean
from qa_service.errors import InputError, TableError

#: Words in the name of a column that tell what its numbers count, and the seconds in one.
_SECONDS: Mapping[str, float] = {
    "ms": 0.001, "msec": 0.001, "millis": 0.001, "milliseconds": 0.001, "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "ثانیه": 1.0, "ثانية": 1.0, "min": 60.0, "mins": 60.0, "minutes": 60.0, "دقیقه": 60.0, "دقيقة": 60.0, "hours": 3600.0,
}  # fmt: skip
_UTC = frozenset({"utc", "gmt"})
_LETTERS = str.maketrans({"ي": "ی", "ك": "ک", "ى": "ی", "أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ؤ": "و", "\u200c": " ", "ـ": ""})
_MARKS = re.compile(r"[\u064b-\u0652\u200e\u200f\ufeff]")


class Column(NamedTuple):
    """A field and the names that it goes by, the surest first."""

    field: str
    names: tuple[str, ...]


class Mapped(NamedTuple):
    """A field's column."""

    #: As it stands in the file.
    name: str
    #: Seconds in one of what a bare number counts.
    seconds_in: float = 1.0
    #: Whether its moments are in UTC where they do not tell their zone.
    utc: bool = False


class Columns(NamedTuple):
    """Which column is read as what."""

    fields: Mapping[str, Mapped]
    #: Columns that nothing is read from.
    unread: tuple[str, ...]


def mapped(columns: Sequence[str], known: Sequence[Column], *, told: Mapping[str, str], file: Path) -> Columns:
    """The column of each field: as told (field -> column), else by its names.

    Raises :class:`InputError` for a field that there is not, and :class:`TableError` for a column that there is not.
    """
    fields: dict[str, Mapped] = {}
    for field, name in told.items():
        if field not in {one.field for one in known}:
            hint = did_you_mean(field, [one.field for one in known])
            raise InputError(f"there is no field {field!r} to read a column as", field=field, hint=hint)
        if name not in columns:
            raise TableError(f"there is no column {name!r}", file=file, line=1, field=field, hint=did_you_mean(name, columns))
        fields[field] = _mapped(name)
    taken = {one.name for one in fields.values()}
    ranks = {folded(alias): (rank, one.field) for one in known for rank, alias in enumerate((*one.names, one.field))}
    found: dict[str, tuple[int, Mapped]] = {}
    for name in columns:
        plain, _ = _unit(name)
        rank, field = ranks.get(folded(name)) or ranks.get(plain) or (0, "")
        if field and name not in taken and field not in fields and (field not in found or rank < found[field][0]):
            found[field] = rank, _mapped(name)
    fields |= {field: one for field, (_, one) in found.items()}
    used = {one.name for one in fields.values()}
    return Columns(fields, tuple(dict.fromkeys(name for name in columns if name and name not in used)))


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A column's name without capitals, signs and spellings: ``AfterContactWork_Duration`` is ``after contact work duration``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    letters = _MARKS.sub("", parted.casefold()).translate(_LETTERS)
    return " ".join(re.sub(r"[^\w]+|_+", " ", letters).split())


def _mapped(name: str) -> Mapped:
    return Mapped(name, _unit(name)[1], bool(_UTC & set(folded(name).split())))


def _unit(name: str) -> tuple[str, float]:
    """A column's name without the words that tell its unit, and the seconds in one."""
    words = folded(name).split()
    unit = next((word for word in words[1:] if word in _FOLDED), None)
    rest = [word for word in words if word != unit and word not in _UTC and not (unit and word == "in")]
    return " ".join(rest), 1.0 if unit is None else _FOLDED[unit]


_FOLDED = {folded(word): seconds for word, seconds in _SECONDS.items()}
