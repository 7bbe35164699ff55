"""``qa-service user``: who may do something here, their passwords and keys, without the API."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from qa_service.bootstrap import Services, opened
from qa_service.cli.operator import operator
from qa_service.cli.options import AsJson, given
from qa_service.cli.output import err, out, write_json
from qa_service.domain.permission import Actor, Right, Role
from qa_service.domain.user import User
from qa_service.errors import InputError
from qa_service.services.authentication import is_in_force
from qa_service.services.users import valid_user
from qa_service.settings import load_settings
from qa_service.store.keys import ApiKey

commands = typer.Typer(help="Users: who may do something here.", no_args_is_help=True)
keys = typer.Typer(help="Keys of users, for programs.", no_args_is_help=True)
commands.add_typer(keys, name="key")

Who = Annotated[str, typer.Argument(metavar="LOGIN", help="Login, or id.")]
Name = Annotated[str | None, typer.Option(help="As shown.")]
Email = Annotated[str | None, typer.Option(help="E-mail address; '' for none.")]
Teams = Annotated[list[str] | None, typer.Option("--team", help="Team whose agents a coach sees; again for more, '' for none.")]
Agent = Annotated[str | None, typer.Option(help="Id of the agent that this user is; '' for none.")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="Language that they review in; again for more, '' for any.")]
Capacity = Annotated[int | None, typer.Option(min=0, help="Reviews in a week.")]


@commands.command("add")
def add(
    login: Annotated[str, typer.Argument(help="What they sign in with; capitals do not matter.")],
    role: Annotated[Role, typer.Option(help="What they are here for.")],
    name: Name = None, identifier: Annotated[str | None, typer.Option("--id", help="Stable id; the login unless told.")] = None,
    email: Email = None, team: Teams = None, agent: Agent = None, language: Languages = None, capacity: Capacity = None,
    password: Annotated[bool, typer.Option("--password/--no-password", help="Give a one-time password.")] = False, as_json: AsJson = False,
) -> None:
    """Take somebody in. Without --password they need a key or single sign-on."""
    told = _told(name=name or login, email=email, teams=team, agent=agent, languages=language, capacity=capacity)
    with _open() as (services, by):
        user = services.users.create(_new(login, identifier, role=role, **told), by=by)
        secret = services.passwords.reset(user.id, by=by) if password else None
    if as_json:
        write_json({**user.model_dump(mode="json"), **given(password=secret)})
        return
    err().print(f"user {user.id!r} may act as {user.role}", highlight=False, markup=False)
    if secret is not None:
        _show_password(secret)


@commands.command("list")
def list_(
    role: Annotated[Role | None, typer.Option(help="Only of this role.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Those who were switched off, too.")] = False, as_json: AsJson = False,
) -> None:
    """List users, by login."""
    with _open() as (services, _):
        found = services.users.list(role=role, active=None if everybody else True)
    if as_json:
        write_json([user.model_dump(mode="json") for user in found])
    else:
        out().print(_users(found))


@commands.command("set")
def set_(
    login: Who, name: Name = None, role: Annotated[Role | None, typer.Option(help="What they are here for.")] = None, email: Email = None,
    team: Teams = None, agent: Agent = None, language: Languages = None, capacity: Capacity = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Switch on, or off: that ends sessions and keys.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a user; what is not told stays."""
    told = _told(name=name, role=role, email=email, teams=team, agent=agent, languages=language, capacity=capacity, active=active)
    with _open() as (services, by):
        user = services.users.change(services.users.named(login).id, told, by=by)
    if as_json:
        write_json(user.model_dump(mode="json"))
    else:
        out().print(_users([user]))


