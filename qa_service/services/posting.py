"""Posting: a signed message to an address that somebody named, by :mod:`qa_service.services.outside`; next to nothing of the answer is
read."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from qa_service.domain.reachable import Network
from qa_service.errors import DeliveryError, UnreachableError
from qa_service.services.outside import asked

#: Longest wait for all of it: an answer may come a letter at a time; seconds.
LONGEST = 30.0


class Reply(NamedTuple):
    """How a message was answered."""

    status: int
    #: How long the receiver wants to be left alone.
    wait: timedelta | None

    @property
    def taken(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300


def post(url: str, body: str, *, headers: Mapping[str, str], own: Sequence[Network], trust: ssl.SSLContext | None = None) -> Reply:
    """Send it; raises :class:`DeliveryError` where nobody answers or the address may not be reached."""
    sent = {**headers, "Content-Type": "application/json; charset=utf-8", "User-Agent": "qa-service-webhook/1"}
    try:
        with asked("POST", url, own=own, longest=LONGEST, headers=sent, body=body.encode(), trust=trust) as answer:
            return Reply(answer.status_code, _wait(answer.headers.get("retry-after")))
    except UnreachableError as error:
        raise DeliveryError(error.message, field="url", hint=error.hint) from error


def _wait(told: str | None) -> timedelta | None:
    """``Retry-After``: seconds or a date."""
    if told is None:
        return None
    if told.strip().isdigit():
        return timedelta(seconds=min(int(told.strip()[:9]), 10**6))
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(timedelta(), until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC))
