"""``qa-service accuracy``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.permission import Actor, Role
from qa_service.domain.policy import Policy
from qa_service.domain.review import GivenAnswer
from qa_service.domain.rubric import Rubric
from qa_service.settings import load_settings
from tests.store.conftest import AT, FORM, Desk

Cli = Callable[..., Any]
RITA, LEA = Actor(id="rita", role=Role.REVIEWER), Actor(id="lea", role=Role.QA_LEAD)


@pytest.fixture
def services(cli: Cli, analysis: object) -> Iterator[Services]:
    """On the data folder of the command line; closed before a command is called."""
    del cli, analysis
    with opened(load_settings(), clock=lambda: AT + timedelta(days=9)) as services:
        yield services


@pytest.fixture
def audited(cli: Cli, services: Services) -> Cli:
    """8 blind reviews in which identity was missed twice, one with suggestions in sight, and a draft of ten days ago."""
    desk = Desk(services.database, Rubric.model_validate(FORM))
    analysis = services.analysis.version_for(desk.rubric)
    for number in range(9):
        card = desk.draft(desk.take(f"c{number}"), analysis=analysis).model_copy(update={"blind": number < 8})
        made = str(desk.add(card).id)
        services.reviewing.claim(made, by=RITA)
        if number < 8:
            given = [GivenAnswer(criterion=one.id, answer="no" if one.id == "identity" and number < 2 else "yes") for one in card.criteria]
            services.reviewing.answer(made, given, by=RITA, expected=None)
        services.reviewing.finalize(made, by=RITA, expected=None)
    desk.add(desk.draft(desk.take("draft"), analysis=analysis))
    policy = Policy(accept_at=0.8, accept_least=8, auto_at=0.8, auto_finalize=True)
    services.policies.change(policy, expected=None, by=LEA)
    services.database.close()
    return cli


def test_a_table_with_intervals_verdicts_and_the_figure_that_is_none(audited: Cli, tmp_path: Path) -> None:
    shown = audited("accuracy", "show", "--rubric", "phone-support")
    assert shown.code == 0, shown.err
    (identity,) = [line for line in shown.out.splitlines() if " identity " in line]
    assert [part.strip() for part in identity.split("│")[3:-1]] == [
        "8", "0", ".75 (.41 to .93)", "", "needs a person", "1.00 (.21 to 1.00)", "+0.25",
    ]
    assert "accuracy counts blind answers alone" in shown.err
    data = audited("accuracy", "show", "--rubric", "phone-support", "--history", "--json").data
    assert {one["criterion"]: one["verdict"] for one in data["items"]} == {
        "greeting": "accepted", "identity": "needs_a_person", "farewell": "accepted",
    }
    assert "wording" in audited("accuracy", "show", "--history").out


def test_rebuilding_counts_the_blind_ones(audited: Cli) -> None:
    assert "8 blind scorecards counted" in audited("accuracy", "rebuild").err


def test_finalising_by_itself_tells_why_others_wait(audited: Cli) -> None:
    plan = audited("accuracy", "auto-finalize", "--dry-run", "--json").data
    assert (plan["dry_run"], plan["finalized"], plan["waiting"]) == (True, 0, {"not_reliable": 1})
    done = audited("accuracy", "auto-finalize")
    assert done.code == 0
    assert "became final" in done.out
    assert "wait: not reliable" in done.out


def test_without_a_lead_who_allows_it_nothing_is_finalised(cli: Cli) -> None:
    refused = cli("accuracy", "auto-finalize")
    assert refused.code != 0
    assert "a lead may allow it in the policy" in refused.err
    assert "the policy does not allow it" in cli("accuracy", "auto-finalize", "--dry-run").out
