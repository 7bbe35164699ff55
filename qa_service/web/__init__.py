"""The pages: what people use in a browser, on the same services and rights as the API. A family of pages is one file and one entry."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from qa_service.web import (
    account,
    accuracy,
    agents,
    assets,
    audit,
    calibration_results,
    calibration_setup,
    calibrations,
    coaching,
    corrections,
    dispute_outcomes,
    disputes,
    figures,
    finals,
    home,
    interactions,
    journeys,
    keys,
    learned,
    month,
    outcomes,
    policy,
    queue,
    reasons,
    recognition,
    report_schedules,
    reports,
    retention,
    review,
    rubric_editor,
    rubric_gold,
    rubrics,
    sampling,
    saved_searches,
    search,
    sign_in,
    sources,
    target_forms,
    teams,
    trends,
    uploads,
    users,
    validity,
    webhooks,
    work,
)

#: Every family of pages.
PAGES: tuple[APIRouter, ...] = (
    sign_in.router, home.router, queue.router, review.router, finals.router, interactions.router, corrections.router, uploads.router,
    dispute_outcomes.router, disputes.router,
    audit.router,
    calibration_setup.router, calibration_results.router, calibrations.router, agents.router, teams.router, coaching.router,
    recognition.router, account.router,
    rubrics.router, rubric_editor.router, rubric_gold.router,
    month.router, figures.router, target_forms.router, outcomes.router, validity.router, accuracy.router,
    report_schedules.router,
    reports.router,
    webhooks.router, sources.router, work.router,
    search.router, saved_searches.router, reasons.router, trends.router, journeys.router,
    users.router, keys.router, sampling.router, policy.router, learned.router, retention.router,
)


def install(app: FastAPI) -> None:
    """Serve the pages, and what they load."""
    for router in PAGES:
        app.include_router(router)
    for path, files in assets.MOUNTS.items():
        app.mount(path, files(), name=path.strip("/"))
