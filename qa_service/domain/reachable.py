"""Which addresses of a network the service may call when somebody tells it to: the public ones, and those that the operator names.

Without this, whoever may name an address could have the service call what only it can reach: metadata of a cloud, a database, a printer.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
#: IPv4 addresses inside IPv6 ones: translated (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")
#: Nobody's outside, though Python 3.11 has them as public: translated within a site in whatever place of the address (RFC 8215), what
#: sites called their own once (RFC 3879), and protocols, where a cloud has its metadata (RFC 6890).
_INSIDE: tuple[Network, ...] = (IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"), IPv4Network("192.0.0.0/24"))


def reachable(address: str, *, own: Iterable[Network] = ()) -> bool:
    """Whether an address may be called; ``own``: networks that are allowed although they are not public. Raises ``ValueError`` for none."""
    found = meant(ip_address(address.partition("%")[0]))
    public = found.is_global and not found.is_multicast and not found.is_reserved and not is_own(found, _INSIDE)
    return public or is_own(found, own)


def is_own(address: Address, own: Iterable[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    return any(address.version == network.version and address in network for network in own)


def meant(address: Address) -> Address:
    """The IPv4 address where an IPv6 one stands for it."""
    if isinstance(address, IPv4Address):
        return address
    inside = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inside is not None:
        return inside
    translated = address in _TRANSLATED or int(address) >> 32 == 0 < int(address) >> 16
    return IPv4Address(int(address) & 0xFFFFFFFF) if translated else address
