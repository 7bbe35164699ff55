"""Reporting: what each kind of report tells, put together from the figures of the other services; pure, no database."""
