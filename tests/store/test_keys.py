"""API keys by the hash of their secret; replies by idempotency key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from qa_service.domain.permission import Right
from qa_service.errors import ConflictError, NotFoundError
from qa_service.store import schema
from qa_service.store.idempotency import Reply
from qa_service.store.keys import ApiKey
from qa_service.store.session import Database, _unbound

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
KEY = ApiKey(
    id="k1",
    user="rita",
    name="first",
    hint="qa_aaa…zzzz",
    rights=frozenset({Right.INGEST, Right.SELF}),
    created_at=AT,
    expires_at=AT + timedelta(days=9),
)


def test_a_key_is_found_by_its_secret_until_revoked(database: Database) -> None:
    with database.unit() as unit:
        unit.keys.add(KEY, sha256="aa")
        assert unit.keys.by_secret("aa") == unit.keys.get("k1") == KEY
        assert unit.keys.by_secret("bb") is None
        revoked = unit.keys.revoke("k1", at=AT + timedelta(days=1))
        assert unit.keys.revoke("k1", at=AT + timedelta(days=2)) == revoked == KEY.model_copy(update={"revoked_at": AT + timedelta(days=1)})
        assert unit.keys.by_secret("aa") is None
        assert unit.keys.list() == (revoked,)


def test_keys_are_listed_by_user_the_oldest_first(database: Database) -> None:
    young, old = KEY.model_copy(update={"id": "a", "created_at": AT + timedelta(days=1)}), KEY
    root = KEY.model_copy(update={"id": "s", "user": "admin", "root": True, "rights": None, "expires_at": None})
    with database.unit() as unit:
        for number, key in enumerate((young, root, old)):
            unit.keys.add(key, sha256=str(number))
        assert unit.keys.list(user="rita") == (old, young)
        assert unit.keys.list(root=True) == unit.keys.list(user="admin") == (root,)
        first = unit.keys.page(user="rita", limit=1)
        assert (first.items, unit.keys.page(user="rita", cursor=first.next, limit=1).items) == ((young,), (old,))
        revoked = unit.keys.revoke("a", at=AT + timedelta(days=2))
        assert unit.keys.list(user="rita", in_force=True) == (old,)
        assert unit.keys.list(user="rita") == (old, revoked)


def test_a_key_knows_when_it_was_used(database: Database) -> None:
    with database.unit() as unit:
        unit.keys.add(KEY, sha256="aa")
        assert unit.keys.get("k1").used_at is None
        unit.keys.touch(["k1"], at=AT + timedelta(minutes=5))
        assert unit.keys.get("k1").used_at == AT + timedelta(minutes=5)


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


def test_keys_from_before_there_were_users_are_the_admins(own_database: Database) -> None:
    with own_database.engine.connect() as connection, connection.begin():
        command.upgrade(schema._config(connection), "head")
    with own_database.unit() as unit:
        unit.keys.add(KEY, sha256="of rita")
        unit.keys.add(KEY.model_copy(update={"id": "old", "user": "admin", "root": True, "rights": None}), sha256="of admin")
    with own_database._writing.connect() as connection, _unbound(connection), connection.begin():
        command.downgrade(schema._config(connection), "r0008_policies")
        rows = connection.execute(sa.text("SELECT id, role FROM api_keys")).all()
        command.upgrade(schema._config(connection), "head")
    assert rows == [("old", "admin")]
    assert own_database.check() == ()
    with own_database.reading() as unit:
        kept = unit.keys.by_secret("of admin")
    assert kept is not None
    assert (kept.id, kept.user, kept.root, kept.rights, kept.hint) == ("old", "admin", True, None, "")
