"""Webhooks in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qa_service.domain.webhook import Delivery, DeliveryState, Event, Webhook
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def webhook(name: str) -> Webhook:
    return Webhook(id=name, url="https://a.example/", events=(Event.POLICY_CHANGED,), created_by="admin", created_at=AT)


def delivery(name: str, hook: str, *, sequence: int | None = 1) -> Delivery:
    return Delivery(
        id=name, webhook=hook, type="policy.changed", sequence=sequence, state=DeliveryState.WAITING, attempts=0, next_at=AT, status=None,
        error=None, created_at=AT, tried_at=None,
    )


def test_what_is_due_is_due_until_it_was_tried(database: Database) -> None:
    with database.unit() as unit:
        unit.webhooks.add(webhook("h1"), secret="whsec_AA==", told=4)
        assert [(told.webhook, told.sequence) for told in unit.webhooks.listening()] == [(webhook("h1"), 4)]
        assert (unit.webhooks.behind(5), unit.webhooks.behind(4)) == (True, False)
        unit.webhooks.tell("h1", [(delivery("m1", "h1"), "{}"), (delivery("m2", "h1", sequence=None), "{}")], told=5)
    with database.unit() as unit:
        assert sorted(unit.webhooks.due(at=AT)) == [("m1", 0), ("m2", 0)]
        assert unit.webhooks.due(at=AT - timedelta(seconds=1)) == ()
        found = unit.webhooks.message("m1", at=AT)
        assert found is not None
        assert (found.url, found.body, found.secrets) == ("https://a.example/", "{}", ("whsec_AA==",))
        changes = {"attempts": 1, "state": DeliveryState.DELIVERED, "next_at": None, "status": 204, "tried_at": AT}
        tried = found.delivery.model_copy(update=changes)
        assert unit.webhooks.tried(tried)
        assert not unit.webhooks.tried(tried), "another process noted the same try"
        assert unit.webhooks.message("m1", at=AT) is None
        assert unit.webhooks.delivery("h1", "m1") == tried
    with database.unit() as unit:
        assert [one.id for one in unit.webhooks.deliveries("h1", state=DeliveryState.DELIVERED).items] == ["m1"]
        assert unit.webhooks.forget(before=AT + timedelta(days=1)) == 1, "what waits is not forgotten"
        unit.webhooks.remove("h1")
        with pytest.raises(NotFoundError):
            unit.webhooks.get("h1")


def test_a_renewed_secret_and_one_that_is_off(database: Database) -> None:
    with database.unit() as unit:
        unit.webhooks.add(webhook("h1"), secret="whsec_AA==", told=0)
        unit.webhooks.tell("h1", [(delivery("m1", "h1"), "{}")])
        unit.webhooks.renew("h1", secret="whsec_BB==", until=AT + timedelta(days=1))
        both, one = unit.webhooks.message("m1", at=AT), unit.webhooks.message("m1", at=AT + timedelta(days=1))
        assert both is not None
        assert one is not None
        assert (both.secrets, one.secrets) == (("whsec_BB==", "whsec_AA=="), ("whsec_BB==",))
        unit.webhooks.heard("h1", failing_since=AT, stopped="nothing has reached it for days")
        assert unit.webhooks.message("m1", at=AT) is None
        assert unit.webhooks.due(at=AT) == ()
        assert unit.webhooks.listening() == ()
    with database.unit() as unit:
        found = unit.webhooks.get("h1")
        assert (found.revision, found.failing_since) == (3, AT)
        with pytest.raises(StaleVersionError):
            unit.webhooks.save(found, expected=2)
