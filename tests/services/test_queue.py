"""The queue from a plan to a finished review: what is picked, who gets it, who would rather not, and what is told of it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.calibration import Calibration
from qa_service.domain.interaction import AgentRef, Channel, Interaction, Purpose
from qa_service.domain.permission import Actor, Role
from qa_service.domain.policy import Policy
from qa_service.domain.queue import ItemState, Lane, SkipReason
from qa_service.domain.review import GivenAnswer
from qa_service.domain.rubric import Rubric
from qa_service.domain.sampling_plan import QuotaRule, RandomRule, RiskRule, SamplingPlan, StratifiedRule, Stratum
from qa_service.domain.scorecard import Engines, InteractionRef, RubricRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft
from qa_service.domain.signal import Signal
from qa_service.domain.user import User
from qa_service.errors import (
    ClaimError,
    ConflictError,
    InputError,
    NotFoundError,
    OwnReviewError,
    PermissionDeniedError,
    StaleVersionError,
)
from qa_service.services.authentication import Authentication
from qa_service.services.purposes import Purposes
from qa_service.services.queue import ReviewQueue
from qa_service.services.review import Reviewing
from qa_service.services.sample import Sampling
from qa_service.services.users import Users
from qa_service.services.workflow import Workflows
from qa_service.services.workload import Workloads
from qa_service.settings import Settings
from qa_service.store.session import Database

#: A Monday.
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
WEEK, NEXT_MONDAY = "2026-W47", datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LEAD = Actor(id="lena", role=Role.QA_LEAD)
RITA = Actor(id="rita", role=Role.REVIEWER, languages=frozenset({"en", "fa"}))
OMID = Actor(id="omid", role=Role.REVIEWER, languages=frozenset({"fa"}))
SARA = Actor(id="sara", role=Role.REVIEWER, agent="a1")
FORM: dict[str, Any] = {
    "rubric": "phone-support", "version": 1, "channel": "phone", "title": "Phone",
    "sections": [
        {
            "id": "all", "title": "All", "weight": 1,
            "criteria": [
                {"id": "greeting", "question": "Greeted?", "weight": 2},
                {"id": "identity", "question": "Identity checked?", "weight": 2, "severity": "compliance"},
            ],
        }
    ],
}


class Office:
    """Services on one database, a clock that tests set, and short ways to put calls in."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.now = NEXT_MONDAY
        self.rubric = Rubric.model_validate(FORM)
        settings = Settings(data_dir=folder)
        workflows = Workflows(url="sqlite:///unused", lock_dir=folder / "executors", executor="local", concurrency=1)
        told: dict[str, Any] = {"database": database, "clock": lambda: self.now}
        self.sampling = Sampling(**told, settings=settings, workflows=workflows)
        self.queue = ReviewQueue(**told, workflows=workflows)
        self.reviewing, self.workloads, self.purposes = Reviewing(**told), Workloads(**told), Purposes(**told)
        with database.unit() as unit:
            unit.rubrics.add(self.rubric, at=MONDAY)

    def people(self, *actors: Actor, **capacities: int) -> None:
        with self.database.unit() as unit:
            for one in actors:
                user = User(
                    id=one.id, login=one.id, name=one.id.title(), role=one.role, agent=one.agent, languages=tuple(one.languages),
                    capacity=capacities.get(one.id),
                )
                unit.users.add(user, at=MONDAY)

    def call(
        self, name: str, *, agent: str | None = "a9", team: str = "billing", language: str = "fa", at: datetime = MONDAY, sure: float = 0.9,
        said: tuple[str, ...] = (), purpose: Purpose = Purpose.LIVE, queue: str | None = None, created: datetime | None = None,
        **answers: str,
    ) -> str:
        """A scored call; the id of its draft."""
        ref = None if agent is None else AgentRef(id=agent, team=team)
        call = Interaction(id=name, channel=Channel.PHONE, started_at=at, agent=ref, purpose=purpose, queue=queue)
        suggestions = {
            one.id: Suggestion(answer=answers.get(one.id, "yes"), confidence=sure, why=f"said: {one.id}") for one in self.rubric.criteria
        }
        reference = InteractionRef.of(call, language=language)
        card = draft(self.rubric, interaction=reference, engine=Engines(analysis="a/1"), suggestions=suggestions)
        signals = tuple(Signal.trusted(name=one, value=1.0, places=(), confidence=1.0) for one in said)
        with self.database.unit() as unit:
            unit.interactions.add(call, content_sha256=name, at=at)
            unit.signals.save(name, signals, analysis="a/1", at=at)
            return str(unit.scorecards.add(card.model_copy(update={"id": f"s-{name}"}), at=created or at).id)

    def calls(self, number: int, *, prefix: str = "c", **header: Any) -> list[str]:
        return [self.call(f"{prefix}{index}", at=MONDAY + timedelta(minutes=index), **header) for index in range(number)]

    def plan(self, *, since: datetime = MONDAY, **changes: Any) -> str:
        before, self.now = self.now, since
        told = {"name": "weekly", "rule": RandomRule(n=2), "blind_share": 0.0, "wait_hours": 0, **changes}
        found = self.sampling.add(SamplingPlan.model_validate(told), by=LEAD)
        self.now = before
        return found.id

    def sampled(self, **changes: Any) -> Any:
        return self.sampling.run(self.plan(**changes), by=LEAD, period=WEEK).run

    def items(self, **filters: Any) -> Any:
        return self.queue.list(by=LEAD, limit=500, **filters).items

    def finish(self, card: str, *, by: Actor) -> Scorecard:
        blind = self.card(card).blind
        given = [GivenAnswer(criterion=one, answer="yes") for one in ("greeting", "identity")] if blind else []
        if given:
            self.reviewing.answer(card, given, by=by, expected=None)
        return self.reviewing.finalize(card, by=by, expected=None)

    def card(self, card: str) -> Scorecard:
        with self.database.reading() as unit:
            return unit.scorecards.get(card)

    def acts(self, *actions: str) -> list[Any]:
        with self.database.reading() as unit:
            return [one for one in unit.ledger.entries() if one.action in actions]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "qa.sqlite"
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    database.close()
    return file


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    database = Database(f"sqlite:///{shutil.copy(template, tmp_path / 'qa.sqlite')}")
    yield Office(database, tmp_path)
    database.close()


