"""Webhooks: other systems are told of acts as the ledger has them; what could not be sent is sent again until it arrives.

The ledger is the outbox: whoever acts needs to know nothing of webhooks, and an act that is in it is told, whenever the service dies.
"""

from __future__ import annotations

import base64
import logging
import secrets
import ssl
import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from qa_service.domain.permission import Actor, Right
from qa_service.domain.webhook import (
    GONE,
    PATIENCE,
    PING,
    PREFIX,
    SILENT,
    Delivery,
    DeliveryState,
    Event,
    Webhook,
    message,
    next_try,
    signature,
)
from qa_service.errors import ConflictError, DeliveryError
from qa_service.services.clock import Clock
from qa_service.services.outside import checked_address
from qa_service.services.posting import Reply, post
from qa_service.services.workflow import OUTSIDE, Workflows
from qa_service.settings import Settings
from qa_service.store.ledger import Happened
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit
from qa_service.store.webhooks import Message

_LOG = logging.getLogger(__name__)
_WORKFLOW = "deliver_webhook"
#: Entries of the ledger looked at in one unit of work.
_PIECE = 2_000
#: Bytes of a secret.
_SECRET = 32
#: How long the secret before signs, too.
_BOTH = timedelta(days=1)
#: How long messages that ended are kept.
_KEPT = timedelta(days=30)
#: Most webhooks.
_MOST = 50
_HTTP_GONE = 410


