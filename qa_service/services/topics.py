"""Topics: built on history, assigned to each new interaction, named and merged by people."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from qa_service.analysis.topics import Group, Space, Statement, TopicModel, VectorSpace, WordSpace, groups_of, read_model
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Scope
from qa_service.domain.topic import OTHER, Method, Topic, TopicAssigned, TopicRef, TopicSet
from qa_service.errors import ConflictError, InputError, NotFoundError
from qa_service.services.clock import Clock
from qa_service.store.contacts import StoredContact
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Fewer requests group into nothing that lasts; more than the other number are sampled by being the newest.
LEAST, MOST = 30, 20_000
#: Share of the smaller topic that two builds have in common when they are the same topic.
_SAME = 0.5
#: Interactions assigned in one unit of work, and how many with the same words are looked through for one with others.
_PIECE, _ALIKE = 2000, 8
_NONE_BUILT = "no topics were built yet"


class Assigned(NamedTuple):
    """Topics of interactions."""

    version: int
    topics: Mapping[str, TopicAssigned]

    def write(self, unit: Unit) -> None:
        """Keep them."""
        unit.contacts.assign_many(self.topics, version=self.version)


class Topics:
    """The topics in force, and what people do with them."""

    def __init__(self, *, database: Database, vectors: VectorSpace | None, clock: Clock) -> None:
        """``vectors``: where requests are compared by meaning; without, their words are."""
        self._database = database
        self._vectors = vectors
        self._clock = clock
        self._known: tuple[int, TopicModel | None] | None = None
        self._lock = threading.Lock()

    @property
    def vectors(self) -> VectorSpace | None:
        """Where requests are compared by meaning."""
        return self._vectors

    def get(self) -> TopicSet:
        """The topics in force; raises :class:`NotFoundError` before the first build."""
        with self._database.reading() as unit:
            return _active(unit)

    def counts(
        self, *, since: datetime | None = None, until: datetime | None = None, channel: Channel | None = None,
        within: Scope | None = None,
    ) -> tuple[TopicSet, dict[str, int]]:
        """The topics with the number of interactions in each of a period, those of merged ones included, and of ``other``; without examples
        for whoever does not see everybody's, since they are somebody's words."""
        with self._database.reading() as unit:
            topics = _active(unit)
            found = unit.contacts.topic_counts(version=topics.version, since=since, until=until, channel=channel, within=within)
        counts: dict[str, int] = {}
        for topic, count in found.items():
            key = OTHER if topic is None else topics.counted.get(topic, OTHER)
            counts[key] = counts.get(key, 0) + count
        return topics if within is None or within.whole else _unquoted(topics), counts

    def of(self, interactions: Iterable[str]) -> dict[str, TopicRef]:
        """The topics of interactions, those of merged ones under the other; what was not assigned by the topics in force is missing."""
        with self._database.reading() as unit:
            topics = unit.topics.active()
            if topics is None:
                return {}
            contacts = unit.contacts.some(interactions)
        found = {key: one for key, one in contacts.items() if one.topic_version == topics.version}
        return {key: _reference(topics, one) for key, one in found.items()}

    def representative(
        self, topic: str, *, since: datetime | None = None, until: datetime | None = None, channel: Channel | None = None,
        within: Scope | None = None, most: int = 8,
    ) -> tuple[StoredContact, ...]:
        """The contacts of a period within reach that belong to a topic most surely, merged ones and ``other`` included; what many ask for
        in the same words is told once. Raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            topics = _active(unit)
            if topic != OTHER:
                topics.get(topic)
            meant = [None] if topic == OTHER else [one for one, under in topics.counted.items() if topic in (one, under)]
            found = unit.contacts.of_topic(
                meant, version=topics.version, most=most * _ALIKE, since=since, until=until, channel=channel, within=within
            )
        each = {(one.request or "").casefold(): one for one in reversed(found)}
        return tuple(one for one in found if each[(one.request or "").casefold()] is one)[:most]

    def build(self, *, actor: str, method: Method | None = None) -> TopicSet:
        """Group the requests of all interactions anew, and assign every one; topics that are found again keep their id and name, pinned
        ones stay whatever is found.

        Raises :class:`InputError` where the history is too short, and for ``vectors`` where the encoder is not installed.
        """
        with self._database.reading() as unit:
            contacts = unit.contacts.requests(most=MOST)
            old, version = unit.topics.active(), unit.topics.newest() + 1
        if len(contacts) < LEAST:
            raise InputError(
                f"{len(contacts)} interactions tell why the customer is in contact; topics need {LEAST} or more", field="topics",
                hint="score more interactions first",
            )
        statements = [_statement(one) for one in contacts]
        space = self._space(method, statements)
        pinned = [] if old is None else [one for one in old.topics if one.pinned]
        fixed = self._fixed(pinned, space, statements, contacts)
        found = groups_of(statements, space, fixed=fixed)
        topics, model = _named(version, space, found, contacts, old, pinned if fixed is not None else [])
        with self._database.unit() as unit:
            at = self._clock()
            unit.topics.add(topics, model.as_data(), at=at)
            content = {"version": version, "method": topics.method.value, "from": topics.built_from, "topics": len(topics.topics)}
            unit.ledger.append(at=at, actor=actor, action="topics.built", subject=f"topics/{version}", content=content)
        self.assign_all()
        return topics

    def assign_all(self) -> int:
        """Assign every interaction by the topics in force; how many there are. Raises :class:`NotFoundError` before the first build."""
        with self._database.reading() as unit:
            _active(unit)
            contacts = unit.contacts.requests(most=10**9)
        for start in range(0, len(contacts), _PIECE):
            assigned = self.assigned({one.interaction: _statement(one) for one in contacts[start : start + _PIECE]})
            with self._database.unit() as unit:
                assigned.write(unit)
        return len(contacts)

    def assigned(self, statements: Mapping[str, Statement]) -> Assigned:
        """The topics of interactions by those in force; nothing where there are none. Never call it while a unit of work may write: the
        encoder may have to be loaded first."""
        with self._database.reading() as unit:
            version = unit.topics.active_version()
            model = None if version is None else self._model(unit, version)
        if version is None or model is None or not statements:
            return Assigned(0, {})
        return Assigned(version, dict(zip(statements, model.assign(list(statements.values())), strict=True)))

    def rename(self, topic: str, name: str | None, *, actor: str) -> TopicSet:
        """Call a topic what people call it; ``None`` takes its own words again."""
        plain = None if name is None else " ".join(name.split())
        if plain is not None and not 0 < len(plain) <= 100:
            raise InputError("a name has 1 to 100 characters", field="name")
        return self._edited(topic, actor=actor, name=plain)

    def pin(self, topic: str, *, pinned: bool, actor: str) -> TopicSet:
        """Keep a topic at the next build, or leave it to what is found."""
        return self._edited(topic, actor=actor, pinned=pinned)

    def merge(self, topic: str, into: str | None, *, actor: str) -> TopicSet:
        """Count a topic under another; ``None`` parts them again."""
        return self._edited(topic, actor=actor, merged_into=into)

    def edit(self, topic: str, changes: dict[str, Any], *, actor: str) -> TopicSet:
        """Several of ``name``, ``pinned`` and ``merged_into`` at once."""
        return self._edited(topic, actor=actor, **changes)

    def _edited(self, topic: str, *, actor: str, **changes: Any) -> TopicSet:
        with self._database.unit() as unit:
            topics = _active(unit)
            if "merged_into" in changes:
                if changes["merged_into"] == topic:
                    raise ConflictError("a topic cannot be merged into itself", field="merged_into")
                topics = topics.merged(topic, changes["merged_into"])
            plain = {name: value for name, value in changes.items() if name != "merged_into"}
            topics = topics.edited(topic, **plain) if plain else topics
            unit.topics.edit(topics)
            at = self._clock()
            content = {"topic": topic, **changes}
            unit.ledger.append(at=at, actor=actor, action="topics.edited", subject=f"topics/{topics.version}", content=content)
        return topics

    def _model(self, unit: Unit, version: int) -> TopicModel | None:
        with self._lock:
            if self._known is None or self._known[0] != version:
                self._known = version, read_model(unit.topics.model(version), self._vectors)
            return self._known[1]

    def _space(self, method: Method | None, statements: Sequence[Statement]) -> Space:
        if method is Method.VECTORS and self._vectors is None:
            hint = "pip install 'qa-service[means]', or let words be compared"
            raise InputError("sentence vectors are not installed", field="method", hint=hint)
        return WordSpace.of(statements) if method is Method.WORDS or self._vectors is None else self._vectors.fitted(statements)

    def _fixed(
        self, pinned: Sequence[Topic], space: Space, statements: Sequence[Statement], contacts: Sequence[StoredContact]
    ) -> Any:
        """Centres of pinned topics in the new space: the middle of those that are in them now, else of their example."""
        if not pinned:
            return None
        rows = space.rows(statements)
        middles = []
        for one in pinned:
            mine = [at for at, contact in enumerate(contacts) if contact.topic == one.id]
            middle = rows[mine].mean(axis=0) if mine else space.rows([Statement(one.example, next(iter(one.keywords), None))])[0]
            middles.append(middle / max(float(np.linalg.norm(middle)), 1e-12))
        return np.stack(middles)


