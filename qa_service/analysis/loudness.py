"""Loudness: how loud the parties are against each other, from the levels that were measured on the sound."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.analysis.base import Material, unmeasured
from qa_service.domain.finding import Query
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Signal, SignalSpec, Unit
from qa_service.domain.transcript import Speaker


class Loudness:
    """The balance of speech levels; only of recordings that carry each party on a channel of its own."""

    specs: tuple[SignalSpec, ...] = (
        SignalSpec(
            name="loudness.balance", unit=Unit.DECIBEL, channels=(Channel.PHONE,),
            method="Agent's minus customer's active speech level (ITU-T P.56: mean power over the time with speech); above 0 the agent "
            "is the louder one.",
        ),
    )  # fmt: skip
    queries: tuple[Query, ...] = ()

    def analyze(self, material: Material) -> Iterable[Signal]:
        """Unmeasured where a party has no level."""
        acoustics = material.transcript.acoustics
        levels = {level.speaker: level.speech_db for level in acoustics.levels} if acoustics is not None else {}
        agent, customer = levels.get(Speaker.AGENT), levels.get(Speaker.CUSTOMER)
        if agent is None or customer is None:
            return [unmeasured("loudness.balance")]
        trust = 1.0 if material.transcript.speakers_known else 0.4
        return [Signal(name="loudness.balance", value=round(agent - customer, 2), confidence=trust)]
