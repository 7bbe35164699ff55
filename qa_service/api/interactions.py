"""Interactions: what came in, its transcript, signals, scorecards and recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Header, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import ActorDep, CallerDep, Cursor, Filter, Id, IfNoneMatch, Limit, PageOf, PeriodDep, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, unchanged
from qa_service.api.problems import documented
from qa_service.api.ranges import file_response
from qa_service.domain.disclosure import shown_to
from qa_service.domain.interaction import Channel, Interaction, Purpose
from qa_service.domain.parties import Speakers
from qa_service.domain.recording import ChannelMap, Recording
from qa_service.domain.scorecard import Scorecard
from qa_service.domain.signal import Signal
from qa_service.domain.topic import TopicRef
from qa_service.domain.transcript import Speaker, Transcript
from qa_service.errors import InputError
from qa_service.services.channels import ChannelsChanged, ChannelsView
from qa_service.store.faults import Fault
from qa_service.store.interactions import State, StoredInteraction

router = APIRouter(prefix="/interactions", route_class=Door)

_WAV, _OGG, _MP4, _FLAC = "audio/wav", "audio/ogg", "audio/mp4", "audio/flac"
#: Type of a recording by the first part of its codec's name, where the codec comes in one container mostly.
_BY_CODEC = {
    "pcm": _WAV, "adpcm": _WAV, "mp3": "audio/mpeg", "flac": _FLAC, "opus": _OGG, "vorbis": _OGG, "aac": _MP4, "alac": _MP4,
    "amr": "audio/amr", "amrnb": "audio/amr", "amrwb": "audio/amr-wb",
}
#: And by its ending, where somebody chose another container.
_BY_SUFFIX = {
    "webm": "audio/webm", "mka": "audio/x-matroska", "mkv": "audio/x-matroska", "mp4": _MP4, "m4a": _MP4, "aac": "audio/aac",
    "aiff": "audio/aiff", "aif": "audio/aiff", "au": "audio/basic", "3gp": "audio/3gpp", "caf": "audio/x-caf",
}
_UNKNOWN = "application/octet-stream"
_AUDIO = {
    one: {"schema": {"type": "string", "contentMediaType": one}} for one in sorted({*_BY_CODEC.values(), *_BY_SUFFIX.values(), _UNKNOWN})
}


class InteractionView(Interaction):
    """An interaction, and how far it is."""

    #: When it was taken in.
    received_at: AwareDatetime
    #: How far it is.
    state: State
    #: What stopped it.
    error: Fault | None
    #: File or upload it came from.
    source_name: str | None
    #: SHA-256 of what came in, hex.
    content_sha256: str
    #: Whether ``/audio`` has a recording.
    has_audio: bool
    #: Who says what: `known`, `guessed` (both share a channel), or `ask`: `PUT /channels` tells it. Null until there is a transcript.
    speakers: Speakers | None
    #: Why the customer is in contact; null until topics were built, and where nothing tells.
    topic: TopicRef | None

    @classmethod
    def of(cls, stored: StoredInteraction, speakers: Mapping[str, Speakers], topics: Mapping[str, TopicRef]) -> Self:
        """As it is stored."""
        return cls(
            **dict(stored.interaction), speakers=speakers.get(stored.interaction.id), topic=topics.get(stored.interaction.id),
            received_at=stored.received_at, state=stored.state, error=stored.error,
            source_name=stored.source_name, content_sha256=stored.content_sha256, has_audio=stored.recording_sha256 is not None,
        )


class InteractionPage(PageOf[InteractionView]):
    """A page of interactions."""


class ChannelsIn(BaseModel):
    """The parties of a two-channel recording."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"left": "agent", "right": "customer"}})

    #: Party on channel 0.
    left: Literal[Speaker.AGENT, Speaker.CUSTOMER]
    #: Party on channel 1.
    right: Literal[Speaker.AGENT, Speaker.CUSTOMER]


