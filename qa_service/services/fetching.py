"""Fetching: what lies at an address, streamed to a file within bounds of size and time; each redirect is checked like the address."""

from __future__ import annotations

import hashlib
import re
import ssl
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from qa_service.domain.reachable import Network
from qa_service.errors import AudioError, InputError, UnreachableError
from qa_service.services.outside import asked, checked_address

#: Redirects that are followed.
_HOPS = 5
_PIECE = 1 << 18
_MOVED = frozenset({301, 302, 303, 307, 308})
#: Answers that may be others a minute later.
_LATER = frozenset({408, 409, 423, 425, 429})
_SERVER_FAULT = 500
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
_HEADERS = {"Accept": "audio/*, video/*, application/octet-stream;q=0.9, */*;q=0.1", "Accept-Encoding": "identity",
            "User-Agent": "qa-service-fetch/1"}  # fmt: skip


class Fetched(NamedTuple):
    """A file that was fetched."""

    #: Bytes.
    size: int
    #: Of what it holds, hex.
    sha256: str
    #: Ending of its name, with the dot; empty where the address has none.
    ending: str


def fetch(
    url: str, target: Path, *, own: Sequence[Network], most: int, longest: float, trust: ssl.SSLContext | None = None
) -> Fetched:
    """Write what lies there into ``target``: at most ``most`` bytes within ``longest`` seconds, never whole in memory.

    Raises :class:`InputError` for an address that cannot be used or has no such file, :class:`AudioError` for one that is too large,
    :class:`UnreachableError` for what may pass: nobody answers, the server is at fault, the time is up.
    """
    until = time.monotonic() + longest
    place = url
    for _ in range(_HOPS + 1):
        found = _from(checked_address(place, own=own, field="recording"), target, own=own, most=most, until=until, trust=trust)
        if isinstance(found, Fetched):
            return found._replace(ending=found.ending or ending_of(url))
        place = urljoin(place, found)
    raise InputError(f"{shown(url)} leads from one address to the next", field="recording", hint=f"{_HOPS} redirects are followed")


def shown(url: str) -> str:
    """An address as it may be told: what stands behind the path is often a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"[:300]


def ending_of(url: str) -> str:
    """The ending of the name that stands in an address."""
    ending = Path(unquote(urlsplit(url).path)).suffix
    return ending if _ENDING.fullmatch(ending) else ""


def _from(
    url: str, target: Path, *, own: Sequence[Network], most: int, until: float, trust: ssl.SSLContext | None
) -> Fetched | str:
    """The file, or where it is to be had instead."""
    left = until - time.monotonic()
    if left <= 0:
        raise UnreachableError(f"{shown(url)} takes too long", field="recording")
    with asked("GET", url, own=own, longest=left, headers=_HEADERS, trust=trust) as answer:
        if answer.status_code in _MOVED and "location" in answer.headers:
            return str(answer.headers["location"])
        _check(answer, url, most)
        size, sha256 = _written(answer, target, url, most)
    return Fetched(size, sha256, ending_of(url))


def _check(answer: httpx.Response, url: str, most: int) -> None:
    status = answer.status_code
    told = f"{shown(url)} answers {status}"
    if status in _LATER or status >= _SERVER_FAULT:
        raise UnreachableError(told, field="recording")
    if status != httpx.codes.OK:
        raise InputError(told, field="recording", hint="the address has to give the file to whoever asks, without signing in")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise InputError(f"{shown(url)} sends it packed, though it was asked not to", field="recording")
    length = answer.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:18]) > most:
        raise _too_large(url, most)


def _written(answer: httpx.Response, target: Path, url: str, most: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with target.open("wb") as out:
        for piece in answer.iter_raw(_PIECE):
            size += len(piece)
            if size > most:
                raise _too_large(url, most)
            digest.update(piece)
            out.write(piece)
    return size, digest.hexdigest()


def _too_large(url: str, most: int) -> AudioError:
    return AudioError(f"{shown(url)} has more than {most} bytes", field="recording", hint="raise QA_MAX_UPLOAD_BYTES to take it")