def test_a_plan_fills_the_queue_and_every_act_is_told(office: Office) -> None:
    office.people(RITA, OMID)
    office.calls(10)
    office.call("english", agent="a8", language="en")
    plan = office.plan(rule=RandomRule(n=3))
    found = office.sampling.run(plan, by=LEAD, period=WEEK)
    assert (found.run.eligible, found.run.picked, found.run.taken, found.late) == (11, 4, 0, 0)
    assert [(one.agent, one.picked, one.verdict) for one in found.run.figures.fairness] == [("a8", 1, "fair"), ("a9", 3, "fair")]
    items = office.items()
    assert Counter(one.assigned_to for one in items) == {"rita": 2, "omid": 2}
    assert {one.probability for one in items} == {0.3, 1.0}
    assert {one.reasons for one in items if one.agent == "a9"} == {("drawn at random: 3 of 10 (agent a9)",)}
    assert all(one.due_at == NEXT_MONDAY + timedelta(days=Policy().due_days) for one in items)
    (run,) = office.acts("sampling.run")
    assert run.content["seed"] == found.run.seed
    assert run.content["picked"] == 4
    assert sorted(one.subject for one in office.acts("queue.picked")) == sorted(f"queue_item/{one.id}" for one in items)


def test_a_period_is_sampled_once_and_late_calls_are_told(office: Office) -> None:
    office.calls(6)
    plan = office.plan()
    first = office.sampling.run(plan, by=LEAD, period=WEEK)
    office.now += timedelta(hours=1)
    office.call("late", at=MONDAY, created=office.now)
    again = office.sampling.run(plan, by=LEAD)
    assert again.run == first.run, "the last period that is over is that week"
    assert (first.late, again.late) == (0, 1)
    assert len(office.items()) == 2
    assert office.sampling.get_run(plan, first.run.id) == again
    assert office.sampling.runs(plan).items == (first.run,)