class PurposeIn(BaseModel):
    """What a contact took place for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"purpose": "mystery"}})

    #: All but `live` are reported apart.
    purpose: Purpose


class SignalSet(BaseModel):
    """What was measured on an interaction."""

    model_config = ConfigDict(extra="forbid")

    #: By name, as in the catalogue.
    signals: tuple[Signal, ...]


class ScorecardSet(BaseModel):
    """The scorecards of an interaction."""

    model_config = ConfigDict(extra="forbid")

    #: The last made first.
    scorecards: tuple[Scorecard, ...]


@router.get("", response_model=InteractionPage, responses=documented(401, 422), summary="List interactions")
def list_interactions(
    services: ServicesDep, within: ScopeDep, period: PeriodDep, channel: Annotated[Channel | None, Query()] = None, agent: Filter = None,
    team: Filter = None, state: Annotated[State | None, Query()] = None, queue: Filter = None, customer: Filter = None,
    speakers: Annotated[Literal["ask"] | None, Query(description="`ask`: only those that ask which channel is the agent's.")] = None,
    purpose: Annotated[Purpose | None, Query(description="Only contacts that took place for it.")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> InteractionPage:
    """The last taken in first: coaches see those of their teams, agents those that they have a final scorecard for."""
    page = services.interactions.list(
        channel=channel, agent=agent, team=team, state=state, queue=queue, customer=customer, since=period.since, until=period.until,
        asks=speakers is not None, purpose=purpose, within=within, cursor=cursor, limit=limit,
    )
    known = services.interactions.speakers(page.items)
    topics = services.topics.of(one.interaction.id for one in page.items)
    return InteractionPage.of(page, (InteractionView.of(one, known, topics) for one in page.items))


@router.get("/{interaction}", response_model=InteractionView, responses=documented(401, 404, 422), summary="Read an interaction")
def get_interaction(services: ServicesDep, within: ScopeDep, interaction: Id) -> InteractionView:
    """Who took part, where it came from, and how far it is."""
    stored = services.interactions.get(interaction, within=within)
    return InteractionView.of(stored, services.interactions.speakers([stored]), services.topics.of([interaction]))


@router.get("/{interaction}/transcript", response_model=Transcript, responses=documented(401, 404, 422), summary="Read its transcript")
def get_interaction_transcript(services: ServicesDep, within: ScopeDep, interaction: Id) -> Transcript:
    """Turns in order; recognised words with times and confidence. `redactions` tells what was masked, where, and when it was said. 404
    until a recording was transcribed."""
    return services.interactions.transcript(interaction, within=within)


@router.get("/{interaction}/signals", response_model=SignalSet, responses=documented(401, 404, 422), summary="Read its signals")
def get_interaction_signals(services: ServicesDep, within: ScopeDep, interaction: Id) -> SignalSet:
    """Every measurement with its places; a value is null where the interaction does not carry it. Those of `contact.repeat`,
    `contact.earlier` and `contact.first_resolved` rest on other interactions and are as known now. 404 until it was analysed."""
    return SignalSet(signals=(*services.interactions.signals(interaction, within=within), *services.history.signals(interaction)))


@router.get("/{interaction}/scorecards", response_model=ScorecardSet, responses=documented(401, 404, 422), summary="Read its scorecards")
def get_interaction_scorecards(services: ServicesDep, who: ActorDep, within: ScopeDep, interaction: Id) -> ScorecardSet:
    """One for each rubric version and engine that judged it, the last made first; agents see the final ones."""
    cards = services.interactions.scorecards(interaction, within=within)
    hidden = services.calibrating.answering(by=who)
    return ScorecardSet(scorecards=tuple(shown_to(card, who, calibrating=hidden) for card in cards))


@router.get(
    "/{interaction}/channels", response_model=ChannelsView, responses=documented(401, 404, 422), summary="Read who is on which channel"
)
def get_interaction_channels(services: ServicesDep, within: ScopeDep, interaction: Id) -> ChannelsView:
    """The channel map of its recording. 404 for a written contact."""
    return services.channels.get(interaction, within=within)


@router.put(
    "/{interaction}/channels", status_code=202, response_model=ChannelsChanged, summary="Tell who is on which channel",
    responses={
        200: {"model": ChannelsChanged, "description": "It was told so before; nothing changed"},
        202: {"description": "Transcripts are relabelled; the jobs score again"}, **documented(401, 404, 409, 422),
    },
)
def put_interaction_channels(
    services: ServicesDep, who: CallerDep, interaction: Id, body: ChannelsIn, response: Response
) -> ChannelsChanged:
    """Transcripts get their parties at once, without being recognised again. Draft scorecards that nobody touched are made anew; answered,
    claimed and final ones stay as they are. 409 while a job works on the interaction; 422 for a recording with one channel."""
    if body.left is body.right:
        raise InputError("one channel is the agent's, the other the customer's", field="right")
    changed = services.channels.put(interaction, ChannelMap(left=body.left, right=body.right), actor=who)
    if not changed.jobs:
        response.status_code = 200
    return changed


@router.put(
    "/{interaction}/purpose", response_model=InteractionView, responses=documented(401, 403, 404, 422),
    summary="Tell what it took place for",
)
def put_interaction_purpose(services: ServicesDep, who: ActorDep, interaction: Id, body: PurposeIn) -> InteractionView:
    """Mystery, training and test contacts are reviewed like others and counted apart: from now on they are in no profile, total or training
    of live contacts, and marking them `live` brings them back."""
    stored = services.purposes.put(interaction, body.purpose, by=who)
    return InteractionView.of(stored, services.interactions.speakers([stored]), services.topics.of([interaction]))


@router.get(
    "/{interaction}/audio", response_class=Response, summary="Listen to its recording",
    responses={
        200: {"description": "The whole recording", "content": _AUDIO},
        206: {"description": "The bytes that were asked for", "content": _AUDIO},
        304: {"description": "You have it already"}, **documented(401, 404, 409, 416, 422),
    },
)
def get_interaction_audio(
    services: ServicesDep, within: ScopeDep, interaction: Id, if_none_match: IfNoneMatch = None,
    asked: Annotated[str | None, Header(alias="Range", max_length=200, description="One range, such as `bytes=0-65535`.")] = None,
    condition: Annotated[str | None, Header(alias="If-Range", max_length=200, description="ETag that the range is of.")] = None,
) -> Response:
    """The recording as it is kept, streamed; a player may jump by `Range`. Where personal data were found, they are silent in it, and it is
    FLAC; otherwise it is as it was uploaded. 409 until its words are known."""
    recording, blob = services.interactions.recording(interaction, within=within)
    tag = etag(recording.kept_sha256)
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    return file_response(blob, tag=tag, media_type=_media_type(recording), asked=asked, condition=condition)


@router.head(
    "/{interaction}/audio", response_class=Response, summary="Size and type of its recording",
    responses={200: {"description": "Type, size and ETag of the recording"}, **documented(401, 404, 409, 422)},
)
def head_interaction_audio(services: ServicesDep, within: ScopeDep, interaction: Id) -> Response:
    """What `GET` would tell in its headers."""
    recording, blob = services.interactions.recording(interaction, within=within)
    return file_response(blob, tag=etag(recording.kept_sha256), media_type=_media_type(recording), asked=None, condition=None, body=False)


def _media_type(recording: Recording) -> str:
    if recording.kept_sha256 != recording.sha256:
        return _FLAC
    suffix = recording.file_name.rpartition(".")[2].lower()
    return _BY_SUFFIX.get(suffix) or _BY_CODEC.get(recording.codec.partition("_")[0].removesuffix("float"), _UNKNOWN)
