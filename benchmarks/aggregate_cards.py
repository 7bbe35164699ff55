"""A house of scorecards for the benchmark of figures: written in bulk into the real tables, scored by the real rules."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.queue import Lane
from qa_service.domain.rubric import UNDECIDED, Rubric
from qa_service.domain.sampling_plan import RandomRule, SamplingPlan
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft, score
from qa_service.domain.transcript import Speaker
from qa_service.store import scorecard_rows
from qa_service.store.sampling import RunFigures, SamplingRun, StoredPlan
from qa_service.store.session import Database
from qa_service.store.tables import InteractionRow, QueueItemRow, Row, ScorecardCriterionRow, ScorecardRow, core

#: The first day, and how many months follow.
START, MONTHS = datetime(2024, 1, 1, tzinfo=UTC), 24
AGENTS, TEAMS, FINAL_SHARE = 1000, 50, 0.1
CHANNELS = (Channel.PHONE, Channel.CHAT)
_PIECE = 5000
_QUEUES = ("billing", "orders", "technical", "cancel")
#: Pairs of what the machine says and what people answer, by how good an agent is.
_LEVELS, _PAIRS = 10, 500
_SKILLS = ("clarity", "product_knowledge", "patience", "empathy", "problem_solving", "listening")


def rubric(channel: Channel) -> Rubric:
    """Twelve criteria in four sections."""
    sections = [
        {
            "id": f"part_{part}", "title": f"Part {part}", "weight": part + 1,
            "criteria": [
                {
                    "id": f"criterion_{part}_{number}", "question": f"Was {part}.{number} met?", "weight": number + 1,
                    "skill": _SKILLS[(3 * part + number) % len(_SKILLS)], "severity": "customer" if (part, number) == (3, 2) else "minor",
                }
                for number in range(3)
            ],
        }
        for part in range(4)
    ]  # fmt: skip
    told = {"rubric": f"{channel.value}-bench", "version": 1, "channel": channel.value, "title": channel.value, "sections": sections}
    return Rubric.model_validate({**told, "settings": {"auto_fail": "cap"}})


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """The rows of a scorecard, but for what its contact tells."""

    card: Mapping[str, Any]
    criteria: Sequence[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class House:
    """Who is there, by number."""

    agents: tuple[str, ...]

    @staticmethod
    def team(number: int) -> str:
        """Twenty agents each."""
        return f"team-{number * TEAMS // AGENTS:02}"

    @staticmethod
    def channel(number: int) -> Channel:
        """A team works in one channel."""
        return CHANNELS[number * TEAMS // AGENTS % 2]


HOUSE = House(agents=tuple(f"agent-{number:04}" for number in range(AGENTS)))


def lay(database: Database, *, scorecards: int, agents: int = AGENTS) -> float:
    """Fill an empty database, with scorecards of the first ``agents``; seconds that it took."""
    start = time.perf_counter()
    _people(database)
    pairs = min(_PAIRS, max(5, scorecards // 100))
    patterns = {channel: [_patterns(channel, level, pairs) for level in range(_LEVELS)] for channel in CHANNELS}
    chance = random.Random(11)
    numbers = iter(range(scorecards))
    while piece := list(islice(numbers, _PIECE)):
        rows: dict[type[Row], list[tuple[Any, ...]]] = {one: [] for one in _WRITTEN}
        for number in piece:
            _one(rows, number, scorecards, agents, patterns, chance)
        _write(database.engine, rows)
    with database.engine.connect() as connection:
        # As the vacuum that attends a database does after an import.
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    return time.perf_counter() - start


def _people(database: Database) -> None:
    with database.unit() as unit:
        told = [AgentRef(id=one, name=one, team=HOUSE.team(number)) for number, one in enumerate(HOUSE.agents)]
        unit.agents.upsert_many(told, at=START)
        for channel in CHANNELS:
            unit.rubrics.add(rubric(channel), at=START)
        plan = SamplingPlan(name="bench", rule=RandomRule(n=1), seed="s")
        stored = {"version": 1, "active": True, "plan": plan, "created_by": "bench", "created_at": START, "changed_at": START}
        unit.sampling_plans.add(StoredPlan(id="p1", active_since=START, **stored))
        figures = RunFigures(plan=plan, groups=(), fairness=())
        run = {"plan": "p1", "version": 1, "period": "2024-01", "since": START, "until": START + timedelta(days=7), "seed": "s"}
        counts = {"eligible": 9, "taken": 0, "picked": 1, "blind": 0}
        unit.sampling_runs.add(SamplingRun(id="r1", figures=figures, at=START, by="bench", **run, **counts))


def _patterns(channel: Channel, level: int, pairs: int) -> list[tuple[Pattern, Pattern]]:
    """Drafts and finished ones, scored by the real rules."""
    chance = random.Random(level)
    form, share = rubric(channel), 0.5 + 0.045 * level
    return [_pair(form, share, chance) for _ in range(pairs)]


def _pair(form: Rubric, share: float, chance: random.Random) -> tuple[Pattern, Pattern]:
    truth = {one.id: _truth(share, chance) for one in form.criteria}
    heard = {name: answer if chance.random() < 0.85 else chance.choice(("yes", "no", "undecided")) for name, answer in truth.items()}
    card = drafted(form, heard, interaction="x", agent="x", channel=form.channel)
    answers = {name: Answer(answer=answer, by="rita", at=START) for name, answer in truth.items()}
    final = score(card.answering(answers), form).model_copy(update={"status": Status.FINAL, "reviewer": "rita"})
    return _pattern(card), _pattern(final)


def _truth(share: float, chance: random.Random) -> str:
    return "not_applicable" if chance.random() < 0.15 else "yes" if chance.random() < share else "no"


def drafted(form: Rubric, heard: Mapping[str, str], *, interaction: str, agent: str, channel: Channel) -> Scorecard:
    """A draft with those suggestions."""
    said = "is there anything else i can do for you"
    quote = Evidence(turn=3, speaker=Speaker.AGENT, quote=said, start_ms=61_200, end_ms=62_900, rule="closing.further_help.said")
    told = {name: Suggestion(answer=answer, confidence=0.8, why="said", evidence=(quote,)) for name, answer in heard.items()}
    reference = InteractionRef(id=interaction, channel=channel, agent=agent, language="en")
    return draft(form, interaction=reference, engine=Engines(analysis="bench/1"), suggestions=told)


def _pattern(card: Scorecard) -> Pattern:
    told = {**scorecard_rows.origin(card), **scorecard_rows.figures(card), "is_latest": True, "erased": False, "active_ms": 0}
    criteria = [scorecard_rows.criterion("", place, one) for place, one in enumerate(card.criteria)]
    names = _WRITTEN[ScorecardCriterionRow][1:]
    return Pattern(card=told, criteria=[tuple(one[name] for name in names) for one in criteria])


def _one(
    rows: dict[type[Row], list[tuple[Any, ...]]], number: int, scorecards: int, agents: int,
    patterns: Mapping[Channel, Sequence[Any]], chance: random.Random,
) -> None:
    """One contact, in order of time, with its scorecard."""
    who = chance.randrange(agents)
    agent, team, channel = HOUSE.agents[who], HOUSE.team(who), HOUSE.channel(who)
    at = START + timedelta(days=730 * number / scorecards, seconds=chance.random())
    final = chance.random() < FINAL_SHARE
    pattern: Pattern = chance.choice(patterns[channel][who % _LEVELS])[final]
    interaction, card = f"contact-{number:07}", f"card-{number:07}"
    rows[InteractionRow].append(_interaction(interaction, channel, at, agent, team, chance))
    told = {
        **pattern.card, "id": card, "interaction_id": interaction, "agent_id": agent, "team": team, "happened_at": at, "created_at": at,
        "updated_at": at, "finalized_at": at if final else None, "claimed_at": None, "claim_expires_at": None, "revision": 1,
        "purpose": "live",
    }
    rows[ScorecardRow].append(tuple(told[name] for name in _WRITTEN[ScorecardRow]))
    rows[ScorecardCriterionRow] += [(card, *one) for one in pattern.criteria]
    if final:
        rows[QueueItemRow].append(_item(card, interaction, channel, agent, team, at, pattern.card["rubric_id"]))


def _interaction(name: str, channel: Channel, at: datetime, agent: str, team: str, chance: random.Random) -> tuple[Any, ...]:
    told = {
        "id": name, "channel": channel.value, "direction": "inbound", "language": "en", "started_at": at, "happened_at": at,
        "agent_id": agent, "agent_name": agent, "agent_team": team, "queue": chance.choice(_QUEUES), "metadata_json": "{}",
        "purpose": "live", "content_sha256": name, "received_at": at, "state": "scored",
    }
    return tuple(told.get(column) for column in _WRITTEN[InteractionRow])


def _item(card: str, interaction: str, channel: Channel, agent: str, team: str, at: datetime, form: str) -> tuple[Any, ...]:
    told = {
        "id": f"item-{card}", "interaction_id": interaction, "rubric_id": form, "scorecard_id": card, "agent_id": agent, "team": team,
        "channel": channel.value, "language": "en", "plan_id": "p1", "run_id": "r1", "reasons": "[]", "priority": "{}", "rank": 0.0,
        "probability": FINAL_SHARE, "blind_share": 0.0, "lane": Lane.NORMAL.value, "due_at": at, "state": "done", "for_lead": False,
        "created_at": at, "updated_at": at,
    }
    return tuple(told.get(column) for column in _WRITTEN[QueueItemRow])


_WRITTEN: Mapping[type[Row], tuple[str, ...]] = {
    row: tuple(column.name for column in core(row).columns) for row in (InteractionRow, ScorecardRow, ScorecardCriterionRow, QueueItemRow)
}


def _write(engine: sa.Engine, rows: Mapping[type[Row], Sequence[tuple[Any, ...]]]) -> None:
    with engine.connect() as connection, connection.begin():
        for row, values in rows.items():
            names = ", ".join(_WRITTEN[row])
            driver: Any = connection.connection.dbapi_connection
            if engine.dialect.name == "postgresql":
                with driver.cursor().copy(f"COPY {core(row).name} ({names}) FROM STDIN") as copy:
                    for value in values:
                        copy.write_row(value)
                continue
            marks = ", ".join("?" * len(_WRITTEN[row]))
            plain = (tuple(_plain(one) for one in value) for value in values)
            driver.executemany(f"INSERT INTO {core(row).name} ({names}) VALUES ({marks})", plain)


def _plain(value: Any) -> Any:
    """As SQLAlchemy writes it into SQLite."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value