def test_a_sample_is_drawn_again_from_its_seed(office: Office, template: Path, tmp_path: Path) -> None:
    """The same calls in another order, in another database, under another plan of the same id: a plan's id is part of the draw."""
    names = [f"c{index}" for index in range(30)]
    picked = []
    for number, order in enumerate((names, list(reversed(names)))):
        folder = tmp_path / str(number)
        folder.mkdir()
        database = Database(f"sqlite:///{shutil.copy(template, folder / 'qa.sqlite')}")
        one = Office(database, folder)
        plan = one.plan(seed="s", rule=RandomRule(n=5, per="all"))
        with database.unit() as unit:
            stored = unit.sampling_plans.get(plan)
            unit.sampling_plans.add(stored.model_copy(update={"id": "fixed"}))
        for name in order:
            one.call(name)
        run = one.sampling.run("fixed", by=LEAD, period=WEEK).run
        picked.append(({item.interaction for item in one.items()}, run.figures))
        database.close()
    assert picked[0] == picked[1]


def test_overlapping_plans_pick_nothing_twice(office: Office) -> None:
    office.calls(10)
    office.sampled(rule=RandomRule(n=4))
    second = office.sampled(rule=RandomRule(n=20))
    assert (second.eligible, second.taken, second.picked) == (6, 4, 6)
    assert len({one.interaction for one in office.items()}) == 10
    third = office.sampled(rule=QuotaRule(n=5))
    assert (third.eligible, third.taken, third.picked) == (0, 10, 0)


def test_a_plan_picks_what_it_is_about(office: Office) -> None:
    office.call("fa", language="fa", queue="cards")
    office.call("en", language="en", queue="cards")
    office.call("sales", team="sales", agent="a2", queue="cards")
    office.call("other queue", queue="loans")
    office.call("before", at=MONDAY - timedelta(days=1))
    office.call("test", purpose=Purpose.TEST)
    office.call("mystery", purpose=Purpose.MYSTERY, queue="cards")
    rule = RandomRule(n=50, per="all")
    picked = office.sampled(rule=rule, teams=["billing"], languages=["fa"], queues=["cards"], rubric="phone-support", channels=["phone"])
    assert picked.picked == 2
    assert {one.interaction for one in office.items()} == {"fa", "mystery"}
    assert office.sampled(rule=rule, teams=["nobody has heard of it"]).picked == 0


def test_what_is_final_is_out_of_the_frame(office: Office) -> None:
    (card,) = office.calls(1)
    office.reviewing.claim(card, by=RITA)
    office.finish(card, by=RITA)
    assert office.sampled().eligible == 0


def test_the_riskiest_come_first_and_say_why(office: Office) -> None:
    office.calls(20, sure=1.0)
    office.call("leaves", said=("churn.customer",), sure=1.0)
    office.call("missed", identity="no", sure=1.0)
    run = office.sampled(rule=RiskRule(n=2, random=1))
    told = {one.interaction: one.reasons for one in office.items()}
    assert told["leaves"] == ("the customer may leave (2.00)",)
    assert told["missed"] == ("a critical miss is suspected (3.00)",)
    assert run.picked == 3


def test_strata_are_told_apart(office: Office) -> None:
    office.calls(20, language="fa")
    office.calls(2, prefix="e", language="en", agent="a8")
    run = office.sampled(rule=StratifiedRule(n=4, by=(Stratum.LANGUAGE, Stratum.TEAM), minimum=1))
    assert {one.group["language"]: one.picked for one in run.figures.groups} == {"en": 1, "fa": 3}


def test_priority_puts_the_unknown_first_and_shows_why(office: Office) -> None:
    for index in range(6):
        (card,) = office.calls(1, prefix=f"old{index}-", agent="known")
        office.reviewing.claim(card, by=RITA)
        office.finish(card, by=RITA)
    office.call("sure", agent="known", sure=1.0)
    office.call("unsure", agent="known", sure=0.6)
    office.call("new", agent="new", sure=1.0)
    office.sampled(rule=RandomRule(n=9))
    found = office.items()
    assert [one.interaction for one in found] == ["unsure", "new", "sure"]
    assert [one.priority.finals for one in found] == [6, 0, 6]
    unsure, new, sure = (one.priority for one in found)
    # 0.6 * 0.4 * 4 = 0.96 of doubt; nothing is known of the new agent.
    assert (unsure.doubt, new.width, sure.doubt) == (0.96, 1.0, 0.0)
    assert unsure.width == sure.width < 0.5
    assert unsure.value == pytest.approx(50 * (0.96 + unsure.width), abs=1e-3)


