"""Signing in with a real OpenID provider of our own: the whole journey, and everything that may go wrong on the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr

from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User
from qa_service.errors import ConfigurationError
from qa_service.services import oidc_provider
from qa_service.services.oidc import ProviderSignIn, client_of
from qa_service.services.oidc_attempt import LIFETIME
from qa_service.services.tries import Tries
from qa_service.settings import Settings

CLIENT, SECRET = "qa service", "s3cret/with+letters:that need encoding"
ROLES = {"qa-admins": "admin", "qa-leads": "qa_lead", "coaches": "coach", "staff": "agent"}


class Provider:
    """Discovery, authorize, token and keys, over HTTP; a test changes what it says."""

    def __init__(self) -> None:
        self.rsa = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
        self.other = RSAKey.generate_key(2048, {"kid": "rsa-2", "use": "sig"})
        self.ec = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner._answer(self)

            def do_POST(self) -> None:
                owner._answer(self)

            def log_message(self, *_: object) -> None:
                """Quietly."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realms/main"
        self.reset()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self) -> None:
        """As a good provider with one person."""
        self.person: dict[str, Any] = {
            "sub": "u-1", "name": "Rita Lang", "email": "rita@example.org", "email_verified": True, "preferred_username": "Rita.Lang",
            "groups": ["everybody", "qa-leads"],
        }  # fmt: skip
        self.keys: list[Any] = [self.rsa, self.ec]
        self.key: Any = self.rsa
        self.algorithm = "RS256"
        self.header: dict[str, Any] = {"kid": "rsa-1"}
        self.claims: dict[str, Any] = {}
        self.settings: dict[str, Any] = {}
        self.raw_token: str | None = None
        self.reusable = False
        self.drip = 0.0
        self.extra_keys: list[dict[str, Any]] = []
        self.broken: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.posted: dict[str, str] = {}

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        url = urlsplit(request.path)
        name = url.path.rpartition("/")[2]
        self.asked.append(name)
        body = request.rfile.read(int(request.headers.get("content-length", 0)))
        if name in self.broken:
            status, content = self.broken[name]
            return self._send(request, status, content)
        if name == "authorize":
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            code = secrets.token_urlsafe(8)
            self.codes[code] = query
            return self._send(request, 302, b"", location=f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")
        found: dict[str, Any] = {
            "openid-configuration": self._configuration, "jwks": self._jwks,
            "token": lambda: self._token(request, {key: values[0] for key, values in parse_qs(body.decode()).items()}),
        }[name]()  # fmt: skip
        return self._send(request, found.pop("status", 200), json.dumps(found).encode())

    def _send(self, request: BaseHTTPRequestHandler, status: int, content: bytes, *, location: str | None = None) -> None:
        request.send_response(status)
        if location is not None:
            request.send_header("Location", location)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if not self.drip:
            request.wfile.write(content)
            return
        with suppress(OSError):
            for byte in content[:20]:
                request.wfile.write(bytes([byte]))
                time.sleep(self.drip)

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize?kc_locale=fa",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks", **self.settings,
        }  # fmt: skip

    def _jwks(self) -> dict[str, Any]:
        return {"keys": [*self.extra_keys, *(key.as_dict(private=False) for key in self.keys)]}

    def _token(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> dict[str, Any]:
        self.posted = form
        basic = f"{httpx.QueryParams({'a': CLIENT})}"[2:], f"{httpx.QueryParams({'a': SECRET})}"[2:]
        proven = request.headers.get("authorization") == "Basic " + base64.b64encode(":".join(basic).encode()).decode()
        asked = self.codes.get(form["code"]) if self.reusable else self.codes.pop(form["code"], None)
        if not (proven or form.get("client_secret") == SECRET):
            return {"status": 401, "error": "invalid_client"}
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or digest != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return {"status": 400, "error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.person, **self.claims,
        }  # fmt: skip
        token = self.raw_token or jwt.encode({"alg": self.algorithm, **self.header}, claims, self.key, algorithms=[self.algorithm])
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": token}


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture
def provider(started: Provider) -> Provider:
    started.reset()
    return started


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, started: Provider) -> Settings:
    return Settings(
        data_dir=tmp_path_factory.mktemp("oidc"), rubrics_dir=Path(__file__).parent / "rubrics", engine="sidecar", sign_in_tries=1000,
        admin_key="a-key-that-is-long-enough-for-tests", public_url="http://testserver", oidc_issuer=started.issuer, oidc_client_id=CLIENT,
        oidc_client_secret=SECRET, oidc_role_claim="groups", oidc_roles=ROLES, oidc_create=True,
    )  # fmt: skip