def fresh(number: int, chance: random.Random) -> tuple[Interaction, Scorecard]:
    """A contact and its draft as they come in one by one, with answers of their own."""
    who = chance.randrange(AGENTS)
    form, agent = rubric(HOUSE.channel(who)), AgentRef(id=HOUSE.agents[who], team=HOUSE.team(who))
    at = START + timedelta(days=729, seconds=number)
    contact = Interaction(id=f"fresh-{number}", channel=form.channel, started_at=at, agent=agent, queue="billing")
    heard = {one.id: chance.choice(("yes", "yes", "no", "not_applicable", "undecided")) for one in form.criteria}
    return contact, drafted(form, heard, interaction=contact.id, agent=agent.id, channel=form.channel)


def finish(database: Database, card: Scorecard) -> None:
    """Answer everything and finalise it."""
    form = rubric(card.interaction.channel)
    told = {one.id: "yes" if one.effective == UNDECIDED else one.effective for one in card.criteria}
    answers = {name: Answer(answer=answer, by="rita", at=START) for name, answer in told.items()}
    done = score(card.answering(answers), form).model_copy(update={"status": Status.FINAL, "reviewer": "rita"})
    with database.unit() as unit:
        unit.scorecards.save(done, expected_revision=card.revision, at=START + timedelta(days=730))


def some_agents(count: int) -> Iterator[str]:
    """Agents all over the house."""
    yield from random.Random(5).choices(HOUSE.agents, k=count)
