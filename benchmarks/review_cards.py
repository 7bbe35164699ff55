"""Drafts to review for the benchmark: shipped conversations, read once by the real analysis, taken in many times under other ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from qa_service.bootstrap import Services, opened
from qa_service.channels.conversation import parse_conversation
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines, InteractionRef, Scorecard
from qa_service.domain.scoring import draft
from qa_service.domain.transcript import Transcript
from qa_service.domain.user import User
from qa_service.settings import Settings
from qa_service.store.interactions import NewInteraction

_GOLD = Path(__file__).parents[1] / "scorecards" / "chat"
#: Cards stored in one transaction.
_PIECE = 200


@dataclass(frozen=True, kw_only=True)
class Laid:
    """What there is to do."""

    #: Ids of drafts.
    cards: list[str]
    #: Keys of reviewers.
    keys: list[str]
    #: Options of each criterion.
    options: dict[str, list[str]]


def lay(data: Path, url: str | None, *, cards: int, reviewers: int) -> Laid:
    """Drafts and reviewers in a new database."""
    with opened(Settings(data_dir=data, database_url=url or "", meanings=False)) as services:
        services.rubrics.sync()
        with services.database.reading() as unit:
            (rubric,) = unit.rubrics.active_for(Channel.CHAT)
        ids = list(_store(services, rubric, cards))
        keys = [_reviewer(services, number) for number in range(reviewers)]
    return Laid(cards=ids, keys=keys, options={one.id: [option.id for option in one.options] for one in rubric.criteria})


def _store(services: Services, rubric: Rubric, cards: int) -> Iterator[str]:
    made = cycle(_read(services, rubric))
    at = datetime.now(UTC)
    numbered = iter(enumerate(islice(made, cards)))
    while piece := list(islice(numbered, _PIECE)):
        fresh = [(interaction.model_copy(update={"id": f"bench-{n}"}), transcript, card) for n, (interaction, transcript, card) in piece]
        with services.database.unit() as unit:
            unit.interactions.add_many([NewInteraction(interaction=one, content_sha256=f"bench {one.id}") for one, _, _ in fresh], at=at)
            unit.transcripts.save_many([(one.id, transcript) for one, transcript, _ in fresh], at=at)
            own = [card.model_copy(update={"interaction": InteractionRef.of(one, language="en")}) for one, _, card in fresh]
            yield from [str(card.id) for card in unit.scorecards.add_many(own, at=at)]


def _read(services: Services, rubric: Rubric) -> list[tuple[Interaction, Transcript, Scorecard]]:
    found = []
    for path in sorted(_GOLD.glob("*.conversation.json")):
        conversation = parse_conversation(path.read_bytes(), file=path)
        reading = services.analysis.read(conversation.interaction, conversation.transcript, rubric=rubric)
        suggestions = pre_score(
            rubric, transcript=reading.transcript, signals=reading.signals, findings=reading.findings, judgements=reading.judgements,
            learned=reading.learned, decide_at=services.settings.decide_at,
        )
        reference = InteractionRef.of(conversation.interaction, language=reading.transcript.language)
        card = draft(rubric, interaction=reference, engine=Engines(analysis=services.analysis.version), suggestions=suggestions)
        found.append((conversation.interaction, reading.transcript, card))
    return found


def _reviewer(services: Services, number: int) -> str:
    """The key of a new reviewer."""
    name = f"reviewer-{number}"
    user = services.users.create(User(id=name, login=name, name=name, role=Role.REVIEWER), by=SYSTEM)
    _, secret = services.keys.issue(by=SYSTEM, user=user.id, name="benchmark")
    return secret
