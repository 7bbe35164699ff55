"""Log lines: what they say, and what they leave out."""

from __future__ import annotations

import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_service.services.log_lines import about, handler, told
from qa_service.settings import Settings

PACKAGE = Path(__file__).parents[2] / "qa_service"
#: Names of what may quote somebody.
WORDS = frozenset({"message", "text", "error", "fault", "why", "detail", "login", "url", "path", "words", "quote", "secret", "key"})
SECRET = "my card is 4111 1111 1111 1111"
Lines = Callable[..., list[str]]


@pytest.fixture
def log() -> Iterator[Callable[..., tuple[logging.Logger, io.StringIO]]]:
    """A logger by name, and what its handler writes."""
    made: list[tuple[logging.Logger, logging.Handler]] = []

    def logger(name: str, **settings: Any) -> tuple[logging.Logger, io.StringIO]:
        stream = io.StringIO()
        found, writes = logging.getLogger(name), handler(Settings(**{"log_format": "json", **settings}), stream)
        found.addHandler(writes)
        found.setLevel(logging.DEBUG)
        found.propagate = False
        made.append((found, writes))
        return found, stream

    yield logger
    for found, writes in made:
        found.removeHandler(writes)
        found.setLevel(logging.NOTSET)
        found.propagate = True


def fail() -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise ValueError(f"cannot read {SECRET!r}") from error


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_error_is_told_by_its_kind_and_the_lines_of_code(log: Any, form: str) -> None:
    logger, stream = log("qa_service.trial", log_format=form)
    try:
        fail()
    except ValueError:
        logger.exception("a step gave up")
    line = stream.getvalue()
    assert SECRET not in line
    assert "builtins.ValueError" in line
    assert "builtins.KeyError" in line, "what caused it"
    assert "test_log_lines.py" in line
    assert "in fail" in line


def test_details_are_there_for_those_who_want_them(log: Any) -> None:
    logger, stream = log("qa_service.trial", log_details=True)
    try:
        fail()
    except ValueError:
        logger.exception("a step gave up")
    assert SECRET in json.loads(stream.getvalue())["exception"]


def test_a_line_has_its_request_and_its_values(log: Any) -> None:
    logger, stream = log("qa_service.trial")
    with about(request="r-1"):
        logger.debug("answered", extra=told(route="/v1/jobs", ms=1.5))
    logger.debug("later")
    inside, outside = map(json.loads, stream.getvalue().splitlines())
    assert {name: inside[name] for name in ("level", "logger", "message", "request", "route", "ms")} == {
        "level": "DEBUG", "logger": "qa_service.trial", "message": "answered", "request": "r-1", "route": "/v1/jobs", "ms": 1.5,
    }  # fmt: skip
    assert "request" not in outside


@pytest.mark.parametrize(
    ("message", "arguments", "written"),
    [
        (f"Error serializing object: {SECRET}", (), "Error serializing object"),
        (f"failed\n{SECRET}", (), "failed"),
        (f"'{SECRET}' cannot be", (), ""),
        ("could not send %s", (SECRET,), "could not send %s"),
    ],
)
def test_what_others_log_is_told_without_what_they_quote(log: Any, message: str, arguments: tuple[str, ...], written: str) -> None:
    logger, stream = log("somebody.else")
    logger.info(message, *arguments)
    assert stream.getvalue() == "", "their work is nobody's business"
    logger.warning(message, *arguments)
    found = json.loads(stream.getvalue())["message"]
    assert found.startswith(f"{written} [test_log_lines.py:")
    assert SECRET not in found


def test_a_line_of_text_is_one_line(log: Any) -> None:
    logger, stream = log("qa_service.trial", log_format="text")
    logger.warning("two\nlines", extra=told(kind="x"))
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().rstrip().endswith("WARNING qa_service.trial: two lines kind=x")


def _calls() -> Iterator[tuple[str, ast.Call]]:
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    for path, source in ((path, source) for path, source in sources.items() if "_LOG." in source):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "_LOG":
                yield f"{path.name}:{node.lineno}", node


def test_lines_of_ours_are_templates_and_take_no_words() -> None:
    """What errors say, and what people wrote, is nothing for a log; ``code`` and ``id`` are."""
    calls = list(_calls())
    assert len(calls) > 15
    assert [place for place, call in calls if not isinstance(call.args[0], ast.Constant)] == []
    told = {(place, ast.unparse(one).rpartition(".")[2]) for place, call in calls for one in call.args[1:]}
    assert {(place, name) for place, name in told if name in WORDS} == set()
