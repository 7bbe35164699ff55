"""Side-cars: ``NAME.json`` beside a recording (or an imported transcript) says what the file itself does not."""

from __future__ import annotations

from pathlib import Path

from qa_service.channels.base import Header, Where
from qa_service.channels.documents import documents
from qa_service.channels.identifiers import identifier
from qa_service.channels.wire import WireChannels, WireSidecar, load, to_turns
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Transcript
from qa_service.errors import ConversationError

#: ``Transcript.engine`` of a reference transcript.
ENGINE = "reference"


def read_sidecar(path: Path, *, describes: Path, recording: bool = True) -> Header:
    """The side-car ``path`` of the file ``describes``; raises :class:`ConversationError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Where(file=path).fault(f"cannot be read: {error.strerror}") from error
    return parse_sidecar(data, file=path, describes=describes.name, recording=recording)


def parse_sidecar(data: bytes, *, describes: str, file: str | Path | None = None, recording: bool = True) -> Header:
    """A side-car's bytes (an upload's form field, say); raises :class:`ConversationError`.

    ``describes``: name of the file it belongs to, from which the id is made where the side-car has none.
    ``recording``: that file is a recording; otherwise a transcript that will be imported.
    """
    where = Where(file=file)
    found = list(documents(data, file=file))
    if len(found) != 1:
        raise where.fault(f"a side-car describes one file, not {len(found)}")
    if isinstance(found[0], ConversationError):
        raise found[0]
    wire = load(WireSidecar, found[0], where=where)
    _check_purpose(wire, recording=recording, where=where)
    return _header(wire, describes=describes, where=where)


def bare_header(describes: str, *, channel: Channel = Channel.PHONE) -> Header:
    """The header of a file that nothing is known about; the id is its name without ending."""
    name = identifier(Path(describes).stem)
    return Header(interaction=Interaction(id=name, channel=channel), id_given=False)


def sidecar_of(path: Path) -> Path | None:
    """``NAME.json`` beside ``NAME.wav``, or ``NAME.header.json`` where ``NAME.json`` is the transcript itself."""
    endings = (".header.json",) if path.suffix.lower() == ".json" else (".json", ".header.json")
    return next((one for ending in endings if (one := path.with_suffix(ending)).is_file()), None)


def _check_purpose(wire: WireSidecar, *, recording: bool, where: Where) -> None:
    if recording and wire.channel not in (None, Channel.PHONE):
        raise where.fault(f"a recording is a phone contact, not {wire.channel}", field="channel")
    if recording and wire.speakers:
        raise where.fault("speaker labels belong to an imported transcript", field="speakers", hint="use channels for a recording")
    if not recording and (wire.channels is not None or wire.turns is not None):
        raise where.fault("belongs to a recording, not to an imported transcript", field="turns" if wire.turns else "channels")


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