class Browser:
    """A browser of its own, and what it sees."""

    def __init__(self, client: TestClient) -> None:
        self.client = TestClient(client.app, follow_redirects=False)

    def depart(self, target: str = "/docs") -> str:
        """The provider's address that it is sent to."""
        answer = self.client.get("/v1/oidc/login", params={"next": target})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def consent(self, address: str) -> str:
        """What the provider sends it back to."""
        answer = httpx.get(address, trust_env=False)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"]).removeprefix("http://testserver")

    def sign_in(self, target: str = "/docs") -> Any:
        return self.client.get(self.consent(self.depart(target)))

    def whoami(self) -> Any:
        return self.client.get("/v1/sessions/current")


@pytest.fixture
def browser(client: TestClient, provider: Provider) -> Browser:
    return Browser(client)


@contextmanager
def other_settings(client: TestClient, **changes: Any) -> Iterator[Any]:
    """The same application with the provider set up otherwise."""
    app: Any = client.app
    before = app.state.services
    settings = before.settings.model_copy(update=changes)
    oidc = ProviderSignIn(
        database=before.database, users=before.users, sessions=before.sessions, tries=Tries(settings=settings), settings=settings,
        clock=changes.get("clock", before.clock),
    )  # fmt: skip
    app.state.services = replace(before, oidc=oidc)
    yield oidc
    app.state.services = before


def user_of(browser: Browser) -> Any:
    app: Any = browser.client.app
    session = browser.whoami()
    assert session.status_code == 200, session.text
    return app.state.services.users.get(session.json()["session"]["user"])


def last_entries(client: TestClient, most: int = 4) -> list[Any]:
    app: Any = client.app
    with app.state.services.database.reading() as unit:
        return list(unit.ledger.entries())[::-1][:most]


def anew(provider: Provider, **changes: Any) -> str:
    """A person whom nobody has seen before."""
    name = secrets.token_hex(4)
    provider.person = {**provider.person, "sub": name, "preferred_username": name, "email": f"{name}@example.org", **changes}
    return name


def test_one_is_sent_there_comes_back_and_is_signed_in(browser: Browser, provider: Provider) -> None:
    name = anew(provider, name="رضا کریمی")
    address = browser.depart("/v1/scorecards?team=a")
    asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{provider.issuer}/authorize?kc_locale=fa&")
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid profile email"
    assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, "http://testserver/v1/oidc/callback")
    assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
    answer = browser.client.get(browser.consent(address))
    assert (answer.status_code, answer.headers["location"]) == (303, "/v1/scorecards?team=a")
    cookies = answer.headers.get_list("set-cookie")
    session = next(one for one in cookies if one.startswith("qa_session="))
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert any(one.startswith('qa_oidc="";') and "Max-Age=0" in one for one in cookies)
    user = user_of(browser)
    assert (user.login, user.name, user.role, user.email) == (name, "رضا کریمی", Role.QA_LEAD, f"{name}@example.org")
    assert browser.whoami().json()["session"]["how"] == "oidc"
    assert browser.client.get("/v1/scorecards").status_code == 200
    # The verifier is never in an address, and the state is not the cookie.
    assert provider.posted["code_verifier"] not in address
    assert browser.client.cookies.get("qa_oidc") is None
    actions = [one.action for one in last_entries(browser.client)]
    assert actions[:3] == ["session.opened", "user.linked", "user.created"]


