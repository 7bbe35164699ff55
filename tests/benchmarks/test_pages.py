"""The call that the benchmark of pages opens: as long as it should be, its words timed, quotes for every criterion."""

from __future__ import annotations

from pathlib import Path

from benchmarks.pages_call import INTERACTION, lay
from qa_service.bootstrap import opened
from qa_service.domain.scorecard import Status
from qa_service.settings import Settings


def test_the_call_is_what_the_benchmark_says(tmp_path: Path) -> None:
    card = lay(tmp_path, minutes=1, turns=20)
    with opened(Settings(data_dir=tmp_path, meanings=False, learned=False)) as services:
        recording, blob = services.interactions.recording(INTERACTION)
        assert (recording.duration_ms, recording.channels, blob.size) == (60_000, 2, recording.size)
        transcript = services.interactions.transcript(INTERACTION)
        assert len(transcript.turns) == 20
        assert all(one.text == " ".join(word.text for word in one.words) for one in transcript.turns)
        assert all(one.words[0].start_ms == one.start_ms and one.words[-1].end_ms <= one.end_ms for one in transcript.turns if one.end_ms)
        found = services.scorecards.get(card)
        assert found.status is Status.DRAFT
        assert 12 <= len(found.criteria) <= 20
        for one in found.criteria:
            assert one.suggestion is not None
            assert len(one.suggestion.evidence) >= 4
            assert all(piece.turn is not None and piece.quote in transcript.turns[piece.turn].text for piece in one.suggestion.evidence)
