"""Webhooks: signed messages to a real server, sent until they arrive, and never to what only this machine can reach."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from qa_service.bootstrap import Services, build, opened, running
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.webhook import PATIENCE, WAITS, DeliveryState, Event
from qa_service.errors import ConflictError, InputError, NotFoundError, PermissionDeniedError, StaleVersionError
from qa_service.services import workflow
from qa_service.settings import Settings

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Got(NamedTuple):
    """A message as it arrived."""

    path: str
    headers: dict[str, str]
    body: str


class Receiver:
    """A server that answers as told and keeps what it got."""

    def __init__(self) -> None:
        self.status, self.headers = 204, dict[str, str]()
        #: Headers of the answer that come one at a time.
        self.drips = 0
        self.got: list[Got] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                receiver.got.append(Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.flush_headers()
                for _ in range(receiver.drips):
                    with suppress(OSError):
                        self.wfile.write(b"X-Drip: a\r\n")
                    time.sleep(0.2)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                with suppress(OSError):
                    self.send_header("content-length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Clockwork:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with closing(Receiver()) as made:
        yield made


@pytest.fixture
def clock() -> Clockwork:
    return Clockwork()


@pytest.fixture
def services(tmp_path: Path, clock: Clockwork) -> Iterator[Services]:
    with opened(Settings(data_dir=tmp_path, engine="sidecar", private_networks="127.0.0.0/8"), clock=clock) as made:
        yield made


def act(services: Services, action: str, subject: str = "scorecard/s1", *, at: datetime = AT) -> None:
    with services.database.unit() as unit:
        unit.ledger.append(at=at, actor="rita", action=action, subject=subject, content={"secret": "words"}, interaction="c-1")


def send(services: Services) -> list[bool]:
    """Every message that is due, once."""
    services.webhooks.gather()
    with services.database.reading() as unit:
        due = unit.webhooks.due(at=services.clock())
    return [services.webhooks.deliver(delivery, attempts) for delivery, attempts in due]


def states(services: Services, webhook: str) -> list[tuple[str, str, int]]:
    return [(one.type, one.state.value, one.attempts) for one in services.webhooks.deliveries(webhook).items]


def test_acts_that_were_asked_for_arrive_signed_and_hold_no_words(services: Services, receiver: Receiver) -> None:
    act(services, "scorecard.finalized", "scorecard/before")
    webhook, secret = services.webhooks.add(receiver.url, [Event.SCORECARD_FINALIZED], by=SYSTEM)
    act(services, "scorecard.finalized")
    act(services, "scorecard.reopened")
    assert send(services) == [True]
    (got,) = receiver.got
    assert got.path == "/hook?x=1"
    assert json.loads(got.body)["data"] == {"subject": "scorecard/s1", "sequence": 3, "interaction": "c-1"}
    assert "words" not in got.body
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.{got.body}".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert got.headers["webhook-signature"] == f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"
    assert got.headers["host"] == f"127.0.0.1:{receiver.server.server_port}"
    assert states(services, webhook.id) == [("scorecard.finalized", "delivered", 1)]
    assert send(services) == [], "nothing is told twice"


def test_what_is_not_taken_is_sent_again_under_the_same_id_and_then_given_up(
    services: Services, receiver: Receiver, clock: Clockwork
) -> None:
    receiver.status = 500
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    act(services, "policy.changed")
    assert send(services) == [False]
    for wait in WAITS:
        assert send(services) == [], "not before its time"
        clock.now += wait
        assert send(services) == [False]
    assert states(services, webhook.id) == [("policy.changed", "failed", len(WAITS) + 1)]
    assert len({one.headers["webhook-id"] for one in receiver.got}) == 1
    assert services.webhooks.deliveries(webhook.id).items[0].error == "it answered 500"
    receiver.status = 200
    (failed,) = services.webhooks.deliveries(webhook.id, state=DeliveryState.FAILED).items
    services.webhooks.repeat(webhook.id, failed.id, by=SYSTEM)
    assert send(services) == [True]
    assert states(services, webhook.id) == [("policy.changed", "delivered", 1)]


def test_a_receiver_that_asks_for_time_gets_it(services: Services, receiver: Receiver, clock: Clockwork) -> None:
    receiver.status, receiver.headers = 503, {"Retry-After": "3600"}
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    act(services, "policy.changed")
    send(services)
    assert services.webhooks.deliveries(webhook.id).items[0].next_at == AT + timedelta(hours=1)


def test_redirects_are_failures(services: Services, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": "http://169.254.169.254/latest"}
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    act(services, "policy.changed")
    assert send(services) == [False]
    assert len(receiver.got) == 1
    assert services.webhooks.deliveries(webhook.id).items[0].status == 302


def test_an_address_that_says_that_it_is_gone_is_switched_off(services: Services, receiver: Receiver) -> None:
    receiver.status = 410
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    act(services, "policy.changed")
    send(services)
    found = services.webhooks.get(webhook.id)
    assert (found.active, found.stopped_because) == (False, "it answered that it is gone")
    act(services, "policy.changed")
    assert send(services) == []
    receiver.status = 200
    again = services.webhooks.change(webhook.id, active=True, by=SYSTEM)
    assert (again.active, again.stopped_because, again.failing_since) == (True, None, None)
    clock_now = services.clock() + WAITS[0]
    services.clock.now = clock_now  # type: ignore[attr-defined]
    assert sorted(send(services)) == [True, True], "what happened meanwhile is told"


def test_what_nothing_reaches_for_days_is_switched_off(services: Services, receiver: Receiver, clock: Clockwork) -> None:
    receiver.status = 500
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    act(services, "policy.changed")
    send(services)
    clock.now += PATIENCE
    send(services)
    assert not services.webhooks.get(webhook.id).active
    with services.database.reading() as unit:
        assert [one.subject for one in unit.ledger.entries() if one.action == "webhook.stopped"] == [f"webhook/{webhook.id}"]


def test_nobody_answers(services: Services, receiver: Receiver) -> None:
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    receiver.close()
    act(services, "policy.changed")
    assert send(services) == [False]
    assert "does not answer" in (services.webhooks.deliveries(webhook.id).items[0].error or "")


def test_an_answer_that_comes_a_letter_at_a_time_is_given_up(
    services: Services, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.services.posting.LONGEST", 0.5)
    receiver.drips = 20
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    act(services, "policy.changed")
    assert send(services) == [False]
    assert "does not answer" in (services.webhooks.deliveries(webhook.id).items[0].error or "")


@pytest.mark.parametrize("host", ["localhost", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
def test_what_only_this_machine_reaches_is_not_called(tmp_path: Path, receiver: Receiver, host: str) -> None:
    with opened(Settings(data_dir=tmp_path, engine="sidecar")) as services:
        webhook, _ = services.webhooks.add(
            f"https://{host}:{receiver.server.server_port}/", [Event.POLICY_CHANGED], by=SYSTEM
        )
        act(services, "policy.changed")
        assert send(services) == [False]
        error = services.webhooks.deliveries(webhook.id).items[0].error or ""
        assert "no public address" in error or "nobody knows" in error
    assert receiver.got == []


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "https://", "hooks.example.com", "https://me:pw@a.example/", "https://a.example/#x", "https://a.example:0/",
     "https://a.example:99999/", "https://[::1", "javascript:alert(1)", "file:///etc/passwd", "https://a.example/\x7f", "https://①②⑦.0.0.1/"],
)
def test_what_can_be_no_address_is_refused(services: Services, url: str) -> None:
    with pytest.raises(InputError) as raised:
        services.webhooks.add(url, [Event.POLICY_CHANGED], by=SYSTEM)
    assert raised.value.field == "url"


def test_plain_http_goes_to_own_networks_alone(tmp_path: Path) -> None:
    with opened(Settings(data_dir=tmp_path, engine="sidecar")) as services, pytest.raises(InputError, match="only https"):
        services.webhooks.add("http://a.example/", [Event.POLICY_CHANGED], by=SYSTEM)


def test_a_new_secret_signs_beside_the_old_one_for_a_day(services: Services, receiver: Receiver, clock: Clockwork) -> None:
    webhook, old = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    _, new = services.webhooks.renew(webhook.id, by=SYSTEM)
    assert new != old
    act(services, "policy.changed")
    send(services)
    clock.now += timedelta(days=2)
    act(services, "policy.changed")
    send(services)
    assert [len(one.headers["webhook-signature"].split(" ")) for one in receiver.got] == [2, 1]


def test_a_ping_tries_it(services: Services, receiver: Receiver) -> None:
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    services.webhooks.ping(webhook.id, by=SYSTEM)
    assert send(services) == [True]
    assert json.loads(receiver.got[0].body)["type"] == "webhook.pinged"
    services.webhooks.change(webhook.id, active=False, by=SYSTEM)
    with pytest.raises(ConflictError, match="switched off"):
        services.webhooks.ping(webhook.id, by=SYSTEM)


def test_a_removed_one_is_told_nothing(services: Services, receiver: Receiver) -> None:
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    act(services, "policy.changed")
    services.webhooks.gather()
    services.webhooks.remove(webhook.id, by=SYSTEM)
    assert send(services) == []
    assert receiver.got == []
    with pytest.raises(NotFoundError):
        services.webhooks.get(webhook.id)


def test_a_change_that_somebody_overtook_is_refused(services: Services, receiver: Receiver) -> None:
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    changed = services.webhooks.change(webhook.id, description="CRM", expected=1, by=SYSTEM)
    assert changed.revision == 2
    with pytest.raises(StaleVersionError):
        services.webhooks.change(webhook.id, description="ERP", expected=1, by=SYSTEM)
    assert services.webhooks.change(webhook.id, description="CRM", expected=2, by=SYSTEM).revision == 2, "nothing has changed"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_admins_manage_them(services: Services, receiver: Receiver, role: Role) -> None:
    with pytest.raises(PermissionDeniedError):
        services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=Actor(id="x", role=role))


def test_no_secret_is_in_the_ledger(services: Services, receiver: Receiver) -> None:
    webhook, secret = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    _, other = services.webhooks.renew(webhook.id, by=SYSTEM)
    with services.database.reading() as unit:
        told = [(one.action, one.model_dump_json()) for one in unit.ledger.entries()]
    assert [action for action, _ in told] == ["webhook.added", "webhook.renewed"]
    assert not any(one.removeprefix("whsec_") in text for one in (secret, other) for _, text in told)


def test_messages_that_ended_go_after_a_month(services: Services, receiver: Receiver, clock: Clockwork) -> None:
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    act(services, "policy.changed")
    send(services)
    assert services.webhooks.forget() == 0
    clock.now += timedelta(days=31)
    assert services.webhooks.forget() == 1
    assert states(services, webhook.id) == []


def test_two_processes_tell_an_act_once(services: Services, receiver: Receiver) -> None:
    webhook, _ = services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
    for _ in range(5):
        act(services, "policy.changed")
    other = build(services.settings, clock=services.clock)
    with closing(other.database):
        threads = [threading.Thread(target=one.webhooks.gather) for one in (services, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(states(services, webhook.id)) == 5


def test_a_running_service_delivers_by_itself(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.services.workflow._TAKE_OVER_SECONDS", 0.1)
    monkeypatch.setitem(workflow._POLL_SECONDS, workflow.OUTSIDE, 0.1)
    with running(Settings(data_dir=tmp_path, engine="sidecar", private_networks="127.0.0.0/8")) as services:
        services.webhooks.add(receiver.url, [Event.POLICY_CHANGED], by=SYSTEM)
        act(services, "policy.changed")
        end = time.monotonic() + 60
        while not receiver.got:
            assert time.monotonic() < end, "nobody was told"
            time.sleep(0.05)
    assert json.loads(receiver.got[0].body)["type"] == "policy.changed"