def _active(unit: Unit) -> TopicSet:
    found = unit.topics.active()
    if found is None:
        raise NotFoundError(_NONE_BUILT, field="topics", hint="qa-service topics build")
    return found


def _unquoted(topics: TopicSet) -> TopicSet:
    return topics.model_copy(update={"topics": tuple(one.model_copy(update={"example": ""}) for one in topics.topics)})


def _reference(topics: TopicSet, one: StoredContact) -> TopicRef:
    confidence = one.topic_confidence or 0.0
    if one.topic is None:
        return TopicRef(id=OTHER, title=OTHER, confidence=confidence)
    topic = topics.get(topics.counted_under(one.topic))
    return TopicRef(id=topic.id, title=topic.called, confidence=confidence)


def _statement(one: StoredContact) -> Statement:
    return Statement(one.request or "", one.language)


def _named(
    version: int, space: Space, groups: Sequence[Group], contacts: Sequence[StoredContact], old: TopicSet | None, pinned: Sequence[Topic]
) -> tuple[TopicSet, TopicModel]:
    """Groups as topics: pinned ones first, then those that are found again by what they hold, then new ones."""
    taken = {one.id for one in pinned}
    topics: list[Topic] = []
    for at, group in enumerate(groups):
        known = pinned[at] if at < len(pinned) else _again(group, contacts, old, taken)
        taken |= {known.id} if known is not None else set()
        topics.append(_topic(group, contacts, known, f"t{version}-{at + 1}"))
    there = {one.id for one in topics}
    topics = [one if one.merged_into in there else one.model_copy(update={"merged_into": None}) for one in topics]
    inside = sum(len(group.members) for group in groups)
    found = TopicSet(version=version, method=space.method, built_from=len(contacts), others=len(contacts) - inside, topics=tuple(topics))
    width = len(groups[0].centre) if groups else 1
    centres = np.stack([group.centre for group in groups]) if groups else np.zeros((0, width))
    return found, TopicModel(space, [one.id for one in topics], centres)


def _topic(group: Group, contacts: Sequence[StoredContact], known: Topic | None, new: str) -> Topic:
    example = contacts[group.members[0]].request or "" if group.members else "" if known is None else known.example
    label = group.label or (known.label if known is not None else "")
    keywords = group.keywords or (known.keywords if known is not None else {})
    kept = {} if known is None else {"name": known.name, "pinned": known.pinned, "merged_into": known.merged_into}
    return Topic(
        id=new if known is None else known.id, label=label, keywords=keywords, example=example, size=len(group.members), **kept,
    )


def _again(group: Group, contacts: Sequence[StoredContact], old: TopicSet | None, taken: set[str]) -> Topic | None:
    """The old topic that a group mostly is."""
    if old is None:
        return None
    before = [contacts[at].topic for at in group.members]
    for one in old.topics:
        size = sum(1 for contact in contacts if contact.topic == one.id and contact.topic_version == old.version)
        common = before.count(one.id)
        if one.id not in taken and common and common >= _SAME * min(size, len(before)) and common * 2 >= len(before):
            return one
    return None