def test_next_claims_what_is_best_for_whoever_asks(office: Office) -> None:
    office.people(RITA, OMID, SARA)
    office.call("own", agent="a1", language="en", sure=0.5)
    office.call("persian", sure=0.6)
    office.call("english", language="en", sure=0.9)
    office.sampled(rule=RandomRule(n=5))
    office.queue.assign([one.id for one in office.items()], to=None, by=LEAD)
    sara = office.queue.next(by=SARA)
    assert sara is not None
    assert sara.item.interaction == "persian", "never one's own, though it has the highest priority"
    assert (sara.scorecard.reviewer, sara.scorecard.status) == ("sara", Status.IN_REVIEW)
    assert office.queue.next(by=SARA) is not None
    assert office.queue.next(by=SARA).item.id == sara.item.id, "what one holds comes first"  # type: ignore[union-attr]
    assert office.queue.next(by=OMID) is None, "what is left is in English"
    rita = office.queue.next(by=RITA)
    assert rita is not None
    assert rita.item.interaction == "own"
    assert [one.actor for one in office.acts("scorecard.claimed") if "renewed" not in one.content] == ["sara", "rita"]


def test_what_was_given_to_one_comes_before_what_is_anybodys(office: Office) -> None:
    office.people(RITA, OMID)
    office.call("mine", sure=1.0)
    office.call("anybodys", sure=0.5)
    office.sampled(rule=RandomRule(n=5))
    items = {one.interaction: one.id for one in office.items()}
    office.queue.assign([items["anybodys"]], to=None, by=LEAD)
    office.queue.assign([items["mine"]], to="omid", by=LEAD)
    taken = office.queue.next(by=OMID)
    assert taken is not None
    assert taken.item.interaction == "mine"
    assert [one.interaction for one in office.queue.list(by=OMID, mine=True).items] == ["mine"]
    assert [one.interaction for one in office.queue.list(by=OMID, unassigned=True).items] == ["anybodys"]


def test_a_claim_that_ran_out_is_nobodys(office: Office) -> None:
    office.call("only")
    office.sampled()
    assert office.queue.next(by=RITA) is not None
    assert office.queue.next(by=OMID) is None
    office.now += timedelta(minutes=Policy().claim_minutes, seconds=1)
    assert office.queue.next(by=OMID) is not None


def test_an_item_is_done_when_its_scorecard_is_final(office: Office) -> None:
    office.people(RITA)
    office.calls(2)
    office.sampled()
    taken = office.queue.next(by=RITA)
    assert taken is not None
    office.finish(str(taken.scorecard.id), by=RITA)
    assert office.queue.get(taken.item.id, by=RITA).state is ItemState.DONE
    assert [one.id for one in office.items(state=ItemState.DONE)] == [taken.item.id]
    assert len(office.items()) == 1
    office.queue.settle()
    assert office.queue.get(taken.item.id, by=RITA).state is ItemState.DONE
    with pytest.raises(ConflictError, match="is done"):
        office.queue.skip(taken.item.id, reason=SkipReason.LANGUAGE, by=RITA)
    with pytest.raises(ConflictError, match="is done"):
        office.queue.withdraw(taken.item.id, reason="too late", by=LEAD)
    following = office.queue.next(by=RITA)
    assert following is not None
    assert following.item.id != taken.item.id


def test_a_draft_that_is_made_anew_stays_in_the_queue(office: Office) -> None:
    office.call("again")
    office.sampled(blind_share=1.0)
    (item,) = office.items()
    with office.database.unit() as unit:
        unit.scorecards.withdraw_drafts("again")
    assert office.queue.get(item.id, by=LEAD).scorecard is None
    assert office.queue.next(by=RITA) is None
    suggestions = {one.id: Suggestion(answer="no", confidence=0.9, why="") for one in office.rubric.criteria}
    reference = InteractionRef(id="again", channel=Channel.PHONE, agent="a9", language="fa")
    card = draft(office.rubric, interaction=reference, engine=Engines(analysis="a/2"), suggestions=suggestions)
    with office.database.unit() as unit:
        made = unit.scorecards.add(card, at=NEXT_MONDAY).id
    taken = office.queue.next(by=RITA)
    assert taken is not None
    assert taken.scorecard.id == made
    assert taken.scorecard.blind, "the lane of the item counts"
    assert taken.scorecard.criteria[0].suggestion is None


