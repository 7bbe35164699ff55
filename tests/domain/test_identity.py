"""Whom an ID token is about, and where one may go behind it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain.identity import checked, first_of, relative, values
from qa_service.errors import SignInError

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ISSUER = "https://login.example.org"
GOOD: dict[str, Any] = {
    "iss": ISSUER, "aud": "qa", "sub": "u-1", "nonce": "n", "exp": NOW.timestamp() + 300, "iat": NOW.timestamp(), "name": " رضا کریمی ",
    "email": "reza@example.org", "email_verified": True,
}  # fmt: skip


def check(**changes: Any) -> Any:
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value != "absent"}
    return checked(claims, issuer=ISSUER, client="qa", nonce="n", now=NOW)


def test_it_is_whom_the_provider_vouches_for() -> None:
    found = check(preferred_username="reza")
    assert (found.issuer, found.subject, found.login, found.email) == (ISSUER, "u-1", "reza", "reza@example.org")
    assert found.name == "رضا کریمی"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"iss": ISSUER + "/"}, "iss"),
        ({"iss": "absent"}, "iss"),
        ({"aud": "other"}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": ["qa", "other"]}, "azp"),
        ({"aud": ["qa", "other"], "azp": "other"}, "azp"),
        ({"azp": "other"}, "azp"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": "absent"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": NOW.timestamp() - 61}, "exp"),
        ({"exp": "absent"}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": NOW.timestamp() + 61}, "iat"),
        ({"iat": "absent"}, "iat"),
        ({"nbf": NOW.timestamp() + 61}, "nbf"),
        ({"sub": "absent"}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": " u-1"}, "sub"),
        ({"sub": "u\x001"}, "sub"),
        ({"sub": "u" * 256}, "sub"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(SignInError) as refused:
        check(**changes)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "changes",
    [{"aud": ["qa"]}, {"aud": ["other", "qa"], "azp": "qa"}, {"exp": NOW.timestamp() - 59}, {"iat": NOW.timestamp() + 59}, {"nbf": 0}],
)
def test_what_is_right_within_a_minute_is_taken(changes: dict[str, Any]) -> None:
    assert check(**changes).subject == "u-1"


@pytest.mark.parametrize(("told", "taken"), [(True, True), ("true", True), (False, False), ("yes", False), (1, True), ("absent", False)])
def test_only_a_checked_address_is_an_address(told: object, taken: bool) -> None:
    found = check(email_verified=told)
    assert (found.email is not None) is taken
    assert found.told_email == "reza@example.org"


@pytest.mark.parametrize(
    ("claims", "name", "found"),
    [
        ({"groups": ["a", "b"]}, "groups", ("a", "b")),
        ({"groups": "a"}, "groups", ("a",)),
        ({"groups": ["a", 7, None]}, "groups", ("a",)),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ("a",)),
        ({"https://x.example/roles": ["a"]}, "https://x.example/roles", ("a",)),
        ({"realm_access": ["roles"]}, "realm_access.roles", ()),
        ({}, "groups", ()),
        ({"groups": {"a": 1}}, "groups", ()),
    ],
)
def test_claims_are_read_by_name_or_by_the_way_to_them(claims: dict[str, Any], name: str, found: tuple[str, ...]) -> None:
    assert values(claims, name) == found


def test_of_several_roles_the_first_of_the_settings_counts() -> None:
    wanted = {"leads": "qa_lead", "staff": "agent"}
    assert first_of(wanted, ("staff", "leads")) == "qa_lead"
    assert first_of(wanted, ("staff",)) == "agent"
    assert first_of(wanted, ("others",)) is None


@pytest.mark.parametrize(
    ("target", "inside"),
    [
        ("/docs", True), ("/v1/interactions?team=a&b=%2F", True), ("/", True), ("//evil.example", False), ("/\\evil.example", False),
        ("https://evil.example", False), ("docs", False), ("", False), ("/a\nb", False), ("/a b", False), ("/" + "a" * 1000, False),
        ("/\t/evil.example", False), ("javascript:alert(1)", False),
    ],
)  # fmt: skip
def test_one_goes_on_inside_the_service_only(target: str, inside: bool) -> None:
    assert relative(target) is inside
