"""Times that no contact has, or that some zone cannot tell, are refused where they come in, wherever that is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from qa_service.channels.conversation import parse_conversation
from qa_service.channels.mail.message import parse_mail
from qa_service.channels.moments import plausible
from qa_service.channels.records.cells import moment
from qa_service.errors import ConversationError, TableError

FIRST = "0001-01-01T00:00:00+14:00"
LAST = "9999-12-31T23:59:59-14:00"


@pytest.mark.parametrize("told", [FIRST, LAST, "1899-12-31T23:59:59Z", "3000-01-01T00:00:00Z"])
def test_what_is_no_time_of_a_contact(told: str) -> None:
    with pytest.raises(ValueError, match="the year should be between 1900 and 2999"):
        plausible(datetime.fromisoformat(told))


def test_what_is_told_in_every_zone() -> None:
    ends = (datetime(1900, 1, 1, tzinfo=timezone(timedelta(hours=14))), datetime(2999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))))
    for end in map(plausible, ends):
        assert end.tzinfo is UTC
        assert end.astimezone(ZoneInfo("Asia/Tehran")) == end == end.astimezone(ZoneInfo("America/Los_Angeles"))


@pytest.mark.parametrize("told", [FIRST, LAST])
@pytest.mark.parametrize("field", ["started_at", "turns[0].sent_at"])
def test_a_conversation_names_the_field(told: str, field: str) -> None:
    turn = {"speaker": "customer", "text": "hi", "sent_at": told if "turns" in field else "2026-11-02T09:14:05Z"}
    data = {"id": "c", "channel": "chat", "turns": [turn], **({} if "turns" in field else {field: told})}
    with pytest.raises(ConversationError, match="the year should be between") as caught:
        parse_conversation(json.dumps(data).encode(), file="c.json")
    assert caught.value.field == field


def test_a_mail_and_a_table() -> None:
    mail = parse_mail(b"From: a@b.example\nTo: c@d.example\nDate: Fri, 31 Dec 9999 23:59:59 -1200\n\nhello", file="m.eml")
    assert mail.head.sent_at is None
    with pytest.raises(TableError, match="there is no '9999-12-31 23:59'"):
        moment("9999-12-31 23:59", zone=UTC, order=None)
