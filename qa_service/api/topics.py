"""Topics: why customers are in contact, how often, and what people call it."""

from __future__ import annotations

from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.deps import LINE, TEXT, CallerDep, Id, PeriodDep, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.interaction import Channel
from qa_service.domain.topic import OTHER, Method, Topic, TopicSet

router = APIRouter(prefix="/topics", route_class=Door)


class TopicView(Topic):
    """A topic, and how often it was the reason."""

    #: What people read: the name, else the label.
    title: str
    #: Interactions of the period in it, those of topics counted under it included; 0 for one that is counted under another.
    interactions: int
    #: Share of all interactions of the period that tell a reason; null without any.
    share: float | None


class TopicReport(BaseModel):
    """The topics in force."""

    model_config = ConfigDict(extra="forbid")

    #: Number of the build.
    version: int
    #: What requests are compared by.
    method: Method
    #: Interactions of the period that tell a reason.
    interactions: int
    #: Those of them that are far from every topic.
    others: int
    #: The most frequent first.
    topics: tuple[TopicView, ...]

    @classmethod
    def of(cls, topics: TopicSet, counts: dict[str, int]) -> Self:
        """With the interactions in each."""
        total = sum(counts.values())
        views = (
            TopicView(
                **dict(one), title=one.called, interactions=counts.get(one.id, 0),
                share=round(counts.get(one.id, 0) / total, 4) if total else None,
            )
            for one in topics.topics
        )
        return cls(
            version=topics.version, method=topics.method, interactions=total, others=counts.get(OTHER, 0),
            topics=tuple(sorted(views, key=lambda one: (-one.interactions, one.id))),
        )


class TopicChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "Lost card", "pinned": True}})

    #: What people call it; null takes its own words again.
    name: str | None = Field(default=None, min_length=1, max_length=100, pattern=LINE)
    #: Kept at the next build.
    pinned: bool = False
    #: The topic that it is counted under; null parts them.
    merged_into: str | None = Field(default=None, max_length=200, pattern=TEXT)


@router.get("", response_model=TopicReport, responses=documented(401, 404, 422), summary="List topics")
def list_topics(
    services: ServicesDep, within: ScopeDep, period: PeriodDep, channel: Annotated[Channel | None, Query()] = None
) -> TopicReport:
    """The reasons for contact with how often each was one; coaches read the numbers of their teams, and no examples. 404 before
    the first build (`qa-service topics build`)."""
    return TopicReport.of(*services.topics.counts(since=period.since, until=period.until, channel=channel, within=within))


@router.patch("/{topic}", response_model=Topic, responses=documented(401, 404, 409, 422), summary="Name, pin or merge a topic")
def patch_topic(services: ServicesDep, who: CallerDep, topic: Id, body: TopicChange) -> Topic:
    """Interactions stay where they are: a topic that is merged is counted under the other. 409 for a circle."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    return services.topics.edit(topic, changes, actor=who).get(topic)