@commands.command("password")
def password(
    login: Who, stdin: Annotated[bool, typer.Option("--stdin", help="Take the line on standard input as the password.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print a one-time password, which only serves to choose another, or take one from standard input. Ends the user's sessions."""
    told = sys.stdin.readline().rstrip("\r\n") if stdin else None
    with _open() as (services, by):
        user = services.users.named(login)
        if told is not None:
            services.passwords.give(user.id, told, by=by)
        secret = services.passwords.reset(user.id, by=by) if told is None else None
    if as_json:
        write_json({"user": user.id, **given(password=secret)})
    elif secret is not None:
        _show_password(secret)


@keys.command("add")
def add_key(
    login: Who, name: Annotated[str, typer.Option(help="What it is for.")],
    right: Annotated[list[Right] | None, typer.Option(help="Limit it to this right; again for more. Default: all of the user's.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Days until it ends; default: never.")] = None, as_json: AsJson = False,
) -> None:
    """Make a key and print its secret, this once."""
    with _open() as (services, by):
        until = None if days is None else services.clock() + timedelta(days=days)
        whose = services.users.named(login).id
        key, secret = services.keys.issue(name, by=by, user=whose, rights=frozenset(right) if right else None, expires_at=until)
    if as_json:
        write_json({"key": key.model_dump(mode="json"), "secret": secret})
    else:
        err().print(f"key {key.id} of {key.user!r} (shown once):", highlight=False, markup=False)
        out().print(secret, highlight=False, markup=False, soft_wrap=True)


@keys.command("list")
def list_keys(login: Who, as_json: AsJson = False) -> None:
    """List a user's keys, the oldest first."""
    with _open() as (services, _):
        found, now = services.keys.all_of(services.users.named(login).id), services.clock()
    if as_json:
        write_json([key.model_dump(mode="json") for key in found])
        return
    table = Table(header_style="bold")
    for column in ("key", "name", "secret", "rights", "made", "ends", "last used", "in force"):
        table.add_column(column, overflow="fold")
    for key in found:
        table.add_row(*_key(key), "yes" if is_in_force(key, at=now) else "")
    out().print(table)


@keys.command("revoke")
def revoke_key(key: Annotated[str, typer.Argument(help="Id of the key, as in 'user key list'.")], as_json: AsJson = False) -> None:
    """Take a key back. A service that is running learns of it within seconds."""
    with _open() as (services, by):
        revoked = services.keys.revoke(key, by=by)
    if as_json:
        write_json(revoked.model_dump(mode="json"))
    else:
        err().print(f"key {revoked.id} of {revoked.user!r} does not work any more", highlight=False, markup=False)


@contextmanager
def _open() -> Iterator[tuple[Services, Actor]]:
    with opened(load_settings()) as services:
        yield services, operator()


def _told(**values: object) -> dict[str, object]:
    """What was told; an empty word clears."""
    told = given(**values)
    listed = {name: [one for one in value if one] for name, value in told.items() if isinstance(value, list)}
    cleared = {name: None for name in ("email", "agent") if told.get(name) == ""}
    return {**told, **listed, **cleared}


def _new(login: str, identifier: str | None, **values: object) -> User:
    if not login.strip():
        raise InputError("a login is needed", field="login")
    plain = valid_user({"id": identifier or "new", "login": login, **values})
    return plain if identifier is not None else plain.model_copy(update={"id": plain.login})


def _show_password(secret: str) -> None:
    err().print("one-time password (shown once); it only serves to choose another:", highlight=False)
    out().print(secret, highlight=False, markup=False, soft_wrap=True)


def _users(found: Sequence[User]) -> Table:
    table = Table(header_style="bold")
    for column in ("login", "id", "name", "role", "teams", "agent", "languages", "capacity", "active"):
        table.add_column(column, overflow="fold")
    for user in found:
        told = (user.login, user.id, user.name, user.role, ", ".join(user.teams), user.agent or "", ", ".join(user.languages))
        capacity = "" if user.capacity is None else str(user.capacity)
        table.add_row(*(Text(one) for one in told), capacity, "yes" if user.active else "no")
    return table


def _key(key: ApiKey) -> tuple[Text | str, ...]:
    rights = "all of the user's" if key.rights is None else ", ".join(sorted(key.rights))
    moments = (key.created_at, key.expires_at, key.used_at)
    return Text(key.id), Text(key.name), Text(key.hint), rights, *("" if one is None else one.strftime("%Y-%m-%d %H:%M") for one in moments)