def test_who_comes_again_is_the_same_user_with_the_role_of_today(browser: Browser, provider: Provider, client: TestClient) -> None:
    anew(provider)
    assert browser.sign_in().status_code == 303
    first = user_of(browser)
    provider.person.update(groups=["staff", "coaches"], email="moved@example.org", preferred_username="other")
    again = Browser(client)
    assert again.sign_in().status_code == 303
    second = user_of(again)
    assert (second.id, second.role) == (first.id, Role.COACH)
    changed = next(one for one in last_entries(client) if one.action == "user.changed")
    assert json.loads(json.dumps(changed.content))["after"] == {"role": "coach"}
    assert changed.content["permissions"] is True
    # A session that is open has the new role, too.
    assert browser.client.get("/v1/scorecards").status_code == 200
    assert browser.client.get("/v1/jobs").json()["code"] == "permission_denied"


def test_teams_and_agent_come_from_claims_where_the_settings_say_so(browser: Browser, provider: Provider, client: TestClient) -> None:
    anew(provider, groups=["coaches"], teams=["billing", "گروه ۲"], staff={"agent": "a17"})
    with other_settings(client, oidc_team_claim="teams", oidc_agent_claim="staff.agent"):
        assert browser.sign_in().status_code == 303
        assert (user_of(browser).teams, user_of(browser).agent) == (("billing", "گروه ۲"), "a17")
        provider.person.update(teams=[], staff={})
        assert Browser(client).sign_in().status_code == 303
    assert (user_of(browser).teams, user_of(browser).agent) == ((), None)


@pytest.mark.parametrize("kind", ["RS256", "PS384", "ES256"])
def test_each_kind_of_key_pair_will_do(browser: Browser, provider: Provider, kind: str) -> None:
    anew(provider)
    provider.algorithm = kind
    if kind == "ES256":
        provider.key, provider.header = provider.ec, {"kid": "ec-1"}
    assert browser.sign_in().status_code == 303


def test_keys_may_change_between_two_sign_ins(browser: Browser, provider: Provider, client: TestClient) -> None:
    anew(provider)
    assert browser.sign_in().status_code == 303
    before = provider.asked.count("jwks")
    provider.keys, provider.key, provider.header = [provider.other], provider.other, {"kid": "rsa-2"}
    assert Browser(client).sign_in().status_code == 303
    assert provider.asked.count("jwks") == before + 1
    # And back, for the tests that follow.
    provider.reset()
    anew(provider)
    assert Browser(client).sign_in().status_code == 303


def test_keys_that_cannot_be_used_spoil_nothing(browser: Browser, provider: Provider, client: TestClient) -> None:
    anew(provider)
    broken: list[dict[str, Any]] = [
        {"kty": "RSA", "kid": "rsa-1"}, {"kty": "AKP", "kid": "rsa-1"}, {"kid": "rsa-1"}, {"kty": "oct", "kid": "rsa-1", "k": "AAAA"},
        {**provider.other.as_dict(private=False), "kid": "rsa-1", "use": "enc"},
    ]  # fmt: skip
    provider.extra_keys = broken
    with other_settings(client):
        assert browser.sign_in().status_code == 303


def test_a_token_that_names_no_key_is_taken_where_there_is_only_one(browser: Browser, provider: Provider, client: TestClient) -> None:
    anew(provider)
    provider.header = {}
    with other_settings(client):
        # One RSA key; the other is for another kind of signature.
        assert browser.sign_in().status_code == 303
    provider.keys = [provider.rsa, provider.other]
    with other_settings(client):
        assert Browser(client).sign_in().json()["field"] == "id_token"


def test_the_secret_goes_into_the_form_where_the_provider_wants_it_there(browser: Browser, provider: Provider, client: TestClient) -> None:
    anew(provider)
    provider.settings = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    with other_settings(client):
        assert browser.sign_in().status_code == 303
    assert provider.posted["client_secret"] == SECRET


