"""Keys: one admin key at a time, shown once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import opened
from qa_service.errors import AuthenticationError, ConfigurationError
from qa_service.services.keys import Keys

OWN = "operators-own-key-1"
OTHER = "operators-own-key-2"


@pytest.fixture
def keys(tmp_path: Path, make_settings: Any) -> Iterator[Callable[..., Keys]]:
    """The keys of one database, as a start with some ``QA_ADMIN_KEY`` (or none) sees them."""
    with ExitStack() as stack:
        yield lambda own="": stack.enter_context(opened(make_settings(tmp_path, admin_key=own))).keys


def test_first_start_tells_a_key_once(keys: Callable[..., Keys]) -> None:
    secret = keys().first_start()
    assert secret is not None
    assert len(secret) > 40
    assert keys().first_start() is None
    assert keys().caller(secret) == "admin"


@pytest.mark.parametrize(("secret", "told"), [(None, "no key"), ("", "no key"), ("qa_guess", "nobody issued")])
def test_wrong_key(keys: Callable[..., Keys], secret: str | None, told: str) -> None:
    keys().first_start()
    with pytest.raises(AuthenticationError, match=told):
        keys().caller(secret)


def test_renewing_takes_the_old_key_back(keys: Callable[..., Keys]) -> None:
    old = keys().first_start()
    new = keys().renew()
    assert keys().caller(new) == "admin"
    with pytest.raises(AuthenticationError, match="revoked"):
        keys().caller(old)
    assert keys().first_start() is None


def test_own_key_is_never_shown_and_the_only_one(keys: Callable[..., Keys]) -> None:
    made = keys().first_start()
    assert keys(OWN).first_start() is None
    assert keys().caller(OWN) == "admin"
    with pytest.raises(AuthenticationError):
        keys().caller(made)
    assert keys(OWN).first_start() is None
    assert keys(OTHER).first_start() is None
    with pytest.raises(AuthenticationError):
        keys().caller(OWN)


def test_own_key_that_was_replaced_does_not_come_back(keys: Callable[..., Keys]) -> None:
    keys(OWN).first_start()
    keys(OTHER).first_start()
    with pytest.raises(ConfigurationError, match="QA_ADMIN_KEY: this key was used before"):
        keys(OWN).first_start()
    assert keys().caller(OTHER) == "admin"


def test_own_key_is_changed_where_it_is_set(keys: Callable[..., Keys]) -> None:
    keys(OWN).first_start()
    with pytest.raises(ConfigurationError, match="QA_ADMIN_KEY"):
        keys(OWN).renew()
    assert keys().caller(OWN) == "admin"


def test_short_own_key_is_refused(keys: Callable[..., Keys]) -> None:
    with pytest.raises(ConfigurationError, match="16 characters"):
        keys("secret").first_start()


def test_every_key_is_in_the_ledger_and_no_secret(tmp_path: Path, make_settings: Any) -> None:
    with opened(make_settings(tmp_path)) as services:
        secrets = [services.keys.first_start(), services.keys.renew()]
        with services.database.reading() as unit:
            entries = list(unit.ledger.entries())
    assert [entry.action for entry in entries] == ["key.issued", "key.renewed"]
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("qa_service.sqlite*"))
    assert all(secret and secret.encode() not in stored for secret in secrets)
