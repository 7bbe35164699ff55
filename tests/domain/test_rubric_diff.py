"""What differs between two versions, how much it is, and what version that demands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.rubric import Rubric
from qa_service.domain.rubric_diff import compare
from qa_service.domain.rubric_source import Position, RubricSource
from qa_service.domain.rubric_version import advice, version_faults

SCALE = [{"id": "full", "title": "Full", "value": 1}, {"id": "none", "title": "None", "value": 0}]
HI = {"said": {"phrases": "hi"}}


@pytest.fixture
def data(form: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return form({"detect": HI}, {"options": SCALE}, phrases={"hi": {"en": ["hello", "hi"], "fa": ["سلام"]}})


def rubric(data: dict[str, Any], **changes: Any) -> Rubric:
    """The form with changes at dotted places."""
    copy: Any = Rubric.model_validate(data).as_data()
    for place, value in changes.items():
        *path, last = place.split("__")
        node = copy
        for part in path:
            node = node[int(part)] if isinstance(node, list) else node[part]
        if value is None:
            del node[int(last) if isinstance(node, list) else last]
        else:
            node[int(last) if isinstance(node, list) else last] = value
    return Rubric.model_validate(copy)


@pytest.mark.parametrize(
    ("changes", "weight", "lines", "criteria"),
    [
        ({}, None, [], ()),
        ({"version": 2}, None, [], ()),
        ({"title": {"en": "Other"}}, "text", ["title: {'en': 'Test'} becomes {'en': 'Other'}"], ()),
        ({"sections__0__criteria__0__question": {"en": "What?"}}, "text", ["only.c0.question: {'en': '?'} becomes {'en': 'What?'}"], ()),
        ({"sections__0__criteria__1__options__0__title": {"en": "All"}}, "text", None, ()),
        ({"sections__0__criteria__1__options__1__value": 0.5}, "form", None, ("c1",)),
        ({"sections__0__criteria__0__weight": 3}, "form", ["only.c0.weight: 1.0 becomes 3.0"], ("c0",)),
        ({"sections__0__criteria__0__bonus": True}, "form", ["only.c0.bonus: False becomes True"], ("c0",)),
        ({"sections__0__criteria__0__detect": {"said": {"phrases": "hi", "by": "agent"}}}, "detection", None, ("c0",)),
        ({"phrases__hi__en": ["hi", "hey"]}, "detection", ["phrases.hi.en: ['hello'] becomes ['hey']"], ("c0",)),
        ({"phrases__hi__ar": ["أهلا"]}, "detection", ["phrases.hi.ar added"], ("c0",)),
        ({"phrases__hi__fa": None}, "detection", ["phrases.hi.fa removed"], ("c0",)),
        ({"languages": ["en", "fa"]}, "detection", ["languages: [] becomes ['en', 'fa']"], ("c0", "c1")),
        ({"settings__pass_mark": 90}, "form", ["settings.pass_mark: 80.0 becomes 90.0"], ()),
        ({"sections__0__criteria__1": None}, "form", ["only.c1 removed"], ("c1",)),
        ({"sections__0__id": "other"}, "form",
         ["only removed", "other added", "other.c0.section: only becomes other", "other.c1.section: only becomes other"], ("c0", "c1")),
        ({"sections__0__auto_fail": "cap"}, "form", ["only.auto_fail: none becomes cap"], ("c0", "c1")),
        ({"sections__0__criteria__0__weight": 3, "title": {"en": "Other"}}, "form", None, ("c0",)),
    ],
)  # fmt: skip
def test_changes(
    data: dict[str, Any], changes: dict[str, Any], weight: str | None, lines: list[str] | None, criteria: tuple[str, ...]
) -> None:
    found = compare(rubric(data), rubric(data, **changes))
    assert found.weight == weight
    if lines is not None:
        assert [str(change) for change in found.changes] == lines
    assert tuple(dict.fromkeys(one for change in found.changes for one in change.criteria)) == criteria


def test_an_added_criterion(data: dict[str, Any], form: Callable[..., dict[str, Any]]) -> None:
    (change,) = compare(rubric(data, sections__0__criteria__1=None), rubric(data)).changes
    assert (str(change), change.weight, change.criteria) == ("only.c1 added", "form", ("c1",))


@pytest.mark.parametrize(
    ("changes", "told", "hint"),
    [
        ({}, "", ""),
        ({"sections__0__criteria__0__weight": 3},
         "version 2 is published with other content: only.c0.weight: 1.0 becomes 3.0", "raise version to 3"),
        ({"sections__0__criteria__0__weight": 3, "settings__pass_mark": 90, "title": {"en": "Other"}},
         "version 2 is published with other content: title: {'en': 'Test'} becomes {'en': 'Other'}; "
         "settings.pass_mark: 80.0 becomes 90.0 and 1 more", "raise version to 3"),
        ({"sections__0__criteria__0__weight": 3, "version": 3}, "", ""),
        # going back to what was published before is no fault
        ({"version": 1, "title": {"en": "First"}}, "", ""),
        ({"version": 1, "title": {"en": "Neither"}},
         "version 1 is published with other content: title: {'en': 'First'} becomes {'en': 'Neither'}", "raise version to 3"),
    ],
)  # fmt: skip
def test_versions(data: dict[str, Any], changes: dict[str, Any], told: str, hint: str) -> None:
    published = [rubric(data, version=2), rubric(data, version=1, title={"en": "First"})]
    written = rubric(data, **{"version": 2, **changes})
    source = RubricSource("r.yaml", {}, {("version",): Position(2, 1)})
    faults = list(version_faults(written, source, published))
    assert [(fault.message, fault.hint, fault.position.line) for fault in faults] == ([(told, hint, 2)] if told else [])


def test_a_version_between_those_published_is_none_of_before(data: dict[str, Any]) -> None:
    source = RubricSource("r.yaml", {}, {})
    (fault,) = version_faults(rubric(data, version=2, title={"en": "X"}), source, [rubric(data, version=3), rubric(data, version=1)])
    assert (fault.message, fault.hint) == ("version 3 is published already, and this is no version of before", "raise version to 4")
    assert list(version_faults(rubric(data), source, [])) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        ({"sections__0__criteria__0__weight": 3, "version": 2}, ""),
        ({"sections__0__criteria__0__weight": 3}, "raise version to 2: only.c0.weight: 1.0 becomes 3.0"),
        ({"rubric": "another", "title": {"en": "X"}}, ""),
    ],
)
def test_advice(data: dict[str, Any], changes: dict[str, Any], expected: str) -> None:
    assert advice(rubric(data), rubric(data, **changes)) == expected
