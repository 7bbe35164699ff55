"""Mailboxes and loose mails as conversations, one a thread."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from qa_service.channels.base import Conversation, MailParties, Outcome, ReadOptions
from qa_service.channels.identifiers import identifier, pseudonym
from qa_service.channels.mail.message import Head, Mail, parse_head, parse_mail
from qa_service.channels.mail.threads import threads
from qa_service.channels.wire import offset_ms
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef, Direction, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.errors import EmailError

#: ``Transcript.engine`` of what this file reads.
ENGINE = "import:email"
#: The line between two mails of a mailbox; with a full date, so that "From now on ..." in a text is none.
FROM_LINE = re.compile(rb"From \S[^\n]*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[^\n]*\d:\d\d[^\n]*\d{4}[ \t\r]*\n")
#: How mailboxes guard such lines in texts.
_GUARDED = re.compile(rb"(?m)^>(>*From )")


@dataclass(frozen=True)
class _Placed:
    mail: Mail
    #: Content hash, for threads whose first mail has no id.
    digest: str


def read_eml(path: Path, options: ReadOptions | None = None) -> Iterator[Outcome]:
    """One ``.eml``; a mail that quotes earlier ones is still one mail."""
    yield from read_mails([path], options)


def read_mails(paths: Sequence[Path], options: ReadOptions | None = None) -> Iterator[Outcome]:
    """The threads that loose ``.eml`` files form; a faulty file is yielded as its :class:`EmailError`."""
    placed: list[_Placed] = []
    for path in paths:
        try:
            placed.append(_placed(path.read_bytes(), file=path, line=None))
        except EmailError as error:
            yield error
        except OSError as error:
            yield EmailError(f"cannot be read: {error.strerror}", file=path)
    yield from _conversations(placed, file=paths[0], parties=(options or ReadOptions()).parties)


def read_mbox(path: Path, options: ReadOptions | None = None) -> Iterator[Outcome]:
    """All threads of a mailbox (mboxo, mboxrd, Thunderbird, Takeout); faulty mails are yielded with their line."""
    placed: list[_Placed] = []
    try:
        for line, data in split_mbox(path):
            try:
                placed.append(_placed(data, file=path, line=line))
            except EmailError as error:
                yield error
    except OSError as error:
        yield EmailError(f"cannot be read: {error.strerror}", file=path)
        return
    if not placed:
        yield EmailError("the mailbox holds no readable mail", file=path)
    yield from _conversations(placed, file=path, parties=(options or ReadOptions()).parties)


def parse_mails(messages: Sequence[bytes], *, file: str | Path | None = None, parties: MailParties | None = None) -> Iterator[Outcome]:
    """The threads of uploaded mails."""
    placed: list[_Placed] = []
    for data in messages:
        try:
            placed.append(_placed(data, file=file, line=None))
        except EmailError as error:
            yield error
    yield from _conversations(placed, file=file, parties=parties or MailParties())


def threads_of_files(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Which ``.eml`` files form a thread, by headers alone; a file that is no mail stands alone."""
    heads: list[tuple[Path, Head]] = []
    alone: list[tuple[Path, ...]] = []
    for path in paths:
        try:
            heads.append((path, parse_head(path.read_bytes(), file=path)))
        except (EmailError, OSError):
            alone.append((path,))
    found = threads(heads, head=lambda one: one[1])
    return [tuple(path for path, _ in thread) for thread in found] + alone


def split_mbox(path: Path) -> Iterator[tuple[int, bytes]]:
    """The mails of a mailbox with the line each starts on."""
    start, lines, blank = 0, list[bytes](), True
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if blank and FROM_LINE.match(line):
                if lines:
                    yield start, _GUARDED.sub(rb"\1", b"".join(lines))
                start, lines = number, []
            elif start:
                lines.append(line)
            blank = not line.strip()
    if lines:
        yield start, _GUARDED.sub(rb"\1", b"".join(lines))


