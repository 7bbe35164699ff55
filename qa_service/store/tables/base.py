"""What all tables have in common: one metadata with told constraint names, and types that mean the same on every database."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

#: Names that migrations can rely on, whatever the database would have made up.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel, registry=registry(metadata=sa.MetaData(naming_convention=NAMING))):
    """Base of all tables. Rows never leave this package; structured values are JSON text, equal byte for byte on every database."""


def core(row: type[Row]) -> sa.Table:
    """The SQLAlchemy table of a row class."""
    return cast(sa.Table, row.__table__)  # type: ignore[attr-defined]
