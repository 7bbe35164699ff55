"""Intake: what callers send, parsed, taken in piece by piece, and answered piece by piece; nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_service.channels import Conversation, MailParties, Outcome, Pair, ReadOptions, WorkItem, WorkKind, discover
from qa_service.channels.conversation import parse_conversations
from qa_service.channels.pairs import AGENT_LEFT, NOT_TOLD, call_name
from qa_service.channels.sidecar import bare_header, parse_sidecar
from qa_service.errors import EmailError, InputError, QaError
from qa_service.services.batch import fault_below
from qa_service.services.ingest import Ingested, Ingestion, JobOptions, Source

_MAIL = ("email", "mbox")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of one conversation or e-mail thread."""

    #: Place in what was sent, from 0.
    position: int
    #: File it came in.
    file: str
    #: Where it is now, or why it was refused; the error names the file as it was sent.
    result: Ingested | QaError


class Intake:
    """Takes uploads in."""

    def __init__(self, *, ingestion: Ingestion) -> None:
        self._ingestion = ingestion

    def recording(self, path: Path, *, name: str, sidecar: bytes | None, actor: str, options: JobOptions) -> Ingested:
        """Take a recording in, with what its side-car says.

        Raises :class:`AudioError`, :class:`ConversationError` for the side-car, :class:`DuplicateError`, :class:`InputError`.
        """
        self._ingestion.check(options)
        header = bare_header(name) if sidecar is None else parse_sidecar(sidecar, describes=name, file="sidecar")
        reference = sidecar if header.reference is not None else None
        return self._ingestion.recording(path, header, source=Source(name=name, actor=actor), options=options, reference=reference)

    def pair(
        self, agent: tuple[Path, str], customer: tuple[Path, str], *, sidecar: bytes | None, actor: str, options: JobOptions
    ) -> Ingested:
        """Take a call in that was recorded as one mono file a party; each comes with its name. Raises as :meth:`recording`."""
        self._ingestion.check(options)
        names = dict([agent, customer])
        stem = call_name(Path(agent[1]))
        name = f"{stem}{Path(agent[1]).suffix}"
        header = bare_header(name) if sidecar is None else parse_sidecar(sidecar, describes=name, file="sidecar")
        if header.channel_map != NOT_TOLD:
            hint = "leave left, right and channels out"
            raise InputError("agent_file and customer_file leave nothing to say", field="channels", hint=hint)
        header = header.model_copy(update={"channel_map": AGENT_LEFT})
        pair = Pair(left=agent[0], right=customer[0], stem=stem, channel_map=AGENT_LEFT, told=True)
        source = Source(name=f"{agent[1]} + {customer[1]}", actor=actor)
        reference = sidecar if header.reference is not None else None
        return self._ingestion.pair(pair, header, source=source, names=names, options=options, reference=reference)

    def conversations(self, data: bytes, *, name: str, actor: str, options: JobOptions) -> tuple[Receipt, ...]:
        """Take the conversations of a JSON text in: one object, a list, or JSON Lines; raises :class:`InputError` for the options."""
        self._ingestion.check(options)
        found = [(name, outcome) for outcome in parse_conversations(data, file=name)]
        return self._receipts(found, root=None, actor=actor, options=options)

    def emails(
        self, paths: Sequence[Path], *, root: Path, parties: MailParties, actor: str, options: JobOptions
    ) -> tuple[Receipt, ...]:
        """Take the threads of ``.eml`` and ``.mbox`` files below ``root`` in; raises :class:`InputError` for the options."""
        self._ingestion.check(options)
        items = discover(paths, confined=True)
        found = [(str(item.path.relative_to(root)), outcome) for item in items for outcome in _mails(item, parties)]
        return self._receipts(found, root=root, actor=actor, options=options)

    def _receipts(
        self, found: Sequence[tuple[str, Outcome]], *, root: Path | None, actor: str, options: JobOptions
    ) -> tuple[Receipt, ...]:
        good = [(one, Source(name=file, actor=actor)) for file, one in found if isinstance(one, Conversation)]
        results = iter(self._ingestion.conversations(good, options=options) if good else ())
        return tuple(_numbered(_merged(found, results), root))


def _mails(item: WorkItem, parties: MailParties) -> Iterator[Outcome]:
    if item.kind is WorkKind.CONVERSATIONS and item.format is not None and item.format.name in _MAIL:
        yield from item.read(ReadOptions(parties=parties))
    else:
        yield item.error or EmailError("neither an e-mail nor a mailbox", file=item.path, hint="send .eml or .mbox files")


def _merged(found: Iterable[tuple[str, Outcome]], results: Iterator[Ingested | QaError]) -> Iterator[tuple[str, Ingested | QaError]]:
    for file, outcome in found:
        yield file, next(results) if isinstance(outcome, Conversation) else outcome


def _numbered(results: Iterable[tuple[str, Ingested | QaError]], root: Path | None) -> Iterator[Receipt]:
    for position, (file, result) in enumerate(results):
        if isinstance(result, QaError):
            fault = fault_below(root, result, file)
            result.message, result.file, result.hint = fault.message, fault.file, fault.hint
        yield Receipt(position=position, file=file, result=result)
