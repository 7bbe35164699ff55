"""Source groups: files of a source that belong together (a recording, its side-car, its other half), and which of them may be taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from qa_service.channels.discover import RECORDINGS
from qa_service.channels.pairs import call_name
from qa_service.errors import AudioError, InputError, QaError
from qa_service.services.source_places import Entry
from qa_service.settings import SourceProfile

_HEADER = ".header.json"
#: Endings of files that somebody is still writing.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".download", ".swp", "~")
#: How many times as long a file waits that looks like one half of a call.
_OTHER_HALF = 6
_LONGEST_NAME, _DEEPEST = 200, 20


class Group(NamedTuple):
    """Files that belong together."""

    #: Their folder, and the name that they share.
    key: tuple[str, str]
    entries: tuple[Entry, ...]

    def is_ready(self, profile: SourceProfile, *, now: float) -> bool:
        """Whether nothing of it changes any more, and nothing of it is missing."""
        age = now - max(one.at for one in self.entries)
        half = len(self._recordings) == 1 and call_name(_path(self._recordings[0])) != _path(self._recordings[0]).stem
        if half and age < profile.settle * _OTHER_HALF:
            return False
        lacks = bool(self._recordings) and not any(one.name.endswith(".json") for one in self.entries)
        return age >= profile.settle and not (lacks and profile.sidecars == "required")

    def refused(self, *, most: int) -> QaError | None:
        """Why it is not even looked into."""
        for one in self.entries:
            if not _is_usable(one.name):
                return InputError("the name is too long, or has signs that no name has", file=shown(one.name), hint="rename the file")
            if one.size > most:
                return AudioError(f"{one.size} bytes are more than {most}", file=one.name, hint="raise QA_MAX_UPLOAD_BYTES to take it")
            if one.name.lower().endswith(".csv"):
                hint = "side-cars tell of recordings here; a table of calls: qa-service import recordings"
                return InputError("tables are not read in sources", file=one.name, hint=hint)
        return None

    @property
    def _recordings(self) -> tuple[Entry, ...]:
        return tuple(one for one in self.entries if _path(one).suffix.lower() in RECORDINGS)


def key_of(entry: Entry) -> tuple[str, str]:
    """What files that belong together share."""
    path = _path(entry)
    plain = path.with_name(f"{path.name.removesuffix(_HEADER)}.json") if path.name.endswith(_HEADER) else path
    return str(path.parent), call_name(plain)


def is_finished(entry: Entry) -> bool:
    """Whether its name does not say that somebody is still writing it."""
    return not entry.name.lower().endswith(_UNFINISHED)


def grouped(entries: Iterable[Entry]) -> tuple[Group, ...]:
    """In the order of what came first."""
    found: Mapping[tuple[str, str], list[Entry]] = defaultdict(list)
    for one in entries:
        found[key_of(one)].append(one)
    groups = [Group(key, tuple(some)) for key, some in found.items()]
    return tuple(sorted(groups, key=lambda one: (min(entry.at for entry in one.entries), one.key)))


def shown(name: str) -> str:
    """A name as it can be stored and told."""
    return name.encode("utf-8", "replace").decode("utf-8", "replace").replace("\0", "")[:500]


def _is_usable(name: str) -> bool:
    """Whether a file can be put under that name, and stays where it is put: keys of a bucket are any text."""
    parts = name.split("/")
    plain = name.isprintable() and "\\" not in name and len(parts) <= _DEEPEST
    return plain and not any(part in ("", ".", "..") or len(part.encode()) > _LONGEST_NAME for part in parts)


def _path(entry: Entry) -> Path:
    return Path(entry.name)
