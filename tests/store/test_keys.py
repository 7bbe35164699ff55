"""API keys by the hash of their secret; replies by idempotency key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qa_service.errors import ConflictError, NotFoundError
from qa_service.store.idempotency import Reply
from qa_service.store.keys import ApiKey
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
KEY = ApiKey(id="k1", name="first", role="admin", created_at=AT)


def test_a_key_is_found_by_its_secret_until_revoked(database: Database) -> None:
    with database.unit() as unit:
        unit.keys.add(KEY, sha256="aa")
        assert unit.keys.by_secret("aa") == unit.keys.get("k1") == KEY
        assert unit.keys.by_secret("bb") is None
        revoked = unit.keys.revoke("k1", at=AT + timedelta(days=1))
        assert unit.keys.revoke("k1", at=AT + timedelta(days=2)) == revoked == KEY.model_copy(update={"revoked_at": AT + timedelta(days=1)})
        assert unit.keys.by_secret("aa") is None
        assert unit.keys.list() == (revoked,)


def test_keys_are_listed_by_role_the_oldest_first(database: Database) -> None:
    young, old = KEY.model_copy(update={"id": "a", "created_at": AT + timedelta(days=1)}), KEY
    service = KEY.model_copy(update={"id": "s", "role": "service"})
    with database.unit() as unit:
        for number, key in enumerate((young, service, old)):
            unit.keys.add(key, sha256=str(number))
        assert unit.keys.list(role="admin") == (old, young)


def test_unknown_keys_are_named_and_secrets_are_unique(database: Database) -> None:
    with database.unit() as unit:
        unit.keys.add(KEY, sha256="aa")
        for act in (unit.keys.get, lambda key: unit.keys.revoke(key, at=AT)):
            with pytest.raises(NotFoundError, match="no key 'k9'"):
                act("k9")
    with pytest.raises(ConflictError, match="contradicts"), database.unit() as unit:
        unit.keys.add(KEY.model_copy(update={"id": "k2"}), sha256="aa")


def test_a_request_that_is_sent_again_is_answered_as_the_first_time(database: Database) -> None:
    reply = Reply(status=202, body='{"id":"سلام"}')
    with database.unit() as unit:
        assert unit.idempotency.recall("x", route="POST /v1/emails", request_sha256="aa") is None
        assert unit.idempotency.remember("x", reply, route="POST /v1/emails", request_sha256="aa", at=AT) == reply
        late = Reply(status=409, body="late")
        assert unit.idempotency.remember("x", late, route="POST /v1/emails", request_sha256="aa", at=AT) == reply
        assert unit.idempotency.recall("x", route="POST /v1/emails", request_sha256="aa") == reply
        assert unit.idempotency.recall("x", route="POST /v1/batches", request_sha256="aa") is None


def test_a_key_for_another_request_is_refused(database: Database) -> None:
    with database.unit() as unit:
        unit.idempotency.remember("x", Reply(status=200, body=""), route="r", request_sha256="aa", at=AT)
        with pytest.raises(ConflictError, match="used for another request") as caught:
            unit.idempotency.recall("x", route="r", request_sha256="bb")
    assert caught.value.field == "Idempotency-Key"


def test_old_replies_are_forgotten(database: Database) -> None:
    with database.unit() as unit:
        for days in range(3):
            unit.idempotency.remember(f"x{days}", Reply(status=200, body=""), route="r", request_sha256="aa", at=AT + timedelta(days=days))
        assert unit.idempotency.forget(before=AT + timedelta(days=2)) == 2
        assert unit.idempotency.recall("x1", route="r", request_sha256="aa") is None
        assert unit.idempotency.recall("x2", route="r", request_sha256="aa") is not None
