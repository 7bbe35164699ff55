"""Amazon Connect: forms pass the validator of its own SDK, and come back as they went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import Rubric
from qa_service.errors import InputError
from qa_service.interchange import FORMS, Fidelity, FormOptions, Note
from qa_service.store.rubric_files import read_rubric
from tests.interchange.conftest import rubric_data

ROOT = Path(__file__).parents[2]
KIND = FORMS["amazon-connect"]
OPTIONS = FormOptions(channel=Channel.PHONE)


def faults(form: dict[str, Any], operation: str = "CreateEvaluationForm") -> str:
    """What the SDK itself would refuse before it sends the request."""
    session = pytest.importorskip("botocore.session")
    validate = pytest.importorskip("botocore.validate")
    shape = session.get_session().get_service_model("connect").operation_model(operation).input_shape
    report = validate.ParamValidator().validate(form, shape)
    return str(report.generate_report()) if report.has_errors() else ""


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
@pytest.mark.parametrize("path", sorted((ROOT / "rubrics").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_rubrics_pass_the_vendors_validator(path: Path, language: str) -> None:
    rubric, _ = read_rubric(path)
    made = KIND.write(rubric, FormOptions(language=language))
    assert faults(made.form) == ""
    assert sum(len(item["Section"]["Items"]) for item in made.form["Items"]) == len(rubric.criteria)


def test_the_validator_is_no_rubber_stamp(rubric: Rubric) -> None:
    form = KIND.write(rubric, OPTIONS).form
    del form["Items"][0]["Section"]["RefId"]
    assert "RefId" in faults(form)


def test_weights_are_percent_of_the_whole(rubric: Rubric) -> None:
    """Opening weighs 1 of 4, of which greeting has 2 of 6: 25 * 2 / 6; each of the rest has half of 75."""
    form = KIND.write(rubric, OPTIONS).form
    weights = [item["Question"]["Weight"] for section in form["Items"] for item in section["Section"]["Items"]]
    assert form["ScoringStrategy"]["Mode"] == "QUESTION_ONLY"
    assert weights == pytest.approx([8.333, 16.667, 37.5, 37.5])
    assert sum(weights) == 100


def test_equal_weights_inside_sections_keep_the_sections() -> None:
    data: Any = rubric_data()
    data["sections"][0]["criteria"][1]["weight"] = 2
    form = KIND.write(Rubric.model_validate(data), OPTIONS).form
    assert form["ScoringStrategy"]["Mode"] == "SECTION_ONLY"
    assert [section["Section"]["Weight"] for section in form["Items"]] == [25.0, 75.0]
    assert all("Weight" not in item["Question"] for section in form["Items"] for item in section["Section"]["Items"])


def test_scales_fails_and_conditions_are_carried(rubric: Rubric) -> None:
    form = KIND.write(rubric, OPTIONS).form
    _, warmth = (item["Question"] for item in form["Items"][0]["Section"]["Items"])
    identity, why = (item["Question"] for item in form["Items"][1]["Section"]["Items"])
    options = lambda question: question["QuestionTypeProperties"]["SingleSelect"]["Options"]  # noqa: E731
    assert [option["Score"] for option in options(warmth)] == [10, 5, 0]
    assert [option.get("AutomaticFail", False) for option in options(identity)] == [False, True]
    (operand,) = why["Enablement"]["Condition"]["Operands"]
    assert operand["Expression"]["Source"]["RefId"] == "warmth"
    assert [value["RefId"] for value in operand["Expression"]["Values"]] == ["cold", "cool"]


def test_what_is_not_carried_is_told(rubric: Rubric) -> None:
    notes = KIND.write(rubric, OPTIONS).notes
    assert Note(Fidelity.LOST, "greeting", "what decides it automatically (detection)") in notes
    assert Note(Fidelity.LOST, "warmth", "skill empathy") in notes
    assert Note(Fidelity.LOST, "identity", "critical family compliance") in notes
    assert Note(Fidelity.LOST, "", "texts in fa (one form holds one language: export each)") in notes


def test_a_cap_and_a_bonus_are_told() -> None:
    data: Any = rubric_data()
    data["settings"]["auto_fail"] = "cap"
    data["sections"][1]["criteria"][1]["bonus"] = True
    made = KIND.write(Rubric.model_validate(data), OPTIONS)
    bonus = made.form["Items"][1]["Section"]["Items"][1]["Question"]
    assert bonus["ScoringConfiguration"] == {"IsExcludedFromScoring": True}
    assert faults(made.form) == ""
    assert any("'cap'" in note.message for note in made.notes)
    assert any(note.place == "why_cold" and "bonus" in note.message for note in made.notes)


def test_a_form_comes_back_as_it_went(rubric: Rubric) -> None:
    read = KIND.read(KIND.write(rubric, OPTIONS).form, FormOptions(rubric="care"), file="form.json").rubric
    assert [one.id for one in read.criteria] == [one.id for one in rubric.criteria]
    assert [[(option.id, option.value) for option in one.options] for one in read.criteria] == [
        [(option.id, option.value) for option in one.options] for one in rubric.criteria
    ]
    assert [section.weight for section in read.sections] == [25.0, 75.0]
    assert read.criteria[2].option("no").auto_fail  # type: ignore[union-attr]
    assert read.criteria[3].asked_when == {"warmth": ("cold", "cool")}
    assert read.settings.pass_mark == 75
    assert read.criteria[0].coach == {"en": "Say hello."}


def described() -> dict[str, Any]:
    """As ``DescribeEvaluationForm`` answers: sections in sections, texts, numbers, an automation and points of 5."""
    options = [{"RefId": "o1", "Text": "نعم", "Score": 5}, {"RefId": "o2", "Text": "لا", "Score": 0}]
    single = {"SingleSelect": {"Options": options, "Automation": {"DefaultOptionRefId": "o1"}}}
    numeric = {"Numeric": {"MinValue": 0, "MaxValue": 9, "Options": [
        {"MinValue": 0, "MaxValue": 1, "Score": 10}, {"MinValue": 2, "MaxValue": 9, "Score": 0, "AutomaticFail": True}
    ]}}  # fmt: skip
    question = lambda title, kind, **more: {  # noqa: E731
        "Question": {"Title": title, "RefId": title, "QuestionType": kind, **more}
    }
    return {"EvaluationForm": {
        "Title": "استمارة", "ScoringStrategy": {"Mode": "SECTION_ONLY", "Status": "ENABLED"},
        "Items": [{"Section": {"Title": "الكل", "RefId": "s1", "Weight": 100, "Items": [
            question("تحية", "SINGLESELECT", QuestionTypeProperties=single),
            question("ملاحظات", "TEXT"),
            {"Section": {"Title": "Holds", "RefId": "s2", "Items": [question("holds", "NUMERIC", QuestionTypeProperties=numeric)]}},
        ]}}],
    }}  # fmt: skip


def test_a_foreign_form_is_read() -> None:
    read = KIND.read(described(), FormOptions(language="ar", rubric="foreign"), file="form.json")
    assert [section.title for section in read.rubric.sections] == [{"ar": "الكل"}, {"ar": "Holds"}]
    greeting, holds = read.rubric.criteria
    assert [option.id for option in greeting.options] == ["yes", "no"]
    assert [(option.title["ar"], option.value, option.auto_fail) for option in holds.options] == [("0 to 1", 1, False), ("2 to 9", 0, True)]
    told = [note.message for note in read.notes]
    assert any("TEXT" in message for message in told)
    assert any("automation" in message for message in told)
    assert any("scores 5 of 10" in message for message in told)
    assert any("'Holds'" in message for message in told)


BROKEN = [
    ([], "'Title'"),
    ({"Title": "x"}, "'Items'"),
    ({"Title": "x", "Items": []}, "no question"),
    ({"Title": "x", "Items": [{"Section": {"Title": "s"}}]}, "'Items'"),
    ({"Title": "x", "Items": [{"Question": {"Title": 3}}]}, "'Title'"),
]


@pytest.mark.parametrize(("form", "told"), BROKEN)
def test_a_broken_form_is_refused_by_name(form: object, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        KIND.read(form, OPTIONS, file="form.json")
    assert str(caught.value.file) == "form.json"