def refused(client: TestClient, answer: Any, field: str, *, code: str = "sign_in", status: int = 401) -> Any:
    """A problem, no session, and an entry in the ledger."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    found = answer.json()
    assert (found["code"], found.get("field")) == (code, field)
    assert not any(one.startswith("qa_session=") for one in answer.headers.get_list("set-cookie"))
    entry = last_entries(client, 1)[0]
    assert (entry.action, entry.content["code"], entry.content["field"]) == ("session.refused", code, field)
    return found


class TestAttacks:
    """Each is refused, by name."""

    def test_a_state_of_another_browser(self, browser: Browser, client: TestClient, provider: Provider) -> None:
        victim = Browser(client)
        victim.depart()
        # The attacker's own answer, forced upon the victim.
        forced = browser.consent(browser.depart())
        refused(client, victim.client.get(forced), "state")

    def test_no_cookie_at_all(self, browser: Browser, client: TestClient) -> None:
        back = browser.consent(browser.depart())
        refused(client, Browser(client).client.get(back), "cookie")

    def test_a_forged_cookie(self, browser: Browser, client: TestClient) -> None:
        back = browser.consent(browser.depart())
        browser.client.cookies.clear()
        refused(client, browser.client.get(back, headers={"Cookie": "qa_oidc=WyJhIl0.AAAA"}), "cookie")

    @pytest.mark.parametrize("reusable", [True, False])
    def test_the_same_answer_twice(self, browser: Browser, client: TestClient, provider: Provider, reusable: bool) -> None:
        anew(provider)
        provider.reusable = reusable
        back = browser.consent(browser.depart())
        cookie = browser.client.cookies.get("qa_oidc")
        assert browser.client.get(back).status_code == 303
        refused(client, Browser(client).client.get(back, headers={"Cookie": f"qa_oidc={cookie}"}), "state")

    def test_an_answer_that_comes_too_late(self, browser: Browser, client: TestClient, provider: Provider) -> None:
        app: Any = client.app
        clock = app.state.services.clock
        back = browser.consent(browser.depart())
        with other_settings(client, clock=lambda: clock() + LIFETIME):
            refused(client, browser.client.get(back), "state")

    def test_a_code_of_somebody_else(self, browser: Browser, client: TestClient, provider: Provider) -> None:
        stolen = parse_qs(urlsplit(Browser(client).consent(Browser(client).depart())).query)["code"][0]
        back = browser.consent(browser.depart())
        state = parse_qs(urlsplit(back).query)["state"][0]
        found = refused(client, browser.client.get("/v1/oidc/callback", params={"state": state, "code": stolen}), "code")
        assert "invalid_grant" in found["detail"]

    @pytest.mark.parametrize(
        ("claims", "field"),
        [
            ({"nonce": "of another sign-in"}, "nonce"),
            ({"aud": "another client"}, "aud"),
            ({"aud": [CLIENT, "another client"]}, "azp"),
            ({"iss": "https://evil.example"}, "iss"),
            ({"exp": 1_000_000_000}, "exp"),
            ({"iat": 4_000_000_000}, "iat"),
            ({"sub": ""}, "sub"),
            ({"groups": ["nobody we know"]}, "groups"),
            ({"groups": None}, "groups"),
        ],
    )
    def test_a_token_for_something_else(
        self, browser: Browser, client: TestClient, provider: Provider, claims: dict[str, Any], field: str
    ) -> None:
        provider.claims = claims
        refused(client, browser.sign_in(), field)

    @pytest.mark.parametrize(
        "case", ["none", "no signature", "HS256 public", "HS256 secret", "other key", "unknown kid", "junk", "key of another kind"]
    )
    def test_a_token_that_nobody_signed(self, browser: Browser, client: TestClient, provider: Provider, case: str) -> None:
        address = browser.depart()
        asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        now = int(time.time())
        claims = {
            "iss": provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            **provider.person, "name": "forged",
        }  # fmt: skip

        def plain(value: Any) -> str:
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            return base64.urlsafe_b64encode(data).decode().rstrip("=")

        def shared(secret: bytes) -> str:
            """Signed with what is no secret between the two."""
            body = f"{plain({'alg': 'HS256', 'kid': 'rsa-1'})}.{plain(claims)}"
            return f"{body}.{plain(hmac.digest(secret, body.encode(), 'sha256'))}"

        good = jwt.encode({"alg": "RS256", "kid": "rsa-1"}, claims, provider.rsa)
        forged: dict[str, Callable[[], str]] = {
            "none": lambda: f"{plain({'alg': 'none', 'typ': 'JWT'})}.{plain(claims)}.",
            "no signature": lambda: good.rpartition(".")[0] + ".",
            "HS256 public": lambda: shared(provider.rsa.as_pem(private=False)),
            "HS256 secret": lambda: shared(SECRET.encode()),
            "other key": lambda: jwt.encode({"alg": "RS256", "kid": "rsa-1"}, claims, provider.other),
            "unknown kid": lambda: jwt.encode({"alg": "RS256", "kid": "rsa-2"}, claims, provider.other),
            "junk": lambda: "سلام.a.b",
            "key of another kind": lambda: jwt.encode({"alg": "RS256", "kid": "ec-1"}, claims, provider.rsa),
        }
        provider.raw_token = forged[case]()
        refused(client, browser.client.get(browser.consent(address)), "id_token")
        app: Any = client.app
        assert not [one for one in app.state.services.users.list() if one.name == "forged"]

    def test_the_provider_refuses(self, browser: Browser, client: TestClient) -> None:
        state = parse_qs(urlsplit(browser.depart()).query)["state"][0]
        answer = browser.client.get("/v1/oidc/callback", params={"state": state, "error": "access_denied"})
        assert "access_denied" in refused(client, answer, "error")["detail"]

    @pytest.mark.parametrize("told", [{"iss": "https://evil.example"}, {}])
    def test_another_provider_answers(self, browser: Browser, client: TestClient, provider: Provider, told: dict[str, str]) -> None:
        provider.settings = {"authorization_response_iss_parameter_supported": True}
        with other_settings(client):
            back = browser.consent(browser.depart())
            refused(client, browser.client.get(f"{back}&{urlencode(told)}"), "iss")
            again = Browser(client)
            assert again.client.get(f"{again.consent(again.depart())}&{urlencode({'iss': provider.issuer})}").status_code == 303

    def test_no_code(self, browser: Browser, client: TestClient) -> None:
        state = parse_qs(urlsplit(browser.depart()).query)["state"][0]
        refused(client, browser.client.get("/v1/oidc/callback", params={"state": state}), "code")

    def test_nothing_at_all(self, client: TestClient) -> None:
        refused(client, Browser(client).client.get("/v1/oidc/callback"), "cookie")

    @pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: a=b", "docs"])
    def test_a_way_out_of_the_service(self, client: TestClient, target: str, problem: Callable[..., Any]) -> None:
        found = problem(Browser(client).client.get("/v1/oidc/login", params={"next": target}), 422, "input")
        assert found["field"] == "next"

    def test_on_and_on(self, client: TestClient, problem: Callable[..., Any]) -> None:
        with other_settings(client, sign_in_tries=3):
            stranger = Browser(client)
            for _ in range(2000):
                answer = stranger.client.get("/v1/oidc/callback", params={"state": "guess"})
                if answer.status_code == 429:
                    break
            problem(answer, 429, "too_many_tries")
            assert int(answer.headers["retry-after"]) > 0
        app: Any = client.app
        with app.state.services.database.unit() as unit:
            unit.sign_ins.forget(failed_before=app.state.services.clock() + timedelta(days=1), known_before=app.state.services.clock())


class TestWhoIsKnown:
    """Who may come in at all."""

    def test_whom_nobody_knows_is_refused_unless_the_settings_take_people_in(
        self, browser: Browser, client: TestClient, provider: Provider
    ) -> None:
        anew(provider)
        with other_settings(client, oidc_create=False):
            refused(client, browser.sign_in(), "user")
        assert browser.sign_in().status_code == 303
        with other_settings(client, oidc_create=False):
            assert Browser(client).sign_in().status_code == 303

    def local(self, client: TestClient, name: str, **changes: Any) -> User:
        app: Any = client.app
        user = User(id=name, login=name, name=name, email=f"{name.upper()}@example.org", role=Role.REVIEWER)
        made: User = app.state.services.users.create(user.model_copy(update=changes), by=SYSTEM)
        return made

    def test_a_checked_address_links_where_the_settings_say_so(self, browser: Browser, client: TestClient, provider: Provider) -> None:
        local = self.local(client, anew(provider))
        with other_settings(client, oidc_create=False):
            refused(client, browser.sign_in(), "user")
        with other_settings(client, oidc_create=False, oidc_link_email=True):
            assert browser.sign_in().status_code == 303
        assert (user_of(browser).id, user_of(browser).role) == (local.id, Role.QA_LEAD)

    def test_an_unchecked_one_never_does(self, browser: Browser, client: TestClient, provider: Provider) -> None:
        local = self.local(client, anew(provider, email_verified=False))
        with other_settings(client, oidc_create=False, oidc_link_email=True):
            refused(client, browser.sign_in(), "email")
        with other_settings(client, oidc_link_email=True):
            assert browser.sign_in().status_code == 303
        assert user_of(browser).id != local.id

    def test_an_address_that_went_to_somebody_else_does_not_bring_the_user_along(
        self, browser: Browser, client: TestClient, provider: Provider
    ) -> None:
        self.local(client, anew(provider))
        with other_settings(client, oidc_link_email=True):
            assert browser.sign_in().status_code == 303
            provider.person["sub"] = secrets.token_hex(4)
            refused(client, Browser(client).sign_in(), "email")

    def test_an_address_of_two_links_to_neither(self, browser: Browser, client: TestClient, provider: Provider) -> None:
        name = anew(provider)
        self.local(client, name)
        self.local(client, f"{name}-2", email=f"{name}@example.org")
        with other_settings(client, oidc_link_email=True):
            refused(client, browser.sign_in(), "email")

    def test_whoever_was_switched_off_stays_out(self, browser: Browser, client: TestClient, provider: Provider) -> None:
        anew(provider)
        assert browser.sign_in().status_code == 303
        app: Any = client.app
        app.state.services.users.change(user_of(browser).id, {"active": False}, by=SYSTEM)
        assert browser.whoami().status_code == 401
        answer = Browser(client).sign_in()
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication")

    def test_a_login_that_is_taken_is_not_taken_over(self, browser: Browser, client: TestClient, provider: Provider) -> None:
        name = anew(provider)
        local = self.local(client, name, email=None)
        assert browser.sign_in().status_code == 303
        found = user_of(browser)
        assert (found.id != local.id, found.login) == (True, f"{name}@example.org")


class TestProviderFaults:
    """What the provider may do wrong."""

    @pytest.mark.parametrize(
        ("name", "status", "content"),
        [
            ("openid-configuration", 500, b""), ("openid-configuration", 200, b"<html>"), ("openid-configuration", 200, b"[]"),
            ("openid-configuration", 200, b" " * 1_000_001), ("jwks", 404, b"{}"), ("token", 502, b"{}"), ("token", 200, b"{}"),
            ("token", 200, b'{"id_token": 7}'), ("openid-configuration", 302, b""),
        ],
    )  # fmt: skip
    def test_it_is_told_as_the_provider_s(
        self, client: TestClient, provider: Provider, problem: Callable[..., Any], name: str, status: int, content: bytes
    ) -> None:
        provider.broken = {name: (status, content)}
        with other_settings(client):
            browser = Browser(client)
            if name == "token":
                answer = browser.sign_in()
                assert last_entries(client, 1)[0].content["code"] == "provider"
            else:
                answer = browser.client.get("/v1/oidc/login")
            problem(answer, 503, "provider")
            # It is asked again once it is well.
            provider.broken = {}
            assert Browser(client).sign_in().status_code == 303

    @pytest.mark.parametrize(
        "wrong",
        [
            {"issuer": "http://127.0.0.1/another"}, {"issuer": None}, {"jwks_uri": "http://login.example.org/jwks"}, {"jwks_uri": None},
            {"authorization_endpoint": "http://login.example.org/a"}, {"authorization_endpoint": "javascript:alert(1)"},
            {"jwks_uri": "file:///etc/passwd"},
        ],
    )  # fmt: skip
    def test_documents_that_lead_elsewhere_are_not_followed(
        self, client: TestClient, provider: Provider, problem: Callable[..., Any], wrong: dict[str, Any]
    ) -> None:
        provider.settings = wrong
        with other_settings(client):
            problem(Browser(client).client.get("/v1/oidc/login"), 503, "provider")

    def test_nobody_is_there(self, client: TestClient, problem: Callable[..., Any]) -> None:
        with other_settings(client, oidc_issuer="http://127.0.0.1:9/realms/main"):
            found = problem(Browser(client).client.get("/v1/oidc/login"), 503, "provider")
        assert "127.0.0.1:9" in found["detail"]

    def test_it_does_not_know_us(self, client: TestClient, provider: Provider, problem: Callable[..., Any]) -> None:
        with other_settings(client, oidc_client_secret=SecretStr("another")):
            found = problem(Browser(client).sign_in(), 503, "provider")
        assert found["field"] == "QA_OIDC_CLIENT_SECRET"

    def test_it_drips(self, client: TestClient, provider: Provider, problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(oidc_provider, "TIMEOUT", 0.3)
        provider.drip = 0.1
        with other_settings(client):
            found = problem(Browser(client).client.get("/v1/oidc/login"), 503, "provider")
        assert "no whole answer" in found["detail"]


def test_documents_are_read_once(browser: Browser, provider: Provider, client: TestClient) -> None:
    anew(provider)
    with other_settings(client):
        for _ in range(3):
            assert Browser(client).sign_in().status_code == 303
    assert provider.asked.count("openid-configuration") == provider.asked.count("jwks") == 1


def test_without_a_provider_there_is_none(client: TestClient, problem: Callable[..., Any]) -> None:
    app: Any = client.app
    before = app.state.services
    app.state.services = replace(before, oidc=None)
    stranger = Browser(client).client
    assert problem(stranger.get("/v1/oidc/login"), 404, "not_found")["field"] == "QA_OIDC_ISSUER"
    problem(stranger.get("/v1/oidc/callback"), 404, "not_found")
    app.state.services = before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"oidc_client_id": ""}, "QA_OIDC_CLIENT_ID"),
        ({"oidc_client_secret": Settings.model_fields["oidc_client_secret"].default}, "QA_OIDC_CLIENT_SECRET"),
        ({"public_url": ""}, "QA_PUBLIC_URL"),
        ({"oidc_scopes": "profile"}, "QA_OIDC_SCOPES"),
        ({"oidc_roles": {}}, "QA_OIDC_ROLES"),
        ({"oidc_role_claim": ""}, "QA_OIDC_ROLES"),
        ({"oidc_role_claim": "", "oidc_roles": {}}, "QA_OIDC_CREATE"),
    ],
)
def test_what_is_missing_is_named_at_the_start(settings: Settings, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        client_of(settings.model_copy(update=changes))
    assert told.value.field == field


@pytest.mark.parametrize("url", ["http://login.example.org", "login.example.org", "https://me@login.example.org", "https://a.example/?x=1", "ftp://a"])
def test_a_provider_elsewhere_is_reached_by_https_only(url: str) -> None:
    with pytest.raises(ValueError, match="oidc_issuer"):
        Settings(oidc_issuer=url)


def test_secrets_are_not_shown(settings: Settings) -> None:
    assert SECRET not in repr(settings)
    assert SECRET not in repr(client_of(settings))
