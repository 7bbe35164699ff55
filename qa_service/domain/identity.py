"""An identity: who somebody is, as an OpenID provider vouches for it; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Any

from qa_service.domain.base import Record
from qa_service.errors import SignInError

#: Seconds by which the clocks of two machines may differ.
LEEWAY = 60
_LONGEST = 255


class Identity(Record):
    """A person at a provider."""

    #: The provider.
    issuer: str
    #: The person's id there, never given to another.
    subject: str
    #: As shown.
    name: str | None = None
    #: E-mail address, where the provider has checked that it is theirs.
    email: str | None = None
    #: E-mail address as the provider tells it, checked or not.
    told_email: str | None = None
    #: What they would sign in with.
    login: str | None = None


def checked(claims: Mapping[str, Any], *, issuer: str, client: str, nonce: str, now: datetime) -> Identity:
    """Whom an ID token is about, whose signature was verified before (OpenID Connect Core 1.0, section 3.1.3.7).

    Raises :class:`SignInError` for a token of another issuer, for another client, of another sign-in, expired, or about nobody.
    """
    audiences = values(claims, "aud")
    party = claims.get("azp")
    for right, field, wrong in (
        (claims.get("iss") == issuer, "iss", "is of another issuer"),
        (client in audiences, "aud", "is for another client"),
        (party == client or (party is None and len(audiences) == 1), "azp", "was given to another client"),
        (_same(claims.get("nonce"), nonce), "nonce", "belongs to another sign-in"),
        (_moment(claims, "exp") > now.timestamp() - LEEWAY, "exp", "has expired"),
        (_moment(claims, "iat") <= now.timestamp() + LEEWAY, "iat", "is of the future"),
        ("nbf" not in claims or _moment(claims, "nbf") <= now.timestamp() + LEEWAY, "nbf", "is not valid yet"),
        (_is_subject(claims), "sub", "does not say whom it is about"),
    ):
        if not right:
            raise SignInError(f"the ID token {wrong}", field=field, hint="sign in again")
    email = _text(claims, "email")
    return Identity(
        issuer=issuer, subject=str(claims["sub"]), name=_text(claims, "name"), told_email=email,
        email=email if claims.get("email_verified") in (True, "true") else None, login=_text(claims, "preferred_username"),
    )


def values(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The texts of a claim, one or many; none where it is not there. A name with dots leads into objects (``realm_access.roles``), unless
    there is a claim of that very name."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return (found,)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list | tuple) else ()


def first_of(wanted: Mapping[str, str], held: Collection[str]) -> str | None:
    """What the first of the wanted values stands for that somebody holds; ``None`` without any."""
    return next((meaning for value, meaning in wanted.items() if value in held), None)


def relative(target: str) -> bool:
    """Whether that leads to a page of this very service: a path, and nothing that a browser takes for another host."""
    return (
        target.startswith("/") and not target.startswith("//") and len(target) <= 1000
        and all("\x20" < char != "\\" and char != "\x7f" for char in target)
    )


def _is_subject(claims: Mapping[str, Any]) -> bool:
    subject = _text(claims, "sub")
    return subject is not None and subject == claims["sub"] and len(subject) <= _LONGEST


def _same(told: object, wanted: str) -> bool:
    return isinstance(told, str) and compare_digest(told.encode(), wanted.encode())


def _moment(claims: Mapping[str, Any], name: str) -> float:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise SignInError(f"the ID token has no {name}", field=name, hint="sign in again")
    return float(found)


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    found = claims.get(name)
    text = found.strip() if isinstance(found, str) else ""
    return text if text and not any(char < " " or char == "\x7f" for char in text) else None
