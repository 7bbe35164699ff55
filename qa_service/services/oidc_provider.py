"""An OpenID provider: its documents, its keys, and the exchange of a code for claims that it has signed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from qa_service.errors import ProviderError, SignInError
from qa_service.settings import LOCAL_HOSTS

#: How ID tokens may be signed: with a key pair. Never ``none``, and never with a shared secret, which a public key could pass for.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_KINDS = {"R": "RSA", "P": "RSA", "E": "EC"}
#: Longest wait for a whole answer, seconds.
TIMEOUT = 10.0
#: Largest document that is read, bytes.
LARGEST = 1_000_000
#: Seconds after which documents are fetched again.
_FRESH = 3600.0


class Client(NamedTuple):
    """What this service is to the provider."""

    #: As in ``https://login.example.org/realms/main``.
    issuer: str
    #: Id that the provider knows the service by.
    id: str
    #: Secret that proves it.
    secret: str
    #: Where browsers come back to.
    redirect_uri: str
    #: What is asked for, with spaces between.
    scopes: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Client({self.issuer!r}, {self.id!r})"


class _Documents(NamedTuple):
    at: float
    settings: Mapping[str, Any]
    keys: tuple[RSAKey | ECKey, ...]


class Provider:
    """One provider; safe to use from many threads. Every method raises :class:`ProviderError` while it cannot be reached or used."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._local = urlsplit(client.issuer).hostname in LOCAL_HOSTS
        self._documents: _Documents | None = None
        self._lock = threading.Lock()

    @property
    def names_itself(self) -> bool:
        """Whether it says in every answer which issuer it is (RFC 9207)."""
        return bool(self._known().settings.get("authorization_response_iss_parameter_supported"))

    def address(self, *, state: str, nonce: str, challenge: str) -> str:
        """Where to send a browser to."""
        endpoint = self._endpoint("authorization_endpoint")
        asked = {
            "response_type": "code", "client_id": self.client.id, "redirect_uri": self.client.redirect_uri, "scope": self.client.scopes,
            "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def claims(self, code: str, *, verifier: str) -> Mapping[str, Any]:
        """The claims of the ID token for a code, its signature verified, its content not yet.

        Raises :class:`SignInError` for a code or a token that is not accepted.
        """
        token = self._exchanged(code, verifier).get("id_token")
        if not isinstance(token, str):
            raise ProviderError("the provider gave no ID token", field="id_token", hint="QA_OIDC_SCOPES needs openid")
        try:
            return jwt.decode(token, self._key, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            why = str(error) or type(error).__name__
            raise SignInError(f"the ID token is not signed as it should be: {why}", field="id_token", hint="sign in again") from error

    def _exchanged(self, code: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.client.redirect_uri, "code_verifier": verifier,
            "client_id": self.client.id,
        }
        ways = self._known().settings.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in ways:
            # RFC 6749, section 2.3.1: both are form-encoded first.
            auth = httpx.BasicAuth(quote_plus(self.client.id), quote_plus(self.client.secret))
            status, found = self._asked("POST", self._endpoint("token_endpoint"), data=form, auth=auth)
        else:
            status, found = self._asked("POST", self._endpoint("token_endpoint"), data={**form, "client_secret": self.client.secret})
        if found.get("error") in ("invalid_client", "unauthorized_client"):
            message = "the provider does not accept this service"
            raise ProviderError(message, field="QA_OIDC_CLIENT_SECRET", hint="are QA_OIDC_CLIENT_ID and its secret right?")
        if 400 <= status < 500:
            raise SignInError(f"the provider refused the code: {_told(found.get('error'))}", field="code", hint="sign in again")
        return _good(status, found, "token endpoint")

    def _key(self, token: Any) -> RSAKey | ECKey:
        """The key that a token says it was signed with; the provider may have changed its keys since they were read."""
        headers = token.headers()
        found = _chosen(self._known().keys, headers) or _chosen(self._known(anew=True).keys, headers)
        if found is None:
            raise ValueError("the provider has no such key")
        return found

    def _known(self, *, anew: bool = False) -> _Documents:
        with self._lock:
            now = time.monotonic()
            if self._documents is None or anew or now - self._documents.at > _FRESH:
                settings = self._settings()
                self._documents = _Documents(now, settings, self._keys(settings))
            return self._documents

    def _settings(self) -> Mapping[str, Any]:
        found = _good(*self._asked("GET", f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration"), "configuration")
        if found.get("issuer") != self.client.issuer:
            message = f"the provider calls itself {_told(found.get('issuer'))}"
            raise ProviderError(message, field="QA_OIDC_ISSUER", hint="write the issuer exactly as the provider does")
        return found

    def _keys(self, settings: Mapping[str, Any]) -> tuple[RSAKey | ECKey, ...]:
        found = _good(*self._asked("GET", self._checked(settings, "jwks_uri")), "keys").get("keys")
        usable = (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()
        return tuple(key for one in usable if (key := _read(one)) is not None)

    def _endpoint(self, name: str) -> str:
        return self._checked(self._known().settings, name)

    def _checked(self, settings: Mapping[str, Any], name: str) -> str:
        """An address of the provider's: https, unless the whole provider is on this machine."""
        found = settings.get(name)
        parts = urlsplit(found) if isinstance(found, str) else urlsplit("")
        local = self._local and parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
        if not parts.hostname or (parts.scheme != "https" and not local):
            raise ProviderError(f"the provider's {name} cannot be used: {_told(found)}", field=name, hint="it should be https")
        return str(found)

    def _asked(self, method: str, url: str, **options: Any) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON object of an answer, within limits of time and size; no redirects, which could lead anywhere."""
        deadline = time.monotonic() + TIMEOUT
        try:
            with (
                httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=not self._local) as client,
                client.stream(method, url, headers={"Accept": "application/json", "Accept-Encoding": "identity"}, **options) as response,
            ):
                return response.status_code, _object(_content(response.iter_bytes(), deadline), url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            host, why = urlsplit(url).netloc, str(error) or type(error).__name__
            raise ProviderError(f"{host} cannot be reached: {why}", hint="try again, or sign in with a password") from error


def _chosen(keys: Iterable[RSAKey | ECKey], headers: Mapping[str, Any]) -> RSAKey | ECKey | None:
    algorithm, kid = str(headers.get("alg")), headers.get("kid")
    kind = _KINDS.get(algorithm[:1])
    fit = [one for one in keys if one.key_type == kind and one.get("alg") in (None, algorithm)]
    named = fit if kid is None else [one for one in fit if one.get("kid") == kid]
    # A token that does not say which key is taken at its word only where there is no choice.
    return named[0] if named and (kid is not None or len(named) == 1) else None


def _read(data: dict[str, Any]) -> RSAKey | ECKey | None:
    """A key that signatures may be verified with; ``None`` for any other."""
    if data.get("kty") not in ("RSA", "EC") or data.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(data)
    except (JoseError, ValueError, TypeError):
        # One broken key does not spoil the others.
        return None
    return key if isinstance(key, RSAKey | ECKey) else None


def _content(chunks: Iterable[bytes], deadline: float) -> bytes:
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) > LARGEST:
            raise ProviderError(f"the provider's answer is larger than {LARGEST // 1000} kB")
        if time.monotonic() >= deadline:
            raise ProviderError(f"the provider gave no whole answer within {TIMEOUT:g} s", hint="try again")
    return bytes(found)


def _object(content: bytes, url: str) -> Mapping[str, Any]:
    try:
        found = json.loads(content or b"{}")
    except ValueError as error:
        raise ProviderError(f"{urlsplit(url).netloc} answered with something that is no JSON", hint="is QA_OIDC_ISSUER right?") from error
    return found if isinstance(found, dict) else {}


def _good(status: int, found: Mapping[str, Any], what: str) -> Mapping[str, Any]:
    if status != 200:
        raise ProviderError(f"the provider answered {status} for its {what}", hint="is QA_OIDC_ISSUER right?")
    return found


def _told(value: object) -> str:
    """What a provider says, fit for a message."""
    return repr(value)[:100] if value is not None else "nothing"