class Webhooks:
    """Manages webhooks and sends to them."""

    def __init__(
        self, *, database: Database, workflows: Workflows, settings: Settings, clock: Clock, trust: ssl.SSLContext | None = None
    ) -> None:
        """``trust``: certificates that are believed; the system's unless told."""
        self._database = database
        self._workflows = workflows
        self._own = settings.own_networks
        self._clock = clock
        self._trust = trust
        #: Head of the ledger up to which nobody waits to be told.
        self._seen = -1
        self._tidied: date | None = None
        workflows.register(_WORKFLOW, self._work)
        workflows.attend(self.look)

    def add(self, url: str, events: Sequence[Event], *, description: str | None = None, by: Actor) -> tuple[Webhook, str]:
        """A webhook that is told of acts from now on, and its secret; raises :class:`InputError`."""
        by.check(Right.MANAGE_WEBHOOKS)
        checked_address(url, own=self._own)
        webhook = Webhook(
            id=uuid.uuid4().hex, url=url, events=_sorted(events), description=description, created_by=by.id, created_at=self._clock()
        )
        secret = _secret()
        with self._database.unit() as unit:
            if len(unit.webhooks.list(limit=_MOST).items) >= _MOST:
                raise ConflictError(f"there are {_MOST} webhooks", hint="remove one that nobody needs")
            unit.webhooks.add(webhook, secret=secret, told=unit.ledger.head()[0])
            self._note(unit, webhook, "added", by=by)
        return webhook, secret

    def get(self, webhook: str) -> Webhook:
        """One; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.webhooks.get(webhook)

    def list(self, *, cursor: str | None = None, limit: int = 50) -> Page[Webhook]:
        """The last made first."""
        with self._database.reading() as unit:
            return unit.webhooks.list(cursor=cursor, limit=limit)

    def change(
        self, webhook: str, *, url: str | None = None, events: Sequence[Event] | None = None, description: str | None = None,
        active: bool | None = None, expected: int | None = None, by: Actor,
    ) -> Webhook:
        """What is told replaces what was; one that is switched on again is told what happened meanwhile.

        Raises :class:`NotFoundError`, :class:`InputError` and :class:`StaleVersionError`.
        """
        by.check(Right.MANAGE_WEBHOOKS)
        if url is not None:
            checked_address(url, own=self._own)
        with self._database.unit() as unit:
            before = unit.webhooks.get(webhook)
            changes = {"url": url, "events": None if events is None else _sorted(events), "description": description, "active": active}
            wanted = before.model_copy(update={name: value for name, value in changes.items() if value is not None})
            if wanted.active:
                wanted = wanted.model_copy(update={"stopped_because": None, "failing_since": None})
            if wanted == before and expected in (None, before.revision):
                return before
            saved = unit.webhooks.save(wanted, expected=expected)
            self._note(unit, saved, "changed", by=by, before=_told(before))
        return saved

    def remove(self, webhook: str, *, by: Actor) -> None:
        """With its messages; raises :class:`NotFoundError`."""
        by.check(Right.MANAGE_WEBHOOKS)
        with self._database.unit() as unit:
            self._note(unit, unit.webhooks.get(webhook), "removed", by=by)
            unit.webhooks.remove(webhook)

    def renew(self, webhook: str, *, by: Actor) -> tuple[Webhook, str]:
        """Another secret; messages are signed with the one before, too, for a day. Raises :class:`NotFoundError`."""
        by.check(Right.MANAGE_WEBHOOKS)
        secret = _secret()
        with self._database.unit() as unit:
            saved = unit.webhooks.renew(webhook, secret=secret, until=self._clock() + _BOTH)
            self._note(unit, saved, "renewed", by=by)
        return saved, secret

    def ping(self, webhook: str, *, by: Actor) -> Delivery:
        """Send it a message that tells of nothing, to try it; raises :class:`NotFoundError`, :class:`ConflictError` for one that is off."""
        by.check(Right.MANAGE_WEBHOOKS)
        at = self._clock()
        with self._database.unit() as unit:
            found = unit.webhooks.get(webhook)
            if not found.active:
                raise ConflictError("the webhook is switched off", hint="switch it on first")
            made = _new(found, PING, Happened(0, at, PING, f"webhook/{webhook}", None), self._clock)
            unit.webhooks.tell(webhook, [made])
        return made[0]

    def deliveries(
        self, webhook: str, *, state: DeliveryState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Delivery]:
        """Its messages, the last first; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.webhooks.deliveries(webhook, state=state, cursor=cursor, limit=limit)

    def repeat(self, webhook: str, delivery: str, *, by: Actor) -> Delivery:
        """Send a message once more, whatever became of it; raises :class:`NotFoundError`."""
        by.check(Right.MANAGE_WEBHOOKS)
        with self._database.unit() as unit:
            unit.webhooks.delivery(webhook, delivery)
            unit.webhooks.repeat(delivery, at=self._clock())
            return unit.webhooks.delivery(webhook, delivery)

    def look(self) -> None:
        """Called every few seconds while workflows run: makes messages of what has happened, and queues those that are due."""
        self.gather()
        if self._clock().date() != self._tidied:
            self._tidied = self._clock().date()
            self.forget()
        with self._database.reading() as unit:
            due = unit.webhooks.due(at=self._clock())
        for delivery, attempts in due:
            # A message that is sent by hand once more begins to count again.
            name = f"webhook-{delivery}-{attempts + 1}"
            self._workflows.enqueue_again(OUTSIDE, _WORKFLOW, workflow_id=name, arguments=[delivery, attempts])

    def gather(self) -> int:
        """Messages of what has happened since; how many were made."""
        made = 0
        while True:
            with self._database.reading() as unit:
                head = unit.ledger.head()[0]
                behind = head != self._seen and unit.webhooks.behind(head)
            if not behind:
                self._seen = head
                return made
            with self._database.unit() as unit:
                made += sum(self._told_of(unit, hook, sequence) for hook, sequence in unit.webhooks.listening())

    def deliver(self, delivery: str, attempts: int) -> bool:
        """Step: one try; whether it arrived. A step that is done again after a crash may send twice: receivers know it by its id."""
        at = self._clock()
        with self._database.reading() as unit:
            found = unit.webhooks.message(delivery, at=at)
        if found is None or found.delivery.attempts != attempts:
            return False
        reply, fault = self._sent(found)
        tried = found.delivery.model_copy(update={"attempts": attempts + 1, "tried_at": self._clock(), "status": reply and reply.status})
        with self._database.unit() as unit:
            self._settle(unit, tried, reply, fault)
        return fault is None

    def forget(self) -> int:
        """Delete what arrived, or failed for good, a month ago; how many messages."""
        with self._database.unit() as unit:
            return unit.webhooks.forget(before=self._clock() - _KEPT)

    def _work(self, delivery: str, attempts: int) -> None:
        self._workflows.step("deliver", self.deliver, delivery, attempts)

    def _told_of(self, unit: Unit, hook: Webhook, told: int) -> int:
        until = min(unit.ledger.head()[0], told + _PIECE)
        acts = unit.ledger.happened([event.value for event in hook.events], after=told, until=until)
        unit.webhooks.tell(hook.id, [_new(hook, act.action, act, self._clock) for act in acts], told=until)
        return len(acts)

    def _sent(self, found: Message) -> tuple[Reply | None, str | None]:
        """The answer, if any, and what went wrong."""
        now = self._clock()
        identifier = found.delivery.id
        headers = {
            "webhook-id": identifier, "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature(identifier, found.body, at=now, secrets=found.secrets),
        }
        try:
            reply = post(found.url, found.body, headers=headers, own=self._own, trust=self._trust)
        except DeliveryError as error:
            return None, f"{error.message}{f' ({error.hint})' if error.hint else ''}"
        return reply, None if reply.taken else f"it answered {reply.status}"

    def _settle(self, unit: Unit, tried: Delivery, reply: Reply | None, fault: str | None) -> None:
        at = tried.tried_at or self._clock()
        if fault is None:
            if unit.webhooks.tried(tried.model_copy(update={"state": DeliveryState.DELIVERED, "next_at": None, "error": None})):
                unit.webhooks.heard(tried.webhook, failing_since=None)
            return
        again = next_try(tried.attempts, at=at, asked=reply.wait if reply else None)
        state = DeliveryState.FAILED if again is None else DeliveryState.WAITING
        if not unit.webhooks.tried(tried.model_copy(update={"state": state, "next_at": again, "error": fault})):
            return
        hook = unit.webhooks.get(tried.webhook)
        since = hook.failing_since or at
        gone = reply is not None and reply.status == _HTTP_GONE
        stopped = GONE if gone else SILENT if at - since >= PATIENCE else None
        unit.webhooks.heard(hook.id, failing_since=since, stopped=stopped)
        if stopped is not None:
            _LOG.warning("webhook %s was switched off: %s", hook.id, stopped)
            subject, content = f"webhook/{hook.id}", {"why": stopped, "since": since.isoformat()}
            unit.ledger.append(at=at, actor="system", action="webhook.stopped", subject=subject, content=content)

    def _note(self, unit: Unit, webhook: Webhook, action: str, *, by: Actor, **more: object) -> None:
        content = {**_told(webhook), **more}
        unit.ledger.append(
            at=self._clock(), actor=by.id, action=f"webhook.{action}", subject=f"webhook/{webhook.id}", content=content
        )


def _told(webhook: Webhook) -> dict[str, object]:
    return {"url": webhook.url, "events": [one.value for one in webhook.events], "active": webhook.active}


def _sorted(events: Sequence[Event]) -> tuple[Event, ...]:
    return tuple(one for one in Event if one in events)


def _secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET)).decode()


def _new(webhook: Webhook, kind: str, act: Happened, clock: Clock) -> tuple[Delivery, str]:
    now, sequence = clock(), act.sequence or None
    delivery = Delivery(
        id=f"msg_{uuid.uuid4().hex}", webhook=webhook.id, type=kind, sequence=sequence, state=DeliveryState.WAITING, attempts=0,
        next_at=now, status=None, error=None, created_at=now, tried_at=None,
    )
    return delivery, message(kind, at=act.at, subject=act.subject, sequence=sequence, interaction=act.interaction)
