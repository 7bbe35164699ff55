"""``qa-service serve``, ``worker`` and ``key``: the API with its worker, a worker alone, and the admin key."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn

from qa_service.app import FIRST_SIGN_IN, create_app
from qa_service.bootstrap import Services, opened, running
from qa_service.cli.options import given
from qa_service.cli.output import err, log_to_stderr, out
from qa_service.settings import load_settings
from qa_service.web import pages

#: Exit status of a process that was ended before it was ready to, by custom of shells.
INTERRUPTED = 130
#: Exit status of a server that could not start, as uvicorn has it.
_NOT_STARTED = 3
#: How long an idle connection stays open: longer than the minute for which proxies keep one to use it again.
_KEEP_ALIVE_SECONDS = 75
commands = typer.Typer(help="The admin key, which is made at first start.", no_args_is_help=True)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API, its documentation and health, and work on jobs in the same process."""
    settings = load_settings(**given(host=host, port=port))
    log_to_stderr(settings)
    stop = _told_to_stop()
    with running(settings) as services:
        announce(services)
        run_server(services, stop=stop)
        wind_down(services)


def worker() -> None:
    """Work on jobs without serving, until stopped."""
    settings = load_settings()
    log_to_stderr(settings)
    stop = _told_to_stop()
    with running(settings) as services:
        _settle()
        err().print("working; Ctrl-C stops")
        stop.wait()
        wind_down(services)


def wind_down(services: Services) -> None:
    """Let what is under way end, for as long as the settings say; what does not is left to other processes, or to the next start."""
    if services.workflows.stop(within=services.settings.stop_seconds):
        return
    err().print("stopped; what was not done in time goes on in another process, or at the next start")
    sys.stderr.flush()
    # At once: the interpreter would wait for threads that transcribe. Each step is stored whole or not at all, so nothing is lost.
    os._exit(0)


def _told_to_stop() -> threading.Event:
    """Set once somebody asks this process to end; whoever asks again ends it at once."""
    stop = threading.Event()

    def ask(*_: object) -> None:
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return stop


@commands.command("renew")
def renew() -> None:
    """Make a new admin key and print it; the old one stops working."""
    with opened(load_settings()) as services:
        out().print(services.keys.renew(), highlight=False, markup=False, soft_wrap=True)


def announce(services: Services) -> None:
    """Tell where to look, and the admin key at its birth."""
    settings = services.settings
    secret = services.keys.first_start()
    base = f"http://{settings.host}:{settings.port}"
    console = err()
    console.print(f"pages: {base}/   API and its documentation: {base}/docs   health: {base}/v1/health", highlight=False, soft_wrap=True)
    if secret is not None:
        console.print(f"admin key (shown once): {secret}", style="bold", highlight=False, markup=False, soft_wrap=True)
        console.print(f"  {FIRST_SIGN_IN}", highlight=False, markup=False, soft_wrap=True)
    elif settings.admin_key.get_secret_value():
        console.print("admin key: as set in QA_ADMIN_KEY", highlight=False)
    else:
        told = "admin key: as printed at first start; 'qa-service key renew' makes a new one, 'qa-service user' gives passwords and keys"
        console.print(told, highlight=False, soft_wrap=True)


def run_server(services: Services, *, stop: threading.Event | None = None) -> None:
    """Serve until interrupted; ``stop``: set by somebody who asks for that before the server itself listens to signals."""
    settings = services.settings
    # Its lines take the way of ours, which quote nobody.
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(services), host=settings.host, port=settings.port, log_level="warning", log_config=None, server_header=False,
            timeout_graceful_shutdown=5, timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
    )
    pages.prepare()
    _settle()
    if stop is not None:
        threading.Thread(target=_pass_on, args=[stop, server], name="stop", daemon=True).start()
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise typer.Exit(_NOT_STARTED)


def _settle() -> None:
    """What is there once everything is loaded stays: the collector of garbage need not walk through it again and again, for which every
    request would wait a third of a second."""
    gc.collect()
    gc.freeze()


def _pass_on(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True
