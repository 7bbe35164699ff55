"""The command line as a person calls it, in this process: exit status, standard output, standard error."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from qa_service.__main__ import main
from qa_service.analysis.analysis import Analysis


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output as JSON; nothing else may be there."""
        return json.loads(self.out)


@pytest.fixture
def cli(
    tmp_path: Path, forms: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], analysis: Analysis
) -> Iterator[Callable[..., Result]]:
    """Runs ``qa-service ARGUMENTS`` on a data folder of the test's own, with the small forms and the engine that only reads."""
    for name, value in {"DATA_DIR": tmp_path / "data", "RUBRICS_DIR": forms, "ENGINE": "sidecar"}.items():
        monkeypatch.setenv(f"QA_{name}", str(value))
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setattr("qa_service.bootstrap.Analysis", lambda **_: analysis)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: object) -> Result:
        monkeypatch.setattr("sys.argv", ["qa-service", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        found = capsys.readouterr()
        return Result(int(end.value.code or 0), found.out, found.err)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
