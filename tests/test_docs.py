"""The documentation is held to the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.catalogue import as_markdown
from qa_service.channels.conversation import parse_conversation
from qa_service.channels.sidecar import parse_sidecar
from qa_service.cli import COMMANDS
from qa_service.domain.automation import Obstacle
from qa_service.domain.criteria import KINDS
from qa_service.domain.permission import GRANTS, Reach, Role
from qa_service.domain.policy import Policy
from qa_service.domain.rubric_schema import rubric_schema, scorecard_schema
from qa_service.settings import Settings
from qa_service.store.rubric_files import build, parse_source

ROOT = Path(__file__).parents[1]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_documented(field: str) -> None:
    assert f"`QA_{field.upper()}`" in page("docs/operators.md")


def test_no_setting_is_documented_that_is_not_there() -> None:
    pages = ("docs/operators.md", "README.md", "docs/rubrics.md", "docs/formats.md")
    named = {name for one in pages for name in re.findall(r"`QA_([A-Z_]+)`", page(one))}
    assert named <= {field.upper() for field in Settings.model_fields} | {"CONFIG"}


def test_roles_are_those_of_the_table() -> None:
    reaches = {"all": Reach.ALL, "teams": Reach.TEAMS, "own": Reach.OWN}
    lines = re.findall(r"^\| (?:right|`).+$", page("docs/people.md"), flags=re.MULTILINE)
    head, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert head[2:] == list(Role)
    told = {
        row[0].strip("`"): {role: reaches[cell] for role, cell in zip(Role, row[2:], strict=True) if cell}
        for row in rows
        if len(row) == len(head)
    }
    assert told == {right.value: dict(row) for right, row in GRANTS.items()}


def test_signals_page_is_the_catalogue() -> None:
    assert page("docs/signals.md") == as_markdown(Analysis().catalogue)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_detection_is_documented(kind: str) -> None:
    assert f"`{kind}`" in page("docs/rubrics.md")


def test_example_rubric_is_one() -> None:
    (example,) = blocks(page("docs/rubrics.md"), "yaml")
    assert build(parse_source(example, file="docs/rubrics.md")).version == 3


def test_example_files_are_readable() -> None:
    sidecar, conversation = blocks(page("docs/formats.md"), "json")
    assert parse_sidecar(sidecar.encode(), describes="call.wav").channel_map.known
    assert len(parse_conversation(conversation.encode()).transcript.turns) == 2
    (readme,) = blocks(page("README.md"), "json")
    assert parse_sidecar(readme.encode(), describes="call.wav").interaction.agent is not None


def test_readme_names_only_commands_that_exist() -> None:
    named = set(re.findall(r"qa-service ([a-z]+)", page("README.md")))
    assert named <= set(COMMANDS)
    assert {"score", "agent", "transcribe", "rubric"} <= named


def test_relative_links_lead_somewhere() -> None:
    for name in ("README.md", "docs/formats.md", "docs/rubrics.md", "docs/operators.md", "docs/people.md", "docs/signals.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)", page(name)):
            assert (ROOT / name).parent.joinpath(target).exists(), f"{name} links to {target}"


@pytest.mark.parametrize(
    ("name", "made"), [("rubrics/rubric.schema.json", rubric_schema), ("scorecards/scorecard.schema.json", scorecard_schema)]
)
def test_shipped_schemas_are_those_of_the_code(name: str, made: object) -> None:
    assert json.loads(page(name)) == made()  # type: ignore[operator]


def test_the_policy_and_what_waits_for_a_person_are_documented() -> None:
    text = page("docs/accuracy.md")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w.]+) \|", text, re.M))
    assert {name: json.loads(default) for name, default in rows.items()} == Policy().model_dump(mode="json")
    reasons = re.findall(r"^\| `(\w+)` \|", text.partition("| reason |")[2], re.M)
    assert reasons == [one.value for one in Obstacle]
