"""The rules of the house, held by tests: floors, tables, names, and what must be written down."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from qa_service import errors
from qa_service.analysis import ANALYZERS
from qa_service.api import ROUTERS
from qa_service.channels import CHANNELS, IMPORTS
from qa_service.cli import COMMANDS
from qa_service.domain.criteria import KINDS
from qa_service.settings import Settings
from qa_service.speech import ENGINES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "qa_service"
SOURCES = sorted(PACKAGE.rglob("*.py"))

#: Every table of registrations and what stands in it, in order. A new entry is written down here too, on purpose.
TABLES = MappingProxyType(
    {
        "engines": (list(ENGINES), ["faster-whisper", "openai-whisper", "vosk", "sidecar"]),
        "analyzers": (
            list(ANALYZERS),
            [
                "talk",
                "silence",
                "turn_taking",
                "response",
                "volume",
                "loudness",
                "recognition",
                "channels",
                "line",
                "hold",
                "courtesy",
                "conduct",
                "manner",
                "trouble",
                "empathy",
                "promises",
                "questions",
                "phases",
                "identity",
                "opening",
                "restating",
                "ending",
                "outcome",
                "acknowledgement",
                "letter",
                "personal_data",
                "repetition",
                "sensitive_data",
                "structure",
                "sentiment",
                "untouched",
                "visibility",
                "contact",
                "effort",
                "readability",
            ],
        ),
        "channels": ([channel.value for channel in CHANNELS], ["phone", "chat", "email", "social"]),
        "imports": ([one.name for one in IMPORTS], ["vtt", "srt", "contact_lens", "whisperx", "conversation", "mbox", "email"]),
        "kinds": (
            list(KINDS),
            [
                "said",
                "not_said",
                "matches",
                "means",
                "signal",
                "order",
                "answered_within",
                "promise",
                "reached",
                "judge",
                "manual",
                "all",
                "any",
                "none",
                "at_least",
                "weigh",
            ],
        ),
        "commands": (
            list(COMMANDS),
            [
                *("demo", "score", "transcribe", "serve", "worker", "agent", "team", "import", "sources", "figures", "targets", "rubric"),
                *("learn", "topics", "search"),
                *("sample", "accuracy", "calibration", "report", "export", "outcomes", "models", "judge"),
                *("db", "replay", "retain", "audit", "work", "key", "user", "bench"),
            ],
        ),
        "routers": (
            [one.tag for one in ROUTERS],
            [
                "recordings",
                "conversations",
                "emails",
                "batches",
                "jobs",
                "interactions",
                "erasures",
                "originals",
                "scorecards",
                "review",
                "disputes",
                "calibrations",
                "queue",
                "sampling",
                "reviewers",
                "policy",
                "accuracy",
                "agents",
                "teams",
                *("coaching", "coaching-sessions", "consents", "recognition"),
                "reports",
                "report-schedules",
                "rubrics",
                "rubric-versions",
                "rubric-forms",
                "rubric-proposals",
                "learned",
                *("satisfaction", "validity", "customers"),
                "topics",
                "promises",
                "contacts",
                *("figures", "exports", "targets", "call-details", "sources", "recording-imports", "surveys"),
                "search",
                "saved-searches",
                "alerts",
                "trends",
                "journeys",
                "signals",
                "sign-in",
                "oidc",
                "sessions",
                "me",
                "keys",
                "users",
                "work-queues",
                "webhooks",
                "replays",
                "audit",
                "metrics",
                "health",
            ],
        ),
    }
)


@pytest.mark.parametrize("table", TABLES)
def test_registrations_are_those_written_down(table: str) -> None:
    found, written = TABLES[table]
    assert found == written


def test_every_command_file_holds_a_command() -> None:
    """Files of the command line are commands, or one of the few that commands share."""
    shared = {
        "__init__", "lazy", "operator", "options", "outcome_tables", "output", "profile_tables", "rubric_diff", "rubric_forms",
        "rubric_tables", "tables",
    }  # fmt: skip
    assert {path.stem for path in (PACKAGE / "cli").glob("*.py")} == {command.module for command in COMMANDS.values()} | shared


def test_imports_go_downward_only() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 kept, 0 broken" in result.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_source_file_is_in_style(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
    assert (ast.get_docstring(tree) or "").strip(), "the first line says what the file is about"
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type is None], "bare except"
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Global)], "global state"
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert "print" not in [function.id for function in called if isinstance(function, ast.Name)]


def commented(source: str) -> set[str]:
    """Fields with a ``#:`` line right above them."""
    return set(re.findall(r"^ *#: .+\n *(\w+)\s*:", source, flags=re.MULTILINE))


def test_every_setting_says_what_it_is() -> None:
    assert set(Settings.model_fields) == commented(inspect.getsource(Settings))


def drawn() -> Iterator[tuple[int, str, str]]:
    """Depth, name and words of every error in the tree of the docstring."""
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^( *[│├└─ ]*)(\w*Error)(?: {2,}(.+))?$", line)
        if found:
            yield len(found[1]) // 4, found[2], (found[3] or "").strip()


def test_tree_of_errors_is_the_one_drawn() -> None:
    declared = {
        name: one
        for name, one in vars(errors).items()
        if inspect.isclass(one) and issubclass(one, Exception) and one.__module__ == errors.__name__
    }
    above: dict[int, str] = {}
    parents: dict[str, str] = {}
    for depth, name, words in drawn():
        above[depth] = name
        if name != "QaError":
            parents[name] = above[depth - 1]
            assert words, f"{name} is drawn without a word"
    assert parents == {name: one.__base__.__name__ for name, one in declared.items() if name != "QaError"}  # type: ignore[union-attr]


def test_errors_have_codes_of_their_own() -> None:
    classes = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, errors.QaError)]
    codes = [one.code for one in classes]
    assert len(set(codes)) == len(codes)
    assert all("code" in vars(one) for one in classes)


@pytest.mark.parametrize("name", [name for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, errors.QaError)])
def test_error_tells_place_fault_and_way_out(name: str) -> None:
    error = getattr(errors, name)(
        "is wrong", **({} if name == "UndecidedError" else {"file": "a.json", "field": "turns[2]", "line": 7, "hint": "mend it"})
    )
    assert str(error) == ("is wrong" if name == "UndecidedError" else "a.json:7: turns[2]: is wrong (mend it)")


def test_domain_names_no_machine() -> None:
    """Nothing shipped knows where it was written."""
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(?:work|home|root)/\w", text), path


def test_make_and_ci_agree() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {"demo", "test", "check"} <= targets
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]) - {"test"}
    assert set(re.findall(r"^extras=(\S+)$", ci, flags=re.MULTILINE)[0].split(",")) == extras, "everything that can be installed is tested"
    assert re.findall(r"^make (\w+) EXTRAS=\$extras$", ci, flags=re.MULTILINE) == ["test", "check"]
    assert "set -euo pipefail" in ci
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
