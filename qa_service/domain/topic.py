"""Topics: the reasons why customers are in contact, as found in history and as people name them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.errors import ConflictError, NotFoundError

#: What an interaction is counted under that is far from every topic.
OTHER = "other"


class Method(StrEnum):
    """What texts are compared by."""

    #: Sentence vectors, centred by language.
    VECTORS = "vectors"
    #: Words, weighted by how rare they are.
    WORDS = "words"


class Topic(Record):
    """A reason for contact."""

    #: Stable id; a topic that is found again keeps it.
    id: str
    #: Its most telling words.
    label: str
    #: What a lead calls it; null: nobody has named it.
    name: str | None = None
    #: Telling words by language, the most telling first.
    keywords: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    #: The request nearest to its middle, masked; empty once erased, and for whoever does not see everybody's interactions.
    example: str
    #: Interactions in it when it was built.
    size: int = Field(ge=0)
    #: Kept at the next build, whatever is found then.
    pinned: bool = False
    #: Counted under this one.
    merged_into: str | None = None

    @property
    def called(self) -> str:
        """What people read."""
        return self.name or self.label


class TopicRef(Record):
    """The topic of an interaction."""

    #: Its id, or ``other``.
    id: str
    #: What people read.
    title: str
    #: How sure, 0 to 1.
    confidence: float = Field(ge=0, le=1)


class TopicAssigned(NamedTuple):
    """The topic of a request."""

    #: ``None``: far from every topic.
    topic: str | None
    #: Chance that it belongs there (or, for ``None``, that it is none of them), 0 to 1.
    confidence: float


class TopicSet(Record):
    """All topics of one build, as people have edited them since."""

    #: Number of the build, from 1.
    version: int = Field(ge=1)
    #: What texts are compared by.
    method: Method
    #: Interactions it was built from.
    built_from: int = Field(ge=0)
    #: Those of them that are far from every topic.
    others: int = Field(ge=0)
    #: The largest first.
    topics: tuple[Topic, ...]

    def get(self, topic: str) -> Topic:
        """One of them; raises :class:`NotFoundError`."""
        found = next((one for one in self.topics if one.id == topic), None)
        if found is None:
            raise NotFoundError(f"no topic {topic!r} in version {self.version}", field="topic", hint="qa-service topics list")
        return found

    def counted_under(self, topic: str) -> str:
        """The topic itself, or the one it was merged into."""
        into = self.get(topic).merged_into
        return topic if into is None else self.counted_under(into)

    def edited(self, topic: str, **changes: Any) -> TopicSet:
        """With another name or pin."""
        old = self.get(topic)
        new = old.model_copy(update=changes)
        return self.model_copy(update={"topics": tuple(new if one is old else one for one in self.topics)})

    def merged(self, topic: str, into: str | None) -> TopicSet:
        """With one topic counted under another, or (``None``) on its own again; raises :class:`ConflictError` for a circle."""
        self.get(topic)
        if into is not None and self.counted_under(into) == topic:
            raise ConflictError(f"{into!r} is counted under {topic!r} already", field="merged_into", hint="parts cannot hold the whole")
        return self.edited(topic, merged_into=into)

    @property
    def counted(self) -> Mapping[str, str]:
        """Topic -> the one that it is counted under."""
        return {one.id: self.counted_under(one.id) for one in self.topics}
