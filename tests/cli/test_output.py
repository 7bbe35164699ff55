"""Log lines on standard error."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_service.cli.output import log_to_stderr, out

LOG = logging.getLogger("qa_service.somewhere")


@pytest.fixture
def told(tmp_path: Path, make_settings: Any, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Standard error after two lines of log, one of them awkward and with a stack trace."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def log(**settings: Any) -> str:
        log_to_stderr(make_settings(tmp_path, **settings))
        LOG.info("quiet")
        try:
            raise ValueError('a "quote" and\na line')
        except ValueError:
            LOG.exception("it said %s", 'so: "سلام"\n\\')
        out, err = capsys.readouterr()
        assert out == ""
        return err

    yield log
    root.handlers[:] = handlers
    root.setLevel(level)


def test_every_json_line_is_json(told: Any) -> None:
    (line,) = told(log_format="json").splitlines()
    found = json.loads(line)
    assert (found["level"], found["logger"], found["message"]) == ("ERROR", "qa_service.somewhere", 'so: "سلام"\n\\'.join(["it said ", ""]))
    assert found["exception"].startswith("builtins.ValueError\n  File ")
    assert "quote" not in found["exception"], "what an error says may quote what was being worked on"
    assert found["at"].endswith("+00:00")


def test_details_are_told_when_asked_for(told: Any) -> None:
    found = json.loads(told(log_format="json", log_details=True))
    assert found["exception"].startswith("Traceback")
    assert 'a "quote" and' in found["exception"]


def test_text_lines(told: Any) -> None:
    lines = told(log_level="INFO").splitlines()
    assert lines[0].endswith("INFO qa_service.somewhere: quiet")
    assert "ERROR qa_service.somewhere: it said" in lines[1]


def test_tables_in_a_pipe_are_as_wide_as_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert out().width == 160
    monkeypatch.setenv("COLUMNS", "90")
    assert out().width == 90
