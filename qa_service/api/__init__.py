"""The HTTP API: one file a resource, registered in ``ROUTERS``."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from qa_service.api import (
    agents,
    audit,
    batches,
    conversations,
    emails,
    health,
    interactions,
    jobs,
    recordings,
    rubrics,
    scorecards,
    signals,
)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of the API."""

    #: Tag in the OpenAPI document.
    tag: str
    #: What it is, in a sentence.
    summary: str
    #: Its operations.
    router: APIRouter
    #: Needs no key.
    open: bool = False


#: Every resource below ``/v1``, in the order of the documentation. A new one is one file and one entry.
ROUTERS: tuple[Resource, ...] = (
    Resource(tag="recordings", summary="Calls: one audio file in, an interaction with a job out.", router=recordings.router),
    Resource(tag="conversations", summary="Chats, social posts and ready transcripts as conversation JSON.", router=conversations.router),
    Resource(tag="emails", summary="E-mail threads from messages and mailboxes.", router=emails.router),
    Resource(tag="batches", summary="Many files at once, each with its own outcome.", router=batches.router),
    Resource(tag="jobs", summary="The work on an interaction and how far it is.", router=jobs.router),
    Resource(tag="interactions", summary="What came in: transcript, signals, scorecards, recording.", router=interactions.router),
    Resource(tag="scorecards", summary="Suggestions of the machine, claimed, answered and finalised by people.", router=scorecards.router),
    Resource(tag="agents", summary="Strengths and weaknesses of agents, with the quotes to listen to.", router=agents.router),
    Resource(tag="rubrics", summary="The forms that interactions are judged by.", router=rubrics.router),
    Resource(tag="signals", summary="The catalogue of what is measured.", router=signals.router),
    Resource(tag="audit", summary="The append-only, hash-chained ledger of every act.", router=audit.router),
    Resource(tag="health", summary="Whether the service lives and can do its work; needs no key.", router=health.router, open=True),
)
