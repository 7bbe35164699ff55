"""The HTTP API: one file a resource, registered in ``ROUTERS``."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter

from qa_service.api import (
    accuracy,
    agents,
    alerts,
    audit,
    batches,
    calibrations,
    call_details,
    churn,
    coaching,
    coaching_sessions,
    consents,
    contacts,
    conversations,
    disputes,
    emails,
    erasures,
    exports,
    figures,
    health,
    interactions,
    jobs,
    journeys,
    keys,
    learned,
    me,
    metrics,
    oidc,
    originals,
    policy,
    promises,
    queue,
    recognition,
    recording_imports,
    recordings,
    replays,
    report_schedules,
    reports,
    review,
    reviewers,
    rubric_forms,
    rubric_proposals,
    rubric_versions,
    rubrics,
    sampling,
    satisfaction,
    saved_searches,
    scorecards,
    search,
    sessions,
    sign_in,
    signals,
    sources,
    surveys,
    targets,
    teams,
    topics,
    trends,
    users,
    validity,
    webhooks,
    work_queues,
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
    Resource(tag="erasures", summary="Words of interactions taken away for good, and legal holds.", router=erasures.router),
    Resource(tag="originals", summary="What masking took out, for admins who say why; needs the vault.", router=originals.router),
    Resource(tag="scorecards", summary="Suggestions of the machine beside the answers of people.", router=scorecards.router),
    Resource(tag="review", summary="Scorecards claimed, answered, finalised, opened again, acknowledged.", router=review.router),
    Resource(tag="disputes", summary="Disagreement with final scorecards, and what became of it.", router=disputes.router),
    Resource(tag="calibrations", summary="Several reviewers answer the same blind, compare, and agree.", router=calibrations.router),
    Resource(tag="queue", summary="What people are to review, in order; taken, skipped and given out.", router=queue.router),
    Resource(tag="sampling", summary="Plans that say which scorecards people review, and what they picked.", router=sampling.router),
    Resource(tag="reviewers", summary="What reviewers have to do and have done.", router=reviewers.router),
    Resource(tag="policy", summary="What leads set for all reviews, in versions.", router=policy.router),
    Resource(tag="accuracy", summary="How right the machine is, by blind review.", router=accuracy.router),
    Resource(tag="agents", summary="Strengths and weaknesses of agents, with the quotes to listen to.", router=agents.router),
    Resource(tag="teams", summary="How teams do, as far as it is known, and what they stand out in.", router=teams.router),
    Resource(tag="coaching", summary="What agents would gain by practising, plans, and what became of them.", router=coaching.router),
    Resource(tag="coaching-sessions", summary="What was practised, with notes and the day to meet again.", router=coaching_sessions.router),
    Resource(tag="consents", summary="Whether colleagues may learn from an agent's places.", router=consents.router),
    Resource(tag="recognition", summary="Who stands out in a month, with the working.", router=recognition.router),
    Resource(tag="reports", summary="Files that tell of agents, teams, months, sessions and acts.", router=reports.router),
    Resource(tag="report-schedules", summary="Reports that are made of every period once it is over.", router=report_schedules.router),
    Resource(tag="rubrics", summary="The forms that interactions are judged by.", router=rubrics.router),
    Resource(tag="rubric-versions", summary="How each version of a rubric was written, and new ones.", router=rubric_versions.router),
    Resource(tag="rubric-forms", summary="Rubrics as other products' forms, and their forms as rubrics.", router=rubric_forms.router),
    Resource(tag="rubric-proposals", summary="Other words for questions, and what became of them.", router=rubric_proposals.router),
    Resource(tag="learned", summary="What was learned from people's answers, by version.", router=learned.router),
    Resource(tag="satisfaction", summary="How many are satisfied, of all contacts, and what predicts it.", router=satisfaction.router),
    Resource(tag="validity", summary="Which items of forms predict anything, and which should go.", router=validity.router),
    Resource(tag="customers", summary="Who leaves, who may, and how hard it was for customers.", router=churn.router),
    Resource(tag="topics", summary="Why customers are in contact, and what people call it.", router=topics.router),
    Resource(tag="promises", summary="Who promised what by when, and what became of it.", router=promises.router),
    Resource(tag="contacts", summary="Repeat contacts and first-contact resolution across interactions.", router=contacts.router),
    Resource(tag="figures", summary="Contact-centre figures against their targets, and those that miss them.", router=figures.router),
    Resource(tag="exports", summary="What every scorecard gives to the figures, in one file.", router=exports.router),
    Resource(tag="targets", summary="What figures should reach, in versions.", router=targets.router),
    Resource(tag="call-details", summary="What telephony tells of contacts, recorded or not.", router=call_details.router),
    Resource(tag="sources", summary="What is taken in by itself, from folders and buckets.", router=sources.router),
    Resource(
        tag="recording-imports", summary="Tables of calls whose recordings are fetched, each with its outcome.",
        router=recording_imports.router,
    ),
    Resource(tag="surveys", summary="What customers answered after their contacts.", router=surveys.router),
    Resource(tag="search", summary="What was said, found by words and by meaning.", router=search.router),
    Resource(tag="saved-searches", summary="Searches that look at whatever comes.", router=saved_searches.router),
    Resource(tag="alerts", summary="What saved searches found often enough to be told.", router=alerts.router),
    Resource(tag="trends", summary="How often something is said, what is measured, which reasons rise.", router=trends.router),
    Resource(tag="journeys", summary="All contacts of one customer, across channels.", router=journeys.router),
    Resource(tag="signals", summary="The catalogue of what is measured.", router=signals.router),
    Resource(tag="sign-in", summary="A session for the pages: sign in with login and password.", router=sign_in.router, open=True),
    Resource(tag="oidc", summary="A session for the pages: sign in with the OpenID provider.", router=oidc.router, open=True),
    Resource(tag="sessions", summary="Where you are signed in, and signing out.", router=sessions.router),
    Resource(tag="me", summary="Who you are here, what you may do, and your password.", router=me.router),
    Resource(tag="keys", summary="What programs call with: made for less, for a time, taken back.", router=keys.router),
    Resource(tag="users", summary="Who may do something here, and what; for admins.", router=users.router),
    Resource(tag="work-queues", summary="What waits to be done, and how fast it goes.", router=work_queues.router),
    Resource(tag="webhooks", summary="Other systems that are told of acts, by signed messages.", router=webhooks.router),
    Resource(tag="replays", summary="Scorecards worked out again from the ledger.", router=replays.router),
    Resource(tag="audit", summary="The append-only, hash-chained ledger of every act.", router=audit.router),
    Resource(tag="metrics", summary="What waits, how fast work goes, how sure the machine is; for Prometheus.", router=metrics.router),
    Resource(tag="health", summary="Whether the service lives and can do its work; needs no key.", router=health.router, open=True),
)
