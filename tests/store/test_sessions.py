"""Sessions by the hash of their token; passwords of users; tries to sign in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.permission import Role
from qa_service.domain.user import User
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.session import Database
from qa_service.store.sessions import Session
from qa_service.store.unit import Unit

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def people(unit: Unit) -> None:
    for name in ("rita", "sam"):
        unit.users.add(User(id=name, login=name, name=name, role=Role.REVIEWER), at=AT)


def session(identifier: str, user: str = "rita", *, hours: int = 0) -> Session:
    born = AT + hours * HOUR
    return Session(
        id=identifier,
        user=user,
        how="password",
        address="10.0.0.7",
        client="Browser/1",
        created_at=born,
        seen_at=born,
        expires_at=born + 12 * HOUR,
    )


def test_a_session_is_found_by_its_token_until_it_ends(database: Database) -> None:
    with database.unit() as unit:
        people(unit)
        unit.sessions.add(session("s1"), sha256="aa")
        assert unit.sessions.by_token("aa") == unit.sessions.get("s1", user="rita") == session("s1")
        assert unit.sessions.by_token("bb") is None
        with pytest.raises(NotFoundError, match="no session 's1' of yours"):
            unit.sessions.get("s1", user="sam")
        unit.sessions.touch("s1", at=AT + MINUTE)
        assert unit.sessions.get("s1", user="rita").seen_at == AT + MINUTE
        assert (unit.sessions.end("s1"), unit.sessions.end("s1")) == (True, False)
        assert unit.sessions.by_token("aa") is None


def test_all_of_a_user_end_but_one(database: Database) -> None:
    with database.unit() as unit:
        people(unit)
        for number, one in enumerate((session("s1"), session("s2", hours=1), session("s3", hours=2), session("other", "sam"))):
            unit.sessions.add(one, sha256=str(number))
        assert [one.id for one in unit.sessions.list("rita")] == ["s3", "s2", "s1"]
        assert unit.sessions.end_all("rita", but="s2") == 2
        assert [one.id for one in unit.sessions.list("rita")] == ["s2"]
        assert unit.sessions.end_all("rita") == 1
        assert [one.id for one in unit.sessions.list("sam")] == ["other"]


@pytest.mark.parametrize(
    ("at", "idle_since", "left"),
    [
        (AT + HOUR, AT - HOUR, ["s2", "s1"]),
        (AT + 12 * HOUR, AT - HOUR, ["s2"]),
        (AT + HOUR, AT, ["s2"]),
        (AT + 30 * HOUR, AT + 29 * HOUR, []),
    ],
)
def test_sessions_that_expired_or_were_left_are_swept(database: Database, at: datetime, idle_since: datetime, left: list[str]) -> None:
    with database.unit() as unit:
        people(unit)
        unit.sessions.add(session("s1"), sha256="1")
        unit.sessions.add(session("s2", hours=1), sha256="2")
        assert unit.sessions.sweep(at=at, idle_since=idle_since) == 2 - len(left)
        assert [one.id for one in unit.sessions.list("rita")] == left


def test_nobody_unknown_has_a_session_or_a_password(database: Database) -> None:
    with pytest.raises(ConflictError), database.unit() as unit:
        unit.sessions.add(session("s1", "nobody"), sha256="1")
    with pytest.raises(ConflictError), database.unit() as unit:
        unit.passwords.set("nobody", "hash", must_change=True, at=AT)


def test_a_user_has_one_password(database: Database) -> None:
    with database.unit() as unit:
        people(unit)
        assert unit.passwords.of("rita") is None
        unit.passwords.set("rita", "first", must_change=True, at=AT)
        unit.passwords.set("rita", "second", must_change=False, at=AT + HOUR)
        kept = unit.passwords.of("rita")
        assert kept is not None
        assert (kept.hash, kept.must_change, kept.changed_at) == ("second", False, AT + HOUR)
        assert "second" not in repr(kept)
        unit.passwords.rehash("rita", old="first", new="late")
        unit.passwords.rehash("rita", old="second", new="better")
        assert getattr(unit.passwords.of("rita"), "hash", None) == "better"
        assert unit.passwords.of("sam") is None


def test_tries_are_counted_by_login_and_address_within_the_window(database: Database) -> None:
    tries = [("1", "ll", "a", 0), ("2", "ll", "a", 5), ("3", "ll", "b", 6), ("4", "mm", "a", 7)]
    with database.unit() as unit:
        for identifier, login, address, minutes in tries:
            unit.sign_ins.hold(7)
            unit.sign_ins.add(identifier, login=login, address=address, at=AT + minutes * MINUTE)

        def failed(*, since: int = -1, most: int = 9, **where: str) -> list[float]:
            return [(at - AT) / MINUTE for at in unit.sign_ins.failures(since=AT + since * MINUTE, most=most, **where)]

        assert failed(login="ll") == [6, 5, 0]
        assert failed(address="a") == [7, 5, 0]
        assert failed(login="ll", address="a") == [5, 0]
        assert failed(login="ll", since=0) == [6, 5]
        assert failed(login="ll", most=1) == [6]


def test_success_forgets_the_failures_of_the_login_and_knows_the_address(database: Database) -> None:
    with database.unit() as unit:
        for identifier, login, address in (("1", "ll", "a"), ("2", "ll", "b"), ("3", "mm", "a"), ("4", "ll", "a")):
            unit.sign_ins.add(identifier, login=login, address=address, at=AT)
        assert not unit.sign_ins.is_known("ll", "a")
        for identifier in ("4", "5"):
            if identifier == "5":
                unit.sign_ins.add("5", login="ll", address="a", at=AT + MINUTE)
            unit.sign_ins.succeed(identifier, login="ll", address="a")
        assert unit.sign_ins.is_known("ll", "a")
        assert not unit.sign_ins.is_known("ll", "b")
        assert unit.sign_ins.failures(since=AT - HOUR, login="ll", most=9) == []
        assert len(unit.sign_ins.failures(since=AT - HOUR, address="a", most=9)) == 1
        unit.sign_ins.forgive("mm")
        assert unit.sign_ins.failures(since=AT - HOUR, address="a", most=9) == []
        # What is left is the address that was last seen, once.
        assert unit.sign_ins.forget(failed_before=AT + 9 * HOUR, known_before=AT) == 0
        assert unit.sign_ins.forget(failed_before=AT, known_before=AT + 9 * HOUR) == 1
