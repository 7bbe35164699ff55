"""Topics as people edit them: names, and what is counted under what."""

from __future__ import annotations

import pytest

from qa_service.domain.topic import Method, Topic, TopicSet
from qa_service.errors import ConflictError, NotFoundError

TOPICS = TopicSet(
    version=1, method=Method.VECTORS, built_from=60, others=4,
    topics=tuple(Topic(id=one, label=f"{one}, word", example=f"my {one}", size=10) for one in ("card", "stolen", "bill")),
)  # fmt: skip


def test_name_and_label() -> None:
    assert TOPICS.get("card").called == "card, word"
    assert TOPICS.edited("card", name="Lost card").get("card").called == "Lost card"
    with pytest.raises(NotFoundError, match="no topic 'x' in version 1"):
        TOPICS.get("x")


def test_merged_topics_are_counted_under_the_last() -> None:
    merged = TOPICS.merged("stolen", "card").merged("card", "bill")
    assert merged.counted == {"card": "bill", "stolen": "bill", "bill": "bill"}
    assert merged.merged("card", None).counted == {"card": "card", "stolen": "card", "bill": "bill"}


@pytest.mark.parametrize("into", ["card", "stolen"])
def test_circles_are_refused(into: str) -> None:
    with pytest.raises(ConflictError, match="counted under"):
        TOPICS.merged("stolen", "card").merged("card", into)


def test_unknown_topics_are_told() -> None:
    with pytest.raises(NotFoundError):
        TOPICS.merged("card", "x")
    with pytest.raises(NotFoundError):
        TOPICS.merged("x", "card")
