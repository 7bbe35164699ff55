"""Calibration sessions and proposals in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.calibration import AgreedAnswer, Calibration, CalibrationAnswer, CalibrationReview, CalibrationState, DiscussionNote
from qa_service.domain.interaction import Channel
from qa_service.domain.proposal import Proposal, ProposalState
from qa_service.domain.scorecard import RubricRef
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.services.calibration_figures import figures

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def session(desk: Any, name: str = "s1", **changes: Any) -> Calibration:
    made = Calibration(
        id=name, title="مارس", rubric=RubricRef.of(desk.rubric), channel=Channel.PHONE, interactions=("c2", "c1"),
        participants=("rita", "omid"), expert="ella", due=AT + timedelta(days=3), seed=2**32 - 1, created_by="lena", created_at=AT,
    )
    return made.model_copy(update=changes)


def review(who: str, interaction: str = "c1", **more: Any) -> CalibrationReview:
    answers = (CalibrationAnswer(criterion="identity", answer="no", reason="نپرسید"), CalibrationAnswer(criterion="greeting", answer="yes"))
    return CalibrationReview(interaction=interaction, reviewer=who, answers=answers, nonce="x", **more)


@pytest.fixture
def kept(desk: Any) -> Calibration:
    for name in ("c1", "c2"):
        desk.take(name)
    with desk.database.unit() as unit:
        return unit.calibrations.add(session(desk))


def test_a_session_comes_back_as_it_was_with_all_its_parts(desk: Any, kept: Calibration) -> None:
    note = DiscussionNote(by="rita", at=AT, text="چرا؟", interaction="c1", criterion="identity")
    agreed = AgreedAnswer(interaction="c1", criterion="identity", answer="no", why="clear", by="lena", at=AT)
    with desk.database.unit() as unit:
        first = unit.calibrations.save(kept.model_copy(update={"state": CalibrationState.REVEALED, "revealed_at": AT, "notes": (note,)}))
        more = first.model_copy(update={"notes": (note, note.model_copy(update={"interaction": None})), "agreed": (agreed,)})
        second = unit.calibrations.save(more)
        changed = second.model_copy(update={"agreed": (agreed.model_copy(update={"answer": "yes"}),)})
        third = unit.calibrations.save(changed)
    with desk.database.reading() as unit:
        assert unit.calibrations.get("s1") == third
        assert third.revision == 4
        with pytest.raises(NotFoundError):
            unit.calibrations.get("s2")


def test_whoever_is_late_with_a_change_is_told(desk: Any, kept: Calibration) -> None:
    with desk.database.unit() as unit:
        unit.calibrations.save(kept)
        with pytest.raises(StaleVersionError):
            unit.calibrations.save(kept)


def test_reviews_are_saved_by_compare_and_swap(desk: Any, kept: Calibration) -> None:
    with desk.database.unit() as unit:
        first = unit.calibrations.save_review("s1", review("rita"))
        assert first == review("rita", revision=2)
        with pytest.raises(StaleVersionError):
            unit.calibrations.save_review("s1", review("rita"))
        done = unit.calibrations.save_review("s1", first.model_copy(update={"submitted_at": AT}))
        with pytest.raises(StaleVersionError):
            unit.calibrations.save_review("s1", first)
        unit.calibrations.save_review("s1", review("omid"))
    with desk.database.reading() as unit:
        assert unit.calibrations.review("s1", "c1", "rita") == done
        assert unit.calibrations.review("s1", "c2", "rita") is None
        assert [one.reviewer for one in unit.calibrations.reviews("s1")] == ["omid", "rita"]
        assert unit.calibrations.reviews("s1", reviewer="rita") == (done,)


def test_results_come_back_equal(desk: Any, kept: Calibration) -> None:
    handed_in = [review(who, name, submitted_at=AT) for who in ("rita", "omid") for name in ("c1", "c2")]
    results = figures(kept, desk.rubric, handed_in, resamples=50)
    with desk.database.unit() as unit:
        assert unit.calibrations.results("s1") is None
        unit.calibrations.hold("s1")
        unit.calibrations.save(kept, results=results)
    with desk.database.unit() as unit:
        unit.calibrations.save(unit.calibrations.get("s1"))
        assert unit.calibrations.results("s1") == results, "a later change leaves them"


def test_lists_by_state_and_invitation(desk: Any, kept: Calibration) -> None:
    with desk.database.unit() as unit:
        unit.calibrations.add(session(desk, "s2", participants=("omid", "amal"), expert=None, created_at=AT + timedelta(hours=1)))
        unit.calibrations.save(session(desk, "s2", participants=("omid", "amal"), expert=None, state=CalibrationState.CLOSED))
    with desk.database.reading() as unit:
        def ids(**where: Any) -> list[str]:
            return [one.id for one in unit.calibrations.list(**where).items]

        assert ids() == ["s2", "s1"]
        assert ids(invited="rita") == ids(invited="ella") == ["s1"]
        assert ids(invited="omid", state=CalibrationState.CLOSED) == ["s2"]
        assert ids(rubric="another") == []
        page = unit.calibrations.list(limit=1)
        assert [one.id for one in unit.calibrations.list(limit=1, cursor=page.next).items] == ["s1"]
        assert unit.calibrations.answering("ella") == unit.calibrations.answering("rita") == {"c1", "c2"}
        assert unit.calibrations.answering("amal") == frozenset(), "a session that is over blinds nobody"


def test_words_go_when_an_interaction_is_erased_and_figures_stay(desk: Any, kept: Calibration) -> None:
    note = DiscussionNote(by="rita", at=AT, text="he said his name", interaction="c1")
    agreed = AgreedAnswer(interaction="c1", criterion="identity", answer="no", why="he says his name", by="lena", at=AT)
    with desk.database.unit() as unit:
        unit.calibrations.save_review("s1", review("rita"))
        unit.calibrations.save(kept.model_copy(update={"notes": (note,), "agreed": (agreed,)}))
        unit.erasures.forget("c1", at=AT)
        found = unit.calibrations.get("s1")
        assert (found.notes[0].text, found.agreed[0].why, found.agreed[0].answer) == ("", None, "no")
        (left,) = unit.calibrations.reviews("s1")
        assert [(one.criterion, one.answer, one.reason) for one in left.answers] == [("identity", "no", None), ("greeting", "yes", None)]


def test_proposals(desk: Any, kept: Calibration) -> None:
    made = Proposal(
        id="p1", rubric="phone-support", version=1, criterion="identity", wording={"fa": "هویت پرسیده شد؟"}, why="زیرا", session="s1",
        created_by="rita", created_at=AT,
    )
    with desk.database.unit() as unit:
        unit.proposals.add(made)
        done = unit.proposals.save(made.model_copy(update={"state": ProposalState.DECLINED, "decided_by": "lena", "decided_at": AT}))
        with pytest.raises(StaleVersionError):
            unit.proposals.save(made)
    with desk.database.reading() as unit:
        assert unit.proposals.get("phone-support", "p1") == done
        assert unit.proposals.list("phone-support").items == (done,)
        assert unit.proposals.list("phone-support", state=ProposalState.PROPOSED).items == ()
        with pytest.raises(NotFoundError):
            unit.proposals.get("another", "p1")
