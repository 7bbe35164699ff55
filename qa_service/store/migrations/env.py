"""How Alembic runs: always on the connection, and in the transaction, of the caller."""

from __future__ import annotations

from alembic import context

from qa_service.store.schema import ours
from qa_service.store.tables import Row

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Row.metadata, include_object=ours, render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
