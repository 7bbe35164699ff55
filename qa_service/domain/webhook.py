"""A webhook: an address of another system that is told of acts, each message signed so that it can be believed, and sent until it arrives.

Messages, headers and signatures are those of Standard Webhooks 1.0.0 (standardwebhooks.com), for which libraries exist in most languages.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record

#: Begins every secret; what follows is base64.
PREFIX = "whsec_"
#: After each try that failed, how long until the next: nine tries within two days.
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
)
#: Longest wait that a receiver may ask for (``Retry-After``).
LONGEST_WAIT = timedelta(days=1)
#: A webhook that nothing reached for so long is switched off.
PATIENCE = timedelta(days=5)
#: Why the service switches one off.
GONE, SILENT = "it answered that it is gone", "nothing has reached it for days"


class Event(StrEnum):
    """What others may be told of; each is the name of an act in the ledger."""

    INTERACTION_INGESTED = "interaction.ingested"
    INTERACTION_FAILED = "interaction.failed"
    INTERACTION_ERASED = "interaction.erased"
    SCORECARD_SUGGESTED = "scorecard.suggested"
    SCORECARD_FINALIZED = "scorecard.finalized"
    SCORECARD_REOPENED = "scorecard.reopened"
    SCORECARD_ACKNOWLEDGED = "scorecard.acknowledged"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_DECIDED = "dispute.decided"
    SAMPLING_RUN = "sampling.run"
    CALIBRATION_REVEALED = "calibration.revealed"
    POLICY_CHANGED = "policy.changed"
    ALERT_RAISED = "alert.raised"
    REPORT_READY = "report.ready"
    REPORT_FAILED = "report.failed"


#: What a webhook is sent to try it.
PING = "webhook.pinged"


class DeliveryState(StrEnum):
    """How far a message is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    #: Every try failed; it may be sent again by hand.
    FAILED = "failed"


class Webhook(Record):
    """Where messages go."""

    id: str
    #: Its address.
    url: str
    #: Acts that it is told of.
    events: tuple[Event, ...]
    #: What it is for.
    description: str | None = None
    #: Whether it is told anything.
    active: bool = True
    #: Why it was switched off, where the service did so.
    stopped_because: str | None = None
    #: Since when nothing has reached it; null: the last message did.
    failing_since: AwareDatetime | None = None
    #: Until when messages are signed with the secret before, too.
    both_secrets_until: AwareDatetime | None = None
    created_by: str
    created_at: AwareDatetime
    #: Grows with every change.
    revision: int = Field(default=1, ge=1)


class Delivery(Record):
    """One message to one webhook."""

    #: The same at every try, so that a receiver knows what it has had (header ``webhook-id``).
    id: str
    webhook: str
    #: What it tells of.
    type: str
    #: Sequence of the act in the ledger; null of a ping.
    sequence: int | None
    state: DeliveryState
    #: Tries so far.
    attempts: int = Field(ge=0)
    #: When it is tried next; null unless it waits.
    next_at: AwareDatetime | None
    #: Status that the last try was answered with; null where there was no answer.
    status: int | None
    #: Why the last try failed.
    error: str | None
    created_at: AwareDatetime
    #: When it was last tried.
    tried_at: AwareDatetime | None


def message(kind: str, *, at: datetime, subject: str, sequence: int | None, interaction: str | None) -> str:
    """The body: what happened to what, by ids alone; whoever wants more asks the API, with a key that may know it."""
    data = {"subject": subject, "sequence": sequence, "interaction": interaction}
    told = {"type": kind, "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def signature(identifier: str, body: str, *, at: datetime, secrets: Sequence[str]) -> str:
    """The header ``webhook-signature``: for each secret ``v1,`` and the base64 of HMAC-SHA256 over ``ID.SECONDS.BODY``."""
    signed = f"{identifier}.{int(at.timestamp())}.{body}".encode()
    keys = (base64.b64decode(secret.removeprefix(PREFIX)) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys)


def next_try(attempts: int, *, at: datetime, asked: timedelta | None = None) -> datetime | None:
    """When to try again after so many tries; ``None``: not any more. ``asked``: how long the receiver wants to be left alone."""
    if attempts > len(WAITS):
        return None
    return at + max(WAITS[attempts - 1], min(asked or timedelta(), LONGEST_WAIT))
