"""What docs/deploy ships for operators: as far as it can be checked without containers and without starting units."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa_service.cli import COMMANDS
from qa_service.settings import Settings
from qa_service.store.roles import roles

FOLDER = Path(__file__).parents[1] / "docs" / "deploy"
UNITS = sorted(FOLDER.glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
#: Services of the compose file that run this program.
OURS = {name: one for name, one in COMPOSE["services"].items() if one.get("image") == "qa-service"}
KNOWN = {f"QA_{name}".upper() for name in Settings.model_fields}
#: Seconds that requests in progress are waited for.
REQUESTS = 5


def directives(unit: Path) -> Iterator[tuple[str, str]]:
    """Names and values, in order; a name may come several times."""
    for line in unit.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            yield name, value


def variables(text: str) -> dict[str, str]:
    """Settings of an environment file, those that are commented out as well."""
    return dict(re.findall(r"^(?:# )?(QA_\w+)=(.*)$", text, flags=re.MULTILINE))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_run_commands_that_exist_as_somebody_without_rights(unit: Path) -> None:
    told = dict(directives(unit))
    program, command = shlex.split(told["ExecStart"])
    assert program.endswith("/bin/qa-service")
    assert command in COMMANDS
    assert told["User"] == told["Group"] == "qa"
    assert (told["NoNewPrivileges"], told["ProtectSystem"], told["CapabilityBoundingSet"]) == ("true", "strict", "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_are_what_systemd_takes_and_are_closed_up(unit: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("the program systemd-analyze is not installed")
    result = subprocess.run([analyze, "security", "--offline=true", "--no-pager", str(unit)], text=True, capture_output=True, check=False)
    if "Unknown" in result.stderr and "offline" in result.stderr:
        pytest.skip("this systemd-analyze cannot look at units that are not installed")
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", result.stdout)
    assert found is not None, result.stdout + result.stderr
    assert float(found[1]) < 2.0
    assert not re.search(r"Unknown (key|section)|Failed to parse", result.stderr), result.stderr


def test_both_units_are_as_closed_up_as_each_other() -> None:
    one, other = ([told for told in directives(unit) if told[0] not in ("Description", "ExecStart", "Nice")] for unit in UNITS)
    assert one == other


def test_settings_that_are_named_exist() -> None:
    environment = variables((FOLDER / "qa.env").read_text(encoding="utf-8"))
    assert {"QA_DATABASE_URL", "QA_DATA_DIR"} <= set(environment) <= KNOWN
    for one in OURS.values():
        assert set(one["environment"]) <= KNOWN
    image = re.findall(r"(QA_\w+)=", (FOLDER / "Dockerfile").read_text(encoding="utf-8"))
    assert set(image) <= KNOWN


def test_whoever_stops_a_process_waits_longer_than_it_does() -> None:
    environment = variables((FOLDER / "qa.env").read_text(encoding="utf-8"))
    for unit in UNITS:
        assert int(dict(directives(unit))["TimeoutStopSec"]) > int(environment["QA_STOP_SECONDS"]) + REQUESTS
    for one in OURS.values():
        assert int(one["stop_grace_period"].removesuffix("s")) > int(one["environment"]["QA_STOP_SECONDS"]) + REQUESTS
    assert Settings.model_fields["stop_seconds"].default + REQUESTS < 90, "what systemd gives by default"


def test_containers_run_commands_that_exist_after_what_they_need() -> None:
    assert set(OURS) == {"upgrade", "serve", "worker"}
    for one in OURS.values():
        assert one["command"][0] in COMMANDS
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        for name, condition in one["depends_on"].items():
            assert name in COMPOSE["services"]
            assert condition["condition"] != "service_healthy" or "healthcheck" in COMPOSE["services"][name]
    used = {one.partition(":")[0] for service in COMPOSE["services"].values() for one in service.get("volumes", [])}
    assert {one for one in used if not one.startswith((".", "/"))} == set(COMPOSE["volumes"])


def test_images_are_pinned_and_no_secret_is_written_down() -> None:
    for one in COMPOSE["services"].values():
        assert one["image"] == "qa-service" or re.search(r":[^:/]*\d", one["image"]), one["image"]
    stages = re.findall(r"^FROM (\S+)", (FOLDER / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(set(stages)) == 1
    assert re.search(r":\d+\.\d+\.\d+-", stages[0])
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    secrets = re.findall(r"(?:PASSWORD|SECRET_KEY): (\S+)", text)
    assert secrets
    assert all(one.startswith("${") for one in secrets)


def test_the_image_runs_as_nobody_in_particular() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, flags=re.MULTILINE)
    assert last.index("USER ") < last.index("ENTRYPOINT")
    assert 'ENTRYPOINT ["qa-service"]' in last
    assert "/v1/health/live" in last
    assert "STOPSIGNAL SIGTERM" in last


def test_the_roles_of_the_containers_are_those_that_the_command_prints() -> None:
    script = (FOLDER / "roles.sh").read_text(encoding="utf-8")
    written = re.findall(r"^([A-Z].*);$", script, flags=re.MULTILINE)
    printed = roles(owner="qa_owner", worker="qa_service", database="qa")
    made = [re.search(r"CREATE ROLE [^;]+", one) for one in printed]
    expected = [*(f"{one[0]}" for one in made if one is not None), *(one for one in printed if not one.startswith("DO "))]
    assert [re.sub(r" PASSWORD :'\w+'", "", one) for one in written] == expected
    shell = shutil.which("sh")
    assert shell is not None
    assert subprocess.run([shell, "-n", str(FOLDER / "roles.sh")], check=False).returncode == 0
    assert (FOLDER / "roles.sh").stat().st_mode & 0o111
