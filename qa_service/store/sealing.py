"""Sealing: bytes encrypted with AES-256-GCM under keys that lie outside of the database and the data folder.

A key is 32 bytes; its id is the start of its SHA-256. The first key seals, all of them open, so that a new key is put in front and the old
one stays until what it sealed is deleted. What sealed bytes are about is authenticated with them: nothing can be passed off for something
else. Files are sealed in pieces of 1 MiB, numbered and the last one marked (the STREAM construction: Hoang, Reyhanitabar, Rogaway and Vizar
2015, "Online authenticated-encryption and its nonce-reuse misuse-resistance"), so that none can be left out or exchanged, and any stretch
can be opened without the rest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from qa_service.errors import ConfigurationError, ProcessingError

_HINT = "32 random bytes in base64, as of 'openssl rand -base64 32'"
_KEY_BYTES, _ID_LETTERS = 32, 16
_NONCE_BYTES, _PREFIX_BYTES, _TAG_BYTES = 12, 7, 16
_MAGIC = b"QAV1"
_HEAD = len(_MAGIC) + _ID_LETTERS + _PREFIX_BYTES
#: Bytes of a piece before it is sealed, and after.
PIECE = 1 << 20
_SEALED = PIECE + _TAG_BYTES
#: Pieces that are asked for at once: each question costs a store more than the bytes do.
_AHEAD = 4
#: Gives the bytes of a sealed file from one place to another (exclusive).
Fetch = Callable[[int, int], bytes]


class Keyring:
    """Keys that seal and open."""

    def __init__(self, keys: Sequence[str], *, field: str) -> None:
        """``keys``: base64, the one that seals first; ``field``: the setting they come from. Raises :class:`ConfigurationError`."""
        opened = [_key(text, field) for text in keys]
        self._keys: Mapping[str, bytes] = MappingProxyType({_identity(key): key for key in opened})
        self._field = field

    @property
    def on(self) -> bool:
        """Whether there is a key."""
        return bool(self._keys)

    def seal(self, data: bytes, *, about: bytes) -> tuple[str, bytes]:
        """The id of the first key, and nonce, ciphertext and tag; call only while ``on``."""
        identity, cipher = self._first()
        nonce = os.urandom(_NONCE_BYTES)
        return identity, nonce + cipher.encrypt(nonce, data, about)

    def open(self, identity: str, sealed: bytes, *, about: bytes) -> bytes:
        """The bytes; raises :class:`ConfigurationError` where the key is not here, :class:`ProcessingError` for altered ones."""
        return _opened(self._cipher(identity), sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)

    def seal_stream(self, source: BinaryIO, out: BinaryIO, *, about: bytes) -> None:
        """Write a sealed file; call only while ``on``."""
        identity, cipher = self._first()
        prefix = os.urandom(_PREFIX_BYTES)
        out.write(_MAGIC + identity.encode() + prefix)
        for number, (piece, last) in enumerate(_pieces(source)):
            out.write(cipher.encrypt(_nonce(prefix, number, last=last), piece, about))

    def open_range(self, fetch: Fetch, size: int, *, about: bytes, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """What was sealed, from one place to another, piece by piece; ``size``: of the sealed file. Raises as :meth:`open`."""
        head = fetch(0, min(_HEAD, size))
        if len(head) < _HEAD or not head.startswith(_MAGIC):
            raise ProcessingError("the sealed file is none of ours")
        cipher = self._cipher(head[len(_MAGIC) : len(_MAGIC) + _ID_LETTERS].decode("ascii", "replace"))
        stop = plain_size(size) if stop is None else min(stop, plain_size(size))
        begin = start // PIECE
        # At least one piece is opened, so that a wrong key or an altered file is told for an empty stretch, too.
        end = min(max(begin + 1, -(-stop // PIECE)), _number(size))
        for at in range(begin, end, _AHEAD):
            some = range(at, min(at + _AHEAD, end))
            sealed = fetch(_HEAD + at * _SEALED, min(_HEAD + some.stop * _SEALED, size))
            for number in some:
                own = sealed[(number - at) * _SEALED : (number - at + 1) * _SEALED]
                piece = _opened(cipher, _nonce(head[-_PREFIX_BYTES:], number, last=number == _number(size) - 1), own, about)
                yield piece[max(0, start - number * PIECE) : max(0, stop - number * PIECE)]

    def _first(self) -> tuple[str, AESGCM]:
        identity = next(iter(self._keys))
        return identity, AESGCM(self._keys[identity])

    def _cipher(self, identity: str) -> AESGCM:
        if identity not in self._keys:
            here = f"keys here: {', '.join(self._keys)}" if self._keys else "no key is here"
            message = f"this was sealed with key {identity}, which is not here"
            raise ConfigurationError(message, field=self._field, hint=f"{here}; put the old key behind the new one, with a comma between")
        return AESGCM(self._keys[identity])


def plain_size(sealed: int) -> int:
    """Bytes that a sealed file of so many holds."""
    return max(0, sealed - _HEAD - _number(sealed) * _TAG_BYTES)


def _number(sealed: int) -> int:
    """Pieces of a sealed file, at least one."""
    return max(1, -(-(sealed - _HEAD) // _SEALED))


def _pieces(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Pieces, at least one, and whether each is the last."""
    piece = stream.read(PIECE)
    for _ in count():
        following = stream.read(PIECE)
        yield piece, not following
        if not following:
            return
        piece = following


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + (b"\1" if last else b"\0")


def _opened(cipher: AESGCM, nonce: bytes, data: bytes, about: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, data, about)
    except InvalidTag as error:
        raise ProcessingError("the sealed original was altered, or belongs to something else") from error


def _key(text: str, field: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), altchars=b"-_" if re.search("[-_]", text) else None, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError("the key is not base64", field=field, hint=_HINT) from error
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(f"the key has {len(key)} bytes", field=field, hint=_HINT)
    return key


def _identity(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:_ID_LETTERS]
