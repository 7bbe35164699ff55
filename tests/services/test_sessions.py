"""Signing in, its limits, and sessions that end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.ledger import LedgerEntry
from qa_service.domain.permission import SYSTEM, Actor, Right, Role
from qa_service.domain.user import User
from qa_service.errors import AuthenticationError, ConflictError, InputError, NotFoundError, PasswordError, TooManyTriesError
from qa_service.services.authentication import FRESH, csrf_token, is_csrf_token

GOOD, NEW = "olive tram window 41", "نیمکت چوبی کنار رود"
HERE, THERE = "10.0.0.7", "192.0.2.9"
RITA = Actor(id="rita", role=Role.REVIEWER)
TRIES = 3


class Watch:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def start(tmp_path: Path, make_settings: Any, watch: Watch) -> Callable[[], Any]:
    settings = make_settings(tmp_path, sign_in_tries=TRIES, sign_in_minutes=15, session_idle_minutes=30, session_hours=2)
    return lambda: opened(settings, clock=watch)


@pytest.fixture(scope="module")
def hashed() -> dict[str, str]:
    """Hashes that were made before, since they are slow by design."""
    return {}


@pytest.fixture
def shop(start: Callable[[], Any], hashed: dict[str, str]) -> Iterator[Services]:
    """With a reviewer who has a password."""
    with start() as services:
        services.users.create(User(id="rita", login="rita", name="Rita", role=Role.REVIEWER), by=SYSTEM)
        hashed.setdefault(GOOD, services.passwords.hash(GOOD))
        with services.database.unit() as unit:
            unit.passwords.set("rita", hashed[GOOD], must_change=False, at=services.clock())
        yield services


def entries(services: Services, action: str) -> list[LedgerEntry]:
    with services.database.reading() as unit:
        return [entry for entry in unit.ledger.entries() if entry.action == action]


def fail(services: Services, times: int, *, login: str = "rita", address: str = THERE) -> None:
    """Wrong tries, without the slow hash."""
    with services.database.unit() as unit:
        for _ in range(times):
            services.sessions._tries.begin(unit, login, address=address, at=services.clock())


def test_signing_in_opens_a_session(shop: Services) -> None:
    opened = shop.sessions.sign_in(" Rita ", GOOD, address=HERE, client="Browser/1" * 99)
    assert (opened.session.user, opened.session.how, opened.session.address, opened.newcomer) == ("rita", "password", HERE, False)
    assert len(opened.session.client or "") == 200
    caller = shop.authentication.by_session(opened.token)
    assert (caller.actor, caller.session, caller.key) == (RITA, opened.session.id, None)
    assert shop.sessions.list("rita") == (opened.session,)
    (entry,) = entries(shop, "session.opened")
    assert (entry.actor, entry.content) == ("rita", {"user": "rita", "how": "password", "address": HERE})
    assert opened.csrf == csrf_token(opened.token) != opened.token


@pytest.mark.parametrize(
    ("login", "password", "known"),
    [
        ("rita", "olive tram window 42", True),
        ("nemo", GOOD, False),
        ("olive tram", "rita", False),
        ("gone", GOOD, True),
        ("bare", GOOD, True),
    ],
)
def test_whatever_is_wrong_is_told_alike_and_written_down_without_an_echo(
    shop: Services, hashed: dict[str, str], login: str, password: str, known: bool, tmp_path: Path
) -> None:
    for name in ("gone", "bare"):
        shop.users.create(User(id=name, login=name, name=name, role=Role.REVIEWER, active=name == "bare"), by=SYSTEM)
    with shop.database.unit() as unit:
        unit.passwords.set("gone", hashed[GOOD], must_change=False, at=shop.clock())
    with pytest.raises(AuthenticationError) as caught:
        shop.sessions.sign_in(login, password, address=HERE)
    assert str(caught.value) == "the login or the password is wrong"
    (entry,) = entries(shop, "session.refused")
    subject = f"user/{login}" if known else "session/refused"
    assert (entry.actor, entry.subject, entry.content) == ("nobody", subject, {"address": HERE, "known": known})
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("qa_service.sqlite*"))
    assert password.encode() not in stored or password == "rita"
    assert b"olive tram" not in stored
    assert b"nemo" not in stored


def test_a_stranger_costs_as_much_as_a_friend(shop: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    argon2 = shop.passwords._argon2
    real = argon2.verify_and_update

    def noted(password: str, hash: str) -> tuple[bool, str | None]:
        verified.append(hash)
        return real(password, hash)

    monkeypatch.setattr(argon2, "verify_and_update", noted)
    for login in ("rita", "nemo"):
        with pytest.raises(AuthenticationError):
            shop.sessions.sign_in(login, "wrong", address=HERE)
    friend, stranger = (one.rpartition("$")[0].rpartition("$")[0] for one in verified)
    # The same parameters, so the same work.
    assert friend == stranger
    assert friend.startswith("$argon2id$v=19$m=65536,t=3,")


def meanwhile(shop: Services, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something, once, while the next password is being looked at, which takes its time."""
    real, acts = shop.passwords.verify, [act]

    def slow(password: str, hashed: str | None) -> tuple[bool, str | None]:
        if acts:
            acts.pop()()
        return real(password, hashed)

    monkeypatch.setattr(shop.passwords, "verify", slow)


