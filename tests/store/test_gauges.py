"""Gauges: what waits, how fast work goes and how sure the machine is, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.domain.webhook import Delivery, DeliveryState, Event, Webhook
from qa_service.store.gauges import Answered, Kept, Suggested, Undelivered, Waiting, Worked
from qa_service.store.jobs import Job, JobState
from qa_service.store.session import Database

from .conftest import AT


def job(identifier: str, kind: str = "speech", **changes: Any) -> Job:
    return Job(**{"id": identifier, "kind": kind, "created_at": AT, **changes})


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def done(identifier: str, begin: float, end: float, **changes: Any) -> Job:
    return job(identifier, state=JobState.DONE, started_at=after(begin), finished_at=after(end), created_at=after(begin), **changes)


def said(*texts: str, length: int | None) -> Transcript:
    return Transcript(turns=tuple(Turn(speaker=Speaker.AGENT, text=text) for text in texts), duration_ms=length, engine="x/1")


def test_nothing_is_there(database: Database) -> None:
    with database.reading() as unit:
        gauges = unit.gauges
        assert (gauges.waiting(), gauges.ended(), gauges.contacts(), gauges.scorecards()) == ((), {}, {}, {})
        assert (gauges.worked(["speech", "text"]), gauges.suggested(), gauges.answered()) == ((), (), ())
        assert (gauges.undelivered(), gauges.kept()) == (Undelivered(0, None, 0), Kept(0, 0))


def test_what_waits_and_what_has_ended(database: Database) -> None:
    with database.unit() as unit:
        unit.jobs.add_many([
            job("q1"), job("q2", created_at=after(-60)), job("t1", "text"), job("r1", state=JobState.RUNNING),
            job("d1", state=JobState.DONE), job("f1", state=JobState.FAILED), job("f2", "text", state=JobState.FAILED),
        ])  # fmt: skip
    with database.reading() as unit:
        assert sorted(unit.gauges.waiting()) == [
            Waiting("speech", "queued", 2, after(-60)), Waiting("speech", "running", 1, AT), Waiting("text", "queued", 1, AT),
        ]  # fmt: skip
        assert unit.gauges.ended() == {"done": 1, "failed": 2}


def test_time_that_several_jobs_share_counts_once_and_words_of_the_last_engine(desk: Any) -> None:
    for name in ("c1", "c2", "c3"):
        desk.take(name)
    with desk.database.unit() as unit:
        unit.jobs.add_many([
            done("j1", 0, 10, interaction="c1"), done("j2", 5, 20, interaction="c2"), done("j3", 30, 31, interaction="c3"),
            done("t1", 0, 9, kind="text", interaction="c3"), job("j4", state=JobState.DONE, interaction="c1"),
        ])  # fmt: skip
        unit.transcripts.save("c1", said("one two", "three", length=60_000), at=AT)
        unit.transcripts.save("c2", said("سلام دنیا", length=40_000), at=AT)
        unit.transcripts.save("c2", said("سلام", length=40_000).model_copy(update={"engine": "y/1"}), at=after(5))
    with desk.database.reading() as unit:
        assert unit.gauges.worked(["speech"]) == (Worked("speech", 3, 21.0, 100.0, 4),)
        assert unit.gauges.worked(["text", "other"]) == (Worked("text", 1, 9.0, 0.0, 0),)


def test_how_sure_the_machine_is_and_what_people_say_to_that(desk: Any) -> None:
    left = {"greeting": "undecided"}
    seen, blind, waiting = (desk.draft(desk.take(name), **left) for name in ("c1", "c2", "c3"))
    seen, blind, _ = (desk.add(one) for one in (seen, blind.model_copy(update={"blind": True}), waiting))
    desk.finish(seen, greeting="no", identity="yes", farewell="no")
    desk.finish(blind, greeting="no", identity="yes", farewell="yes")
    with desk.database.reading() as unit:
        assert unit.gauges.suggested() == (Suggested("phone", 9, 3),)
        assert sorted(unit.gauges.answered()) == [Answered("phone", False, 2, 1, 1.5), Answered("phone", True, 2, 2, 1.5)]
        assert unit.gauges.scorecards() == {"draft": 1, "final": 2}


@pytest.mark.parametrize("stopped", [None, "nothing arrived"])
def test_messages_that_wait_and_webhooks_that_nobody_answered(database: Database, stopped: str | None) -> None:
    hook = Webhook(id="h1", url="https://a.example/", events=(Event.POLICY_CHANGED,), created_by="admin", created_at=AT)
    made: Callable[[str], Delivery] = lambda name: Delivery(  # noqa: E731
        id=name, webhook="h1", type="policy.changed", sequence=None, state=DeliveryState.WAITING, attempts=0, next_at=AT, status=None,
        error=None, created_at=AT, tried_at=None,
    )  # fmt: skip
    with database.unit() as unit:
        unit.webhooks.add(hook.model_copy(update={"active": stopped is None, "stopped_because": stopped}), secret="whsec_AA==", told=4)
        unit.webhooks.tell("h1", [(made("m1"), "{}"), (made("m2"), "{}")], told=5)
    with database.reading() as unit:
        assert unit.gauges.undelivered() == Undelivered(2, AT, 0 if stopped is None else 1)
