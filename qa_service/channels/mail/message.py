"""One mail: who wrote what to whom, when, and in answer to what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from qa_service.channels.mail.own_words import own_words
from qa_service.channels.mail.text import decoded, header_text, healed, html_text, raw_header, unencoded
from qa_service.channels.moments import plausible
from qa_service.errors import EmailError

#: Header that names the agent who wrote a mail; set it where mails are exported.
AGENT_HEADER = "X-QA-Agent"
#: Reply and forward marks before a subject: English, German, French ..., Persian, Arabic, Chinese.
_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|fwd?|wg|tr|rv|پاسخ|پاسخ به|ارجاع|هدایت|باز\s?ارسال|رد|إعادة توجيه|اعادة توجيه|回复|转发)"
    r"\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_ID = re.compile(r"<([^<>\s]+)>")
#: What parts addresses from all else.
_AROUND_ADDRESSES = re.compile(r"[\s<>,;:\"()]+")
#: Parts of a mail that are read for text.
_TEXT_TYPES = ("text/plain", "text/html")


@dataclass(frozen=True, kw_only=True)
class Head:
    """What threads are built from."""

    #: Message-ID without brackets; ``None`` where the mail has none.
    id: str | None
    #: Ids of the mails it answers, oldest first.
    references: tuple[str, ...]
    #: Subject without reply marks.
    subject: str
    #: The subject has a reply mark.
    is_reply: bool
    #: Writer's address, lower case.
    sender: str
    #: Writer's display name.
    sender_name: str | None
    #: Addresses under To and Cc, lower case.
    recipients: tuple[str, ...]
    #: In UTC; ``None`` for a missing or unreadable Date.
    sent_at: datetime | None
    #: Value of AGENT_HEADER.
    agent: str | None
    #: Sent by a machine (RFC 3834): an acknowledgement, an absence note.
    automatic: bool


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail that has a body."""

    head: Head
    #: What the writer added; empty for a mail of only quotation or attachments.
    text: str
    #: File names of attachments.
    attachments: tuple[str, ...]


def parse_head(data: bytes, *, file: str | Path | None = None, line: int | None = None) -> Head:
    """The headers only; raises :class:`EmailError` for what is no mail."""
    return _head(BytesHeaderParser(policy=compat32).parsebytes(data), file=file, line=line)


def parse_mail(data: bytes, *, file: str | Path | None = None, line: int | None = None) -> Mail:
    """A mail; raises :class:`EmailError` for what is none, and for one without text and attachments."""
    message = BytesParser(policy=compat32).parsebytes(data)
    head = _head(message, file=file, line=line)
    body = _body(message)
    attachments = tuple(_attachments(message))
    if not body.strip() and not attachments:
        raise EmailError("the mail has no body", file=file, line=line, hint=head.id and f"Message-ID <{head.id}>")
    return Mail(head=head, text=own_words(body), attachments=attachments)


def _head(message: Message, *, file: str | Path | None, line: int | None) -> Head:
    sender = _addresses(message, "From") or _addresses(message, "Sender") or _addresses(message, "Reply-To")
    subject = header_text(message, "Subject")
    if not sender:
        raise EmailError("not an e-mail: no From header with an address", file=file, line=line, field="From")
    bare = _PREFIX.sub("", subject).strip()
    return Head(
        id=next(iter(_ids(message, "Message-ID")), None),
        references=tuple(dict.fromkeys([*_ids(message, "References"), *_ids(message, "In-Reply-To")])),
        subject=bare, is_reply=bare != subject,
        sender=sender[0][1], sender_name=sender[0][0] or None,
        recipients=tuple(address for name in ("To", "Cc") for _, address in _addresses(message, name)),
        sent_at=_date(raw_header(message, "Date")),
        agent=header_text(message, AGENT_HEADER) or None,
        automatic=header_text(message, "Auto-Submitted").lower() not in ("", "no"),
    )  # fmt: skip


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Display name and lower-case address of each mailbox in a header; parted by semicolons too, as Outlook does.

    Newer patch releases of Python give up on the whole header where one mailbox is malformed: then whatever looks like an address counts.
    """
    raw = raw_header(message, name)
    try:
        found = getaddresses([raw]) if ";" not in raw else getaddresses([part for part in raw.split(";") if part.strip()])
    except RecursionError:  # brackets in brackets, hundreds deep
        found = []
    if not any("@" in address for _, address in found):
        found = [("", piece) for piece in _AROUND_ADDRESSES.split(raw) if "@" in piece.strip("@")]
    return [(" ".join(unencoded(shown).split()), address.lower()) for shown, address in found if "@" in address]


def _ids(message: Message, name: str) -> list[str]:
    return _ID.findall(raw_header(message, name))


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        return plausible(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, TypeError, IndexError, OverflowError):  # how the library says "no date"
        return None


def _body(message: Message) -> str:
    """Plain text where there is any, else HTML; inline parts one after the other."""
    texts: dict[str, list[str]] = {kind: [] for kind in _TEXT_TYPES}
    for part in _leaves(message):
        kind = _type(part)
        if kind in _TEXT_TYPES and not _is_attachment(part):
            text = _text(part)
            texts["text/html" if _looks_like_html(text) else kind].append(text)
    plain = "\n\n".join(text.strip("\r\n") for text in texts["text/plain"] if text.strip())
    return plain or "\n\n".join(filter(None, (html_text(text).strip("\n") for text in texts["text/html"])))


def _leaves(message: Message) -> Iterator[Message]:
    """Parts that hold something themselves; mails attached whole are not entered."""
    payload = message.get_payload()
    if message.get_content_maintype() == "message" or not isinstance(payload, list):
        yield message
        return
    for part in payload:
        if isinstance(part, Message):
            yield from _leaves(part)


def _type(part: Message) -> str:
    """The content type; a multipart without parts is the text it holds."""
    return "text/plain" if part.get_content_maintype() == "multipart" else part.get_content_type()


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    text = decoded(data if isinstance(data, bytes) else b"", declared=part.get_content_charset()).replace("\x00", "")
    flowed = str(part.get_param("format") or "").lower() == "flowed"
    return _unflowed(text) if flowed else text


def _unflowed(text: str) -> str:
    """RFC 3676: a line that ends in a blank goes on in the next one, unless it is the signature mark."""
    joined = re.sub(r"(?m)^((?!>)(?!-- \r?$)[^\r\n]* )\r?\n(?!>|-- \r?$|\r?\n|\Z)", r"\1", text)
    return re.sub(r"(?m)^ (?=>|From |\s)", "", joined)


def _looks_like_html(text: str) -> bool:
    return bool(re.match(r"\s*(?:<!doctype html|<html)", text, re.IGNORECASE))


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _attachments(message: Message) -> Iterator[str]:
    for part in _leaves(message):
        kind = _type(part)
        if _is_attachment(part) or kind not in _TEXT_TYPES:
            yield unencoded(healed(part.get_filename() or kind))
