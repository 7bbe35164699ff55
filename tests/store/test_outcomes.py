"""What is known of contacts and of their outcomes, on both databases; predictions are never changed and go with erasure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from qa_service.domain.calibration import Calibration, CalibrationState
from qa_service.domain.call_detail import CustomerFacts
from qa_service.domain.csat_model import CsatModel, CsatVerdict, Prediction
from qa_service.domain.estimation import mean
from qa_service.domain.interaction import Channel, CustomerRef, Purpose, Survey
from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import RubricRef
from qa_service.domain.signal import Signal
from qa_service.domain.survey_answer import SurveyAnswer
from qa_service.errors import NotFoundError
from qa_service.store.interactions import State
from qa_service.store.outcomes import Place, worth
from qa_service.store.session import Database
from qa_service.store.surveys import StoredSurveyAnswer
from tests.answering import stock
from tests.store.conftest import AT, Desk


def model(version: int) -> CsatModel:
    """One that says nothing; the store does not mind."""
    return CsatModel(
        version=version, at=AT, answers=100, contacts=900, columns=(), folds=(), penalty=1.0, channels=("phone",), base=0.7,
        told=CsatVerdict.USABLE, gain=mean([0.1, 0.2]), errors=(), bands=(),
    )  # fmt: skip


def prediction(interaction: str, version: int, chance: float = 0.6) -> Prediction:
    return Prediction(interaction=interaction, version=version, chance=chance, level=0.5, answering=0.2)


def survey(identifier: str, interaction: str | None, *, days: int = 0, **told: Any) -> StoredSurveyAnswer:
    answer = SurveyAnswer(id=identifier, contact=interaction, answered_at=AT + timedelta(days=days), **told)
    return StoredSurveyAnswer(
        answer=answer, interaction=interaction, content_sha256=identifier, import_id="import", line=1, imported_at=AT
    )


def take(desk: Desk, name: str, *, state: State = State.SCORED, signals: dict[str, float] | None = None, **changes: Any) -> None:
    """A call with signals, scored."""
    interaction = desk.interaction(name).model_copy(update=changes)
    with desk.database.unit() as unit:
        unit.interactions.add(interaction, content_sha256=f"content of {name}", at=AT)
        unit.interactions.set_state(name, state)
        unit.signals.save(name, tuple(Signal(name=key, value=value) for key, value in (signals or {}).items()), analysis="rules/1", at=AT)


def test_a_contact_is_judged_by_what_the_machine_saw_whoever_answered_since(database: Database, desk: Desk) -> None:
    signals = {"sentiment.end": 0.5, "words.agent": 90.0}
    take(desk, "c1", signals=signals, survey=Survey(csat=4), customer=CustomerRef(id="k1"), wait_seconds=30.0, queue="desk", language="fa")
    card = desk.add(desk.draft(desk.interaction("c1"), greeting="no", farewell="not_applicable"))
    desk.finish(card, greeting="yes", identity="yes", farewell="yes")
    forms = worth([desk.rubric])
    with database.reading() as unit:
        (one,) = unit.outcomes.described(["c1"], worth=forms)
        (seen,) = unit.outcomes.answered(Place(), final=True, most=9, worth=forms)
    assert one.numbers == {
        "sentiment.end": 0.5, "wait_seconds": 30.0, "criterion:phone-support.greeting": 0.0, "criterion:phone-support.identity": 1.0,
    }  # fmt: skip
    assert one.words == {"channel": "phone", "language": "fa", "queue": "desk"}
    assert (one.group, one.level) == ("k1", 0.75)
    assert seen.answers == {("phone-support", name): 1.0 for name in ("greeting", "identity", "farewell")}
    assert (seen.agent, seen.level, seen.mix["queue"]) == ("a17", 0.75, "desk")


def test_drafts_speak_only_where_they_are_asked_and_blind_ones_never(database: Database, desk: Desk) -> None:
    take(desk, "c1")
    take(desk, "c2")
    desk.add(desk.draft(desk.interaction("c1")))
    desk.add(desk.draft(desk.interaction("c2")).model_copy(update={"blind": True}))
    forms = worth([desk.rubric])
    with database.reading() as unit:
        assert unit.outcomes.answered(Place(), final=True, most=9, worth=forms) == ()
        assert [one.interaction for one in unit.outcomes.answered(Place(), final=False, most=9, worth=forms)] == ["c1"]
        assert [unit.outcomes.under_blind_review(name) for name in ("c1", "c2")] == [False, True]


def test_what_stands_in_an_open_calibration_is_answered_blind(database: Database, desk: Desk) -> None:
    take(desk, "c1")
    session = Calibration(
        id="s1", title="March", channel=Channel.PHONE, rubric=RubricRef(id="phone-support", version=1, fingerprint=desk.rubric.fingerprint),
        interactions=("c1",), participants=("rita", "omid"), seed=1, created_by="lea", created_at=AT,
    )  # fmt: skip
    with database.unit() as unit:
        saved = unit.calibrations.add(session)
        assert unit.outcomes.under_blind_review("c1")
        unit.calibrations.save(saved.model_copy(update={"state": CalibrationState.REVEALED, "revealed_at": AT}))
        assert not unit.outcomes.under_blind_review("c1")


def test_imported_answers_take_the_place_of_those_that_came_with_the_contact(database: Database, desk: Desk) -> None:
    for name, answer in (("header", Survey(csat=1)), ("both", Survey(csat=1)), ("import", None), ("beyond", Survey(csat=9, scale=5))):
        take(desk, name, survey=answer)
    with database.unit() as unit:
        unit.surveys.save_many(
            [survey("s1", "both", csat=5, csat_scale=5), survey("s2", "import", csat=2, csat_scale=5, days=1),
             survey("s3", "import", csat=10, csat_scale=10, days=2), survey("s4", "header", resolved=True)]
        )  # fmt: skip
    with database.reading() as unit:
        assert unit.outcomes.levels(["header", "both", "import", "beyond"]) == {"header": 0.0, "both": 1.0, "import": 1.0}
        assert unit.outcomes.kinds(channels=["phone"]) == (2, 1)
        assert unit.outcomes.kinds(channels=["chat"]) == (0, 0)


@pytest.mark.parametrize(
    "changes", [{"purpose": Purpose.MYSTERY}, {"state": State.FAILED}, {"state": State.ERASED}], ids=["mystery", "failed", "erased"]
)
def test_what_is_no_live_contact_is_nowhere(database: Database, desk: Desk, changes: dict[str, Any]) -> None:
    take(desk, "c1", survey=Survey(csat=5), customer=CustomerRef(id="k1"), **changes)
    with database.reading() as unit:
        assert unit.outcomes.surveyed() == {}
        assert unit.outcomes.unpredicted(channels=["phone"], version=None, most=9) == ()
        assert list(unit.outcomes.of_customers(Place())) == []
        assert unit.outcomes.groups(Place(), by=None, predicted=False, channels=["phone"])[None].alike.all == 0


def test_predictions_of_a_version_never_change_and_newer_ones_come_beside_them(database: Database, desk: Desk) -> None:
    take(desk, "c1")
    with database.unit() as unit:
        for version in (1, 2):
            unit.csat_models.add(model(version), by="lea", at=AT)
        assert unit.csat_models.save([prediction("c1", 1)], at=AT) == 1
    with database.unit() as unit:
        assert unit.csat_models.save([prediction("c1", 1, chance=0.1)], at=AT + timedelta(days=1)) == 0
        assert unit.outcomes.unpredicted(channels=["phone"], version=None, most=9) == ()
        assert unit.outcomes.unpredicted(channels=["phone"], version=2, most=9) == ("c1",)
        assert unit.csat_models.save([prediction("c1", 2, chance=0.3)], at=AT) == 1
    with database.reading() as unit:
        made = unit.csat_models.of("c1")
        assert [(one.prediction.version, one.prediction.chance, one.in_force) for one in made] == [(2, 0.3, True), (1, 0.6, False)]
        assert unit.csat_models.in_force(["c1"]) == {"c1": prediction("c1", 2, chance=0.3)}


def test_one_version_is_in_use_at_most(database: Database, desk: Desk) -> None:
    with database.unit() as unit:
        assert (unit.csat_models.next_version(), unit.csat_models.active()) == (1, None)
        for version in (1, 2):
            unit.csat_models.add(model(version), by="lea", at=AT)
            unit.csat_models.use(version)
        with pytest.raises(NotFoundError):
            unit.csat_models.use(3)
        unit.csat_models.use(2)
    with database.reading() as unit:
        assert [(one.model.version, one.active) for one in unit.csat_models.list()] == [(2, True), (1, False)]
        assert unit.csat_models.get(1).model == model(1)


def test_predictions_go_with_erasure_and_never_come_back(database: Database, desk: Desk) -> None:
    take(desk, "c1", customer=CustomerRef(id="k1"))
    with database.unit() as unit:
        unit.csat_models.add(model(1), by="lea", at=AT)
        unit.csat_models.save([prediction("c1", 1)], at=AT)
    with database.unit() as unit:
        unit.erasures.forget("c1", at=AT)
    with database.unit() as unit:
        assert unit.csat_models.save([prediction("c1", 1)], at=AT) == 0
        assert unit.csat_models.of("c1") == ()


def test_groups_hold_all_contacts_and_each_once(database: Database) -> None:
    happy = stock(database, 300, answering=0.3)
    with database.unit() as unit:
        unit.csat_models.add(model(1), by="lea", at=AT)
        unit.csat_models.save([prediction(f"i{one}", 1, chance=0.5) for one in range(250)], at=AT)
    with database.reading() as unit:
        total = unit.outcomes.groups(Place(), by=None, predicted=True, channels=())[None]
        teams = unit.outcomes.groups(Place(), by="team", predicted=True, channels=())
        answers = unit.outcomes.groups(Place(), by="channel", predicted=False, channels=["phone"])
        mine = unit.outcomes.groups(Place(within=Scope(teams=frozenset({"sales"}))), by=None, predicted=True, channels=())[None]
        levels = unit.outcomes.levels([f"i{one}" for one in range(250)])
    assert (total.alike.all, total.alike.f, total.left_out) == (250, 125, 50)
    assert total.alike.n == len(levels)
    assert total.alike.y == sum(happy[int(name[1:])] for name in levels)
    assert total.weighted.w == pytest.approx(total.alike.n * 5), "1 / 0.2, the chance of answering"
    assert teams["billing"].alike.plus(teams["sales"].alike) == pytest.approx(total.alike)
    assert mine.alike == teams["sales"].alike
    assert answers["chat"].alike.all == 0
    assert answers["chat"].left_out + answers["phone"].alike.all == 300


def test_customers_are_told_by_surveys_and_call_details(database: Database, desk: Desk) -> None:
    facts = CustomerFacts(loyalty_months=30.0, value=99.0, churned=True, churned_at=AT)
    with database.unit() as unit:
        unit.surveys.save_many([
            survey("s1", None, customer=CustomerRef(id="k1"), facts=facts), survey("s2", None, customer=CustomerRef(id="k2"), csat=5),
            survey("s3", None, facts=facts), survey("s4", None, ease=6, ease_scale=7, channel=Channel.CHAT),
        ])  # fmt: skip
    with database.reading() as unit:
        (one,) = unit.outcomes.customers()
        assert (one.customer, one.loyalty_months, one.value, one.churned, one.churned_at) == ("k1", 30.0, 99.0, True, AT)
        assert unit.outcomes.ease(Place()) == [pytest.approx(5 / 6)]
        assert unit.outcomes.ease(Place(channel=Channel.PHONE)) == []
