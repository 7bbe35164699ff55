"""Genesys Cloud: forms go through the models of its own SDK without loss, and come back as they went."""

from __future__ import annotations

import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.rubric import Rubric
from qa_service.errors import InputError
from qa_service.interchange import FORMS, Fidelity, FormOptions, Note
from qa_service.store.rubric_files import read_rubric
from tests.interchange.conftest import rubric_data

ROOT = Path(__file__).parents[2]
KIND = FORMS["genesys"]
OPTIONS = FormOptions()


def through_the_sdk(form: dict[str, Any]) -> Any:
    """What the vendor's own client makes of the form: unknown members vanish, unknown types become ``outdated_sdk_version``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the SDK's own making
        client = pytest.importorskip("PureCloudPlatformClientV2.api_client")
        importlib.import_module("PureCloudPlatformClientV2.models")
        api = client.ApiClient()
    response = type("Response", (), {"data": json.dumps(form), "getheader": lambda *_: "application/json"})()
    return api.sanitize_for_serialization(api.deserialize(response, "EvaluationForm"))


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("path", sorted((ROOT / "rubrics").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_rubrics_pass_the_vendors_models_unchanged(path: Path, language: str) -> None:
    rubric, _ = read_rubric(path)
    form = KIND.write(rubric, FormOptions(language=language)).form
    assert through_the_sdk(form) == form


def test_the_models_are_no_rubber_stamp(rubric: Rubric) -> None:
    form = KIND.write(rubric, OPTIONS).form
    form["questionGroups"][0]["questions"][0] |= {"type": "yesNo", "wieght": 3}
    passed = through_the_sdk(form)["questionGroups"][0]["questions"][0]
    assert passed["type"] == "outdated_sdk_version"
    assert "wieght" not in passed


def test_points_weights_and_kills(rubric: Rubric) -> None:
    groups = KIND.write(rubric, OPTIONS).form["questionGroups"]
    assert [group["weight"] for group in groups] == [25.0, 75.0]
    assert [[option["value"] for option in one["answerOptions"]] for group in groups for one in group["questions"]] == [
        [2, 0], [4, 2, 0], [1, 0], [1, 0]
    ]  # fmt: skip
    assert [(one["isCritical"], one["isKill"]) for one in groups[1]["questions"]] == [(True, True), (False, False)]
    assert groups[1]["questions"][1]["visibilityCondition"] == {
        "combiningOperation": "OR",
        "predicates": ["/form/questionGroup/0/question/1/answer/2", "/form/questionGroup/0/question/1/answer/1"],
    }


def test_broken_points_are_multiplied_until_whole() -> None:
    data: Any = rubric_data()
    data["sections"][0]["criteria"][0]["weight"] = 2.25
    made = KIND.write(Rubric.model_validate(data), OPTIONS)
    assert [one["value"] for one in made.form["questionGroups"][0]["questions"][0]["answerOptions"]] == [225, 0]
    assert not any("points become" in note.message for note in made.notes)


def test_what_is_not_carried_is_told(rubric: Rubric) -> None:
    notes = KIND.write(rubric, OPTIONS).notes
    assert Note(Fidelity.LOST, "", "pass mark 75") in notes
    assert Note(Fidelity.CHANGED, "identity", "critical family compliance becomes 'critical'") in notes


def test_a_form_comes_back_as_it_went(rubric: Rubric) -> None:
    read = KIND.read(KIND.write(rubric, OPTIONS).form, FormOptions(rubric="care"), file="form.json").rubric
    assert [one.question for one in read.criteria] == [{"en": one.question["en"]} for one in rubric.criteria]
    assert [one.weight for one in read.criteria] == [one.weight for one in rubric.criteria]
    values = [[option.value for option in one.options] for one in rubric.criteria]
    assert [[option.value for option in one.options] for one in read.criteria] == values
    assert [section.weight for section in read.sections] == [25.0, 75.0]
    assert read.criteria[3].asked_when == {read.criteria[1].id: ("cold", "cool")}
    assert read.criteria[2].option("no").auto_fail  # type: ignore[union-attr]


def test_what_earns_no_points_is_told_and_left_out() -> None:
    ask = {"text": "Greeted?", "type": "multipleChoiceQuestion", "answerOptions": [{"text": "Yes", "value": 5}, {"text": "No", "value": 0}]}
    free = {"text": "Notes", "type": "freeTextQuestion"}
    form = {"name": "Form", "questionGroups": [{"name": "All", "weight": 0, "questions": [free, ask]}]}
    read = KIND.read(form, OPTIONS, file="form.json")
    assert [one.id for one in read.rubric.criteria] == ["greeted"]
    assert read.rubric.sections[0].weight == 5
    assert any("freeTextQuestion" in note.message for note in read.notes)


BROKEN = [
    ("text", "'name'"),
    ({"name": "x"}, "'questionGroups'"),
    ({"name": "x", "questionGroups": [{"name": "g"}]}, "'questions'"),
    ({"name": "x", "questionGroups": []}, "no multiple-choice"),
    ({"name": "x", "questionGroups": [{"name": "g", "questions": [{"text": "q", "type": "multipleChoiceQuestion", "answerOptions": [
        {"text": "a", "value": "1"}]}]}]}, "'value'"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "told"), BROKEN)
def test_a_broken_form_is_refused_by_name(form: object, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        KIND.read(form, OPTIONS, file="form.json")
    assert str(caught.value.file) == "form.json"
