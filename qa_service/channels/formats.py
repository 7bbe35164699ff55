"""The table of file formats that hold conversations: adding one is a file and a line here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from qa_service.channels.base import FileFormat, Outcome, ReadOptions
from qa_service.channels.conversation import read_conversations
from qa_service.channels.documents import LINE_SUFFIXES
from qa_service.channels.imports import contact_lens, srt, vtt, whisperx
from qa_service.channels.mail.boxes import FROM_LINE, read_eml, read_mbox
from qa_service.errors import ConversationError

#: Bytes that are looked at to tell formats apart.
HEAD = 65_536
_MAIL = re.compile(
    rb"\s*(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n)*?(?:from|received|message-id|return-path|mime-version):",
    re.IGNORECASE,
)


def _is_json(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _is_contact_lens(head: bytes) -> bool:
    return _is_json(head) and contact_lens.looks_like(head)


def _is_mbox(head: bytes) -> bool:
    return bool(FROM_LINE.match(head))


def _is_mail(head: bytes) -> bool:
    return bool(_MAIL.match(head))


#: In order of asking: the first whose sniffer recognises the content wins, whatever the file is called.
IMPORTS: tuple[FileFormat, ...] = (
    FileFormat(name="vtt", suffixes=(".vtt",), sniff=vtt.looks_like, read=vtt.read),
    FileFormat(name="srt", suffixes=(".srt",), sniff=srt.looks_like, read=srt.read),
    FileFormat(name="contact_lens", suffixes=(), sniff=_is_contact_lens, read=contact_lens.read),
    FileFormat(name="whisperx", suffixes=(), sniff=whisperx.looks_like, read=whisperx.read),
    FileFormat(name="conversation", suffixes=(".json", *LINE_SUFFIXES), sniff=_is_json, read=read_conversations),
    FileFormat(name="mbox", suffixes=(".mbox", ".mbx"), sniff=_is_mbox, read=read_mbox),
    FileFormat(name="email", suffixes=(".eml",), sniff=_is_mail, read=read_eml),
)
#: Every ending that some format has.
SUFFIXES = frozenset(suffix for one in IMPORTS for suffix in one.suffixes)


def format_of(path: Path) -> FileFormat | None:
    """The format by content, else by ending; ``None`` when neither is known. Raises :class:`OSError`."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    by_content = next((one for one in IMPORTS if one.sniff(head)), None)
    return by_content or next((one for one in IMPORTS if path.suffix.lower() in one.suffixes), None)


def read_file(path: Path, options: ReadOptions | None = None) -> Iterator[Outcome]:
    """The conversations of a file of any format; what cannot be read is yielded as its error."""
    try:
        found = format_of(path)
    except OSError as error:
        yield ConversationError(f"cannot be read: {error.strerror}", file=path)
        return
    if found is None:
        yield ConversationError("not a format this service reads", file=path, hint=f"reads {', '.join(sorted(SUFFIXES))}")
        return
    yield from found.read(path, options or ReadOptions())
