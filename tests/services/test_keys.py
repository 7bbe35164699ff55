"""Keys: the admin key of first start, shown once, and those that people make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.permission import SYSTEM, Actor, Right, Role
from qa_service.domain.user import User
from qa_service.errors import AuthenticationError, ConfigurationError, ConflictError, InputError, NotFoundError, PermissionDeniedError
from qa_service.services.authentication import FRESH

OWN = "operators-own-key-1"
OTHER = "operators-own-key-2"
ADMIN = Actor(id="admin", role=Role.ADMIN)
RITA = Actor(id="rita", role=Role.REVIEWER)
Start = Callable[..., Services]


@pytest.fixture
def start(tmp_path: Path, make_settings: Any) -> Iterator[Start]:
    """The services of one database, as a start with some ``QA_ADMIN_KEY`` (or none) sees them."""
    with ExitStack() as stack:
        yield lambda own="": stack.enter_context(opened(make_settings(tmp_path, admin_key=own)))


def acts(services: Services, prefix: str = "key.") -> list[str]:
    with services.database.reading() as unit:
        return [entry.action for entry in unit.ledger.entries() if entry.action.startswith(prefix)]


def test_first_start_makes_the_admin_and_tells_a_secret_once(start: Start) -> None:
    services = start()
    secret = services.keys.first_start()
    assert secret is not None
    assert len(secret) > 40
    assert start().keys.first_start() is None
    caller = start().authentication.by_key(secret)
    assert (caller.actor.id, caller.actor.role, caller.actor.rights) == ("admin", Role.ADMIN, None)
    # The same secret is the password, once.
    opened = services.sessions.sign_in("Admin", secret, address="10.0.0.1")
    assert opened.newcomer
    actor = services.authentication.by_session(opened.token).actor
    assert [right for right in Right if actor.may(right)] == [Right.SELF]


def test_nobody_is_made_where_there_is_an_admin(start: Start) -> None:
    services = start()
    services.users.create(User(id="boss", login="boss", name="Boss", role=Role.ADMIN), by=SYSTEM)
    assert services.keys.first_start() is None
    assert [user.id for user in services.users.list()] == ["boss"]


def test_a_key_from_before_there_were_users_goes_on(start: Start) -> None:
    services = start()
    secret = services.keys.renew()
    with services.database.unit() as unit:
        from qa_service.store.tables import UserRow, core

        unit.users._execute(core(UserRow).delete())
    with pytest.raises(AuthenticationError):
        start().authentication.by_key(secret)
    assert start().keys.first_start() is None
    assert start().authentication.by_key(secret).actor.id == "admin"


@pytest.mark.parametrize(("secret", "told"), [(None, "no key"), ("", "no key"), ("qa_guess", "nobody issued")])
def test_wrong_key(start: Start, secret: str | None, told: str) -> None:
    start().keys.first_start()
    with pytest.raises(AuthenticationError, match=told) as caught:
        start().authentication.by_key(secret)
    assert "guess" not in str(caught.value)


def test_renewing_takes_the_old_key_back_at_once(start: Start) -> None:
    services = start()
    old = services.keys.first_start()
    assert services.authentication.by_key(old).actor.id == "admin"
    new = services.keys.renew()
    assert services.authentication.by_key(new).actor.id == "admin"
    with pytest.raises(AuthenticationError, match="revoked"):
        services.authentication.by_key(old)
    assert start().keys.first_start() is None


def test_renewing_makes_the_admin_but_wakes_nobody(start: Start) -> None:
    services = start()
    services.keys.renew()
    services.users.create(User(id="boss", login="boss", name="Boss", role=Role.ADMIN), by=SYSTEM)
    services.users.change("admin", {"active": False}, by=SYSTEM)
    with pytest.raises(ConflictError, match="switched off") as caught:
        services.keys.renew()
    assert "user set admin --active" in str(caught.value)


def test_own_key_is_never_shown_and_the_only_one(start: Start) -> None:
    made = start().keys.first_start()
    assert start(OWN).keys.first_start() is None
    assert start().authentication.by_key(OWN).actor.id == "admin"
    with pytest.raises(AuthenticationError):
        start().authentication.by_key(made)
    assert start(OWN).keys.first_start() is None
    assert start(OTHER).keys.first_start() is None
    with pytest.raises(AuthenticationError):
        start().authentication.by_key(OWN)
    # Not even its ends.
    (key,) = (key for key in start().keys.all_of("admin") if key.revoked_at is None)
    assert key.hint == ""


def test_own_key_makes_the_admin_without_a_password(start: Start) -> None:
    start(OWN).keys.first_start()
    with pytest.raises(AuthenticationError):
        start().sessions.sign_in("admin", OWN, address="10.0.0.1")


def test_own_key_that_was_replaced_does_not_come_back(start: Start) -> None:
    start(OWN).keys.first_start()
    start(OTHER).keys.first_start()
    with pytest.raises(ConfigurationError, match="QA_ADMIN_KEY: this key was used before"):
        start(OWN).keys.first_start()
    assert start().authentication.by_key(OTHER).actor.id == "admin"


def test_own_key_is_changed_where_it_is_set(start: Start) -> None:
    start(OWN).keys.first_start()
    with pytest.raises(ConfigurationError, match="QA_ADMIN_KEY"):
        start(OWN).keys.renew()
    assert start().authentication.by_key(OWN).actor.id == "admin"


def test_short_own_key_is_refused(start: Start) -> None:
    with pytest.raises(ConfigurationError, match="16 characters"):
        start("secret").keys.first_start()


def test_every_key_is_in_the_ledger_and_no_secret(start: Start, tmp_path: Path) -> None:
    services = start()
    secrets = [services.keys.first_start(), services.keys.renew(), services.keys.issue("mine", by=ADMIN)[1]]
    assert acts(services) == ["key.issued", "key.renewed", "key.issued"]
    assert acts(services, "user.") == ["user.created"]
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("qa_service.sqlite*"))
    assert all(secret and secret.encode() not in stored for secret in secrets)


@pytest.fixture
def shop(start: Start) -> Services:
    """With a reviewer and a service."""
    services = start()
    services.keys.first_start()
    for name, role in (("rita", Role.REVIEWER), ("importer", Role.SERVICE)):
        services.users.create(User(id=name, login=name, name=name, role=role), by=ADMIN)
    return services


def test_a_key_is_shown_once_and_told_by_its_ends(shop: Services) -> None:
    key, secret = shop.keys.issue("laptop", by=RITA)
    assert (key.user, key.rights, key.expires_at, key.root) == ("rita", None, None, False)
    assert key.hint == f"{secret[:6]}…{secret[-4:]}"
    assert secret not in repr(key)
    assert shop.keys.list(by=RITA).items == (key,)
    assert shop.authentication.by_key(secret).actor == shop.users.get("rita").actor()


def test_a_key_gives_what_it_was_made_for_and_never_more_than_its_user_has(shop: Services) -> None:
    _, secret = shop.keys.issue("reader", by=RITA, rights=frozenset({Right.READ_SCORECARDS, Right.SELF}))
    actor = shop.authentication.by_key(secret).actor
    assert {right for right in Right if actor.may(right)} == {Right.READ_SCORECARDS, Right.SELF}
    with pytest.raises(PermissionDeniedError, match=r"no right to users\.manage") as caught:
        shop.keys.issue("admin?", by=RITA, rights=frozenset({Right.MANAGE_USERS}))
    assert caught.value.field == "rights"
    with pytest.raises(InputError, match=r"the role service has no right to scorecards\.read"):
        shop.keys.issue("reader", by=ADMIN, user="importer", rights=frozenset({Right.READ_SCORECARDS}))
    # A role that shrinks takes its keys along.
    shop.users.change("rita", {"role": Role.AGENT}, by=ADMIN)
    assert shop.authentication.by_key(secret).actor.reach(Right.READ_SCORECARDS) == "own"


def test_a_key_that_was_made_for_less_makes_no_key_for_more(shop: Services) -> None:
    _, secret = shop.keys.issue("self", by=RITA, rights=frozenset({Right.SELF}))
    less = shop.authentication.by_key(secret).actor
    assert shop.keys.issue("again", by=less)[0].rights == frozenset({Right.SELF})
    with pytest.raises(PermissionDeniedError, match=r"no right to scorecards\.read"):
        shop.keys.issue("more", by=less, rights=frozenset({Right.READ_SCORECARDS}))


@pytest.mark.parametrize("days", [-1, 0, 4000])
def test_a_key_ends_in_the_future(shop: Services, days: int) -> None:
    with pytest.raises(InputError, match="in the future, within ten years"):
        shop.keys.issue("x", by=RITA, expires_at=shop.clock() + timedelta(days=days))


def test_others_keys_are_for_those_who_manage_users(shop: Services) -> None:
    key, secret = shop.keys.issue("nightly", by=ADMIN, user="importer")
    for act in (lambda: shop.keys.issue("x", by=RITA, user="importer"), lambda: shop.keys.list(by=RITA, user="importer")):
        with pytest.raises(PermissionDeniedError, match=r"users\.manage"):
            act()
    with pytest.raises(NotFoundError):
        shop.keys.revoke(key.id, by=RITA)
    with pytest.raises(NotFoundError, match="no user 'nemo'"):
        shop.keys.issue("x", by=ADMIN, user="nemo")
    assert shop.keys.list(by=ADMIN, user="importer").items == (key,)
    assert shop.authentication.by_key(secret).actor.id == "importer"
    assert shop.keys.revoke(key.id, by=ADMIN).revoked_at is not None
    with pytest.raises(AuthenticationError):
        shop.authentication.by_key(secret)


def test_revoking_counts_at_once_and_is_written_once(shop: Services) -> None:
    key, secret = shop.keys.issue("laptop", by=RITA)
    assert shop.authentication.recall_key(secret) is None
    shop.authentication.by_key(secret)
    assert shop.authentication.recall_key(secret) is not None
    assert shop.keys.revoke(key.id, by=RITA) == shop.keys.revoke(key.id, by=RITA)
    assert shop.authentication.recall_key(secret) is None
    with pytest.raises(AuthenticationError, match="revoked"):
        shop.authentication.by_key(secret)
    assert acts(shop).count("key.revoked") == 1


def test_nobody_heaps_up_keys(shop: Services) -> None:
    for number in range(50):
        shop.keys.issue(f"k{number}", by=RITA)
    with pytest.raises(ConflictError, match="50 keys are in force"):
        shop.keys.issue("one more", by=RITA)


def test_another_process_learns_of_it_within_seconds(shop: Services, start: Start) -> None:
    assert timedelta(seconds=5) >= FRESH
    other = start()
    key, secret = shop.keys.issue("laptop", by=RITA)
    other.authentication.by_key(secret)
    shop.keys.revoke(key.id, by=RITA)
    assert other.authentication.recall_key(secret) is not None
    other.authentication.forget()
    with pytest.raises(AuthenticationError):
        other.authentication.by_key(secret)
