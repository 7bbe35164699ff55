"""Satisfaction learned, predicted and counted in a stocked centre; clear answers where there is too little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.csat_model import CsatVerdict
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import SYSTEM, Actor, Role, Scope
from qa_service.domain.satisfaction import Caveat
from qa_service.domain.survey_answer import SurveyAnswer
from qa_service.errors import ConflictError, InputError, NotFoundError
from qa_service.settings import Settings
from qa_service.store.jobs import Job, JobState
from qa_service.store.outcomes import Place
from qa_service.store.surveys import StoredSurveyAnswer
from tests.answering import AT, stock

LEAD = Actor(id="lea", role=Role.QA_LEAD)


@pytest.fixture
def shop(make_settings: Callable[..., Settings], tmp_path: Path) -> Iterator[Services]:
    """Nothing in it."""
    with opened(make_settings(tmp_path / "data"), clock=lambda: AT + timedelta(days=90)) as services:
        yield services


@pytest.fixture(scope="module")
def trained(make_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """3,000 contacts, some 450 answered, and a version in use."""
    with opened(make_settings(tmp_path_factory.mktemp("data")), clock=lambda: AT + timedelta(days=90)) as services:
        happy = stock(services.database, 3000)
        yield services, happy, services.satisfaction_learning.train(by=LEAD)


def test_training_uses_what_tells_more_than_the_base_rate_and_is_in_the_ledger(trained: Any) -> None:
    services, _, training = trained
    assert (training.used, training.predicted, training.model.told) == (True, 3000, CsatVerdict.USABLE)
    assert training.model.channels == ("chat", "phone")
    with services.database.reading() as unit:
        acts = [(one.action, one.actor) for one in unit.ledger.entries() if one.subject == "csat_model/1"]
    assert acts == [("csat_model.trained", "lea"), ("csat_model.used", "lea")]


def test_share_of_all_contacts_holds_the_truth_and_tells_how(trained: Any) -> None:
    services, happy, training = trained
    report = services.satisfaction.report(Place(), by="channel")
    assert (report.model, report.lack) == (1, None)
    assert report.error == training.model.errors[0]
    assert report.total.contacts == 3000
    assert report.total.answered == training.model.answers
    # The customers answer whatever their mood here, so that both hold.
    for one in (report.total.alike, report.total.weighted):
        assert one.low <= happy.mean() <= one.high
    assert [one.group for one in report.groups] == ["chat", "phone"]
    assert sum(one.satisfaction.contacts for one in report.groups) == 3000
    assert report.total.alike.reliance > 0.5


def test_filters_and_scopes_cut_what_is_counted(trained: Any) -> None:
    services = trained[0]
    whole = services.satisfaction.report(Place()).total.contacts
    parts = [services.satisfaction.report(Place(channel=one)).total.contacts for one in (Channel.PHONE, Channel.CHAT, Channel.EMAIL)]
    assert sum(parts) == whole
    assert parts[2] == 0
    coach = Scope(teams=frozenset({"billing"}))
    assert services.satisfaction.report(Place(within=coach)).total.contacts == whole / 2
    month = services.satisfaction.report(Place(since=AT, until=AT + timedelta(days=1)))
    assert month.total.contacts == 100


def test_one_contact_with_its_error_and_reasons(trained: Any) -> None:
    services = trained[0]
    found = services.satisfaction.prediction("i5", within=Scope())
    assert found.version == 1
    assert found.error.group.startswith("channel=")
    assert 0 < found.chance < 1
    assert found.reasons
    assert all("a satisfied answer is" in one.words for one in found.reasons)
    with pytest.raises(NotFoundError):
        services.satisfaction.prediction("i5", within=Scope(teams=frozenset({"billing"})))
    assert services.satisfaction.prediction("i4", within=Scope(teams=frozenset({"billing"}))).interaction == "i4"


def test_another_version_changes_no_prediction_until_asked_and_then_comes_beside_it(trained: Any) -> None:
    services = trained[0]
    before = services.satisfaction.prediction("i7", within=Scope())
    second = services.satisfaction_learning.train(by=LEAD)
    assert (second.model.version, second.predicted) == (2, 0)
    assert services.satisfaction.prediction("i7", within=Scope()) == before
    assert services.satisfaction_learning.predict(again=True) == 3000
    assert services.satisfaction.prediction("i7", within=Scope()).version == 2
    with services.database.reading() as unit:
        assert {one.prediction.version: one.prediction.chance for one in unit.csat_models.of("i7")}[1] == before.chance
    assert [one.active for one in services.satisfaction.models()] == [True, False]


def test_nothing_before_enough_answers_and_how_many_more(shop: Services) -> None:
    with pytest.raises(ConflictError, match="0 survey answers are too few to learn from: it takes 100 more answers and 20 more of"):
        shop.satisfaction_learning.train(by=LEAD)
    stock(shop.database, 400)
    report = shop.satisfaction.report(Place())
    assert report.model is None
    assert report.lack is not None
    assert report.lack.more == 100 - report.lack.answers > 0
    assert Caveat.ANSWERS_ALONE in report.total.caveats
    assert report.total.alike == report.total.weighted
    with pytest.raises(NotFoundError) as told:
        shop.satisfaction.prediction("i1", within=Scope())
    assert "more answers" in str(told.value)
    assert shop.satisfaction.models() == ()


def test_all_fives_are_no_ground_to_learn_on(shop: Services) -> None:
    stock(shop.database, 500, effect=0.0, answering=0.9)
    survey = [StoredSurveyAnswer(
        answer=SurveyAnswer(id=f"s{one}", answered_at=AT, csat=5, csat_scale=5), interaction=f"i{one}", content_sha256="same",
        import_id="import", line=1, imported_at=AT,
    ) for one in range(500)]  # fmt: skip
    with shop.database.unit() as unit:
        unit.surveys.save_many(survey)
    with pytest.raises(ConflictError, match="it takes 20 more of unsatisfied customers"):
        shop.satisfaction_learning.train(by=LEAD)


def test_noise_is_said_to_be_noise_and_predicts_nothing(shop: Services) -> None:
    stock(shop.database, 1200, effect=0.0, seed=3)
    training = shop.satisfaction_learning.train(by=LEAD)
    assert (training.model.told, training.used, training.predicted) == (CsatVerdict.NO_BETTER, False, 0)
    with pytest.raises(ConflictError, match="no better than the base rate"):
        shop.satisfaction_learning.use(1, by=LEAD)
    assert shop.satisfaction.report(Place()).model is None
    assert shop.satisfaction_learning.predict() == 0


def test_channel_on_which_nobody_is_asked_is_left_out_and_said_to_be(shop: Services) -> None:
    stock(shop.database, 2000, unasked="chat")
    model = shop.satisfaction_learning.train(by=LEAD).model
    assert model.channels == ("phone",)
    assert [one.group for one in model.errors if one.group.startswith("channel")] == ["channel=phone"]
    report = shop.satisfaction.report(Place(), by="channel")
    told = {one.group: one.satisfaction for one in report.groups}
    assert (told["chat"].contacts, told["chat"].alike.value) == (0, None)
    assert told["phone"].alike.value is not None
    assert report.total.left_out == told["chat"].left_out == 2000 - report.total.contacts
    assert Caveat.UNASKED_CHANNELS in report.total.caveats
    with shop.database.reading() as unit:
        chat = next(iter(unit.outcomes.live(Place(channel=Channel.CHAT), most=1)))
    with pytest.raises(NotFoundError) as why:
        shop.satisfaction.prediction(chat, within=Scope())
    assert why.value.hint == "too few customers answer on the channel chat"


def test_what_is_not_told_apart_is_refused_by_name(shop: Services) -> None:
    with pytest.raises(InputError, match="'mood'"):
        shop.satisfaction.report(Place(), by="mood")
    empty = shop.satisfaction.report(Place(), by="team")
    assert (empty.total.contacts, empty.groups) == (0, ())
    assert empty.total.caveats == (Caveat.FEW_ANSWERS, Caveat.ANSWERS_ALONE)


def test_schedule_learns_when_it_may_and_only_from_more_answers(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    moments = iter(AT + timedelta(days=90 + hours) for hours in range(1000))
    settings = make_settings(tmp_path / "data", satisfaction_every_hours=24)
    with opened(settings, clock=lambda: next(moments)) as services:
        assert services.satisfaction_learning.run_due() == 0, "too few answers"
        stock(services.database, 2000)
        services.satisfaction_learning.run_due()
        assert [one.created_by for one in services.satisfaction.models()] == [SYSTEM.id]
        assert services.satisfaction.prediction("i1", within=Scope()).version == 1
        services.satisfaction_learning.run_due()
        assert len(services.satisfaction.models()) == 1, "no more answers than before"


def test_job_tells_what_became_of_it(shop: Services) -> None:
    with shop.database.unit() as unit:
        unit.jobs.add_many([Job(id="j1", kind="satisfaction", options={"by": "lea"}, created_at=AT)])
    assert shop.satisfaction_learning.work("j1") == 0
    with shop.database.reading() as unit:
        job = unit.jobs.get("j1")
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert "too few to learn from" in job.error.message
    assert shop.satisfaction_learning.work("j1") == 0, "done once"
