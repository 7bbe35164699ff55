"""Users, keys and what they allow, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

Problem = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def rita(api: Any) -> dict[str, Any]:
    """A reviewer."""
    answer = api.post("/v1/users", json={"login": "Rita", "name": "ریتا مرادی", "role": "reviewer", "languages": ["fa", "en"]})
    assert answer.status_code == 201, answer.text
    assert (answer.headers["location"], answer.headers["etag"]) == ("/v1/users/rita", '"1"')
    found: dict[str, Any] = answer.json()
    return found


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_user_is_taken_in_once(api: Any, rita: dict[str, Any]) -> None:
    assert (rita["id"], rita["login"], rita["active"], rita["revision"]) == ("rita", "rita", True, 1)
    answer = api.get("/v1/users/rita")
    assert (answer.json(), answer.headers["etag"]) == (rita, '"1"')
    assert [user["id"] for user in api.json("/v1/users")["items"]][-1] == "admin"
    assert api.json("/v1/users", params={"role": "reviewer", "active": "true"})["items"] == [rita]


@pytest.mark.parametrize("login", ["rita", "RITA", "Ｒita", " rita\u200f"])
def test_a_login_is_taken_however_it_is_written(api: Any, rita: dict[str, Any], problem: Problem, login: str) -> None:
    answer = api.post("/v1/users", json={"id": "other", "login": login, "name": "x", "role": "agent"})
    assert problem(answer, 409, "duplicate")["field"] == "login"


@pytest.mark.parametrize(("one", "same"), [("علي", "علی"), ("كامران", "کامران"), ("agent۱۷", "AGENT17")])
def test_persian_and_arabic_letters_make_one_login(api: Any, problem: Problem, one: str, same: str) -> None:
    made = api.post("/v1/users", json={"login": one, "name": "x", "role": "agent"})
    assert made.status_code == 201
    assert api.json(made.headers["location"]) == made.json()
    problem(api.post("/v1/users", json={"id": f"not {same}", "login": same, "name": "x", "role": "agent"}), 409, "duplicate")


def test_a_retry_takes_nobody_in_again(api: Any) -> None:
    body = {"login": "retry", "name": "x", "role": "coach", "teams": ["a team that no interaction names yet"]}
    first, again = (api.post("/v1/users", json=body, headers={"Idempotency-Key": "take-in-1"}) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"login": ""}, "login"),
        ({"login": "two words"}, "login"),
        ({"login": None}, "login"),
        ({"role": "king"}, "role"),
        ({"name": "x" * 201}, "name"),
        ({"id": "a/b"}, "id"),
        ({"languages": ["english"]}, "languages[0]"),
        ({"capacity": -1}, "capacity"),
        ({"teams": ["x"] * 201}, "teams"),
        ({"teams": ["a\nb"]}, "teams[0]"),
        ({"password": "x"}, "password"),
        ({"active": False}, "active"),
    ],
)
def test_what_is_no_user(api: Any, problem: Problem, change: dict[str, Any], field: str) -> None:
    body = {"login": "someone", "name": "x", "role": "agent", **change}
    assert problem(api.post("/v1/users", json=body), 422, "invalid_request")["field"] == field


def test_an_id_with_a_meaning_of_its_own(api: Any, problem: Problem) -> None:
    assert problem(api.post("/v1/users", json={"login": "system", "name": "x", "role": "agent"}), 422, "input")["field"] == "id"


def test_changes_by_revision(api: Any, rita: dict[str, Any], problem: Problem) -> None:
    del rita
    api.post("/v1/users", json={"login": "lena", "name": "Lena", "role": "reviewer", "agent": "a9", "capacity": 3})
    answer = api.call("PATCH", "/v1/users/lena", json={"role": "coach", "teams": ["billing"]}, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["role"], answer.json()["agent"], answer.headers["etag"]) == ("coach", "a9", '"2"')
    stale = api.call("PATCH", "/v1/users/lena", json={"name": "x"}, headers={"If-Match": '"1"'})
    assert problem(stale, 412, "stale_version")["field"] == "If-Match"
    # Null clears what can be without, and is nothing to the rest.
    cleared = api.call("PATCH", "/v1/users/lena", json={"agent": None, "capacity": None, "name": None, "teams": None}).json()
    assert (cleared["agent"], cleared["capacity"], cleared["name"], cleared["teams"]) == (None, None, "Lena", ["billing"])
    problem(api.call("PATCH", "/v1/users/lena", json={"login": "other"}), 422, "invalid_request")
    problem(api.call("PATCH", "/v1/users/nemo", json={}), 404, "not_found")
    problem(api.get("/v1/users/nemo"), 404, "not_found")
    entry = api.json("/v1/audit", params={"subject": "user/lena"})["items"][1]
    assert (entry["action"], entry["content"]["before"], entry["content"]["permissions"]) == (
        "user.changed", {"role": "reviewer", "teams": []}, True
    )  # fmt: skip


def test_the_last_admin_stays(api: Any, problem: Problem) -> None:
    for change in ({"active": False}, {"role": "agent"}):
        assert "last active admin" in problem(api.call("PATCH", "/v1/users/admin", json=change), 409, "conflict")["detail"]


def issue(api: Any, **body: Any) -> tuple[dict[str, Any], str]:
    answer = api.post("/v1/keys", json={"name": "of a test", **body})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["key"], answer.json()["secret"]


def test_a_key_is_shown_once_and_gives_what_it_was_made_for(api: Any, client: TestClient, rita: dict[str, Any], problem: Problem) -> None:
    key, secret = issue(api, user="rita", rights=["self", "scorecards.read"])
    assert (key["user"], key["rights"], key["root"]) == (rita["id"], key["rights"], False)
    assert sorted(key["rights"]) == ["scorecards.read", "self"]
    listed = api.get("/v1/keys", params={"user": "rita"})
    assert [one["hint"] for one in listed.json()["items"]] == [f"{secret[:6]}…{secret[-4:]}"]
    assert secret not in listed.text
    me = client.get("/v1/me", headers=bearer(secret)).json()
    assert (me["user"], me["key"], me["session"]) == (rita, key["id"], None)
    assert me["rights"] == [{"right": "scorecards.read", "reach": "all"}, {"right": "self", "reach": "all"}]
    assert client.get("/v1/scorecards", headers={"X-API-Key": secret}).status_code == 200
    found = problem(client.get("/v1/interactions", headers=bearer(secret)), 403, "permission_denied")
    assert (found["field"], found["detail"]) == ("interactions.read", "this key or session gives no right to interactions.read")
    assert found["hint"].startswith("this key was made for less: use another")
    problem(client.get("/v1/users", headers=bearer(secret)), 403, "permission_denied")
    problem(client.get("/v1/keys", headers=bearer(secret), params={"user": "admin"}), 403, "permission_denied")
    assert client.delete(f"/v1/keys/{key['id']}", headers=bearer(secret)).json()["revoked_at"] is not None
    assert "revoked" in problem(client.get("/v1/me", headers=bearer(secret)), 401, "authentication")["detail"]
    problem(api.call("DELETE", "/v1/keys/nothing"), 404, "not_found")


def test_when_a_key_was_used_is_told(api: Any, client: TestClient, rita: dict[str, Any]) -> None:
    key, secret = issue(api, user=rita["id"])
    before = datetime.now(UTC) - timedelta(seconds=1)
    for _ in range(3):
        client.get("/v1/me", headers=bearer(secret))
    (found,) = (one for one in api.json("/v1/keys", params={"user": "rita"})["items"] if one["id"] == key["id"])
    assert datetime.fromisoformat(found["used_at"]) > before


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"expires_at": "2020-01-01"}, 422, "input", "expires_at"),
        ({"expires_at": "3020-01-01"}, 422, "input", "expires_at"),
        ({"expires_at": "soon"}, 422, "invalid_request", "expires_at"),
        ({"rights": []}, 422, "invalid_request", "rights"),
        ({"rights": ["everything"]}, 422, "invalid_request", "rights[0]"),
        ({"user": "rita", "rights": ["users.manage"]}, 422, "input", "rights"),
        ({"user": "nemo"}, 404, "not_found", "user"),
        ({"name": ""}, 422, "invalid_request", "name"),
        ({"secret": "mine"}, 422, "invalid_request", "secret"),
    ],
)
def test_what_is_no_key(api: Any, rita: dict[str, Any], problem: Problem, body: dict[str, Any], status: int, code: str, field: str) -> None:
    del rita
    assert problem(api.post("/v1/keys", json={"name": "x", **body}), status, code)["field"] == field


def test_an_expired_key_and_one_of_somebody_who_was_switched_off(api: Any, client: TestClient, problem: Problem) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]
    api.post("/v1/users", json={"login": "gone", "name": "x", "role": "qa_lead"})
    key, secret = issue(api, user="gone")
    with services.database.unit() as unit:
        from qa_service.store.tables import ApiKeyRow, core

        unit.keys._update(ApiKeyRow, core(ApiKeyRow).c.id == key["id"], values={"expires_at": datetime(2026, 1, 1, tzinfo=UTC)})
    assert "expired on 2026-01-01" in problem(client.get("/v1/me", headers=bearer(secret)), 401, "authentication")["detail"]
    _, secret = issue(api, user="gone")
    assert client.get("/v1/me", headers=bearer(secret)).status_code == 200
    assert api.call("PATCH", "/v1/users/gone", json={"active": False}).json()["active"] is False
    problem(client.get("/v1/me", headers=bearer(secret)), 401, "authentication")
    problem(api.post("/v1/keys", json={"name": "x", "user": "gone"}), 409, "conflict")


def test_everybody_makes_keys_of_their_own(api: Any, client: TestClient, rita: dict[str, Any]) -> None:
    _, secret = issue(api, user=rita["id"])
    answer = client.post("/v1/keys", headers=bearer(secret), json={"name": "mine", "expires_at": "2034-01-01"})
    assert (answer.status_code, answer.json()["key"]["user"]) == (201, "rita")
    assert answer.json()["key"]["expires_at"] == "2034-01-01T00:00:00Z"
    assert client.get("/v1/me", headers=bearer(answer.json()["secret"])).json()["user"]["id"] == "rita"
