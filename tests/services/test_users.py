"""Users: taken in, changed, switched off; what they did stays theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.ledger import LedgerEntry
from qa_service.domain.permission import Actor, Role
from qa_service.domain.user import User
from qa_service.errors import AuthenticationError, ConflictError, DuplicateError, InputError, NotFoundError, StaleVersionError
from qa_service.services.users import CHANGEABLE

ADMIN = Actor(id="admin", role=Role.ADMIN)


@pytest.fixture
def shop(tmp_path: Path, make_settings: Any) -> Iterator[Services]:
    with opened(make_settings(tmp_path)) as services:
        services.keys.first_start()
        yield services


def user(login: str, **values: Any) -> User:
    return User(**{"id": login, "login": login, "name": login, "role": Role.REVIEWER, **values})


def entries(services: Services, action: str) -> list[LedgerEntry]:
    with services.database.reading() as unit:
        return [entry for entry in unit.ledger.entries() if entry.action == action]


def test_taking_in_is_written_down(shop: Services) -> None:
    made = shop.users.create(user("rita", teams=("فروش",), agent="a17"), by=ADMIN)
    assert shop.users.get("rita") == shop.users.named("RITA") == made
    assert shop.users.page().items[0] == made
    entry = entries(shop, "user.created")[-1]
    assert (entry.actor, entry.subject) == ("admin", "user/rita")
    assert entry.content == {"login": "rita", "name": "rita", "role": "reviewer", "teams": ["فروش"], "agent": "a17", "active": True}


@pytest.mark.parametrize("again", [user("Rita", id="other"), user("other", id="rita")])
def test_nobody_is_taken_in_twice(shop: Services, again: User) -> None:
    shop.users.create(user("rita"), by=ADMIN)
    shop.users.change("rita", {"active": False}, by=ADMIN)
    with pytest.raises(DuplicateError, match="is taken"):
        shop.users.create(again, by=ADMIN)
    assert len(entries(shop, "user.created")) == 2


@pytest.mark.parametrize("name", ["system", "nobody", "System", "demo", "sys\u200btem", "ｎｏｂｏｄｙ", "cli-is-fine"])
def test_some_names_mean_something_else(shop: Services, name: str) -> None:
    if name == "cli-is-fine":
        assert shop.users.create(user(name), by=ADMIN).id == name
        return
    with pytest.raises(InputError, match="a meaning of its own") as caught:
        shop.users.create(user("rita", id=name), by=ADMIN)
    assert caught.value.field == "id"


@pytest.mark.parametrize(
    ("changes", "before", "permissions"),
    [
        ({"name": "Rita M."}, {"name": "rita"}, False),
        ({"languages": ("fa",), "capacity": 3}, {"languages": [], "capacity": None}, False),
        ({"email": "rita@example.com"}, {"email": None}, False),
        ({"role": Role.COACH, "teams": ("billing",)}, {"role": "reviewer", "teams": []}, True),
        ({"agent": "a17"}, {"agent": None}, True),
        ({"active": False}, {"active": True}, True),
    ],
)
def test_changes_are_written_down_with_what_was_before(
    shop: Services, changes: dict[str, Any], before: dict[str, Any], permissions: bool
) -> None:
    shop.users.create(user("rita"), by=ADMIN)
    changed = shop.users.change("rita", changes, by=ADMIN, expected=1)
    assert changed == shop.users.get("rita")
    assert {name: getattr(changed, name) for name in changes} == changes
    (entry,) = entries(shop, "user.changed")
    assert entry.content is not None
    assert (entry.content["before"], entry.content["permissions"], entry.content["revision"]) == (before, permissions, 2)
    assert entry.content["after"] == {name: list(value) if isinstance(value, tuple) else value for name, value in changes.items()}


def test_what_changes_nothing_is_not_written_down(shop: Services) -> None:
    made = shop.users.create(user("rita"), by=ADMIN)
    assert shop.users.change("rita", {"name": "rita"}, by=ADMIN) == made
    assert shop.users.change("rita", {}, by=ADMIN) == made
    assert entries(shop, "user.changed") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"login": "x"}, "login"), ({"id": "x"}, "id"), ({"revision": 9}, "revision"), ({"name": ""}, "name"), ({"role": "king"}, "role"),
     ({"languages": ("english",)}, "languages.0"), ({"capacity": -1}, "capacity")],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(shop: Services, changes: dict[str, Any], field: str) -> None:
    shop.users.create(user("rita"), by=ADMIN)
    with pytest.raises(InputError) as caught:
        shop.users.change("rita", changes, by=ADMIN)
    assert caught.value.field == field
    assert not set(CHANGEABLE) & {"login", "id", "revision"}


def test_somebody_unknown_and_a_stale_revision(shop: Services) -> None:
    shop.users.create(user("rita"), by=ADMIN)
    with pytest.raises(NotFoundError, match="no user 'nemo'"):
        shop.users.change("nemo", {"name": "x"}, by=ADMIN)
    shop.users.change("rita", {"name": "x"}, by=ADMIN, expected=1)
    with pytest.raises(StaleVersionError, match="at revision 2"):
        shop.users.change("rita", {"name": "y"}, by=ADMIN, expected=1)


@pytest.mark.parametrize("changes", [{"active": False}, {"role": Role.QA_LEAD}])
def test_the_last_active_admin_stays(shop: Services, changes: dict[str, Any]) -> None:
    with pytest.raises(ConflictError, match="the last active admin"):
        shop.users.change("admin", changes, by=ADMIN)
    shop.users.create(user("boss", role=Role.ADMIN, active=False), by=ADMIN)
    with pytest.raises(ConflictError, match="the last active admin"):
        shop.users.change("admin", changes, by=ADMIN)
    shop.users.change("boss", {"active": True}, by=ADMIN)
    shop.users.change("admin", changes, by=ADMIN)
    with pytest.raises(ConflictError, match="the last active admin"):
        shop.users.change("boss", changes, by=ADMIN)
    assert [one.id for one in shop.users.list(role=Role.ADMIN, active=True)] == ["boss"]


def test_switching_off_ends_sessions_and_keys_for_good(shop: Services) -> None:
    shop.users.create(user("rita"), by=ADMIN)
    _, secret = shop.keys.issue("laptop", by=shop.users.get("rita").actor())
    token = shop.sessions.open("rita", how="oidc").token
    assert shop.authentication.by_key(secret).actor == shop.authentication.by_session(token).actor
    shop.users.change("rita", {"active": False}, by=ADMIN)
    for _ in range(2):
        with pytest.raises(AuthenticationError):
            shop.authentication.by_key(secret)
        with pytest.raises(AuthenticationError):
            shop.authentication.by_session(token)
        with pytest.raises(AuthenticationError, match="switched off"):
            shop.sessions.open("rita", how="oidc")
        with pytest.raises(ConflictError, match="switched off"):
            shop.keys.issue("x", by=ADMIN, user="rita")
    content = entries(shop, "user.changed")[-1].content
    assert content is not None
    assert content["ended"] == {"keys": 1, "sessions": 1}
    shop.users.change("rita", {"active": True}, by=ADMIN)
    with pytest.raises(AuthenticationError, match="revoked"):
        shop.authentication.by_key(secret)


def test_rights_that_were_taken_count_at_once(shop: Services) -> None:
    shop.users.create(user("rita"), by=ADMIN)
    token = shop.sessions.open("rita", how="oidc").token
    assert shop.authentication.by_session(token).actor.role is Role.REVIEWER
    shop.users.change("rita", {"role": Role.AGENT, "agent": "a17"}, by=ADMIN)
    actor = shop.authentication.by_session(token).actor
    assert (actor.role, actor.agent) == (Role.AGENT, "a17")
