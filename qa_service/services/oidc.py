"""Signing in with an OpenID provider: the browser goes there and comes back with a code, and the user it stands for gets a session."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from qa_service.domain.identity import Identity, checked, first_of, relative, values
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User, folded_login
from qa_service.errors import ConfigurationError, InputError, QaError, SignInError
from qa_service.services.clock import Clock
from qa_service.services.oidc_attempt import Answer, Attempt, begun, opened, signing_key
from qa_service.services.oidc_provider import Client, Provider
from qa_service.services.sessions import Opened, Sessions
from qa_service.services.tries import Tries, Try
from qa_service.services.users import Users, valid_user
from qa_service.settings import Settings
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Where the provider sends browsers back to.
CALLBACK = "/v1/oidc/callback"
_NO_LOGIN = re.compile(r"[\s/\\\x00-\x1f\x7f]+")


class Departure(NamedTuple):
    """A browser on its way to the provider."""

    #: Where to send it.
    address: str
    #: What it takes along, as a cookie.
    cookie: str


class Arrival(NamedTuple):
    """A browser that came back, signed in."""

    session: Opened
    #: Where to go, in this service.
    target: str


class ProviderSignIn:
    """Signs people in whom the provider vouches for."""

    def __init__(self, *, database: Database, users: Users, sessions: Sessions, tries: Tries, settings: Settings, clock: Clock) -> None:
        """Raises :class:`ConfigurationError` that names the setting."""
        self._database = database
        self._users = users
        self._sessions = sessions
        self._tries = tries
        self._settings = settings
        self._clock = clock
        self._provider = Provider(client_of(settings))
        self._key = signing_key(settings.oidc_client_secret.get_secret_value())

    @property
    def is_https(self) -> bool:
        """Whether browsers reach this service by https."""
        return urlsplit(self._settings.public_url).scheme == "https"

    def begin(self, *, target: str) -> Departure:
        """Send a browser to the provider; ``target``: where it goes at the end. Raises :class:`InputError` for a target outside this
        service, and :class:`ProviderError`."""
        if not relative(target):
            raise InputError("this leads out of the service", field="next", hint="a path that begins with one slash")
        attempt = begun(target=target, now=self._clock())
        address = self._provider.address(state=attempt.state, nonce=attempt.nonce, challenge=attempt.challenge)
        return Departure(address, attempt.sealed(self._key))

    def finish(self, answer: Answer, *, cookie: str | None, address: str, client: str | None = None) -> Arrival:
        """Open a session for whoever the provider vouches for; every refusal is in the ledger.

        Raises :class:`SignInError`, :class:`AuthenticationError` for a user who was switched off, :class:`TooManyTriesError` and
        :class:`ProviderError`.
        """
        with self._database.unit() as unit:
            counted = self._tries.begin(unit, f"oidc {address}", address=address, at=self._clock())
        try:
            return self._finish(answer, cookie, counted, address=address, client=client)
        except QaError as error:
            self._refuse(error, address=address)
            raise

    def _finish(self, answer: Answer, cookie: str | None, counted: Try, *, address: str, client: str | None) -> Arrival:
        attempt = opened(cookie, state=answer.state, key=self._key, now=self._clock())
        self._come_back(attempt)
        claims = self._provider.claims(self._code(answer), verifier=attempt.verifier)
        identity = checked(
            claims, issuer=self._provider.client.issuer, client=self._provider.client.id, nonce=attempt.nonce, now=self._clock()
        )
        changes = self._told(claims)
        with self._database.unit() as unit:
            user = self._known(unit, identity, changes)
            unit.identities.touch(identity.issuer, identity.subject, at=self._clock())
            self._tries.succeed(unit, counted)
        self._users.change(user, changes, by=SYSTEM)
        return Arrival(self._sessions.open(user, how="oidc", address=address, client=client), attempt.target)

    def _come_back(self, attempt: Attempt) -> None:
        """Once; what comes a second time is refused."""
        digest, until = hashlib.sha256(attempt.state.encode()).hexdigest(), datetime.fromtimestamp(attempt.until, UTC)
        with self._database.unit() as unit:
            if not unit.identities.came_back(digest, at=self._clock(), until=until):
                raise SignInError("this sign-in came back before", field="state", hint="begin again at /v1/oidc/login")

    def _code(self, answer: Answer) -> str:
        if answer.error is not None:
            raise SignInError(f"the provider refused: {answer.error!r}", field="error", hint="ask whoever runs the provider")
        issuer = self._provider.client.issuer
        if answer.issuer != issuer and (answer.issuer is not None or self._provider.names_itself):
            raise SignInError("another provider answered", field="iss", hint="sign in again")
        if not answer.code:
            raise SignInError("the provider gave no code", field="code", hint="sign in again")
        return answer.code

    def _told(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        """What the claims say about a user, as far as the settings name claims; raises :class:`SignInError` for whoever has no role."""
        settings = self._settings
        changes: dict[str, Any] = {}
        if settings.oidc_role_claim:
            role = first_of(settings.oidc_roles, values(claims, settings.oidc_role_claim))
            if role is None:
                raise SignInError("the provider gives you no role here", field=settings.oidc_role_claim, hint="ask an admin for one")
            changes["role"] = Role(role)
        if settings.oidc_team_claim:
            changes["teams"] = values(claims, settings.oidc_team_claim)
        if settings.oidc_agent_claim:
            changes["agent"] = next(iter(values(claims, settings.oidc_agent_claim)), None)
        return changes

    def _known(self, unit: Unit, identity: Identity, changes: Mapping[str, Any]) -> str:
        """Id of the user whom an identity belongs to, from now on where the settings allow it; raises :class:`SignInError`."""
        found = unit.identities.user_of(identity.issuer, identity.subject)
        if found is not None:
            return found
        user = self._of_email(unit, identity) if self._settings.oidc_link_email else None
        how = "email"
        if user is None:
            if not self._settings.oidc_create:
                raise _unknown(identity, link=self._settings.oidc_link_email)
            user, how = self._taken_in(unit, identity, changes), "created"
        unit.identities.link(identity.issuer, identity.subject, user=user, at=self._clock())
        content = {"issuer": identity.issuer, "subject": identity.subject, "how": how}
        unit.ledger.append(at=self._clock(), actor=SYSTEM.id, action="user.linked", subject=f"user/{user}", content=content)
        return user

    def _of_email(self, unit: Unit, identity: Identity) -> str | None:
        """The one user with that address, which the provider has checked, and who was not linked to somebody else there before."""
        if identity.email is None:
            return None
        found = [one for one in unit.users.list(active=None) if one.email and one.email.casefold() == identity.email.casefold()]
        if not found:
            return None
        if len(found) > 1 or identity.issuer in unit.identities.issuers_of(found[0].id):
            raise SignInError("this e-mail address does not tell which user you are", field="email", hint="ask an admin")
        return found[0].id

    def _taken_in(self, unit: Unit, identity: Identity, changes: Mapping[str, Any]) -> str:
        made = uuid.uuid4().hex
        for login in (identity.login, identity.email, f"oidc-{made[:12]}"):
            if login and self._users.take_in(unit, _user(made, login, identity, changes), by=SYSTEM):
                return made
        raise AssertionError("an id that was just made is not taken")

    def _refuse(self, error: QaError, *, address: str) -> None:
        content = {"address": address, "how": "oidc", "code": error.code, "field": error.field}
        with self._database.unit() as unit:
            unit.ledger.append(at=self._clock(), actor="nobody", action="session.refused", subject="session/refused", content=content)


def client_of(settings: Settings) -> Client:
    """What this service is to the provider; raises :class:`ConfigurationError` that names the setting that is missing."""
    secret = settings.oidc_client_secret.get_secret_value()
    for value, name in ((settings.oidc_client_id, "CLIENT_ID"), (secret, "CLIENT_SECRET")):
        if not value:
            raise ConfigurationError("QA_OIDC_ISSUER names a provider, which needs this, too", field=f"QA_OIDC_{name}")
    if not settings.public_url:
        raise ConfigurationError("browsers come back to it from QA_OIDC_ISSUER", field="QA_PUBLIC_URL", hint="as in https://qa.example.org")
    if "openid" not in settings.oidc_scopes.split():
        raise ConfigurationError("it needs openid, without which no provider says who somebody is", field="QA_OIDC_SCOPES")
    if bool(settings.oidc_role_claim) != bool(settings.oidc_roles):
        raise ConfigurationError("QA_OIDC_ROLE_CLAIM and QA_OIDC_ROLES go together", field="QA_OIDC_ROLES")
    if settings.oidc_create and not settings.oidc_role_claim:
        raise ConfigurationError("whoever is taken in needs a role: set QA_OIDC_ROLE_CLAIM and QA_OIDC_ROLES", field="QA_OIDC_CREATE")
    return Client(
        issuer=settings.oidc_issuer, id=settings.oidc_client_id, secret=secret, redirect_uri=settings.public_url.rstrip("/") + CALLBACK,
        scopes=settings.oidc_scopes,
    )


def _user(identifier: str, login: str, identity: Identity, changes: Mapping[str, Any]) -> User:
    told = {"id": identifier, "login": _NO_LOGIN.sub("_", folded_login(login))[:100], "name": (identity.name or login)[:200]}
    return valid_user({**told, "email": identity.email, **changes})


def _unknown(identity: Identity, *, link: bool) -> SignInError:
    if link and identity.email is None and identity.told_email is not None:
        return SignInError("the provider has not checked that the e-mail address is yours", field="email", hint="confirm it there first")
    return SignInError("nobody here is known by this identity", field="user", hint="ask an admin to take you in")