def test_skipping_gives_it_to_somebody_else_and_in_the_end_to_leads(office: Office) -> None:
    office.people(RITA, OMID, SARA)
    office.call("hard")
    office.sampled()
    (item,) = office.items()
    people = {"rita": RITA, "omid": OMID, "sara": SARA}
    order = []
    for turn in range(3):
        holder = office.queue.get(item.id, by=LEAD).assigned_to
        assert holder is not None
        order.append(holder)
        taken = office.queue.next(by=people[holder])
        assert taken is not None
        told = office.queue.skip(item.id, reason=SkipReason.OTHER, words=f"noise {turn}", by=people[holder])
        assert office.queue.next(by=people[holder]) is None, "not offered again"
        assert office.card(str(taken.scorecard.id)).reviewer is None, "the claim is given back"
    assert set(order) == set(people)
    assert (told.for_lead, told.assigned_to, [one.words for one in told.skips]) == (True, None, ["noise 0", "noise 1", "noise 2"])
    assert office.queue.next(by=LEAD) is not None
    assert [one.content["assigned_to"] for one in office.acts("queue.skipped")] == [*order[1:], None]


def test_a_skip_is_refused_where_it_should_be(office: Office) -> None:
    office.people(RITA, OMID)
    office.calls(1)
    office.sampled()
    (item,) = office.items()
    with pytest.raises(InputError) as caught:
        office.queue.skip(item.id, reason=SkipReason.OTHER, words="  ", by=RITA)
    assert caught.value.field == "words"
    holder, other = (RITA, OMID) if item.assigned_to == "rita" else (OMID, RITA)
    with pytest.raises(ClaimError, match="given to"):
        office.queue.skip(item.id, reason=SkipReason.LANGUAGE, by=other)
    office.queue.next(by=holder)
    with pytest.raises(ClaimError, match="held by"):
        office.queue.skip(item.id, reason=SkipReason.LANGUAGE, by=LEAD)
    with pytest.raises(NotFoundError, match="'nothing'"):
        office.queue.skip("nothing", reason=SkipReason.LANGUAGE, by=RITA)
    with pytest.raises(PermissionDeniedError):
        office.queue.skip(item.id, reason=SkipReason.LANGUAGE, by=Actor(id="carl", role=Role.COACH))


def test_leads_give_work_out(office: Office) -> None:
    office.people(RITA, OMID, SARA, Actor(id="carl", role=Role.COACH))
    office.call("own", agent="a1")
    office.sampled()
    (item,) = office.items()
    for to, error, message in (
        ("sara", OwnReviewError, "is the agent"), ("carl", InputError, "is coach"), ("nobody", NotFoundError, "no user"),
    ):
        with pytest.raises(error, match=message):
            office.queue.assign([item.id], to=to, by=LEAD)
    with pytest.raises(NotFoundError, match="'x'"):
        office.queue.assign([item.id, "x"], to="omid", by=LEAD)
    with pytest.raises(InputError, match="name the items"):
        office.queue.assign([], to="omid", by=LEAD)
    with pytest.raises(PermissionDeniedError):
        office.queue.assign([item.id], to="rita", by=RITA)
    to = "omid" if item.assigned_to == "rita" else "rita"
    assert office.queue.assign([item.id, item.id], to=to, by=LEAD)[0].assigned_to == to
    office.queue.skip(item.id, reason=SkipReason.CONFLICT_OF_INTEREST, by=OMID if to == "omid" else RITA)
    with pytest.raises(ConflictError, match="has skipped"):
        office.queue.assign([item.id], to=to, by=LEAD)
    assert [one.content for one in office.acts("queue.assigned")] == [{"before": item.assigned_to, "after": to}]


def test_what_nobody_was_found_for_waits_and_says_why(office: Office) -> None:
    office.people(OMID)
    office.call("arabic", language="ar")
    run = office.sampled()
    assert [(one.reason, one.items) for one in run.figures.unassigned] == [("nobody reviews in 'ar'", 1)]
    (item,) = office.items()
    assert (item.assigned_to, item.unassigned_because) == (None, "nobody reviews in 'ar'")
    office.people(Actor(id="noor", role=Role.REVIEWER, languages=frozenset({"ar"})))
    (given,) = office.queue.distribute(None, by=LEAD)
    assert (given.assigned_to, given.unassigned_because) == ("noor", None)


