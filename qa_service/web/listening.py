"""Listening: what a page needs to show and play what was said in an interaction, and why it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from qa_service.bootstrap import Services
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Right, Scope
from qa_service.errors import ConflictError, ErasedError, NotFoundError

#: A line that was quoted from an earlier letter.
_QUOTED = re.compile(r"\s{0,3}>")
_SILENT = {"audio": False, "left": "", "unheard": None}


def listening(services: Services, interaction: str, *, who: Actor) -> dict[str, Any]:
    """For ``parts/said.html``: the transcript (``unread``: why there is none), whether there is sound (``unheard``: why there is none,
    where there should be), who is on its first channel, and how letters are taken apart."""
    within = who.scope(Right.READ_INTERACTIONS)
    try:
        stored = services.interactions.get(interaction, within=within)
    except NotFoundError:
        return {**_SILENT, "transcript": None, "unread": "not_yet", "interaction_id": interaction, "letters": False, "letter": letter}
    heard = _recording(services, interaction, within) if stored.recording_sha256 is not None else _SILENT
    return {
        **_transcript(services, interaction, within), **heard, "interaction_id": interaction,
        "letters": stored.interaction.channel is Channel.EMAIL, "letter": letter,
    }


def letter(text: str) -> Iterator[tuple[bool, str]]:
    """Stretches of a letter, quoted or the writer's own; together they are the text."""
    for quoted, lines in groupby(text.splitlines(keepends=True), key=lambda line: _QUOTED.match(line) is not None):
        yield quoted, "".join(lines)


def _recording(services: Services, interaction: str, within: Scope) -> dict[str, Any]:
    try:
        recording, _ = services.interactions.recording(interaction, within=within)
    except ConflictError:
        return {**_SILENT, "unheard": "silencing"}
    except ErasedError:
        return _SILENT
    except NotFoundError:
        return {**_SILENT, "unheard": "gone"}
    return {"audio": True, "left": recording.channel_map.left.value if recording.channel_map.left is not None else "", "unheard": None}


def _transcript(services: Services, interaction: str, within: Scope) -> dict[str, Any]:
    try:
        return {"transcript": services.interactions.transcript(interaction, within=within), "unread": "nothing_said"}
    except ErasedError:
        return {"transcript": None, "unread": "erased"}
    except NotFoundError:
        return {"transcript": None, "unread": "not_yet"}
