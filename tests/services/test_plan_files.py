"""Plans in files: those of the documentation are good, and a faulty one is refused with file, line and field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qa_service.domain.period import PeriodKind
from qa_service.domain.sampling_plan import RandomRule
from qa_service.errors import InputError
from qa_service.services.plan_files import read_plan

DOCS = Path(__file__).parents[2] / "docs" / "sampling.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


def test_the_documented_plans_are_plans(tmp_path: Path) -> None:
    kinds = set()
    for index, text in enumerate(EXAMPLES):
        file = tmp_path / f"{index}.yaml"
        file.write_text(text, encoding="utf-8")
        kinds.add(read_plan(file).rule.kind)
    assert kinds == {"random", "stratified", "quota", "risk"}


def test_json_is_fine_too(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"name": "روزانه", "period": "day",\n "rule": {"kind": "random", "share": 0.5}}', encoding="utf-8")
    found = read_plan(file)
    assert (found.name, found.period, found.rule) == ("روزانه", PeriodKind.DAY, RandomRule(share=0.5))


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("name: x\nrule:\n  kind: random\n  n: -1\n", 4, "rule.n", "greater than or equal to 1"),
        ("name: x\nrule:\n  kind: risk\n  n: 1\n", 2, "rule.random", "either random or random_share"),
        ("name: x\nrule: {kind: random, n: 1}\nchannel: phone\n", 3, "channel", "Extra inputs"),
        ("name: x\n", 1, "rule", "Field required"),
        ("name: x\nrule: {kind: raffle}\n", 2, "rule", "expected tags"),
        ("name: x\nrule: [1\n", 3, None, "broken YAML"),
        ("- 1\n", 1, None, "valid dictionary"),
        ("", None, None, "valid dictionary"),
    ],
)
def test_faults_are_told_by_line_and_field(tmp_path: Path, text: str, line: int | None, field: str | None, message: str) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(file)
    assert (caught.value.file, caught.value.field) == (str(file), field)
    assert caught.value.line == line
    assert message in caught.value.message


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    for raw, message in ((b"\xff\xfe\x00", "not UTF-8"), (b"x" * 100_001, "larger than")):
        file.write_bytes(raw)
        with pytest.raises(InputError, match=message):
            read_plan(file)
    with pytest.raises(InputError, match="no such file"):
        read_plan(tmp_path / "none.yaml")
