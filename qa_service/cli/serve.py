"""``qa-service serve``, ``worker`` and ``key``: the API with its worker, a worker alone, and the admin key."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer
import uvicorn

from qa_service.app import create_app
from qa_service.bootstrap import Services, opened, running
from qa_service.cli.options import given
from qa_service.cli.output import err, log_to_stderr, out
from qa_service.settings import load_settings

commands = typer.Typer(help="The admin key, until users and roles come.", no_args_is_help=True)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API, its documentation and health, and work on jobs in the same process."""
    settings = load_settings(**given(host=host, port=port))
    log_to_stderr(settings)
    with running(settings) as services:
        announce(services)
        run_server(services)


def worker() -> None:
    """Work on jobs without serving, until stopped."""
    settings = load_settings()
    log_to_stderr(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with running(settings):
        err().print("working; Ctrl-C stops")
        stop.wait()


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
    console.print(f"API and its documentation: {base}/docs   health: {base}/v1/health", highlight=False, soft_wrap=True)
    if secret is not None:
        console.print(f"admin key (shown once): {secret}", style="bold", highlight=False, markup=False, soft_wrap=True)
    elif settings.admin_key.get_secret_value():
        console.print("admin key: as set in QA_ADMIN_KEY", highlight=False)
    else:
        console.print("admin key: as printed at first start; 'qa-service key renew' makes a new one", highlight=False, soft_wrap=True)


def run_server(services: Services) -> None:
    """Serve until interrupted."""
    settings = services.settings
    uvicorn.run(
        create_app(services), host=settings.host, port=settings.port, log_level="warning", server_header=False, timeout_graceful_shutdown=5
    )
