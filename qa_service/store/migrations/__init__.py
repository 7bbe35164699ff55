"""Alembic migrations; shipped in the package and run by :meth:`qa_service.store.session.Database.upgrade`."""
