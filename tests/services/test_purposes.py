"""What contacts took place for: practice is reviewed like anything else, and nobody is judged or taught by it."""

from __future__ import annotations

import time
from typing import Any

from qa_service.domain.agent import Basis
from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.review import GivenAnswer

RITA = Actor(id="rita", role=Role.REVIEWER)


def finished(shop: Any, name: str, **header: Any) -> str:
    """A chat that somebody has reviewed."""
    shop.take(name, "Hello!", f"Lamp {name} broke.", agent="p1", **header)
    until = time.monotonic() + 60
    while not (found := shop.services.interactions.scorecards(name)):
        assert time.monotonic() < until
        time.sleep(0.05)
    card = str(found[0].id)
    shop.services.reviewing.claim(card, by=RITA)
    shop.services.reviewing.answer(card, [GivenAnswer(criterion="helped", answer="yes")], by=RITA, expected=None)
    shop.services.reviewing.finalize(card, by=RITA, expected=None)
    return card


def test_practice_teaches_the_machine_nothing_and_moves_no_profile(shop: Any) -> None:
    services = shop.services
    finished(shop, "real")
    finished(shop, "practised", purpose="training")
    finished(shop, "told-later")
    (rubric,) = (one for one in services.rubrics.list() if one.channel == "chat")

    def learned() -> set[str]:
        return {one.interaction.id for one in services.learning._reviewed(rubric)}

    def judged(**options: Any) -> set[str]:
        return {one.interaction for one in services.profiles.profile("p1", **options).scores}

    assert learned() == judged() == {"real", "told-later"}
    services.purposes.put("told-later", Purpose.MYSTERY, by=SYSTEM)
    assert learned() == judged() == judged(basis=Basis.ALL) == {"real"}
    assert judged(purpose=Purpose.TRAINING) == {"practised"}
    assert judged(purpose=Purpose.MYSTERY) == {"told-later"}
    (total,) = (one for one in services.profiles.totals() if one.agent == "p1")
    assert total.scorecards == 1
    assert all(tally.final.get("yes", 0) <= 1 for tally in _tallies(services))
    services.purposes.put("told-later", Purpose.LIVE, by=SYSTEM)
    assert learned() == judged() == {"real", "told-later"}


def _tallies(services: Any) -> Any:
    with services.database.reading() as unit:
        return unit.results.tallies(agent="p1")
