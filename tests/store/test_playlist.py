"""Playlists: best and worst in one look-up, of what the reader may hear."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from qa_service.domain.calibration import Calibration
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import RubricRef, Status
from tests.store.conftest import AT


@pytest.fixture
def finals(desk: Any) -> Any:
    """Five final calls of a17, two of them without a greeting, and a draft."""
    for number in range(5):
        card = desk.add(desk.draft(desk.take(f"c{number}", days=number)))
        desk.finish(card, greeting="no" if number in (1, 3) else "yes", identity="yes", farewell="not_applicable")
    desk.add(desk.draft(desk.take("c9", days=9), greeting="no"))
    return desk


def names(found: Any, criterion: str = "greeting") -> tuple[list[str], list[str]]:
    one = found.get(("phone-support", criterion))
    return ([], []) if one is None else ([clip.interaction for clip in one.best], [clip.interaction for clip in one.worst])


def test_best_and_worst_of_each_criterion(finals: Any) -> None:
    with finals.database.reading() as unit:
        found = unit.playlists.of("a17")
    assert names(found) == (["c4", "c2", "c0"], ["c3", "c1"])
    assert names(found, "identity") == (["c4", "c3", "c2"], [])
    assert names(found, "farewell") == ([], []), "without an opportunity there is nothing to hear"
    clip = found["phone-support", "greeting"].worst[0]
    assert (clip.answer, clip.earned, clip.at, clip.recorded, clip.audio) == ("no", 0.0, AT + timedelta(days=3), False, None)
    assert clip.evidence is not None
    assert clip.evidence.quote == "heard greeting", "the person's own words before the machine's"


def test_period_agent_and_number(finals: Any) -> None:
    with finals.database.reading() as unit:
        assert names(unit.playlists.of("a17", since=AT + timedelta(days=1), until=AT + timedelta(days=3))) == (["c2"], ["c1"])
        assert names(unit.playlists.of("a17", limit=1)) == (["c4"], ["c3"])
        assert unit.playlists.of("a99") == {}
        assert unit.playlists.of("a17", purpose=Purpose.TRAINING) == {}


def test_drafts_are_quoted_only_where_they_count(finals: Any) -> None:
    with finals.database.reading() as unit:
        found = unit.playlists.of("a17", statuses=tuple(Status), by_people=False)
    assert names(found)[1] == ["c9", "c3", "c1"]
    assert found["phone-support", "greeting"].worst[0].evidence.quote == "سلام، greeting"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("scope", "seen"),
    [(Scope(), True), (Scope(teams=frozenset({"billing"})), True), (Scope(agent="a17"), True), (Scope(teams=frozenset({"sales"})), False),
     (Scope(agent="a18"), False)],
)  # fmt: skip
def test_nobody_hears_what_is_out_of_reach(finals: Any, scope: Scope, seen: bool) -> None:
    with finals.database.reading() as unit:
        assert bool(unit.playlists.of("a17", within=scope)) is seen


def test_erased_calls_vanish(finals: Any) -> None:
    with finals.database.unit() as unit:
        unit.erasures.forget("c3", at=AT)
    with finals.database.reading() as unit:
        assert names(unit.playlists.of("a17")) == (["c4", "c2", "c0"], ["c1"])


def test_what_is_reviewed_blindly_is_never_quoted(finals: Any) -> None:
    with finals.database.unit() as unit:
        draft = next(one.id for one in unit.scorecards.for_interaction("c9"))
        assert unit.scorecards.make_blind([draft]) == (draft,)
    with finals.database.reading() as unit:
        assert "c9" not in names(unit.playlists.of("a17", statuses=tuple(Status), by_people=False))[1]


def test_what_the_reader_is_to_answer_blind_is_quoted_to_others_alone(finals: Any) -> None:
    session = Calibration(
        id="s1", title="March", rubric=RubricRef.of(finals.rubric), channel=Channel.PHONE, interactions=("c3",),
        participants=("rita", "omid"), due=AT + timedelta(days=20), seed=7, created_by="lena", created_at=AT,
    )
    with finals.database.unit() as unit:
        unit.calibrations.add(session)
    with finals.database.reading() as unit:
        assert names(unit.playlists.of("a17", reader="rita"))[1] == ["c1"]
        assert names(unit.playlists.of("a17", reader="carl"))[1] == ["c3", "c1"]
