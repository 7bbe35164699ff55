"""The web application: the API, its documentation and its guard, around the services."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from qa_service.api import ROUTERS, docs, openapi, problems
from qa_service.api.deps import caller
from qa_service.api.guard import Guard
from qa_service.bootstrap import Services, running
from qa_service.settings import Settings, load_settings

#: Uploads that were never finished go after this, seconds.
_ABANDONED = 24 * 3600


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
    for one in ROUTERS:
        guarded = [] if one.open else [Depends(caller)]
        app.include_router(one.router, prefix="/v1", tags=[one.tag], dependencies=guarded)
    app.include_router(docs.router)
    app.mount(docs.MOUNT, docs.static_files(), name="docs")
    openapi.install(app)
    problems.install(app)
    app.add_middleware(Guard)
    return app


def _operation_id(route: APIRoute) -> str:
    """Names of handlers are unique and readable; they stay as they are when paths change."""
    return route.name


def _lifespan(settings: Settings, services: Services | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            app.state.services = services or await run_in_threadpool(_start, settings, stack)
            yield

    return lifespan


def _start(settings: Settings, stack: ExitStack) -> Services:
    services = stack.enter_context(running(settings))
    _sweep(settings.data_dir.resolve() / "incoming")
    secret = services.keys.first_start()
    if secret is not None:
        # Shown to whoever starts the service, once; not logged, since logs are kept.
        sys.stderr.write(f"admin key (shown once): {secret}\n")
    return services


def _sweep(folder: Path) -> None:
    """Remove what uploads left that a crash cut short."""
    before = time.time() - _ABANDONED
    for left in folder.glob("*"):
        if left.stat().st_mtime < before:
            shutil.rmtree(left, ignore_errors=True)
