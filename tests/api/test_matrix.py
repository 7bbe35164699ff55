"""Every role times every operation, against the table of permissions; new operations join by themselves."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from qa_service.api import ROUTERS
from qa_service.api.door import Door
from qa_service.api.rights import RIGHTS
from qa_service.domain.permission import GRANTS, SYSTEM, Actor, Reach, Right, Role, Scope
from qa_service.domain.user import User
from qa_service.services.authentication import Caller
from qa_service.services.keys import Keys

ROUTES = {route.name: route for one in ROUTERS if not one.open for route in one.router.routes if isinstance(route, APIRoute)}


#: What they tell is the same for everybody, and about nobody.
OF_NOBODY = {"get_search_coverage", "get_targets", "list_indicators"}
#: What is for oneself, and takes another right for somebody else, whom the requests here name.
OTHERS = {"issue_key": Right.MANAGE_USERS, "get_reviewer": Right.MANAGE_SAMPLING}


def allowed(role: Role, name: str) -> bool:
    """Whether the table gives that to a role."""
    return role in GRANTS[RIGHTS[name]] and (name not in OTHERS or role in GRANTS[OTHERS[name]])


class Call(NamedTuple):
    """One operation, ready to be asked for."""

    name: str
    method: str
    path: str
    body: Any


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def _body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Any:
    """The example of the body's schema, else an empty object; ``None`` where no JSON is taken."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = _resolved(document, content.get("schema", {}))
    return next((one for one in (schema.get("example"), *schema.get("examples", ())) if one is not None), {})


@pytest.fixture(scope="module")
def calls(client: TestClient) -> tuple[Call, ...]:
    """Every guarded operation of the document; path parameters stand for things that are not there."""
    app: Any = client.app
    document = app.openapi()
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] in RIGHTS:
                places = {one["name"]: "no-such-thing" for one in operation.get("parameters", ()) if one["in"] == "path"}
                found.append(Call(operation["operationId"], method.upper(), path.format(**places), _body(document, operation)))
    return tuple(found)


@pytest.fixture(scope="module")
def keys(client: TestClient) -> Mapping[Role, str]:
    """A key of one user in each role."""
    app: Any = client.app
    services = app.state.services
    made = {}
    for role in Role:
        agent = "a17" if role is Role.AGENT else None
        user = User(id=f"m-{role}", login=f"m-{role}", name=role, role=role, teams=("billing",), agent=agent)
        services.users.create(user, by=SYSTEM)
        made[role] = services.keys.issue("matrix", by=SYSTEM, user=user.id)[1]
    return made


def ask(client: TestClient, call: Call, key: str | None, **options: Any) -> Any:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    if "content" in options:
        headers["Content-Type"] = "application/json"
    elif call.body is not None:
        options["json"] = call.body
    return client.request(call.method, call.path, headers=headers, **options)


def refusal(answer: Any) -> str | None:
    """The code of a refusal; a response to HEAD has no body."""
    if answer.status_code not in (401, 403):
        return None
    return str(answer.json()["code"]) if answer.content else {401: "authentication", 403: "permission_denied"}[answer.status_code]


def test_the_matrix_is_whole(calls: tuple[Call, ...]) -> None:
    assert {one.name for one in calls} == set(RIGHTS) == set(ROUTES)


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(
    client: TestClient, calls: tuple[Call, ...], keys: Mapping[Role, str], role: Role
) -> None:
    wrong = []
    for call in calls:
        code = refusal(ask(client, call, keys[role]))
        wanted = None if allowed(role, call.name) else "permission_denied"
        if code != wanted:
            wrong.append((call.name, wanted, code))
    assert wrong == []


def test_nobody_may_do_anything_without_a_key_or_with_one_that_nobody_issued(client: TestClient, calls: tuple[Call, ...]) -> None:
    for key in (None, "qa_nobody-issued-this-one"):
        codes = {call.name: (ask(client, call, key).status_code) for call in calls}
        assert {name: code for name, code in codes.items() if code != 401} == {}


@pytest.mark.parametrize("how", ["broken body", "wrong type of body", "broken query", "broken path"])
def test_the_right_is_asked_for_before_anything_is_read(
    client: TestClient, calls: tuple[Call, ...], keys: Mapping[Role, str], how: str
) -> None:
    options: dict[str, Any] = {
        "broken body": {"content": b'{"not": json'}, "wrong type of body": {"content": b"[[1, 2], null]"},
        "broken query": {"params": {"limit": "many", "cursor": "x" * 2000, "from": "never"}}, "broken path": {},
    }[how]  # fmt: skip
    touched = {
        "broken query": [one for one in calls if one.method == "GET"], "broken path": [one for one in calls if "no-such-thing" in one.path],
    }.get(how, [one for one in calls if one.body is not None or one.method == "POST"])  # fmt: skip
    wrong = []
    for call in touched:
        shown = call._replace(path=call.path.replace("no-such-thing", "%00")) if how == "broken path" else call
        denied = next((role for role in reversed(Role) if role not in GRANTS[RIGHTS[call.name]]), None)
        told = [ask(client, shown, None, **options).status_code]
        told += [] if denied is None else [ask(client, shown, keys[denied], **options).status_code]
        if told != [401, 403][: len(told)]:
            wrong.append((call.name, told))
    assert wrong == []


def test_a_key_that_is_limited_does_less_than_its_user(client: TestClient, calls: tuple[Call, ...], keys: Mapping[Role, str]) -> None:
    app: Any = client.app
    shelf: Keys = app.state.services.keys
    limited = shelf.issue("limited", by=SYSTEM, user=f"m-{Role.ADMIN}", rights=frozenset({Right.READ_RUBRICS, Right.SELF}))[1]
    codes = {call.name: refusal(ask(client, call, limited)) for call in calls}
    assert {name for name, code in codes.items() if code is None} == {
        name for name, right in RIGHTS.items() if right in (Right.READ_RUBRICS, Right.SELF) and name not in OTHERS
    }


def test_whoever_is_switched_off_may_do_nothing(client: TestClient, calls: tuple[Call, ...]) -> None:
    app: Any = client.app
    services = app.state.services
    services.users.create(User(id="m-gone", login="m-gone", name="Gone", role=Role.QA_LEAD), by=SYSTEM)
    key = services.keys.issue("matrix", by=SYSTEM, user="m-gone")[1]
    assert ask(client, calls[0], key).status_code != 401
    services.users.change("m-gone", {"active": False}, by=SYSTEM)
    assert {ask(client, call, key).status_code for call in calls} == {401}


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_what_reaches_only_to_ones_own_asks_whose_it_is(name: str) -> None:
    """Where a right is given to some for their teams or themselves alone, the handler asks for the scope, or hands the actor on."""
    if set(GRANTS[RIGHTS[name]].values()) == {Reach.ALL} or name in OF_NOBODY:
        return
    told = {hint for hint in typing.get_type_hints(ROUTES[name].endpoint).values() if isinstance(hint, type)}
    assert told & {Scope, Actor, Caller}, f"{name} takes a ScopeDep or an ActorDep"


@pytest.mark.parametrize("name", sorted(name for name, route in ROUTES.items() if route.body_field is not None))
def test_what_takes_a_body_stands_behind_the_door(name: str) -> None:
    assert isinstance(ROUTES[name], Door), f"the router of {name} is an APIRouter(..., route_class=Door)"
