"""Churn and effort over stored rows and contacts: facts, signs, scopes, and nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.call_detail import CustomerFacts
from qa_service.domain.churn import ChurnSign
from qa_service.domain.interaction import CustomerRef
from qa_service.domain.permission import Scope
from qa_service.domain.survey_answer import SurveyAnswer
from qa_service.settings import Settings
from qa_service.store.outcomes import Place
from qa_service.store.surveys import StoredSurveyAnswer
from tests.answering import AT, stock


@pytest.fixture(scope="module")
def shop(make_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """200 contacts of 100 customers, of whom 80 are told of; every fourth left, those of small value more often."""
    settings = make_settings(tmp_path_factory.mktemp("data"), loyalty_bands=(24,))
    with opened(settings, clock=lambda: AT + timedelta(days=400)) as services:
        stock(services.database, 200)
        with services.database.unit() as unit:
            unit.surveys.save_many([_told(number) for number in range(80)])
        yield services


def _told(number: int) -> StoredSurveyAnswer:
    gone = number % 4 == 0
    facts = CustomerFacts(
        loyalty_months=40.0 if number % 2 else 12.0, value=float(number % 2), churned=gone,
        churned_at=AT + timedelta(days=50) if gone else None,
    )  # fmt: skip
    answer = SurveyAnswer(
        id=f"s{number}", answered_at=AT + timedelta(days=300), customer=CustomerRef(id=f"c{number}"), facts=facts, ease=6, ease_scale=7
    )
    return StoredSurveyAnswer(answer=answer, interaction=None, content_sha256="same", import_id="import", line=1, imported_at=AT)


def test_facts_by_segment_and_signs_apart(shop: Services) -> None:
    found = shop.churns.churn(Place(AT, AT + timedelta(days=100)))
    assert (found.total.customers, found.total.left, found.at_least) == (80, 20, 0.25)
    segments = {(one.loyalty.name, one.value.name): (one.customers, one.left) for one in found.segments}
    # Loyalty when the period began: those of 12 months had two at most before they left.
    assert sum(left for _, left in segments.values()) == 20
    assert sum(customers for customers, _ in segments.values()) == 80
    assert {name for name, _ in segments} == {"under 24", "from 24"}
    assert found.risk.customers == 100
    assert {one.sign for one in found.risk.signs} == set(ChurnSign)
    assert found.definition.startswith("customers who left within the period")


def test_a_coach_sees_customers_in_contact_with_the_teams(shop: Services) -> None:
    """Every customer has two contacts, one with each team; nobody has any with another."""
    whole = shop.churns.churn(Place())
    assert shop.churns.churn(Place(within=Scope(teams=frozenset({"sales"})))).total == whole.total
    nobody = shop.churns.churn(Place(within=Scope(teams=frozenset({"ghosts"}))))
    assert (nobody.total.customers, nobody.risk.customers, nobody.total.why) == (
        0, 0, "cannot tell: 0 customers of 30 that it takes",
    )  # fmt: skip


def test_effort_by_surveys_and_signs_apart(shop: Services) -> None:
    found = shop.churns.effort(Place())
    assert (found.score.n, found.easy.value, found.contacts) == (80, 1.0, 200)
    assert found.score.value == pytest.approx(5 / 6, abs=1e-6)
    signs = {one.name: one.share for one in found.signs}
    assert signs["effort.customer"].n == 200
    assert 0.3 < (signs["effort.customer"].value or 0) < 0.5
    assert signs["questions.unanswered"].value is None, "never measured here"


def test_where_nothing_is_known_nothing_is_claimed(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    with opened(make_settings(tmp_path / "data")) as services:
        found, effort = services.churns.churn(Place()), services.churns.effort(Place())
    assert (found.total.rate, found.segments, found.at_least, found.risk.at_risk.value) == (None, (), None, None)
    assert (effort.score.value, effort.contacts) == (None, 0)
