"""Coaching: figures worked out by hand, for one agent and for everybody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.agent import Basis, Standing
from qa_service.domain.permission import Actor, Role
from qa_service.domain.review import GivenAnswer
from qa_service.errors import InputError, NotFoundError
from qa_service.services.profiles import Profiles

RITA = Actor(id="rita", role=Role.REVIEWER)


@pytest.fixture(scope="module")
def shop(open_shop: Any, tmp_path_factory: pytest.TempPathFactory, write_chat: Callable[..., Path]) -> Iterator[Any]:
    """Sara (a1): 6 chats, 5 greeted, one rude; Omid (a2): 4 chats, 1 greeted. Rita finalises the first two of Sara."""
    folder = tmp_path_factory.mktemp("chats")
    for number in range(6):
        said = "Good day" if number == 5 else "Hello, stupid" if number == 4 else "Hello"
        header = {"agent": {"id": "a1", "name": "Sara", "team": "home"}, "started_at": f"2026-11-0{number + 1}T09:00:00Z"}
        write_chat(folder, f"s-{number}", f"{said}, this is Sara.", f"Number {number}.", **header)
    for number in range(4):
        said = "Hello" if number == 0 else "Good day"
        header = {"agent": {"id": "a2"}, "started_at": f"2026-11-1{number}T09:00:00Z"}
        write_chat(folder, f"o-{number}", f"{said}, this is Omid.", f"Number {number}.", **header)
    with open_shop() as shop:
        rows = shop.score(folder)
        for row in rows:
            if row.scorecard.interaction.id in ("s-0", "s-1"):
                finish(shop.services, row.scorecard.id)
        yield shop


def finish(services: Services, card: str) -> None:
    services.reviewing.claim(card, by=RITA)
    services.reviewing.answer(card, [GivenAnswer(criterion="helped", answer="yes")], by=RITA, expected=None)
    services.reviewing.finalize(card, by=RITA, expected=None)


def shares(found: Any) -> dict[str, tuple[int, float | None]]:
    return {one.criterion: (one.share.n, one.share.value) for one in found.criteria}


def test_profile_of_all_scorecards(shop: Any) -> None:
    found = shop.services.profiles.profile("a1", basis=Basis.ALL)
    assert (found.agent.name, found.agent.team, found.finals, found.drafts) == ("Sara", "home", 2, 4)
    assert shares(found) == {"greeting": (6, round(5 / 6, 6)), "manners": (6, round(5 / 6, 6)), "helped": (2, 1.0)}
    # the rude one missed what customers mind, the one without a greeting something minor
    assert [(one.family, one.accuracy.n, one.accuracy.value) for one in found.families] == [
        ("minor", 6, round(5 / 6, 6)), ("customer", 6, round(5 / 6, 6)),
    ]  # fmt: skip
    # 100 for four, 0 for the rude one (critical), 75 for the one without a greeting: (0 * 1 + 100 * 3) / 4
    assert found.mean_score == round((4 * 100 + 0 + 75) / 6, 3)
    assert found.notes == ("provisional: drafts count with the machine's suggestions, which nobody has confirmed",)
    assert [point.interaction for point in found.scores] == [f"s-{number}" for number in reversed(range(6))]


def test_others_are_everyone_less_oneself(shop: Any) -> None:
    others = {one.criterion: (one.others.n, one.others.value) for one in shop.services.profiles.profile("a1", basis=Basis.ALL).criteria}
    assert others == {"greeting": (4, 0.25), "manners": (4, 1.0), "helped": (0, None)}


def test_standing_needs_the_whole_interval(shop: Any) -> None:
    sara = {one.criterion: one for one in shop.services.profiles.profile("a1", basis=Basis.ALL).criteria}
    # Wilson at 5 of 6, z^2 = 3.8415: centre (0.8333 + 0.3201) / 1.6402 = 0.7032, half width 1.1949 * sqrt(0.0231 + 0.0267) = 0.2667.
    assert (sara["greeting"].share.low, sara["greeting"].share.high) == pytest.approx((0.4365, 0.9699), abs=5e-5)
    assert {one.standing for one in sara.values()} == {Standing.CANNOT_TELL}
    omid = shop.services.profiles.profile("a2", basis=Basis.ALL)
    # 1 of 4: 0.0456 to 0.6994, all of it below 0.8, and yet luck alone does it in 2.7 of 100; 4 of 4: 0.5101 to 1. Four calls tell nothing.
    assert omid.weaknesses == omid.strengths == ()
    assert [one.criterion for one in omid.criteria] == ["greeting", "manners", "helped"], "weakest first, unknown last"


def test_examples_show_what_the_figure_says(shop: Any) -> None:
    greeting = shop.services.profiles.profile("a2", basis=Basis.ALL).criteria[0]
    assert {one.answer for one in greeting.examples} == {"no"}
    assert [one.interaction for one in greeting.examples] == ["o-3", "o-2", "o-1"]
    manners = next(one for one in shop.services.profiles.profile("a1", basis=Basis.ALL).criteria if one.criterion == "manners")
    (example,) = manners.examples
    assert (example.interaction, example.evidence.quote.lower()) == ("s-4", "stupid")


def test_only_what_people_finalised_counts_by_default(shop: Any) -> None:
    found = shop.services.profiles.profile("a1")
    assert shares(found) == {"greeting": (2, 1.0), "manners": (2, 1.0), "helped": (2, 1.0)}
    assert (found.mean_score, found.finals, found.drafts) == (100.0, 2, 4)
    assert found.notes == (
        "2 scored interactions: too few to judge an agent by",
        "too few others were reviewed with the same form: claims are against 80%",
    )
    nothing = shop.services.profiles.profile("a2")
    assert (nothing.criteria, nothing.mean_score, nothing.drafts) == ((), None, 4)


def test_period_holds_its_first_moment_and_not_its_last(shop: Any) -> None:
    since, until = datetime(2026, 11, 5, 9, tzinfo=UTC), datetime(2026, 11, 6, 9, tzinfo=UTC)
    found = shop.services.profiles.profile("a1", basis=Basis.ALL, since=since, until=until)
    assert [point.interaction for point in found.scores] == ["s-4"]
    assert shares(found) == {"greeting": (1, 1.0), "manners": (1, 0.0)} | {"helped": (0, None)}


def test_faults_of_the_caller(shop: Any) -> None:
    coaching: Profiles = shop.services.profiles
    with pytest.raises(NotFoundError, match="a99"):
        coaching.profile("a99")
    with pytest.raises(NotFoundError, match="a99"):
        coaching.agent("a99")
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    with pytest.raises(InputError, match="until: the period ends before it starts"):
        coaching.profile("a1", since=moment, until=moment)


def test_totals_of_all_agents(shop: Any) -> None:
    sara, omid = shop.services.profiles.totals()
    assert (sara.agent, sara.scorecards, sara.finished, sara.undecided, sara.critical) == ("a1", 6, 2, 4, 1)
    assert (omid.agent, omid.mean) == ("a2", (100 + 3 * 75) / 4)
    assert [one.agent for one in shop.services.profiles.totals(team="home")] == ["a1"]
    assert [one.id for one in shop.services.profiles.agents(team="home").items] == ["a1"]


def test_versions_that_weigh_differently_add_up(
    tmp_path: Path, make_settings: Any, write_form: Any, write_chat: Any, open_shop: Any
) -> None:
    """Sara misses where the criterion weighs 2, Omid meets it where it weighs 9: others met 1 of 1, not 1.6 of 1."""
    forms = write_form(tmp_path / "forms", "chat").parent
    data = tmp_path / "data"
    with open_shop(data, rubrics_dir=forms) as shop:
        shop.score(write_chat(tmp_path, "c-1", "Good day!", "Hi.", agent="a1"))
    form = forms / "chat.yaml"
    form.write_text(form.read_text().replace("version: 1", "version: 2").replace("weight: 2", "weight: 9"))
    with open_shop(data, rubrics_dir=forms) as shop:
        shop.score(write_chat(tmp_path, "c-2", "Hello!", "Hi.", agent="a2"))
    with opened(make_settings(data, rubrics_dir=forms)) as services:
        (greeting,) = (one for one in services.profiles.profile("a1", basis=Basis.ALL).criteria if one.criterion == "greeting")
    assert (greeting.share.value, greeting.others.n, greeting.others.value) == (0.0, 1, 1.0)
