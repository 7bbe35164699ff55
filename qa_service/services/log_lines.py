"""Log lines: what goes into the log of a process, as text or JSON, and never a word of a contact, a name, a key or a password.

What other people's code logs is told by its place: its messages quote what they like. So do messages of exceptions: of those the log has
the kind and the lines of code. ``QA_LOG_DETAILS`` has both in full.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TextIO

from qa_service.settings import Settings

_OURS = "qa_service"
_NOTHING: Mapping[str, str] = MappingProxyType({})
#: Ids of what is just being done.
_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=_NOTHING)
_FIELDS = "fields"
#: Behind these a message without parameters quotes what it is about.
_QUOTE = re.compile(r"""[:\n"'`<({\[=]""")
#: Errors in a chain that are told.
_MOST_CAUSES = 5


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Lines that are logged inside have these ids: of the ``request``, of the ``work``."""
    token = _about.set({**_about.get(), **ids})
    try:
        yield
    finally:
        _about.reset(token)


def told(**values: str | float) -> Mapping[str, Any]:
    """Values of a line, each under its name; for ``extra`` of a logger's methods."""
    return MappingProxyType({_FIELDS: values})


def handler(settings: Settings, stream: TextIO | None = None) -> logging.Handler:
    """What writes lines, on standard error unless told."""
    made = logging.StreamHandler(stream or sys.stderr)
    made.setFormatter(_JsonLines(settings.log_details) if settings.log_format == "json" else _TextLines(settings.log_details))
    made.addFilter(_worth_it)
    return made


def install(settings: Settings) -> None:
    """Logs of this process go there, and so does what ends one of its threads."""
    logging.basicConfig(level=settings.log_level, handlers=[handler(settings)], force=True)
    threading.excepthook = _ended


def _ended(ending: threading.ExceptHookArgs) -> None:
    error = ending.exc_value
    if error is not None:
        logging.getLogger(__name__).error("a thread ended", exc_info=(type(error), error, ending.exc_traceback))


def _worth_it(record: logging.LogRecord) -> bool:
    """Other people's code at work is nobody's business: some of it logs headers, with keys in them."""
    return _is_ours(record) or record.levelno >= logging.WARNING


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == _OURS or record.name.startswith(f"{_OURS}.")


class _Lines(logging.Formatter):
    """One line a record."""

    def __init__(self, details: bool) -> None:
        super().__init__()
        self._details = details

    def _told(self, record: logging.LogRecord) -> dict[str, Any]:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at, "level": record.levelname, "logger": record.name, "message": self._message(record)}
        line |= {**_about.get(), **getattr(record, _FIELDS, {})}
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = self.formatException(record.exc_info) if self._details else _places(record.exc_info[1])
        return line

    def _message(self, record: logging.LogRecord) -> str:
        if self._details or _is_ours(record):
            return record.getMessage()
        constant = str(record.msg) if record.args else _QUOTE.split(str(record.msg), maxsplit=1)[0].strip()
        return f"{constant} [{record.filename}:{record.lineno}]"


class _JsonLines(_Lines):
    """One JSON object a line, whatever the message holds."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return json.dumps(self._told(record), ensure_ascii=False, default=str)


class _TextLines(_Lines):
    """For people; an exception follows in lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = self._told(record)
        exception = line.pop("exception", None)
        start = f"{line.pop('at')} {line.pop('level')} {line.pop('logger')}: {line.pop('message')}".replace("\n", " ")
        rest = " ".join(f"{name}={value}" for name, value in line.items())
        return "\n".join(filter(None, [f"{start} {rest}".rstrip(), exception]))


def _places(error: BaseException | None) -> str:
    """Kinds of the error and of what caused it, the first cause last, and where each was raised; no message."""
    lines: list[str] = []
    for _ in range(_MOST_CAUSES):
        if error is None:
            break
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        lines += [f'  File "{one.filename}", line {one.lineno}, in {one.name}' for one in traceback.extract_tb(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)
