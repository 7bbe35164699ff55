"""Workflow tables: those of the workflow engine in a PostgreSQL database, made by whoever owns it."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from dbos import DBOS

_SCHEME = "sqlite:"


def make_tables(url: str) -> None:
    """Make them, or bring them to the version of the engine that is installed; on SQLite the engine does so when it starts."""
    if url.startswith(_SCHEME):
        return
    logging.getLogger("dbos").setLevel(logging.ERROR)
    plain = sa.make_url(url).set(drivername="postgresql+psycopg")
    DBOS.migrate(plain.render_as_string(hide_password=False))
