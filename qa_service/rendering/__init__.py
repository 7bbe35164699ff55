"""Rendering: a report in a language, as HTML, PDF, CSV, JSON or Parquet; the messages that reports and pages share."""
