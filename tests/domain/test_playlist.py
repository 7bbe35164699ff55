"""Clips: the way to the words, and to the recording where there is one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel
from qa_service.domain.playlist import Clip


def clip(**changes: Any) -> Clip:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    return Clip(interaction="c-1", scorecard="s-1", channel=Channel.PHONE, at=at, answer="no", earned=0.0, **changes)


@pytest.mark.parametrize(
    ("changes", "audio"),
    [
        ({}, None),  # a chat has nothing to listen to
        ({"recorded": True}, "/v1/interactions/c-1/audio"),
        ({"recorded": True, "evidence": Evidence(rule="r", quote="no")}, "/v1/interactions/c-1/audio"),
        (
            {"recorded": True, "evidence": Evidence(rule="r", quote="no", start_ms=12_300, end_ms=15_650)},
            "/v1/interactions/c-1/audio#t=10.3,15.65",
        ),
        ({"recorded": True, "evidence": Evidence(rule="r", quote="no", start_ms=900)}, "/v1/interactions/c-1/audio#t=0"),
        ({"evidence": Evidence(rule="r", quote="no", start_ms=900)}, None),
    ],
)
def test_where_to_listen(changes: dict[str, Any], audio: str | None) -> None:
    found = clip(**changes)
    assert (found.audio, found.card) == (audio, "/v1/scorecards/s-1")
    assert found.model_dump(mode="json")["audio"] == audio
