"""Outside: requests to addresses that somebody named, without reaching what only this machine can reach.

A name is resolved once, and the connection goes to one of the addresses that were checked, so that a name which means another machine a
moment later does not help. Nothing is followed elsewhere: whoever wants to follow asks again, and is checked again.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

import httpx

from qa_service.domain.reachable import Network, is_own, meant, reachable
from qa_service.errors import InputError, UnreachableError

#: Longest wait for each of: the connection, the message to be taken, the next piece of the answer; seconds.
TIMEOUT = 10.0
_PORTS = {"http": 80, "https": 443}


def checked_address(url: str, *, own: Sequence[Network], field: str = "url") -> str:
    """The address as written; raises :class:`InputError` for one that the service asks nobody at."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{url[:90]!r} is no address", field=field, hint="write it as https://HOST/PATH") from error
    signs = any(char.isspace() or not char.isprintable() for char in url)
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or signs or not parts.netloc.isascii():
        raise InputError(f"{url[:90]!r} is no address of the web", field=field, hint="write it as https://HOST/PATH")
    if parts.username is not None or parts.fragment:
        raise InputError("no name, password or '#' in the address: people who manage this service see it", field=field)
    if parts.scheme == "http" and not own:
        raise InputError("only https: what is sent is nobody else's business", field=field, hint="or name the network: QA_PRIVATE_NETWORKS")
    return url


@contextmanager
def asked(
    method: str, url: str, *, own: Sequence[Network], longest: float, headers: Mapping[str, str], body: bytes | None = None,
    trust: ssl.SSLContext | None = None,
) -> Iterator[httpx.Response]:
    """The answer, with nothing of its body read yet; all of it is over after ``longest`` seconds, whatever goes on.

    ``own``: networks that may be reached although they are not public; ``trust``: certificates that are believed, the system's unless told.
    Raises :class:`UnreachableError` where nobody answers or the address may not be reached, also while the body is read within.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    address = _address(host, port, plain=parts.scheme == "http", own=own)
    place = f"[{address}]" if ":" in address else address
    target = urlunsplit((parts.scheme, f"{place}:{port}", parts.path or "/", parts.query, ""))
    try:
        with (
            httpx.Client(verify=trust or True, trust_env=False, follow_redirects=False, timeout=TIMEOUT) as client,
            _hung_up(client, after=longest),
            client.stream(
                method, target, content=body, headers={**headers, "Host": parts.netloc}, extensions={"sni_hostname": host}
            ) as answer,
        ):
            yield answer
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
        raise UnreachableError(f"{host} does not answer: {str(error) or type(error).__name__}", field="url") from error


@contextmanager
def _hung_up(client: httpx.Client, *, after: float) -> Iterator[None]:
    """Whatever goes on within ends by then: the connection is closed under it."""
    timer = threading.Timer(after, client.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _address(host: str, port: int, *, plain: bool, own: Sequence[Network]) -> str:
    """An address of the host that may be called."""
    try:
        found = [str(place[0]) for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"nobody knows the host {host!r}", field="url") from error
    allowed = [one for one in found if reachable(one, own=own)]
    if not allowed:
        hint = "an operator may name that network: QA_PRIVATE_NETWORKS"
        raise UnreachableError(f"{host} is no public address", field="url", hint=hint)
    if plain and not is_own(meant(ip_address(allowed[0].partition("%")[0])), own):
        raise UnreachableError(f"{host} lies outside, and only https goes there", field="url")
    return allowed[0]
