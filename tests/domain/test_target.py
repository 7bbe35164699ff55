"""Targets: what counts where, and what cannot be one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.indicators import INDICATORS
from qa_service.domain.interaction import Channel
from qa_service.domain.target import SHIPPED, Target, TargetSet, applied


def target(value: float | None, indicator: str = "csat", **place: Any) -> Target:
    return Target(indicator=indicator, value=value, **place)


def test_the_queue_time_is_five_minutes_unless_set() -> None:
    assert applied(TargetSet(), "queue_time") == (300, "shipped")
    assert applied(TargetSet(targets=(target(120, "queue_time"),)), "queue_time") == (120, "set")


def test_shipped_targets_fit_their_indicators_and_say_why() -> None:
    TargetSet(targets=tuple(one.target for one in SHIPPED))
    assert all(len(one.why) > 5 for one in SHIPPED)
    assert {one.target.indicator for one in SHIPPED} <= set(INDICATORS)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ({}, 0.5),
        ({"team": "a"}, 0.6),
        ({"channel": Channel.CHAT}, 0.7),
        ({"queue": "q"}, 0.8),
        ({"team": "a", "channel": Channel.CHAT}, 0.9),
        ({"team": "a", "queue": "q"}, 0.8),
        ({"team": "b", "channel": Channel.PHONE}, 0.5),
        ({"team": "a", "channel": Channel.CHAT, "queue": "q"}, 0.9),
    ],
)
def test_the_most_specific_counts(place: dict[str, Any], value: float) -> None:
    targets = TargetSet(
        targets=(
            target(0.5),
            target(0.6, team="a"),
            target(0.7, channel=Channel.CHAT),
            target(0.8, queue="q"),
            target(0.9, team="a", channel=Channel.CHAT),
        )
    )
    assert applied(targets, "csat", **place) == (value, "set")


def test_none_on_purpose_takes_the_shipped_one_away() -> None:
    assert applied(TargetSet(targets=(target(None),)), "csat") == (None, "none")
    assert applied(TargetSet(), "aht") == (None, "none")


def test_response_times_have_targets_by_channel_alone() -> None:
    assert applied(TargetSet(), "first_response") == (None, "none")
    assert applied(TargetSet(), "first_response", channel=Channel.EMAIL) == (86_400, "shipped")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (({"indicator": "smiles", "value": 1},), "no indicator 'smiles'"),
        (({"indicator": "csat", "value": 80},), "between 0 and 1"),
        (({"indicator": "aht", "value": -1},), "between 0 and inf"),
        (({"indicator": "csat", "value": 0.5},) * 2, "the same place"),
        (({"indicator": "csat", "value": float("nan")},), "finite"),
        (({"indicator": "csat"},), "required"),
    ],
)
def test_what_cannot_be_a_target(wrong: tuple[dict[str, Any], ...], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TargetSet.model_validate({"targets": wrong})
