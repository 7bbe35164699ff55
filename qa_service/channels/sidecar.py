"""Side-cars: ``NAME.json`` beside a recording (or an imported transcript) says what the file itself does not."""

from __future__ import annotations

import json
import re
from pathlib import Path

from qa_service.channels.base import Header, Where
from qa_service.channels.documents import Document, documents
from qa_service.channels.identifiers import identifier
from qa_service.channels.pairs import AGENT_LEFT, Pair, call_name
from qa_service.channels.wire import WireChannels, WireFiles, WireSidecar, load, to_turns
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Transcript
from qa_service.errors import ConversationError

#: ``Transcript.engine`` of a reference transcript.
ENGINE = "reference"
#: Bytes in which a side-car's own keys stand before its turns.
_HEAD = 65_536
_FILES = re.compile(rb'"files"\s*:\s*\{')


def read_sidecar(path: Path, *, describes: Path, recording: bool = True, pair: bool = False) -> Header:
    """The side-car ``path`` of the file ``describes``, or of a ``pair``; raises :class:`ConversationError`."""
    return parse_sidecar(_read(path), file=path, describes=describes.name, recording=recording, pair=pair)


def parse_sidecar(data: bytes, *, describes: str, file: str | Path | None = None, recording: bool = True, pair: bool = False) -> Header:
    """A side-car's bytes (an upload's form field, say); raises :class:`ConversationError`.

    ``describes``: name of the file it belongs to, from which the id is made where the side-car has none.
    ``recording``: that file is a recording; otherwise a transcript that will be imported. ``pair``: it is two, one a party.
    """
    where = Where(file=file)
    wire = _wire(data, where=where)
    _check_purpose(wire, recording=recording, where=where)
    if recording and wire.files is not None and not pair:
        raise where.fault(f"names two files, but describes {describes}", field="files", hint="files stand in a side-car of their own")
    return _header(wire, describes=describes, where=where)


def names_files(path: Path) -> bool:
    """Whether ``path`` is a side-car that names the two files of a call itself; a cheap look, for folders full of conversations."""
    with path.open("rb") as stream:
        if _FILES.search(stream.read(_HEAD)) is None:
            return False
    found = next(documents(path.read_bytes(), file=path), None)
    return isinstance(found, Document) and "files" in json.loads(found.text)


def read_pair(path: Path, *, confined: bool = False) -> Pair:
    """The two files that the side-car ``path`` names; raises :class:`ConversationError`.

    They lie relative to the side-car's folder; ``confined`` refuses those that leave it (side-cars of strangers).
    """
    where = Where(file=path)
    wire = _wire(_read(path), where=where)
    if wire.files is None:
        raise where.fault("required, but missing", field="files")
    channel_map = _channel_map(wire.channels, where=where)
    halves = _halves(wire.files, where=where)
    by_party = wire.files.agent is not None
    if (by_party and channel_map.known) or channel_map.mono:
        told = "files that are named by party leave nothing to say" if by_party else "two files are two channels"
        raise where.fault(told, field="channels", hint="leave it out")
    left, right = (_beside(path, name, field=f"files.{field}", confined=confined, where=where) for field, name in halves)
    if left.resolve() == right.resolve():
        raise where.fault("both parties are in one file", field="files", hint="say who is on which channel with channels instead")
    return Pair(left=left, right=right, stem=call_name(path), channel_map=AGENT_LEFT if by_party else channel_map, told=True)


def bare_header(describes: str, *, channel: Channel = Channel.PHONE) -> Header:
    """The header of a file that nothing is known about; the id is its name without ending."""
    name = identifier(Path(describes).stem)
    return Header(interaction=Interaction(id=name, channel=channel), id_given=False)


def sidecar_of(path: Path) -> Path | None:
    """``NAME.json`` beside ``NAME.wav``, or ``NAME.header.json`` where ``NAME.json`` is the transcript itself."""
    endings = (".header.json",) if path.suffix.lower() == ".json" else (".json", ".header.json")
    return next((one for ending in endings if (one := path.with_suffix(ending)).is_file()), None)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Where(file=path).fault(f"cannot be read: {error.strerror}") from error


def _wire(data: bytes, *, where: Where) -> WireSidecar:
    found = list(documents(data, file=where.file))
    if len(found) != 1:
        raise where.fault(f"a side-car describes one file, not {len(found)}")
    if isinstance(found[0], ConversationError):
        raise found[0]
    return load(WireSidecar, found[0], where=where)


def _halves(files: WireFiles, *, where: Where) -> tuple[tuple[str, str], tuple[str, str]]:
    """(key, file name) of the left and of the right half."""
    told = {name: value for name, value in files.model_dump().items() if value is not None}
    if set(told) not in ({"agent", "customer"}, {"left", "right"}):
        raise where.fault(f"names {', '.join(told) or 'nothing'}", field="files", hint="agent and customer, or left and right")
    first, second = told
    return (first, told[first]), (second, told[second])


def _beside(path: Path, name: str, *, field: str, confined: bool, where: Where) -> Path:
    found = path.parent / name
    if confined and not found.resolve().is_relative_to(path.parent.resolve()):
        raise where.fault(f"{name} lies outside of the side-car's folder", field=field)
    if not found.is_file():
        raise where.fault(f"no such file: {name}", field=field)
    return found


def _check_purpose(wire: WireSidecar, *, recording: bool, where: Where) -> None:
    if recording and wire.channel not in (None, Channel.PHONE):
        raise where.fault(f"a recording is a phone contact, not {wire.channel}", field="channel")
    if recording and wire.speakers:
        raise where.fault("speaker labels belong to an imported transcript", field="speakers", hint="use channels for a recording")
    alien = next((name for name in ("turns", "channels", "files") if getattr(wire, name) is not None), None)
    if not recording and alien is not None:
        raise where.fault("belongs to a recording, not to an imported transcript", field=alien)


def _header(wire: WireSidecar, *, describes: str, where: Where) -> Header:
    name = wire.id or identifier(Path(describes).stem)
    turns = None if wire.turns is None else to_turns(wire.turns, where=where)
    return Header(
        interaction=wire.interaction(id=name, channel=wire.channel or Channel.PHONE, started_at=None, where=where),
        id_given=wire.id is not None,
        channel_map=_channel_map(wire.channels, where=where),
        reference=Transcript(turns=turns, language=wire.language, engine=ENGINE) if turns else None,
        speakers=wire.speakers,
    )


def _channel_map(channels: object, *, where: Where) -> ChannelMap:
    if not isinstance(channels, WireChannels):
        return ChannelMap(mono=channels == "mono")
    if channels.left == channels.right:
        raise where.fault(f"both channels are the {channels.left}'s", field="channels", hint="one is the agent's, the other the customer's")
    return ChannelMap(left=channels.left, right=channels.right)
