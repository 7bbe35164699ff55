"""Ids made from names that come from outside: file names, Message-IDs, addresses."""

from __future__ import annotations

import hashlib
import re

#: Longest id that is kept as it is; ``domain.interaction.Identifier`` takes 200.
LONGEST = 120


def identifier(name: str, *, fallback: str = "unnamed") -> str:
    """``name`` as a valid Identifier: blanks, slashes and control characters become ``_``; too long ones end in a hash."""
    plain = re.sub(r"[\s/\\\x00-\x1f\x7f\ud800-\udfff]+", "_", name).strip("_") or fallback
    if len(plain) <= LONGEST:
        return plain
    return f"{plain[: LONGEST - 17].rstrip()}-{fingerprint(name)}"


def fingerprint(*parts: str) -> str:
    """16 hex digits of SHA-256 over ``parts``; the same parts give the same id on every machine."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def pseudonym(address: str) -> str:
    """A customer's id that does not show their address: ``k-`` and 16 hex digits; case and blanks do not count."""
    return f"k-{fingerprint(address.strip().casefold())}"
