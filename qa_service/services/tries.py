"""Tries to prove who one is, limited: by login and address, more loosely by login and by address; in the database, for all processes."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from qa_service.domain.user import folded_login
from qa_service.errors import TooManyTriesError
from qa_service.settings import Settings
from qa_service.store.unit import Unit

#: How many times more tries a login has from everywhere, and an address with every login.
_LOOSER = 10
#: How long an address is known from which somebody signed in.
_KNOWN = timedelta(days=30)


class Try(NamedTuple):
    """A try that is under way."""

    id: str
    #: SHA-256 of the login, hex: what was typed may be a password in the wrong field.
    login: str
    #: What the address is counted as.
    place: str


class Tries:
    """Counts tries within the caller's unit of work; a sliding window."""

    def __init__(self, *, settings: Settings) -> None:
        self._most = settings.sign_in_tries
        self._window = timedelta(minutes=settings.sign_in_minutes)

    def begin(self, unit: Unit, login: str, *, address: str, at: datetime) -> Try:
        """Count a try before it is known how it ends, so that many at once are no way round; raises :class:`TooManyTriesError`.

        What is refused is not counted: it would keep the owner out for as long as somebody goes on.
        """
        attempt = Try(uuid.uuid4().hex, _digest(login), _place(address))
        unit.sign_ins.hold(int(attempt.login[:15], 16))
        unit.sign_ins.forget(failed_before=at - self._window, known_before=at - _KNOWN)
        self._check(unit, attempt, at)
        unit.sign_ins.add(attempt.id, login=attempt.login, address=attempt.place, at=at)
        return attempt

    def succeed(self, unit: Unit, attempt: Try) -> None:
        """It went well: the login's failures are forgotten."""
        unit.sign_ins.succeed(attempt.id, login=attempt.login, address=attempt.place)

    def last(self, unit: Unit, logins: Iterable[str]) -> Mapping[str, datetime]:
        """When each login was last signed in with, of the last 30 days."""
        digests = {_digest(login): login for login in logins}
        return {digests[digest]: at for digest, at in unit.sign_ins.last(digests).items()}

    def forgive(self, unit: Unit, login: str) -> None:
        """Forget the login's failures."""
        unit.sign_ins.forgive(_digest(login))

    def _check(self, unit: Unit, attempt: Try, at: datetime) -> None:
        self._limit(unit, at, self._most, login=attempt.login, address=attempt.place)
        self._limit(unit, at, self._most * _LOOSER, address=attempt.place)
        # Whoever signed in from there before is not locked out by what strangers do elsewhere.
        if not unit.sign_ins.is_known(attempt.login, attempt.place):
            self._limit(unit, at, self._most * _LOOSER, login=attempt.login)

    def _limit(self, unit: Unit, at: datetime, most: int, *, login: str | None = None, address: str | None = None) -> None:
        failed = unit.sign_ins.failures(since=at - self._window, login=login, address=address, most=most)
        if len(failed) >= most:
            wait = max(1, math.ceil((failed[-1] + self._window - at).total_seconds()))
            hint = f"wait {wait} s, or ask an admin for a new password"
            raise TooManyTriesError("too many tries to sign in", retry_after=wait, hint=hint)


def _digest(login: str) -> str:
    return hashlib.sha256(folded_login(login).encode("utf-8", "replace")).hexdigest()


def _place(address: str) -> str:
    """What an address is counted as: of IPv6, the network that one customer has (64 bits)."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    except ValueError:
        # Not an address: a socket's name or a proxy's own words.
        return address
