"""The store: tables, repositories that speak domain types, one unit of work, and recordings on disk."""
