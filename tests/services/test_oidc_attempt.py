"""What a browser takes along to a provider and back."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from qa_service.errors import SignInError
from qa_service.services.oidc_attempt import LIFETIME, begun, opened, signing_key

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = signing_key("the client's secret")


def test_the_cookie_gives_the_attempt_back_to_the_state_it_began_with() -> None:
    attempt = begun(target="/docs", now=NOW)
    assert opened(attempt.sealed(KEY), state=attempt.state, key=KEY, now=NOW + LIFETIME - timedelta(seconds=1)) == attempt


def test_what_is_told_to_the_provider_says_nothing_about_the_rest() -> None:
    attempt, another = begun(target="/docs", now=NOW), begun(target="/docs", now=NOW)
    told = [attempt.state, attempt.nonce, attempt.verifier, attempt.challenge, attempt.secret]
    assert len({*told, another.state, another.nonce, another.verifier}) == 8
    assert 43 <= len(attempt.verifier) <= 128
    digest = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).decode().rstrip("=")
    assert attempt.challenge == digest


@pytest.mark.parametrize(
    "case", ["none", "empty", "another's", "altered", "unsigned", "other key", "late", "other state", "no state", "letters"]
)
def test_any_other_cookie_or_state_is_refused(case: str) -> None:
    attempt, another = begun(target="/docs", now=NOW), begun(target="/docs", now=NOW)
    cookie, state, now = attempt.sealed(KEY), attempt.state, NOW
    body, _, signature = cookie.rpartition(".")
    forged = base64.urlsafe_b64encode(json.dumps([attempt.secret, "//evil.example", attempt.until]).encode()).decode().rstrip("=")
    cookie = {
        "none": None, "empty": "", "another's": another.sealed(KEY), "altered": f"{forged}.{signature}", "unsigned": body,
        "other key": attempt.sealed(signing_key("another secret")), "letters": "سلام.سلام",
    }.get(case, cookie)  # fmt: skip
    state = {"other state": another.state, "no state": ""}.get(case, state)
    now = NOW + LIFETIME if case == "late" else now
    with pytest.raises(SignInError) as refused:
        opened(cookie, state=state, key=KEY, now=now)
    assert refused.value.field == ("state" if case in ("another's", "late", "other state", "no state") else "cookie")