def test_a_password_that_was_reset_meanwhile_opens_nothing(shop: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(shop, monkeypatch, lambda: shop.passwords.reset("rita", by=SYSTEM))
    with pytest.raises(AuthenticationError, match="the login or the password is wrong"):
        shop.sessions.sign_in("rita", GOOD, address=HERE)
    assert shop.sessions.list("rita") == ()


def test_whoever_knew_the_old_password_does_not_undo_a_reset(shop: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    meanwhile(shop, monkeypatch, lambda: told.append(shop.passwords.reset("rita", by=SYSTEM)))
    with pytest.raises(InputError) as caught:
        shop.passwords.change(GOOD, NEW, by=RITA, address=HERE)
    assert caught.value.field == "old"
    assert shop.sessions.sign_in("rita", told[0], address=HERE).newcomer


def test_only_a_few_hashes_at_once(shop: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, lock, full = [0], [0], threading.Lock(), threading.Event()

    def slow(password: str, hash: str) -> tuple[bool, None]:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
            if running[0] == 2:
                full.set()
        full.wait(10)
        with lock:
            running[0] -= 1
        return True, None

    monkeypatch.setattr(shop.passwords._argon2, "verify_and_update", slow)
    threads = [threading.Thread(target=shop.passwords.verify, args=("x", "y")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [2]


def test_tries_from_one_address_are_few_and_the_window_slides(shop: Services, watch: Watch) -> None:
    for _ in range(TRIES):
        fail(shop, 1)
        watch.go(minutes=1)
    with pytest.raises(TooManyTriesError) as caught:
        shop.sessions.sign_in("RITA", GOOD, address=THERE)
    # The first of three counts for another 15 - 3 minutes.
    assert caught.value.retry_after == 12 * 60
    assert "720 s" in str(caught.value)
    # From elsewhere she comes in, and her login starts anew.
    shop.sessions.sign_in("rita", GOOD, address=HERE)
    fail(shop, 1)


def test_what_is_refused_does_not_prolong_the_wait(shop: Services, watch: Watch) -> None:
    fail(shop, TRIES)
    watch.go(minutes=14)
    for _ in range(5):
        with pytest.raises(TooManyTriesError):
            fail(shop, 1)
    watch.go(minutes=1)
    assert shop.sessions.sign_in("rita", GOOD, address=THERE)


def test_a_stranger_everywhere_does_not_lock_out_where_she_was_before(shop: Services) -> None:
    shop.sessions.sign_in("rita", GOOD, address=HERE)
    for number in range(10 * TRIES):
        fail(shop, 1, address=f"198.51.100.{number}")
    with pytest.raises(TooManyTriesError):
        fail(shop, 1, address="203.0.113.5")
    assert shop.sessions.sign_in("rita", GOOD, address=HERE)


def test_one_address_does_not_try_everybody(shop: Services) -> None:
    for number in range(10 * TRIES):
        fail(shop, 1, login=f"user{number}")
    with pytest.raises(TooManyTriesError):
        fail(shop, 1, login="rita")
    fail(shop, 1, login="rita", address=HERE)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("a:b:c", "a:b:c", True),
    ],
)
def test_a_network_of_ipv6_is_one_address(shop: Services, first: str, second: str, same: bool) -> None:
    fail(shop, TRIES, address=first)
    if not same:
        fail(shop, 1, address=second)
        return
    with pytest.raises(TooManyTriesError):
        fail(shop, 1, address=second)


def test_tries_count_in_all_processes_and_at_once(shop: Services, start: Callable[[], Any]) -> None:
    with start() as other:
        done: list[str] = []

        def attempt(services: Services) -> None:
            try:
                fail(services, 1)
                done.append("counted")
            except TooManyTriesError:
                done.append("refused")

        threads = [threading.Thread(target=attempt, args=(services,)) for services in (shop, other) * 5]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(done) == ["counted"] * TRIES + ["refused"] * (10 - TRIES)


def test_a_session_ends_when_idle_or_old_and_lives_while_used(shop: Services, watch: Watch) -> None:
    idle, used = (shop.sessions.open("rita", how="oidc") for _ in range(2))
    for _ in range(3):
        watch.go(minutes=20)
        caller = shop.authentication.by_session(used.token)
        assert shop.authentication.is_due(caller)
        assert not shop.authentication.is_due(caller)
        shop.authentication.note(caller)
    assert [one.id for one in shop.sessions.list("rita")] == [used.session.id]
    with pytest.raises(AuthenticationError, match="over"):
        shop.authentication.by_session(idle.token)
    for _ in range(3):
        watch.go(minutes=20)
        shop.authentication.note(caller)
    with pytest.raises(AuthenticationError, match="over"):
        shop.authentication.by_session(used.token)
    # The next one sweeps.
    last = shop.sessions.open("rita", how="oidc")
    with shop.database.reading() as unit:
        assert unit.sessions.list("rita") == (last.session,)


def test_use_of_a_key_is_written_down_once_a_minute(shop: Services, watch: Watch) -> None:
    key, secret = shop.keys.issue("laptop", by=RITA)
    due = []
    for _ in range(9):
        caller = shop.authentication.by_key(secret)
        due.append(shop.authentication.is_due(caller))
        if due[-1]:
            shop.authentication.note(caller)
        watch.go(seconds=15)
    assert due == [True, False, False, False] * 2 + [True]
    assert shop.keys.all_of("rita")[0].used_at == watch.now - timedelta(seconds=15)
    assert key.used_at is None


def test_an_expired_key_is_told_even_while_it_is_remembered(shop: Services, watch: Watch) -> None:
    _, secret = shop.keys.issue("short", by=RITA, expires_at=watch.now + timedelta(seconds=1))
    shop.authentication.by_key(secret)
    assert timedelta(seconds=1) < FRESH
    watch.go(seconds=1)
    assert shop.authentication.recall_key(secret) is None
    with pytest.raises(AuthenticationError, match="this key expired on 2026-03-01"):
        shop.authentication.by_key(secret)


def test_what_is_remembered_is_not_older_than_a_change(shop: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    key, secret = shop.keys.issue("laptop", by=RITA)
    read = shop.authentication._key

    def revoked_meanwhile(*arguments: Any) -> Any:
        found = read(*arguments)
        shop.authentication.forget()
        return found

    monkeypatch.setattr(shop.authentication, "_key", revoked_meanwhile)
    assert shop.authentication.by_key(secret).key == key.id
    assert shop.authentication.recall_key(secret) is None


def test_a_key_is_no_session_and_a_session_is_no_key(shop: Services) -> None:
    _, secret = shop.keys.issue("laptop", by=RITA)
    token = shop.sessions.open("rita", how="oidc").token
    shop.authentication.by_key(secret)
    shop.authentication.by_session(token)
    assert shop.authentication.recall_session(secret) is shop.authentication.recall_key(token) is None
    with pytest.raises(AuthenticationError):
        shop.authentication.by_session(secret)
    with pytest.raises(AuthenticationError):
        shop.authentication.by_key(token)


def test_ending_sessions(shop: Services) -> None:
    first, second, third = (shop.sessions.open("rita", how="oidc") for _ in range(3))
    shop.authentication.by_session(first.token)
    shop.sessions.end(first.session.id, by=RITA)
    with pytest.raises(AuthenticationError):
        shop.authentication.by_session(first.token)
    with pytest.raises(NotFoundError):
        shop.sessions.end(second.session.id, by=Actor(id="sam", role=Role.ADMIN))
    assert shop.sessions.end_all("rita", by=RITA, but=third.session.id) == 1
    assert shop.authentication.by_session(third.token).actor == RITA
    assert shop.sessions.end_all("rita", by=SYSTEM) == 1
    assert shop.sessions.end_all("rita", by=SYSTEM) == 0
    assert [(entry.content or {}).get("sessions") for entry in entries(shop, "sessions.ended")] == [1, 1]
    assert len(entries(shop, "session.ended")) == 1
    with pytest.raises(NotFoundError, match="no user 'nemo'"):
        shop.sessions.end_all("nemo", by=SYSTEM)


def test_the_token_of_pages_belongs_to_their_session(shop: Services) -> None:
    one, other = (shop.sessions.open("rita", how="oidc") for _ in range(2))
    assert is_csrf_token(one.csrf, token=one.token)
    assert not any(is_csrf_token(told, token=one.token) for told in (None, "", one.token, other.csrf, one.csrf.upper(), "é"))


def test_changing_ones_password(shop: Services, tmp_path: Path) -> None:
    here, there = (shop.sessions.sign_in("rita", GOOD, address=HERE) for _ in range(2))
    shop.passwords.change(GOOD, NEW, by=RITA, address=HERE, session=here.session.id)
    assert shop.authentication.by_session(here.token).actor == RITA
    with pytest.raises(AuthenticationError):
        shop.authentication.by_session(there.token)
    with pytest.raises(AuthenticationError):
        shop.sessions.sign_in("rita", GOOD, address=HERE)
    assert shop.sessions.sign_in("rita", NEW, address=HERE)
    assert [(entry.actor, entry.subject) for entry in entries(shop, "password.changed")] == [("rita", "user/rita")]
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("qa_service.sqlite*"))
    assert NEW.encode() not in stored


@pytest.mark.parametrize(
    ("old", "new", "error", "field"),
    [
        ("wrong", NEW, InputError, "old"),
        (GOOD, GOOD, InputError, "new"),
        (GOOD, "short", PasswordError, "new"),
        (GOOD, "rita-rita-rita", PasswordError, "new"),
        (GOOD, "Password1234", PasswordError, "new"),
    ],
)
def test_passwords_that_are_not_taken(shop: Services, old: str, new: str, error: type[Exception], field: str) -> None:
    with pytest.raises(error) as caught:
        shop.passwords.change(old, new, by=RITA, address=HERE)
    assert getattr(caught.value, "field", None) == field
    assert shop.sessions.sign_in("rita", GOOD, address=HERE)


def test_the_old_password_is_not_guessed_on_and_on(shop: Services) -> None:
    fail(shop, TRIES, address=HERE)
    with pytest.raises(TooManyTriesError):
        shop.passwords.change("wrong", NEW, by=RITA, address=HERE)


def test_somebody_without_a_password_has_none_to_change(shop: Services) -> None:
    shop.users.create(User(id="sam", login="sam", name="Sam", role=Role.COACH), by=SYSTEM)
    with pytest.raises(ConflictError, match="you have no password"):
        shop.passwords.change("x", NEW, by=Actor(id="sam", role=Role.COACH), address=HERE)


def test_a_reset_ends_sessions_and_tries_and_only_serves_to_choose(shop: Services) -> None:
    token = shop.sessions.open("rita", how="oidc").token
    fail(shop, TRIES, address=HERE)
    once = shop.passwords.reset("rita", by=SYSTEM)
    with pytest.raises(AuthenticationError):
        shop.authentication.by_session(token)
    opened = shop.sessions.sign_in("rita", once, address=HERE)
    assert opened.newcomer
    newcomer = shop.authentication.by_session(opened.token).actor
    assert newcomer.rights == frozenset({Right.SELF})
    assert shop.keys.issue("way round", by=newcomer)[0].rights == frozenset({Right.SELF})
    shop.passwords.change(once, NEW, by=newcomer, address=HERE, session=opened.session.id)
    assert shop.authentication.by_session(opened.token).actor == RITA
    assert [entry.actor for entry in entries(shop, "password.reset")] == ["system"]
    with pytest.raises(NotFoundError):
        shop.passwords.reset("nemo", by=SYSTEM)


@pytest.mark.parametrize(("days", "works"), [(6.9, True), (7, False)])
def test_a_one_time_password_has_its_time(shop: Services, watch: Watch, days: float, works: bool) -> None:
    once = shop.passwords.reset("rita", by=SYSTEM)
    watch.go(days=days)
    if works:
        assert shop.sessions.sign_in("rita", once, address=HERE).newcomer
        return
    with pytest.raises(AuthenticationError, match="the login or the password is wrong"):
        shop.sessions.sign_in("rita", once, address=HERE)


def test_secrets_do_not_show_in_what_is_printed(shop: Services) -> None:
    opened = shop.sessions.open("rita", how="oidc")
    shown = repr(opened) + repr(shop.authentication.by_session(opened.token))
    assert opened.token not in shown
    assert opened.csrf not in shown


def test_an_operator_gives_a_password(shop: Services) -> None:
    with pytest.raises(PasswordError, match="too short"):
        shop.passwords.give("rita", "short", by=SYSTEM)
    shop.passwords.give("rita", NEW, by=SYSTEM)
    assert not shop.sessions.sign_in("rita", NEW, address=HERE).newcomer


def test_a_hash_that_is_out_of_date_is_made_anew(shop: Services) -> None:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    weak = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)]).hash(GOOD)
    with shop.database.unit() as unit:
        unit.passwords.set("rita", weak, must_change=False, at=shop.clock())
    shop.sessions.sign_in("rita", GOOD, address=HERE)
    with shop.database.reading() as unit:
        kept = unit.passwords.of("rita")
    assert kept is not None
    assert "m=65536,t=3" in kept.hash