def test_load_is_told_by_capacity(office: Office) -> None:
    office.people(RITA, OMID, rita=30, omid=10)
    office.calls(20)
    office.sampled(rule=RandomRule(n=20))
    loads = Counter(one.assigned_to for one in office.items())
    assert (loads["rita"] + loads["omid"], abs(loads["rita"] - 15) <= 1) == (20, True)


def test_a_withdrawn_item_may_be_picked_again(office: Office) -> None:
    office.call("odd")
    office.sampled()
    (item,) = office.items()
    assert office.queue.withdraw(item.id, reason="asked by the customer", by=LEAD).state is ItemState.WITHDRAWN
    assert office.items() == ()
    assert office.queue.next(by=RITA) is None
    assert office.sampled().picked == 1


def test_the_blind_lane_is_a_share_and_shows_nothing(office: Office) -> None:
    office.calls(200, sure=0.8)
    run = office.sampled(rule=RandomRule(share=1.0), blind_share=0.3)
    blind = office.items(lane=Lane.BLIND)
    assert run.blind == len(blind)
    # Three in ten of 200, within four standard deviations (6.5).
    assert abs(len(blind) - 60) < 26
    for one in blind:
        assert (one.plan, one.run, one.reasons, one.priority, one.probability) == (None, None, (), None, None)
        assert office.card(one.scorecard).blind
    assert all(one.priority is not None for one in office.items(lane=Lane.NORMAL))
    assert all(one.lane is Lane.NORMAL for one in office.items(plan=run.plan)), "a filter by plan would tell what the plan saw"
    assert office.items(plan=run.plan, lane=Lane.BLIND) == ()
    cards = [str(one.scorecard) for one in blind]
    with office.database.reading() as unit:
        weights = unit.queue.weights(cards)
    assert {(one.probability, one.blind) for one in weights.values()} == {(1.0, 0.3)}
    assert set(weights) == set(cards)
    office.queue.assign([blind[0].id], to=None, by=LEAD)
    taken = office.queue.next(by=SARA)
    while taken is not None and taken.item.lane is not Lane.BLIND:
        office.finish(str(taken.scorecard.id), by=SARA)
        taken = office.queue.next(by=SARA)
    assert taken is not None
    assert all(one.suggestion is None for one in taken.scorecard.criteria)
    office.finish(str(taken.scorecard.id), by=SARA)
    assert office.queue.get(taken.item.id, by=SARA).priority is not None
    assert [one.id for one in office.items(plan=run.plan, lane=Lane.BLIND, state=ItemState.DONE)] == [taken.item.id]


def test_the_blind_share_is_the_policys_unless_the_plan_has_its_own(office: Office) -> None:
    office.calls(3)
    with office.database.unit() as unit:
        unit.policies.save(Policy(blind_share=1.0), expected=unit.policies.newest().version, by="lena", at=MONDAY)
    assert office.sampled(blind_share=None).blind == 2