def _placed(data: bytes, *, file: str | Path | None, line: int | None) -> _Placed:
    if not data.strip(b" \t\r\n\0"):
        raise EmailError("the file is empty", file=file, line=line)
    return _Placed(parse_mail(data, file=file, line=line), hashlib.sha256(data).hexdigest()[:16])


def _conversations(placed: Sequence[_Placed], *, file: str | Path | None, parties: MailParties) -> Iterator[Outcome]:
    for thread in threads(placed, head=lambda one: one.mail.head):
        if any(one.mail.text for one in thread):
            yield _conversation(thread, parties=parties)
        else:
            yield EmailError("nobody wrote anything in this thread: only quoted mail or attachments", file=file,
                             hint=thread[0].mail.head.id and f"Message-ID <{thread[0].mail.head.id}>")  # fmt: skip


def _conversation(thread: Sequence[_Placed], *, parties: MailParties) -> Conversation:
    mails = [one.mail for one in thread]
    first = mails[0].head
    ours = _ours(mails, parties=parties)
    guessed = not parties.told and not any(mail.head.agent for mail in mails)
    begun = next((mail.head.sent_at for mail in mails if mail.head.sent_at), None)
    agents = [_agent(mail.head) for mail, own in zip(mails, ours, strict=True) if own and not mail.head.automatic]
    metadata = {"parties": "first writer taken for the customer" if guessed else "told"}
    interaction = Interaction(
        id=identifier(first.id) if first.id else f"mail-{thread[0].digest}",
        channel=Channel.EMAIL,
        direction=Direction.OUTBOUND if ours[0] else Direction.INBOUND,
        started_at=begun,
        agent=_most(agents),
        customer=_customer(mails, ours),
        subject=first.subject.replace("\x00", "") or None,
        metadata=metadata | ({"agents": sorted({one.id for one in agents})} if len({one.id for one in agents}) > 1 else {}),
    )
    turns = [_turn(mail, own=own, begun=begun) for mail, own in zip(mails, ours, strict=True)]
    return Conversation(interaction=interaction, transcript=Transcript(turns=tuple(turns), engine=ENGINE, speakers_known=not guessed))


def _ours(mails: Sequence[Mail], *, parties: MailParties) -> list[bool]:
    """For each mail, whether the house wrote it: told by the caller or the mail, else everybody but the first writer."""
    if parties.told or any(mail.head.agent for mail in mails):
        return [bool(mail.head.agent) or parties.is_agent(mail.head.sender) for mail in mails]
    return [mail.head.sender != mails[0].head.sender for mail in mails]


def _agent(head: Head) -> AgentRef:
    """The id is the address, or what the export put into the agent header."""
    return AgentRef(id=identifier(head.agent or head.sender), name=head.sender_name)


def _most(agents: Sequence[AgentRef]) -> AgentRef | None:
    """The agent who wrote most; of equals, the first."""
    counts = Counter(one.id for one in agents)
    return max(agents, key=lambda one: counts[one.id], default=None)


def _customer(mails: Sequence[Mail], ours: Sequence[bool]) -> CustomerRef | None:
    writers = [mail.head.sender for mail, own in zip(mails, ours, strict=True) if not own]
    if not writers:
        house = {mail.head.sender for mail in mails}
        writers = [address for mail in mails for address in mail.head.recipients if address not in house]
    return CustomerRef(id=pseudonym(writers[0])) if writers else None


def _turn(mail: Mail, *, own: bool, begun: datetime | None) -> Turn:
    """A mail as a turn; one without own text stays as a note in brackets, since its time counts."""
    speaker = Speaker.AGENT if own else Speaker.CUSTOMER
    if mail.head.automatic:
        speaker = Speaker.BOT if own else Speaker.SYSTEM
    note = f"[attachment: {', '.join(mail.attachments)}]" if mail.attachments else "[nothing added to the quoted mail]"
    at = mail.head.sent_at
    ms = offset_ms(at, since=begun) if at is not None and begun is not None else None
    return Turn(speaker=speaker, text=mail.text or note, start_ms=ms, end_ms=ms, sent_at=at)
