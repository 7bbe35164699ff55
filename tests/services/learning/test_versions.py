"""Versions: learned from gold and from final scorecards, put to use by a person, and what was scored before stays."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, running
from qa_service.channels.conversation import parse_conversation
from qa_service.domain.permission import Actor, Role
from qa_service.domain.review import GivenAnswer
from qa_service.domain.scorecard import Scorecard
from qa_service.errors import InputError, NotFoundError
from qa_service.services.ingest import Source
from qa_service.services.learning.train import LEAST
from qa_service.settings import Settings
from qa_service.store.jobs import JobState

RITA = Actor(id="rita", role=Role.REVIEWER)

#: The form's phrases know no "good day": people call every one of these a greeting.
GREETED = ("Hello, this is Sara.", "yes"), ("Good day, this is Sara.", "yes"), ("What do you want?", "no")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory, make_settings: Callable[..., Settings]) -> Iterator[Services]:
    """With the real analysis, without vectors."""
    with running(make_settings(tmp_path_factory.mktemp("data"), meanings=False)) as found:
        yield found


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory, services: Services, chats: Callable[..., dict[str, Any]]) -> Path:
    """Thirty-six chats in which a third of the answers of the rules is wrong."""
    folder = tmp_path_factory.mktemp("gold")
    for number in range(36):
        said, answer = GREETED[number % 3]
        chat = chats(f"g{number}", f"{said} {number}", "My lamp broke.")
        (folder / f"g{number}.conversation.json").write_text(json.dumps(chat), encoding="utf-8")
        card = {
            "schema": "scorecard/1", "interaction": {"id": f"g{number}", "channel": "chat", "language": "en"},
            "rubric": {"id": "mini-chat", "version": 1, "fingerprint": "x"}, "engine": {"analysis": "none"}, "status": "final",
            "criteria": [{"id": "greeting", "section": "opening", "weight": 2, "severity": "minor", "answer": answer}],
        }  # fmt: skip
        (folder / f"g{number}.scorecard.json").write_text(json.dumps(card), encoding="utf-8")
    return folder


def score(services: Services, chat: dict[str, Any]) -> Scorecard:
    conversation = parse_conversation(json.dumps(chat).encode(), file="chat.json")
    taken = services.ingestion.conversation(conversation, source=Source(name="chat.json", actor="tests"))
    services.processing.score([taken.job])
    with services.database.reading() as unit:
        return unit.scorecards.for_interaction(chat["id"])[0]


def acts(services: Services, action: str) -> list[dict[str, Any]]:
    with services.database.reading() as unit:
        return [entry.content for entry in unit.ledger.entries() if entry.action == action]


def train(services: Services, gold: Path) -> Any:
    rubric = services.rubrics.get("mini-chat")
    return list(services.learning.from_gold([rubric], gold=gold, recordings=gold, by="lead"))


def test_the_shipped_versions_are_listed_and_in_use(services: Services) -> None:
    shipped = [one for one in services.learning.list() if one.version == 0]
    assert [one.rubric for one in shipped] == ["chat-support", "email-support", "phone-support", "social-support"]
    assert all(one.active for one in shipped)
    assert services.learning.get("chat-support", 0).rubric == "chat-support"
    with pytest.raises(NotFoundError, match="mini-chat"):
        services.learning.get("mini-chat", 0)


def test_a_version_is_learned_put_to_use_and_left_again(services: Services, gold: Path, chats: Callable[..., dict[str, Any]]) -> None:
    before = score(services, chats("before", "Good day, this is Tom. How are you?", "Fine."))
    assert before.criterion("greeting").suggestion.answer == "no"  # type: ignore[union-attr]
    (trained,) = train(services, gold)
    model = trained.model
    assert (model.version, model.sources, model.meanings) == (1, {gold.name: 36}, None)
    assert model.criteria["greeting"].counts == {"no": 12, "yes": 24}
    # Left out, a no of the rules is right half of the time, and that is what is learned of it.
    assert model.before.agreement == pytest.approx(2 / 3, abs=0.01)
    assert trained.current.agreement == pytest.approx(2 / 3, abs=0.01)
    assert [(one.version, one.active) for one in services.learning.list(rubric="mini-chat")] == [(1, False)]
    assert acts(services, "learned.trained")[-1]["version"] == 1

    services.learning.use("mini-chat", 1, by="lead")
    assert acts(services, "learned.activated")[-1] == {"version": 1, "fingerprint": model.fingerprint, "before": None}
    after = score(services, chats("after", "Good day, this is Tim. How are you?", "Fine."))
    suggestion = after.criterion("greeting").suggestion  # type: ignore[union-attr]
    assert suggestion is not None
    assert suggestion.confidence < 0.7
    assert "by what was learned" in suggestion.why
    assert after.engine.analysis.endswith(f" learned/{model.name}")
    with services.database.reading() as unit:
        assert unit.scorecards.get(before.id or "") == before



def test_an_unknown_version_is_not_used(services: Services) -> None:
    with pytest.raises(NotFoundError, match="version 99"):
        services.learning.use("mini-chat", 99, by="lead")


def review(services: Services, chats: Callable[..., dict[str, Any]], number: int) -> None:
    """Scored, and finished by a person who agrees with everything but the second kind of greeting."""
    said, answer = GREETED[number % 3]
    card = score(services, chats(f"r{number}", f"{said} {number}", "My lamp broke."))
    reviewing = services.reviewing
    reviewing.claim(card.id or "", by=RITA)
    given = [GivenAnswer(criterion="greeting", answer=answer, reason="as I heard it"), GivenAnswer(criterion="helped", answer="yes")]
    reviewing.answer(card.id or "", given, by=RITA, expected=None)
    reviewing.finalize(card.id or "", by=RITA, expected=None)


def ended(services: Services, job: str) -> JobState:
    until = time.monotonic() + 60
    while (found := services.jobs.get(job).state) in (JobState.QUEUED, JobState.RUNNING):
        assert time.monotonic() < until, f"still {found}"
        time.sleep(0.05)
    return found


def test_too_few_reviews_teach_nothing(services: Services) -> None:
    with pytest.raises(InputError, match="too few"):
        services.learning.from_reviews(services.rubrics.get("mini-chat"), by="lead")


def test_reviews_are_learned_from_as_a_job(services: Services, chats: Callable[..., dict[str, Any]]) -> None:
    for number in range(LEAST + 4):
        review(services, chats, number)
    job = services.learning.submit("mini-chat", by="lead")
    assert ended(services, job.id) is JobState.DONE
    newest = services.learning.list(rubric="mini-chat")[-1]
    assert (newest.sources, newest.created_by, newest.active) == ({"reviews": LEAST + 4}, "lead", False)
    assert services.learning.learn(job.id) == 0  # a step may be done again


def test_a_schedule_learns_only_from_reviews_that_nobody_learned_from(services: Services) -> None:
    assert services.learning.learn_on_schedule() == 0
