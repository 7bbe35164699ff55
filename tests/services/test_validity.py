"""Validity of the items of a real form over stored scorecards, and their retirement with the figures of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.agent import Basis
from qa_service.domain.call_detail import CustomerFacts
from qa_service.domain.interaction import CustomerRef, Survey
from qa_service.domain.permission import Actor, Role
from qa_service.domain.proposal import ProposalState
from qa_service.domain.rubric import Rubric
from qa_service.domain.survey_answer import SurveyAnswer
from qa_service.domain.validity import ContactEnd, ItemVerdict
from qa_service.errors import AnswerError, ConflictError, NotFoundError, StaleVersionError
from qa_service.settings import Settings
from qa_service.store.contacts import NewContact
from qa_service.store.interactions import State
from qa_service.store.outcomes import Place
from qa_service.store.surveys import StoredSurveyAnswer
from tests.store.conftest import AT, FORM, Desk

LEAD = Actor(id="lea", role=Role.QA_LEAD)
N = 240


@pytest.fixture(scope="module")
def shop(make_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """240 calls: the greeting goes with content, everybody checks the identity, the farewell is for half a matter of taste; the half of
    whom nobody knows how content they were is not finished by people."""
    folder = tmp_path_factory.mktemp("data")
    with opened(make_settings(folder / "data"), clock=lambda: AT + timedelta(days=400)) as services:
        services.rubrics.sync()
        desk = Desk(services.database, Rubric.model_validate(FORM))
        chance = np.random.default_rng(5)
        for number in range(N):
            _call(desk, f"c{number}", chance, number)
        yield services


def _call(desk: Desk, name: str, chance: Any, number: int) -> None:
    greeted, bid = bool(chance.random() < 0.6), bool(chance.random() < 0.5)
    level = min(4, max(0, round(1.2 + 1.6 * greeted + chance.normal(0, 0.8))))
    interaction = desk.interaction(name, agent=f"a{number % 12}", days=number // 4).model_copy(
        update={"survey": Survey(csat=1 + level), "customer": CustomerRef(id=f"k{number}")}
    )
    gone = bool(chance.random() < (0.1 if greeted else 0.4))
    left = AT + timedelta(days=number // 4 + 20)
    told = SurveyAnswer(
        id=f"s{number}", answered_at=AT + timedelta(days=300), customer=CustomerRef(id=f"k{number}"),
        facts=CustomerFacts(churned=gone, churned_at=left if gone else None),
    )  # fmt: skip
    with desk.database.unit() as unit:
        unit.interactions.add(interaction, content_sha256=name, at=AT)
        unit.interactions.set_state(name, State.SCORED)
        unit.contacts.save_many([NewContact(
            interaction=name, customer=f"k{number}", started_at=interaction.started_at, channel=interaction.channel,
            direction=interaction.direction,
        )], at=AT)  # fmt: skip
        unit.surveys.save_many([StoredSurveyAnswer(
            answer=told, interaction=None, content_sha256=name, import_id="import", line=1, imported_at=AT,
        )])  # fmt: skip
    answers = {"greeting": "yes" if greeted else "no", "farewell": "yes" if bid else "no"}
    card = desk.add(desk.draft(interaction, **answers))
    if number % 2:
        desk.finish(card, identity="yes", **answers)


def test_what_goes_with_content_is_found_what_all_meet_tells_nothing_and_the_rest_cannot_be_told(shop: Services) -> None:
    table = shop.validities.table(Place(), basis=Basis.ALL)
    assert table.cases == N
    assert table.known[ContactEnd.SATISFACTION] == N
    assert table.known[ContactEnd.STAYED] == N
    assert 0 < table.known[ContactEnd.FIRST_RESOLVED] < N, "the window has not passed for the last, nor begun for the first"
    found = {one.criterion: one for one in table.criteria}
    assert found["greeting"].verdict is ItemVerdict.PREDICTS
    assert {one.outcome: one.verdict for one in found["greeting"].associations}[ContactEnd.STAYED] is ItemVerdict.PREDICTS
    assert found["identity"].verdict is ItemVerdict.TELLS_NOTHING
    assert found["farewell"].verdict is ItemVerdict.CANNOT_TELL
    assert all(one.agents == 12 for one in found["greeting"].associations)


def test_by_people_alone_only_what_they_finished_counts(shop: Services) -> None:
    assert shop.validities.table(Place()).cases == N / 2
    assert shop.validities.table(Place(until=AT), basis=Basis.ALL).criteria == ()
    nobody = shop.validities.table(Place(), rubric="mini-chat", basis=Basis.ALL)
    assert nobody.cases == 0
    assert {one.criterion: (one.verdict, one.met.n) for one in nobody.criteria} == dict.fromkeys(
        ("greeting", "manners", "helped"), (ItemVerdict.CANNOT_TELL, 0)
    )
    with pytest.raises(NotFoundError, match="no rubric 'nobodys'"):
        shop.validities.table(Place(), rubric="nobodys")


def test_retirement_keeps_the_figures_of_the_day_and_the_version_without_it_is_told(shop: Services) -> None:
    made = shop.validities.retire("phone-support", criterion="identity", why="everybody meets it", by=LEAD, basis=Basis.ALL)
    assert (made.version, made.figures.verdict, made.figures.met.n) == (1, ItemVerdict.TELLS_NOTHING, N)
    with shop.database.reading() as unit:
        entry = next(one for one in unit.ledger.entries() if one.action == "rubric.retirement_proposed")
    assert (entry.actor, entry.subject, entry.content["verdict"]) == ("lea", "rubric/phone-support", "tells_nothing")
    with pytest.raises(StaleVersionError):
        shop.validities.decide("phone-support", made.id, accept=True, by=LEAD, expected=7)
    accepted = shop.validities.decide("phone-support", made.id, accept=True, words="agreed", by=LEAD, expected=1)
    assert (accepted.state, accepted.gone_in) == (ProposalState.ACCEPTED, None)
    with pytest.raises(ConflictError, match="accepted before"):
        shop.validities.decide("phone-support", made.id, accept=False, by=LEAD)
    closing = {**FORM["sections"][1], "criteria": [one for one in FORM["sections"][1]["criteria"] if one["id"] != "identity"]}
    with shop.database.unit() as unit:
        unit.rubrics.add(Rubric.model_validate({**FORM, "version": 2, "sections": [FORM["sections"][0], closing]}), at=AT)
    (listed,) = shop.validities.retirements("phone-support", state=ProposalState.ACCEPTED).items
    assert listed == accepted.model_copy(update={"gone_in": 2})


def test_what_cannot_be_retired_is_told(shop: Services) -> None:
    with pytest.raises(NotFoundError, match="no rubric 'nobodys'"):
        shop.validities.retire("nobodys", criterion="greeting", why="?", by=LEAD)
    with pytest.raises(AnswerError) as told:
        shop.validities.retire("phone-support", criterion="greting", why="?", by=LEAD)
    assert told.value.hint == "did you mean 'greeting'?"
    with pytest.raises(NotFoundError):
        shop.validities.retirements("nobodys")
    with pytest.raises(NotFoundError):
        shop.validities.decide("phone-support", "nothing", accept=True, by=LEAD)


def test_item_that_nobody_ever_answered_cannot_be_retired(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    with opened(make_settings(tmp_path / "data")) as services:
        services.rubrics.sync()
        with pytest.raises(ConflictError, match="nobody has answered 'helped' yet"):
            services.validities.retire("mini-chat", criterion="helped", why="never asked", by=LEAD)
