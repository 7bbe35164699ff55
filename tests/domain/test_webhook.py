"""Webhooks: signatures as published, and tries that end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.webhook import LONGEST_WAIT, WAITS, Event, message, next_try, signature

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_the_signature_is_that_of_the_published_example() -> None:
    """Worked example of the Standard Webhooks reference libraries."""
    found = signature(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', at=datetime.fromtimestamp(1614265330, UTC),
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_give_two_signatures() -> None:
    one, other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_bm90aGluZyBpcyBzZWNyZXQgaGVyZQ=="
    both = signature("msg_1", "{}", at=AT, secrets=[one, other]).split(" ")
    assert both == [signature("msg_1", "{}", at=AT, secrets=[one]), signature("msg_1", "{}", at=AT, secrets=[other])]
    assert len(set(both)) == 2


@pytest.mark.parametrize(("identifier", "body", "seconds"), [("msg_2", "{}", 0), ("msg_1", "{ }", 0), ("msg_1", "{}", 1)])
def test_whatever_changes_breaks_the_signature(identifier: str, body: str, seconds: int) -> None:
    secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    changed = signature(identifier, body, at=AT + timedelta(seconds=seconds), secrets=secrets)
    assert changed != signature("msg_1", "{}", at=AT, secrets=secrets)


def test_a_message_holds_ids_alone() -> None:
    body = message(Event.SCORECARD_FINALIZED, at=AT, subject="scorecard/s1", sequence=7, interaction="c-1")
    assert json.loads(body) == {
        "type": "scorecard.finalized", "timestamp": "2026-03-01T12:00:00Z",
        "data": {"subject": "scorecard/s1", "sequence": 7, "interaction": "c-1"},
    }


def test_tries_are_further_and_further_apart_and_end() -> None:
    waits = [next_try(attempts, at=AT) for attempts in range(1, len(WAITS) + 2)]
    assert waits[:-1] == [AT + wait for wait in sorted(WAITS)]
    assert waits[-1] is None


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (timedelta(seconds=3), WAITS[0]), (timedelta(minutes=7), timedelta(minutes=7)), (timedelta(days=300), LONGEST_WAIT),
        (None, WAITS[0]),
    ],
)
def test_a_receiver_may_ask_to_be_left_alone(asked: timedelta | None, wait: timedelta) -> None:
    assert next_try(1, at=AT, asked=asked) == AT + wait
