"""The schedule in a running service: a period that ended is sampled without anybody asking, once."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from qa_service.domain.permission import SYSTEM
from qa_service.domain.sampling_plan import RandomRule, SamplingPlan
from qa_service.domain.signal import Signal

_PATIENCE = 60.0


def test_a_running_service_samples_what_is_due(shop: Any) -> None:
    services = shop.services
    # Long enough over for late contacts.
    at = datetime.now(UTC) - timedelta(days=3)
    for number in range(4):
        shop.take(f"due-{number}", "Hello!", f"My lamp {number} broke, I will leave you!", started_at=at.isoformat())
    until = time.monotonic() + _PATIENCE
    while len(services.scorecards.list().items) < 4:
        assert time.monotonic() < until
        time.sleep(0.05)
    plan = services.sampling.add(SamplingPlan(name="daily", rule=RandomRule(n=3), period="day", wait_hours=0), by=SYSTEM)
    with services.database.unit() as unit:
        stored = unit.sampling_plans.get(plan.id)
        unit.sampling_plans.save(stored.model_copy(update={"version": 2, "active_since": at - timedelta(days=1)}))
    while services.sampling.due():
        assert time.monotonic() < until
        time.sleep(0.1)
    runs = services.sampling.runs(plan.id).items
    assert {one.by for one in runs} == {"system"}
    assert len({one.period for one in runs}) == len(runs) >= 3
    (run,) = (one for one in runs if one.picked)
    assert (run.eligible, run.picked) == (4, 3)
    assert len(services.queue.list(by=SYSTEM).items) == 3
    assert len(shop.ledger("sampling.run")) == len(runs)


def test_what_analysis_heard_is_kept_as_risks(shop: Any) -> None:
    """A real conversation in which the customer says to leave, through the whole of processing."""
    services = shop.services
    shop.take("leaves", "Hello!", "I want to cancel my contract and switch to another provider. I will file a formal complaint.")
    until = time.monotonic() + _PATIENCE
    while not services.interactions.scorecards("leaves"):
        assert time.monotonic() < until
        time.sleep(0.05)
    told: dict[str, Signal] = {one.name: one for one in services.interactions.signals("leaves")}
    with services.database.reading() as unit:
        stored = services.interactions.get("leaves")
        frame = unit.sampling_frame.candidates(
            SamplingPlan(name="x", rule=RandomRule(n=1)), since=stored.received_at, until=stored.received_at + timedelta(seconds=1)
        )
        (found,) = (one for one in frame if one.interaction == "leaves")
    assert found.told.churn == told["churn.customer"].value
    assert found.told.churn > 0
    assert found.told.complaint == told["complaint.customer"].value
    assert 0 < found.doubt <= 1
