"""An attempt to sign in elsewhere: what one browser takes along to the provider and back, signed; nothing is stored meanwhile."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from qa_service.domain.base import Record
from qa_service.errors import SignInError

#: How long it may take.
LIFETIME = timedelta(minutes=10)


class Answer(NamedTuple):
    """What came back in the address."""

    state: str
    #: To be redeemed for claims.
    code: str | None = None
    #: Why the provider refuses.
    error: str | None = None
    #: Who answers.
    issuer: str | None = None


class Attempt(Record):
    """One attempt; what is told to the provider follows from a secret that only the browser's cookie holds."""

    #: Known to the browser that began it.
    secret: str
    #: Where to go at the end, in this service.
    target: str
    #: Until when, seconds since 1970.
    until: int

    @property
    def state(self) -> str:
        """Comes back in the address, and proves that this browser began it (RFC 6749, section 10.12)."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Comes back inside the ID token (OpenID Connect Core 1.0, section 3.1.2.1)."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Proves that whoever redeems the code began the attempt (RFC 7636)."""
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """What the provider sees of the verifier: S256."""
        return _plain(hashlib.sha256(self.verifier.encode()).digest())

    def sealed(self, key: bytes) -> str:
        """As it stands in the cookie."""
        body = _plain(json.dumps([self.secret, self.target, self.until]).encode())
        return f"{body}.{_signature(key, body)}"

    def _derived(self, purpose: str) -> str:
        return _plain(hmac.digest(self.secret.encode(), purpose.encode(), "sha256"))


def begun(*, target: str, now: datetime) -> Attempt:
    """A new attempt."""
    return Attempt(secret=secrets.token_urlsafe(32), target=target, until=int((now + LIFETIME).timestamp()))


def opened(cookie: str | None, *, state: str, key: bytes, now: datetime) -> Attempt:
    """The attempt in a browser's cookie that this state belongs to; raises :class:`SignInError` for any other and for one too old."""
    if not cookie:
        raise SignInError("this browser has not begun to sign in", field="cookie", hint="begin at /v1/oidc/login, and allow cookies")
    body, _, signature = cookie.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(key, body).encode()):
        raise SignInError("the cookie of this sign-in was not made here", field="cookie", hint="begin again at /v1/oidc/login")
    secret, target, until = _read(body)
    attempt = Attempt(secret=secret, target=target, until=until)
    if now.timestamp() >= attempt.until:
        raise SignInError("signing in took too long", field="state", hint="begin again at /v1/oidc/login")
    if not hmac.compare_digest(state.encode(), attempt.state.encode()):
        raise SignInError("this is the answer to another sign-in", field="state", hint="begin again at /v1/oidc/login")
    return attempt


def signing_key(client_secret: str) -> bytes:
    """What cookies are signed with, the same in every process."""
    return hmac.digest(client_secret.encode(), b"qa_service sign-in", "sha256")


def _signature(key: bytes, body: str) -> str:
    return _plain(hmac.digest(key, body.encode(), "sha256"))


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _read(body: str) -> Any:
    # Signed by us, so it is as we wrote it.
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
