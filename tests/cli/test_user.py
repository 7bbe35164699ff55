"""``qa-service user``: everything about users without the API."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import opened
from qa_service.domain.permission import Right
from qa_service.errors import AuthenticationError
from qa_service.settings import load_settings

Cli = Callable[..., Any]
NEW = "نیمکت چوبی کنار رود"


def test_taking_in_changing_and_switching_off(cli: Cli) -> None:
    result = cli("user", "add", "Rita", "--role", "reviewer", "--name", "ریتا", "--language", "fa", "--language", "en", "--json")
    assert result.code == 0, result.err
    assert (result.data["id"], result.data["login"], result.data["languages"]) == ("rita", "rita", ["fa", "en"])
    assert "password" not in result.data
    changed = cli(
        "user", "set", "RITA", "--role", "coach", "--team", "billing", "--team", "فروش", "--agent", "a17", "--capacity", 5, "--json"
    )
    assert (changed.data["role"], changed.data["teams"], changed.data["agent"], changed.data["capacity"], changed.data["name"]) == (
        "coach", ["billing", "فروش"], "a17", 5, "ریتا"
    )  # fmt: skip
    cleared = cli("user", "set", "rita", "--team", "", "--agent", "", "--language", "", "--inactive", "--json").data
    assert (cleared["teams"], cleared["agent"], cleared["languages"], cleared["active"]) == ([], None, [], False)
    assert cli("user", "list", "--json").data == []
    assert [user["id"] for user in cli("user", "list", "--all", "--json").data] == ["rita"]
    assert cli("user", "list", "--all", "--role", "agent", "--json").data == []
    shown = cli("user", "list", "--all").out
    assert "ریتا" in shown
    assert "coach" in shown


def test_what_an_operator_does_is_in_the_ledger_by_name(cli: Cli) -> None:
    cli("user", "add", "rita", "--role", "reviewer", "--password")
    with opened(load_settings()) as services, services.database.reading() as unit:
        entries = [(entry.actor.partition("/")[0], entry.action) for entry in unit.ledger.entries()]
    assert entries == [("cli", "user.created"), ("cli", "password.reset")]


def test_the_first_admin_may_be_made_before_the_first_start(cli: Cli) -> None:
    cli("user", "add", "boss", "--role", "admin")
    with opened(load_settings()) as services:
        assert services.keys.first_start() is None
    result = cli("user", "set", "boss", "--inactive")
    assert (result.code, result.out) == (2, "")
    assert "this is the last active admin" in result.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "rita", "--role", "agent"), "login: the login is taken"),
        (("add", "RITA", "--id", "other", "--role", "agent"), "login: the login is taken"),
        (("add", "two words", "--role", "agent"), "login"),
        (("add", " ", "--role", "agent"), "login: a login is needed"),
        (("add", "x", "--role", "agent", "--language", "english"), "languages.0"),
        (("set", "nemo", "--role", "agent"), "user: no user 'nemo'"),
        (("password", "nemo"), "user: no user 'nemo'"),
        (("key", "add", "nemo", "--name", "x"), "user: no user 'nemo'"),
        (("key", "add", "rita", "--name", "x", "--right", "users.manage"), "rights: the role reviewer has no right to users.manage"),
        (("key", "revoke", "nothing"), "key: no key 'nothing'"),
    ],
)
def test_faults_are_told_in_a_line(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    cli("user", "add", "rita", "--role", "reviewer")
    result = cli("user", *arguments)
    assert (result.code, result.out) == (2, "")
    assert f"error: {told}" in result.err


def test_a_one_time_password_goes_to_standard_output_alone(cli: Cli) -> None:
    added = cli("user", "add", "rita", "--role", "reviewer", "--password")
    again = cli("user", "password", "rita")
    data = cli("user", "password", "rita", "--json").data
    for secret in (added.out.strip(), again.out.strip(), data["password"]):
        assert len(secret) == 16
        assert secret not in added.err + again.err
    with opened(load_settings()) as services:
        assert services.sessions.sign_in("rita", data["password"], address="x").newcomer
        with pytest.raises(AuthenticationError):
            services.sessions.sign_in("rita", again.out.strip(), address="x")


def test_a_password_is_taken_from_standard_input(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("user", "add", "rita", "--role", "reviewer")
    monkeypatch.setattr("sys.stdin", io.StringIO("password1234\n"))
    result = cli("user", "password", "rita", "--stdin")
    assert result.code == 2
    assert "error: password: this password is one of the most common" in result.err
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{NEW}\n"))
    assert cli("user", "password", "rita", "--stdin") == (0, "", "")
    with opened(load_settings()) as services:
        assert not services.sessions.sign_in("rita", NEW, address="x").newcomer


def test_keys_are_made_listed_and_taken_back(cli: Cli, tmp_path: Path) -> None:
    cli("user", "add", "importer", "--role", "service")
    made = cli("user", "key", "add", "importer", "--name", "nightly", "--right", "interactions.ingest", "--days", 30)
    secret = made.out.strip()
    data = cli("user", "key", "add", "importer", "--name", "whole", "--json").data
    assert data["key"]["rights"] is None
    with opened(load_settings()) as services:
        assert services.authentication.by_key(secret).actor.rights == frozenset({Right.INGEST})
        assert services.authentication.by_key(data["secret"]).actor.rights is None
    listed = cli("user", "key", "list", "importer", "--json")
    first, second = listed.data
    assert (first["name"], first["expires_at"] > first["created_at"], second["expires_at"]) == ("nightly", True, None)
    assert secret not in listed.out
    table = cli("user", "key", "list", "importer").out
    assert "interactions.ingest" in table
    assert "all of the user's" in table
    assert "does not work any more" in cli("user", "key", "revoke", first["id"]).err
    assert cli("user", "key", "revoke", first["id"], "--json").data["revoked_at"] is not None
    with opened(load_settings()) as services, pytest.raises(AuthenticationError):
        services.authentication.by_key(secret)
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("qa_service.sqlite*"))
    assert secret.encode() not in stored
