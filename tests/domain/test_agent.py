"""Profiles of agents: claims only where the whole interval carries them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain.agent import Basis, ScorePoint, Standing, Tally, judge, profile, standing
from qa_service.domain.estimation import wilson
from qa_service.domain.interaction import AgentRef, Channel
from qa_service.domain.rubric import Severity
from qa_service.domain.scorecard import Status

SARA = AgentRef(id="a1", name="Sara")


def tally(criterion: str, met: float, n: int, *, severity: Severity = Severity.MINOR, **changes: Any) -> Tally:
    return Tally(rubric="form", criterion=criterion, channel=Channel.CHAT, severity=severity, met=met, n=n, **changes)


def point(score: int | None, status: Status = Status.DRAFT) -> ScorePoint:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    return ScorePoint(interaction="i", scorecard="s", channel=Channel.CHAT, at=at, status=status, score=score)


@pytest.mark.parametrize(
    ("met", "n", "expected"),
    [
        (0, 0, Standing.CANNOT_TELL),
        (0, 2, Standing.CANNOT_TELL),  # fewer than three carry nothing
        (0, 3, Standing.WEAKNESS),  # 0 to 0.5615
        (1, 3, Standing.WEAKNESS),  # 0.0615 to 0.7923
        (2, 3, Standing.CANNOT_TELL),  # 0.2077 to 0.9385
        (3, 3, Standing.CANNOT_TELL),  # from 0.4385
        (4, 4, Standing.STRENGTH),  # from 0.5101
        (4, 5, Standing.CANNOT_TELL),  # reaches 0.8, from 0.3755
        (8, 10, Standing.CANNOT_TELL),  # from 0.4902
        (12, 15, Standing.STRENGTH),  # reaches 0.8, from 0.5481
        (79, 100, Standing.CANNOT_TELL),  # 0.7001 to 0.8583: neither reaches the target nor misses it
        (60, 100, Standing.WEAKNESS),  # 0.5020 to 0.6906
    ],
)
def test_standing(met: float, n: int, expected: Standing) -> None:
    assert standing(wilson(met, n)) is expected


def test_weakest_first_and_unknown_last() -> None:
    found = judge([tally("good", 4, 4), tally("none", 0, 0), tally("bad", 1, 4), tally("half", 2, 4), tally("more", 4, 8)], [])
    assert [one.criterion for one in found] == ["bad", "more", "half", "good", "none"]
    assert all((one.others.n, one.others.value) == (0, None) for one in found)


def test_others_stand_beside_by_rubric_and_criterion() -> None:
    elsewhere = [tally("greeting", 3, 4), tally("greeting", 0, 9).model_copy(update={"rubric": "another"})]
    (found,) = judge([tally("greeting", 1, 2, not_applicable=3, undecided=4)], elsewhere)
    assert (found.share.value, found.others.value, found.others.n) == (0.5, 0.75, 4)
    assert (found.not_applicable, found.undecided) == (3, 4)


def test_strengths_by_lower_bound_and_weaknesses_by_harm() -> None:
    criteria = judge(
        [
            tally("often", 40, 40),
            tally("seldom", 5, 5),
            tally("minor", 0, 9),
            tally("law", 3, 9, severity=Severity.COMPLIANCE),
            tally("unsure", 2, 3),
        ],
        [],
    )
    found = profile(SARA, basis=Basis.FINAL, criteria=criteria, scores=[point(90_000, Status.FINAL)] * 3)
    assert [one.criterion for one in found.strengths] == ["often", "seldom"]
    assert [one.criterion for one in found.weaknesses] == ["law", "minor"]
    assert len(found.criteria) == 5


def test_finals_and_drafts() -> None:
    scores = [point(80_000, Status.FINAL), point(60_000, Status.DISPUTED), point(20_000), point(None), point(10_000, Status.IN_REVIEW)]
    final = profile(SARA, basis=Basis.FINAL, criteria=[], scores=scores)
    assert (final.finals, final.drafts, final.mean_score) == (2, 3, 70.0)
    everything = profile(SARA, basis=Basis.ALL, criteria=[], scores=scores)
    assert (everything.finals, everything.drafts, everything.mean_score) == (2, 3, 42.5)


@pytest.mark.parametrize(
    ("basis", "scores", "notes"),
    [
        (Basis.FINAL, 3, []),
        (Basis.FINAL, 1, ["1 scored interaction: too few"]),
        (Basis.FINAL, 0, ["0 scored interactions: too few"]),
        (Basis.ALL, 3, ["provisional"]),
        (Basis.ALL, 2, ["provisional", "2 scored interactions: too few"]),
    ],
)
def test_notes_say_what_to_keep_in_mind(basis: Basis, scores: int, notes: list[str]) -> None:
    found = profile(SARA, basis=basis, criteria=[], scores=[point(50_000, Status.FINAL)] * scores).notes
    assert len(found) == len(notes)
    assert all(note.startswith(start) for note, start in zip(found, notes, strict=True))


def test_nothing_yet() -> None:
    found = profile(SARA, basis=Basis.FINAL, criteria=[], scores=[])
    assert (found.mean_score, found.strengths, found.weaknesses) == (None, (), ())
