"""Acts: the list holds every name that a service can write into the ledger, and every one has its words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_service import services
from qa_service.domain.acts import ACTS, KNOWN
from qa_service.domain.report import ReportLanguage
from qa_service.rendering.messages import catalogue

ROOT = Path(services.__file__).parent
#: Names that are put together of what is known only as it runs: the enumerations and tables that they come of.
WORKED_OUT = {
    "consent.given", "consent.withdrawn", "rubric.proposal_accepted", "rubric.proposal_declined", "rubric.retirement_accepted",
    "rubric.retirement_declined", "scorecard.answered", "scorecard.undone", "scorecard.redone", "call_details.imported", "surveys.imported",
}  # fmt: skip
#: Functions that others use to write acts, whose names begin so.
SHARED = {"noted": "scorecard.", "_of": "scorecard."}


def written() -> Iterator[str]:
    """Names of acts as services write them: literals where the ledger is called, and where a function that does so is given one."""
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}
    for path, module in modules.items():
        starts = dict(SHARED) if path.name in ("versions.py", "review.py", "queue.py") else {}
        for function in (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)):
            for call in _calls(function):
                if call[0] in ("append", "Act"):
                    yield from call[1]
                    starts.update((function.name, start) for start in call[2])
        for call in _calls(module):
            if call[0] in starts:
                yield from (starts[call[0]] + name for name in call[3])


def _calls(node: ast.AST) -> Iterator[tuple[str, list[str], list[str], list[str]]]:
    """Of each call: what is called, whole names of acts in it, beginnings of such (``f"report.{action}"``), and other words."""
    for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
        called = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
        told = [one.value for one in call.keywords if one.arg == "action"]
        words = [one.value for one in (*told, *call.args) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        joined = [one.values[0].value for one in told if isinstance(one, ast.JoinedStr) and isinstance(one.values[0], ast.Constant)]
        begun = [str(one) for one in joined] + [""] * sum(isinstance(one, ast.Name) for one in told)
        yield called, [word for word in words if "." in word and "/" not in word and " " not in word], begun, words


def test_the_list_holds_every_act_that_is_written() -> None:
    found = set(written())
    assert sorted(found - KNOWN) == []
    assert KNOWN - found == WORKED_OUT


@pytest.mark.parametrize("language", ReportLanguage)
def test_every_act_has_its_words(language: ReportLanguage) -> None:
    words = catalogue(language)
    assert sorted(name for name in KNOWN if f"act.{name.replace('.', '_')}" not in words) == []
    assert [family for family in ACTS if f"act_family.{family}" not in words] == []


def test_no_act_is_listed_twice() -> None:
    assert sum(len(acts) for acts in ACTS.values()) == len(KNOWN)
