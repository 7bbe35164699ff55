"""Signing in with a browser: cookie, token of the pages, limits, passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

Problem = Callable[..., dict[str, Any]]
GOOD, NEW = "olive tram window 41", "نیمکت چوبی کنار رود"


class Browser:
    """Somebody at a page: keeps the cookie, and sends the token with what changes something."""

    def __init__(self, client: TestClient, base: str = "http://testserver") -> None:
        self.client = TestClient(client.app, base_url=base)
        self.token = ""

    def sign_in(self, login: str, password: str) -> Any:
        answer = self.client.post("/v1/sessions", json={"login": login, "password": password}, headers={"User-Agent": "Browser/1"})
        self.token = answer.json().get("csrf_token", "")
        return answer

    def call(self, method: str, path: str, **options: Any) -> Any:
        return self.client.request(method, path, headers={"X-CSRF-Token": self.token}, **options)


@pytest.fixture
def person(api: Any, client: TestClient) -> str:
    """Somebody new with the password GOOD; their login."""
    services = client.app.state.services  # type: ignore[attr-defined]
    login = f"person{len(services.users.list())}"
    assert api.post("/v1/users", json={"login": login, "name": "x", "role": "reviewer"}).status_code == 201
    with services.database.unit() as unit:
        unit.passwords.set(login, services.passwords.hash(GOOD), must_change=False, at=services.clock())
    return login


@pytest.fixture
def browser(client: TestClient, person: str) -> Iterator[Browser]:
    found = Browser(client)
    answer = found.sign_in(person.upper(), GOOD)
    assert answer.status_code == 201, answer.text
    yield found
    with client.app.state.services.database.unit() as unit:  # type: ignore[attr-defined]
        unit.sign_ins.forgive("")


def test_the_cookie_is_for_the_browser_alone(client: TestClient, person: str) -> None:
    for base, secure in (("http://testserver", False), ("https://testserver", True)):
        answer = Browser(client, base).sign_in(person, GOOD)
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert f"max-age={12 * 3600}" in cookie
        assert ("secure" in cookie) is secure
        body = answer.json()
        assert set(body) == {"session", "csrf_token", "must_change_password"}
        assert cookie.split("=")[1].split(";")[0] not in answer.text.lower()
        assert (body["session"]["user"], body["session"]["how"], body["session"]["client"]) == (person, "password", "Browser/1")


def test_a_setting_makes_the_cookie_secure_behind_any_proxy(client: TestClient, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]
    always = services.settings.model_copy(update={"secure_cookies": "always"})
    monkeypatch.setitem(services.__dict__, "settings", always)
    assert "secure" in Browser(client).sign_in(person, GOOD).headers["set-cookie"].lower()


def test_a_session_calls_like_a_key(browser: Browser, person: str) -> None:
    me = browser.call("GET", "/v1/me").json()
    assert (me["user"]["id"], me["key"]) == (person, None)
    assert {"right": "scorecards.review", "reach": "all"} in me["rights"]
    current = browser.call("GET", "/v1/sessions/current").json()
    assert (current["session"]["id"], current["csrf_token"]) == (me["session"], browser.token)


def test_a_session_that_another_process_ended_is_over(browser: Browser, person: str, problem: Problem) -> None:
    assert browser.call("GET", "/v1/me").status_code == 200
    services = browser.client.app.state.services  # type: ignore[attr-defined]
    with services.database.unit() as unit:
        # This process does not know yet.
        assert unit.sessions.end_all(person) == 1
    problem(browser.call("GET", "/v1/sessions/current"), 401, "authentication")


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
def test_what_changes_something_needs_the_token_of_the_pages(browser: Browser, problem: Problem, token: str | None) -> None:
    headers = {} if token is None else {b"X-CSRF-Token": token.encode()}
    for method, path in (("POST", "/v1/keys"), ("DELETE", "/v1/sessions/current"), ("PUT", "/v1/me/password")):
        answer = browser.client.request(method, path, headers=headers, json={})
        assert problem(answer, 403, "permission_denied")["field"] == "X-CSRF-Token"
    assert browser.client.get("/v1/me", headers=headers).status_code == 200


def test_the_token_of_another_session_is_none(browser: Browser, client: TestClient, person: str, problem: Problem) -> None:
    other = Browser(client)
    other.sign_in(person, GOOD)
    answer = browser.client.post("/v1/keys", json={"name": "x"}, headers={"X-CSRF-Token": other.token})
    problem(answer, 403, "permission_denied")
    assert browser.call("POST", "/v1/keys", json={"name": "x"}).status_code == 201


def test_a_key_wins_over_a_cookie(browser: Browser, api: Any, problem: Problem) -> None:
    assert browser.client.get("/v1/me", headers=api.headers).json()["user"]["id"] == "admin"
    problem(browser.client.get("/v1/me", headers={"X-API-Key": "wrong"}), 401, "authentication")


def test_a_form_of_another_site_signs_nobody_in(client: TestClient, person: str, problem: Problem) -> None:
    body = f'{{"login": "{person}", "password": "{GOOD}"}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        problem(TestClient(client.app).post("/v1/sessions", content=body, headers={"Content-Type": kind}), 422, "invalid_request")


def test_whatever_is_wrong_is_told_alike(client: TestClient, person: str, problem: Problem) -> None:
    told = {
        problem(Browser(client).sign_in(login, password), 401, "authentication")["detail"]
        for login, password in ((person, "wrong"), ("nobody-like-that", GOOD), ("a b/c", GOOD))
    }
    assert told == {"the login or the password is wrong"}


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "login"), ({"login": "x"}, "password"), ({"login": "", "password": "x"}, "login"),
     ({"login": "x" * 201, "password": "x"}, "login"),
     ({"login": "x", "password": ""}, "password"), ({"login": "x", "password": "p" * 1001}, "password"),
     ({"login": "x", "password": "x", "role": "admin"}, "role"), ({"login": 7, "password": "x"}, "login")],
)  # fmt: skip
def test_what_is_no_try(client: TestClient, problem: Problem, body: dict[str, Any], field: str) -> None:
    answer = TestClient(client.app).post("/v1/sessions", json=body)
    assert problem(answer, 422, "invalid_request")["field"] == field
    assert "pppp" not in answer.text


def test_too_many_tries_are_told_when_to_come_again(api: Any, client: TestClient, problem: Problem, person: str) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]
    with services.database.unit() as unit:
        for _ in range(services.settings.sign_in_tries):
            services.sessions._tries.begin(unit, person, address="testclient", at=services.clock())
    answer = Browser(client).sign_in(person, GOOD)
    found = problem(answer, 429, "too_many_tries")
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60
    assert f"wait {answer.headers['retry-after']} s" in found["hint"]
    # An admin helps: a new password starts anew.
    once = api.post(f"/v1/users/{person}/password").json()["password"]
    assert Browser(client).sign_in(person, once).json()["must_change_password"] is True


def test_a_one_time_password_only_serves_to_choose_another(
    api: Any, browser: Browser, client: TestClient, person: str, problem: Problem
) -> None:
    answer = api.post(f"/v1/users/{person}/password")
    assert answer.headers["cache-control"] == "no-store"
    problem(browser.call("GET", "/v1/me"), 401, "authentication")
    assert browser.sign_in(person, answer.json()["password"]).json()["must_change_password"] is True
    assert browser.call("GET", "/v1/me").json()["rights"] == [{"right": "self", "reach": "all"}]
    assert browser.call("GET", "/v1/sessions/current").json()["must_change_password"] is True
    problem(browser.call("GET", "/v1/scorecards"), 403, "permission_denied")
    assert browser.call("PUT", "/v1/me/password", json={"old": answer.json()["password"], "new": NEW}).status_code == 204
    assert browser.call("GET", "/v1/scorecards").status_code == 200
    problem(api.post("/v1/users/nemo/password"), 404, "not_found")
    problem(Browser(client).sign_in(person, answer.json()["password"]), 401, "authentication")


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("wrong", NEW, "input", "old"),
        (GOOD, GOOD, "input", "new"),
        (GOOD, "tram window", "password", "new"),
        (GOOD, "password1234", "password", "new"),
        (GOOD, "aaaaaaaaaaaaaa", "password", "new"),
        (GOOD, "", "invalid_request", "new"),
    ],
)
def test_passwords_that_are_not_taken(browser: Browser, problem: Problem, old: str, new: str, code: str, field: str) -> None:
    answer = browser.call("PUT", "/v1/me/password", json={"old": old, "new": new})
    assert problem(answer, 422, code)["field"] == field
    assert not new or new not in answer.text


def test_the_login_is_no_password(browser: Browser, person: str, problem: Problem) -> None:
    found = problem(browser.call("PUT", "/v1/me/password", json={"old": GOOD, "new": f"{person}-{person}"}), 422, "password")
    assert "login" in found["detail"]


def test_a_key_changes_the_password_too_and_nobody_without_one(api: Any, problem: Problem) -> None:
    # The admin of this service came by QA_ADMIN_KEY.
    found = problem(api.call("PUT", "/v1/me/password", json={"old": "x", "new": NEW}), 409, "conflict")
    assert found["hint"] == "an admin can give you one"


def test_sessions_are_listed_and_ended(browser: Browser, client: TestClient, person: str, problem: Problem) -> None:
    others = [Browser(client) for _ in range(2)]
    for other in others:
        assert other.sign_in(person, GOOD).status_code == 201
    listed = browser.call("GET", "/v1/sessions").json()["sessions"]
    assert [one["current"] for one in listed] == [False, False, True]
    assert {one["address"] for one in listed} == {"testclient"}
    assert browser.call("DELETE", f"/v1/sessions/{listed[0]['id']}").status_code == 204
    problem(others[1].call("GET", "/v1/me"), 401, "authentication")
    problem(browser.call("DELETE", f"/v1/sessions/{listed[0]['id']}"), 404, "not_found")
    assert others[0].call("DELETE", "/v1/sessions/current").status_code == 204
    assert "qa_session" not in others[0].client.cookies
    assert browser.call("DELETE", "/v1/sessions").status_code == 204
    problem(browser.call("GET", "/v1/me"), 401, "authentication")


def test_an_admin_signs_somebody_out(api: Any, browser: Browser, person: str, problem: Problem) -> None:
    assert api.call("DELETE", f"/v1/users/{person}/sessions").status_code == 204
    assert "over" in problem(browser.call("GET", "/v1/me"), 401, "authentication")["detail"]
    problem(api.call("DELETE", "/v1/users/nemo/sessions"), 404, "not_found")


def test_a_key_has_no_session(api: Any, problem: Problem) -> None:
    assert problem(api.get("/v1/sessions/current"), 404, "not_found")["field"] == "session"
    problem(api.call("DELETE", "/v1/sessions/current"), 404, "not_found")
    assert api.json("/v1/sessions") == {"sessions": []}


def test_somebody_who_was_switched_off_is_out_at_once(
    api: Any, browser: Browser, client: TestClient, person: str, problem: Problem
) -> None:
    assert api.call("PATCH", f"/v1/users/{person}", json={"active": False}).status_code == 200
    problem(browser.call("GET", "/v1/me"), 401, "authentication")
    problem(Browser(client).sign_in(person, GOOD), 401, "authentication")


@pytest.mark.parametrize("cookie", ["", "wrong", "é".encode().decode("latin-1"), "x" * 4000])
def test_a_cookie_that_nobody_gave_out(client: TestClient, problem: Problem, cookie: str) -> None:
    problem(client.get("/v1/me", headers={b"Cookie": f"qa_session={cookie}".encode("latin-1")}), 401, "authentication")


def test_signing_in_is_in_the_ledger_and_no_password(api: Any, client: TestClient, person: str) -> None:
    Browser(client).sign_in(person, "wrong password that nobody should read")
    Browser(client).sign_in(person, GOOD)
    entries = api.json("/v1/audit", params={"subject": f"user/{person}"})["items"]
    refused = [entry for entry in entries if entry["action"] == "session.refused"]
    assert [(entry["actor"], entry["content"]) for entry in refused] == [("nobody", {"address": "testclient", "known": True})]
    data = b"".join(path.read_bytes() for path in api.data_dir.glob("qa_service.sqlite*"))
    for secret in ("nobody should read", GOOD, NEW):
        assert secret.encode() not in data
