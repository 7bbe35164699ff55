"""Which user somebody is whom a provider vouches for, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.permission import Role
from qa_service.domain.user import User
from qa_service.errors import DuplicateError
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ISSUER = "https://login.example.org"


@pytest.fixture
def house(database: Database) -> Database:
    with database.unit() as unit:
        for name in ("rita", "omid"):
            unit.users.add(User(id=name, login=name, name=name, role=Role.REVIEWER), at=AT)
    return database


def test_a_person_is_one_user_for_good(house: Database) -> None:
    with house.unit() as unit:
        assert unit.identities.user_of(ISSUER, "u-1") is None
        unit.identities.link(ISSUER, "u-1", user="rita", at=AT)
        unit.identities.link("https://other.example", "u-1", user="omid", at=AT)
    with house.unit() as unit, pytest.raises(DuplicateError):
        unit.identities.link(ISSUER, "u-1", user="omid", at=AT)
    with house.unit() as unit:
        unit.identities.touch(ISSUER, "u-1", at=AT + timedelta(days=1))
        assert unit.identities.user_of(ISSUER, "u-1") == "rita"
        assert unit.identities.user_of(ISSUER, "U-1") is None
        assert unit.identities.issuers_of("rita") == (ISSUER,)
        assert unit.identities.issuers_of("nobody") == ()


def test_a_sign_in_comes_back_once(house: Database) -> None:
    later = AT + timedelta(minutes=10)
    with house.unit() as unit:
        assert unit.identities.came_back("a" * 64, at=AT, until=later)
    with house.unit() as unit:
        assert not unit.identities.came_back("a" * 64, at=AT, until=later)
        assert unit.identities.came_back("b" * 64, at=AT, until=later)
    with house.unit() as unit:
        # Its time is over, so it would be refused for that.
        assert unit.identities.came_back("a" * 64, at=later, until=later)
