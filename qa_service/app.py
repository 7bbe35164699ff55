"""The web application: the API, its documentation and its guard, around the services."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from qa_service import web
from qa_service.api import ROUTERS, docs, openapi, problems
from qa_service.api.access_log import AccessLog
from qa_service.api.deps import actor
from qa_service.api.guard import Guard
from qa_service.bootstrap import Services, running
from qa_service.services.passwords import AT_ONCE
from qa_service.settings import Settings, load_settings

#: Saves of reviewers worked on at once.
_BRIEF = 2
#: What the secret of the first start is good for.
FIRST_SIGN_IN = (
    "made the user 'admin': programs send the key as 'Authorization: Bearer KEY'; "
    "people sign in as 'admin' with it as the password, once, and choose another"
)


def create_app(settings: Settings | Services | None = None) -> FastAPI:
    """The application: around services that run already, or around its own, started and stopped with it.

    ``uvicorn qa_service.app:create_app --factory`` reads the settings from ``QA_*`` variables. Raises :class:`ConfigurationError`.
    """
    services = settings if isinstance(settings, Services) else None
    known = services.settings if services is not None else settings if isinstance(settings, Settings) else load_settings()
    app = FastAPI(
        title=openapi.TITLE, lifespan=_lifespan(known, services), docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        generate_unique_id_function=_operation_id,
    )
    app.state.settings = known
    app.state.slow = CapacityLimiter(AT_ONCE)
    app.state.brief = CapacityLimiter(_BRIEF)
    for one in ROUTERS:
        guarded = [] if one.open else [Depends(actor)]
        app.include_router(one.router, prefix="/v1", tags=[one.tag], dependencies=guarded)
    app.include_router(docs.router)
    app.mount(docs.MOUNT, docs.static_files(), name="docs")
    web.install(app)
    openapi.install(app)
    problems.install(app)
    app.add_middleware(AccessLog)
    app.add_middleware(Guard)
    return app


def _operation_id(route: APIRoute) -> str:
    """Names of handlers are unique and readable; they stay as they are when paths change."""
    return route.name


def _lifespan(settings: Settings, services: Services | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            # They take turns at the interpreter anyway: many at once only wait for each other, with the database held.
            to_thread.current_default_thread_limiter().total_tokens = settings.request_threads
            app.state.services = services or await run_in_threadpool(_start, settings, stack)
            yield

    return lifespan


def _start(settings: Settings, stack: ExitStack) -> Services:
    services = stack.enter_context(running(settings))
    stack.callback(services.workflows.stop, within=settings.stop_seconds)
    secret = services.keys.first_start()
    if secret is not None:
        # Shown to whoever starts the service, once; not logged, since logs are kept.
        sys.stderr.write(f"admin key (shown once): {secret}\n  {FIRST_SIGN_IN}\n")
    return services

