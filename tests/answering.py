"""A centre whose customers answer surveys now and then: contacts with signals, answers, customers and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from qa_service.domain.csat_model import Contact
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef, Interaction, Survey
from qa_service.domain.signal import Signal
from qa_service.store.interactions import NewInteraction, State
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
#: Contacts taken in at once.
_PIECE = 500


def contacts(
    chance: Any, n: int, *, effect: float = 1.0, answering: float = 0.15, drawn: float = 0.0, idle: int = 5,
    unasked: str = "",
) -> Any:  # fmt: skip
    """Contacts as the model sees them, and whether each customer is satisfied, told or not.

    ``effect``: how far signals go with satisfaction; ``drawn``: how far satisfied moods make customers answer; ``idle``: signals that say
    nothing; ``unasked``: the channel on which nobody is asked.
    """
    mood, effort, hold = chance.normal(size=n), chance.poisson(0.5, n), chance.exponential(30, n)
    happy = chance.random(n) < 1 / (1 + np.exp(-(0.8 + effect * (1.3 * mood - 0.8 * effort - 0.005 * hold))))
    answers = chance.random(n) < 1 / (1 + np.exp(-(np.log(answering / (1 - answering)) + drawn * mood)))
    found = []
    for one in range(n):
        level = chance.choice([0.75, 1.0]) if happy[one] else chance.choice([0.0, 0.25, 0.5])
        numbers = {"sentiment.end": float(np.tanh(mood[one])), "effort.customer": float(effort[one])}
        numbers |= {f"idle{place}": float(value) for place, value in enumerate(chance.normal(size=idle))}
        if chance.random() < 0.7:
            numbers["hold.seconds"] = float(hold[one])
        words = {"channel": str(chance.choice(["phone", "chat"])), "language": str(chance.choice(["en", "fa", "ar"]))}
        told = answers[one] and words["channel"] != unasked
        found.append(Contact(f"i{one}", f"c{one // 2}", numbers, words, float(level) if told else None))
    return tuple(found), happy.astype(float)


def stock(database: Database, n: int, *, seed: int = 7, **changes: Any) -> Any:
    """The same in a database: scored, live contacts of two teams, a day apart in every 100; whether each customer is satisfied."""
    found, happy = contacts(np.random.default_rng(seed), n, **changes)
    agents = [AgentRef(id=f"a{number}", team=("billing", "sales")[number % 2]) for number in range(10)]
    for start in range(0, n, _PIECE):
        some = range(start, min(n, start + _PIECE))
        new = [NewInteraction(interaction=_interaction(found[one], one, agents[one % 10]), content_sha256=f"sha {one}") for one in some]
        signals = [
            (f"i{one}", tuple(Signal(name=name, value=value) for name, value in found[one].numbers.items() if "." in name)) for one in some
        ]
        with database.unit() as unit:
            unit.interactions.add_many(new, at=AT)
            unit.interactions.set_states([f"i{one}" for one in some], State.SCORED)
            unit.signals.save_many(signals, analysis="rules/1", at=AT)
    return happy


def _interaction(one: Contact, number: int, agent: AgentRef) -> Interaction:
    return Interaction(
        id=one.interaction, channel=Channel(one.words["channel"]), language=one.words["language"], agent=agent,
        started_at=AT + timedelta(days=number // 100), customer=CustomerRef(id=one.group), queue=("desk", "shop")[number % 2],
        survey=None if one.level is None else _survey(one.level, number),
    )


def _survey(level: float, number: int) -> Survey:
    """On a scale of 5, of 9 every third time; all levels of both are quarters."""
    return Survey(csat=1 + 8 * level, scale=9) if number % 3 == 0 else Survey(csat=1 + 4 * level, scale=5)