def test_a_plan_is_changed_by_versions(office: Office) -> None:
    plan = office.plan(seed="first")
    after = office.sampling.change(plan, to=SamplingPlan(name="two", rule=RandomRule(n=3)), expected=1, by=LEAD)
    assert (after.version, after.plan.seed, after.plan.name) == (2, "first", "two")
    with pytest.raises(StaleVersionError):
        office.sampling.change(plan, active=False, expected=1, by=LEAD)
    off = office.sampling.change(plan, active=False, by=LEAD)
    assert (off.version, off.active) == (3, False)
    assert [one.id for one in office.sampling.plans(active=False).items] == [plan]
    assert [one.content["after"]["active"] for one in office.acts("sampling_plan.changed")] == [True, False]
    with pytest.raises(PermissionDeniedError):
        office.sampling.add(SamplingPlan(name="mine", rule=RandomRule(n=1)), by=RITA)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"rubric": "nobodys"}, NotFoundError, "nobodys"),
        ({"rubric": "phone-support", "channels": ["chat"]}, InputError, "is for phone"),
    ],
)
def test_a_plan_that_contradicts_what_is_known(office: Office, changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        office.plan(**changes)


@pytest.mark.parametrize(
    ("period", "error", "message"),
    [("2026-W48", ConflictError, "not over"), ("2026-11", InputError, "is no week"), ("2026-W60", InputError, "there is no week")],
)
def test_a_period_that_cannot_be_sampled(office: Office, period: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        office.sampling.run(office.plan(), by=LEAD, period=period)
    assert caught.value.field == "period"  # type: ignore[attr-defined]


def test_the_schedule_samples_each_period_once_random_draws_first(office: Office) -> None:
    office.calls(5)
    risk = office.plan(rule=RiskRule(n=1, random=1), name="risk")
    drawn = office.plan(rule=RandomRule(n=2), name="random", wait_hours=10)
    office.now = NEXT_MONDAY
    assert [one.id for one, _ in office.sampling.due()] == [risk], "the other one waits for late calls until ten"
    office.now += timedelta(hours=2)
    assert [(one.id, period.name) for one, period in office.sampling.due()] == [(drawn, WEEK), (risk, WEEK)]
    assert office.sampling.run_due() == 2
    assert office.sampling.due() == ()
    assert office.sampling.run_due() == 0
    assert {one.actor for one in office.acts("sampling.run")} == {"system"}
    office.now += timedelta(days=21)
    weeks = ["2026-W48", "2026-W49", "2026-W50"]
    expected = [(plan, week) for plan in (drawn, risk) for week in weeks]
    assert [(one.id, period.name) for one, period in office.sampling.due()] == expected


def test_a_plan_samples_nothing_from_before_it_was_made(office: Office) -> None:
    plan = office.plan(since=NEXT_MONDAY)
    assert office.sampling.due() == ()
    office.sampling.change(plan, active=False, by=LEAD)
    office.now += timedelta(days=30)
    assert office.sampling.due() == ()
    office.sampling.change(plan, active=True, by=LEAD)
    assert office.sampling.due() == (), "nothing from while it was off"
    office.now += timedelta(days=7)
    assert [period.name for _, period in office.sampling.due()] == ["2026-W52"]


def test_dashboards_count_work(office: Office) -> None:
    office.people(RITA, OMID)
    office.calls(6, greeting="no")
    office.sampled(rule=RandomRule(n=6))
    items = office.items()
    office.queue.assign([one.id for one in items[:4]], to="rita", by=LEAD)
    office.queue.assign([one.id for one in items[4:]], to="omid", by=LEAD)
    for _ in range(2):
        taken = office.queue.next(by=RITA)
        assert taken is not None
        card = str(taken.scorecard.id)
        office.now += timedelta(minutes=3)
        office.reviewing.answer(card, [GivenAnswer(criterion="greeting", answer="yes", reason="heard")], by=RITA, expected=None)
        office.now += timedelta(minutes=1)
        office.reviewing.finalize(card, by=RITA, expected=None)
    (skipped,) = office.queue.list(by=OMID, mine=True, limit=1).items
    office.queue.skip(skipped.id, reason=SkipReason.UNUSABLE_AUDIO, by=OMID)
    office.now += timedelta(days=8)
    found = {one.reviewer: one for one in office.workloads.reviewers(by=LEAD)}
    assert set(found) == {"rita", "omid"}
    rita = found["rita"]
    assert (rita.name, rita.due, rita.overdue, rita.done, rita.done_blind, rita.skipped) == ("Rita", 3, 3, 2, 0, 0)
    assert (rita.minutes.n, rita.minutes.lower, rita.minutes.median, rita.minutes.upper) == (2, 4.0, 4.0, 4.0)
    assert (rita.overridden.n, rita.overridden.value) == (4, 0.5)
    assert (found["omid"].due, found["omid"].skipped, found["omid"].minutes.median) == (1, 1, None)
    assert office.workloads.reviewer("rita", by=LEAD) == rita
    assert [one.reviewer for one in office.workloads.reviewers(by=RITA)] == ["rita"]
    with pytest.raises(PermissionDeniedError):
        office.workloads.reviewer("omid", by=RITA)
    assert office.workloads.reviewer("rita", by=RITA, since=office.now).done == 0


def test_coverage_is_told_by_agent(office: Office) -> None:
    office.people(RITA)
    office.calls(30, agent="a1")
    office.calls(10, prefix="d", agent="a2")
    office.sampled(rule=QuotaRule(n=8))
    taken = office.queue.next(by=RITA)
    assert taken is not None
    office.finish(str(taken.scorecard.id), by=RITA)
    found = office.workloads.coverage(by=LEAD, team="billing")
    assert [(one.agent, one.scorecards, one.queued) for one in found] == [("a1", 30, 4), ("a2", 10, 4)]
    assert sum(one.done for one in found) == 1
    # Of an even draw of eight, six would be of the first agent.
    assert [one.fairness.expected for one in found] == [6.0, 2.0]
    assert office.workloads.coverage(by=LEAD, since=NEXT_MONDAY) == ()
    with pytest.raises(PermissionDeniedError):
        office.workloads.coverage(by=RITA)


def test_what_was_erased_is_no_work(office: Office) -> None:
    office.call("gone")
    office.sampled()
    with office.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE scorecards SET erased = 1")
    assert office.queue.next(by=RITA) is None
    office.queue.settle()
    assert office.items() == ()
    assert office.sampled().eligible == 0


def test_a_mark_moves_a_call_out_of_the_figures_and_back(office: Office) -> None:
    card = office.call("trained", agent="a1")
    for one in ("real", "trained"):
        chosen = card if one == "trained" else office.call("real", agent="a1")
        office.reviewing.claim(chosen, by=RITA)
        office.finish(chosen, by=RITA)

    def counted(purpose: Purpose | None = Purpose.LIVE) -> int:
        with office.database.reading() as unit:
            return sum(one.scorecards for one in unit.results.agents(purpose=purpose))

    assert counted() == 2
    assert office.purposes.put("trained", Purpose.TRAINING, by=LEAD).interaction.purpose is Purpose.TRAINING
    assert (counted(), counted(Purpose.TRAINING), counted(None)) == (1, 1, 2)
    assert office.card(card).interaction.purpose is Purpose.TRAINING
    office.purposes.put("trained", Purpose.TRAINING, by=LEAD)
    office.purposes.put("trained", Purpose.LIVE, by=LEAD)
    assert counted() == 2
    assert [one.content for one in office.acts("interaction.marked")] == [
        {"before": "live", "after": "training"}, {"before": "training", "after": "live"},
    ]
    with pytest.raises(NotFoundError):
        office.purposes.put("nobody", Purpose.TEST, by=LEAD)
    with pytest.raises(PermissionDeniedError):
        office.purposes.put("trained", Purpose.TEST, by=RITA)


def test_what_one_is_to_answer_blind_in_a_calibration_is_offered_to_others(office: Office) -> None:
    office.people(RITA, OMID)
    office.call("c1")
    office.sampled(rule=RandomRule(n=1))
    with office.database.unit() as unit:
        unit.queue.assign({one.id: (None, None) for one in unit.queue.list().items}, at=office.now)
        unit.calibrations.add(
            Calibration(
                id="k1", title="May", rubric=RubricRef.of(office.rubric), channel=Channel.PHONE, interactions=("c1",),
                participants=("rita", "lena"), seed=1, created_by="lena", created_at=office.now,
            )
        )
    assert office.queue.next(by=RITA) is None
    offer = office.queue.next(by=OMID)
    assert offer is not None
    assert offer.item.interaction == "c1"


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.COACH}])
def test_what_somebody_can_review_no_more_is_anybodys(office: Office, tmp_path: Path, change: dict[str, Any]) -> None:
    office.people(RITA, OMID)
    office.calls(3)
    office.sampled(rule=RandomRule(n=3))
    office.queue.assign([one.id for one in office.items()], to="rita", by=LEAD)
    assert office.queue.next(by=OMID) is None
    told: dict[str, Any] = {"database": office.database, "clock": lambda: office.now}
    users = Users(**told, authentication=Authentication(**told, settings=Settings(data_dir=tmp_path)))
    users.change("rita", {"languages": ("fa",)}, by=LEAD)
    assert [one.assigned_to for one in office.items()] == ["rita"] * 3
    users.change("rita", change, by=LEAD)
    assert [(one.assigned_to, one.unassigned_because) for one in office.items()] == [(None, "cannot review any more")] * 3
    assert office.queue.next(by=OMID) is not None
    with office.database.reading() as unit:
        *_, act = unit.ledger.entries(subject="user/rita")
    assert act.content is not None
    assert act.content["ended"]["items"] == 3
