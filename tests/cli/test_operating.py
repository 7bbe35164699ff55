"""What operators call: ``db``, ``audit``, ``key``; and the help of every command."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from qa_service.cli import COMMANDS

Cli = Callable[..., Any]
ROOT = Path(__file__).parents[2]


def test_database_is_made_and_checked(cli: Cli, tmp_path: Path) -> None:
    assert cli("db", "upgrade").out.strip() == "up to date"
    result = cli("db", "check")
    assert (result.code, result.out.splitlines()[-1]) == (0, "as expected")
    with closing(sqlite3.connect(tmp_path / "data" / "qa_service.sqlite")) as connection:
        connection.execute("ALTER TABLE jobs DROP COLUMN step")
        connection.commit()
    result = cli("db", "check")
    assert result.code == 1
    assert "step" in result.out


def test_database_that_cannot_be_used_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    result = cli("db", "check")
    assert (result.code, result.out) == (2, "")
    assert "QA_DATABASE_URL: cannot open the database" in result.err
    monkeypatch.setenv("QA_DATABASE_URL", "mysql://root@db/qa")
    result = cli("db", "upgrade")
    assert (result.code, result.out) == (2, "")
    assert "QA_DATABASE_URL: 'mysql' is not served" in result.err


def test_audit_finds_the_first_altered_entry(cli: Cli, write_chat: Any, tmp_path: Path) -> None:
    cli("score", write_chat(tmp_path, "c-1"))
    assert cli("audit", "verify").out.strip().endswith("entries, the chain is whole")
    with closing(sqlite3.connect(tmp_path / "data" / "qa_service.sqlite")) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("UPDATE ledger SET actor = 'nobody' WHERE sequence = 2")
        connection.commit()
    result = cli("audit", "verify")
    assert (result.code, result.out) == (2, "")
    assert "error: entry 2: the chain is broken here" in result.err


def test_key_is_renewed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = cli("key", "renew").out.strip(), cli("key", "renew").out.strip()
    assert first != second
    assert first.startswith("qa_")
    monkeypatch.setenv("QA_ADMIN_KEY", "operators-own-key")
    result = cli("key", "renew")
    assert (result.code, result.out) == (2, "")
    assert "QA_ADMIN_KEY" in result.err


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command(cli: Cli, name: str) -> None:
    result = cli(name, "--help")
    assert (result.code, result.err) == (0, "")
    assert "Usage:" in result.out
    assert f" {name} " in result.out


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_overview_names_every_command(cli: Cli, arguments: list[str]) -> None:
    result = cli(*arguments)
    shown = result.out + result.err
    assert all(f" {name} " in shown and command.summary in shown for name, command in COMMANDS.items())


def test_mistyped_command_and_option_are_told(cli: Cli) -> None:
    result = cli("scroe")
    assert result.code == 2
    assert "Did you mean 'score'?" in result.err
    result = cli("score", ".", "--jsno")
    assert result.code == 2
    assert "--jsno" in result.err


def call(*arguments: str, code: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real thing in a process of its own."""
    command = ["-c", code] if code is not None else ["-m", "qa_service"]
    return subprocess.run(
        [sys.executable, *command, *arguments],
        env=os.environ | environment,
        cwd=ROOT,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def test_overview_loads_nothing_heavy() -> None:
    watch = (
        "import sys, atexit; from qa_service.__main__ import main; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main()"
    )
    result = call("--help", code=watch)
    assert result.returncode == 0
    loaded = {name.partition(".")[0] for name in result.stderr.split()}
    assert "typer" in loaded
    assert not loaded & {"spacy", "dbos", "sqlalchemy", "fastapi", "uvicorn", "numpy", "av", "faster_whisper", "pydantic"}


def test_wrong_setting_is_named(tmp_path: Path) -> None:
    result = call("db", "upgrade", QA_DATA_DIR=str(tmp_path), QA_PORT="eighty")
    assert (result.returncode, result.stdout) == (2, "")
    assert "QA_PORT" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_backup_is_taken_and_put_back(cli: Cli, write_call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("score", write_call(tmp_path, "p-1", "Hello!", "Hi."))
    taken = cli("db", "backup", tmp_path / "backup", "--json")
    assert (taken.code, taken.data["database"], taken.data["faults"]) == (0, "sqlite", [])
    again = cli("db", "backup", tmp_path / "backup")
    assert (again.code, again.out) == (2, "")
    assert "there is something of that name" in again.err
    assert cli("db", "restore", tmp_path / "backup", "--check").out.strip() == f"{taken.data['files']} files as they are listed"
    full = cli("db", "restore", tmp_path / "backup")
    assert (full.code, full.out) == (2, "")
    assert "--replace" in full.err
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path / "other"))
    result = cli("db", "restore", tmp_path / "backup")
    assert result.code == 0
    assert "the chain is whole" in result.out
    checked = cli("db", "check", "--hashes", "--json")
    assert (checked.code, checked.data["faults"]) == (0, [])
    for path in (tmp_path / "other" / "recordings").rglob("*"):
        if path.is_file():
            path.unlink()
    missing = cli("db", "check")
    assert missing.code == 1
    assert "its file is missing" in missing.out
    assert cli("db", "check", "--quick").code == 0


def test_roles_are_printed_as_sql(cli: Cli) -> None:
    result = cli("db", "role", "--owner", "anna", "--worker", "bo", "--database", "calls")
    lines = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert all(line.endswith(";") for line in lines)
    assert 'ALTER DATABASE "calls" OWNER TO "anna";' in lines
    assert any('GRANT UPDATE (content, salt) ON public.ledger TO "bo"' in line for line in lines)
