"""The shipped models: whole, for the shipped rubrics as they are, and better than the rules alone on what they have not seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import VERSION, Analysis
from qa_service.analysis.concepts import shipped_directions
from qa_service.bootstrap import learned_dir, rubrics_dir, wired_analysis
from qa_service.channels.conversation import parse_conversation
from qa_service.domain.learned.features import sought
from qa_service.domain.learned.model import LearnedModel
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.errors import InputError
from qa_service.services.learned import ShippedModels, read_model, shipped_models
from qa_service.services.lint import load_rubric
from qa_service.settings import Settings

SHIPPED = shipped_models(learned_dir())
HINT = "train again: python -m benchmarks.train_learned"


@pytest.fixture(scope="module")
def rubrics(analysis: Analysis) -> dict[str, Rubric]:
    found = (load_rubric(file, catalogue=analysis.catalogue) for file in sorted(rubrics_dir(Settings()).glob("*.yaml")))
    return {rubric.rubric: rubric for rubric in found}


@pytest.mark.parametrize("model", SHIPPED.values(), ids=list(SHIPPED))
def test_every_criterion_fits_the_shipped_rubric(model: LearnedModel, rubrics: dict[str, Rubric]) -> None:
    rubric = rubrics[model.rubric]
    assert [criterion.id for criterion in rubric.criteria if model.fits(rubric, criterion) is None] == [], HINT
    assert model.analysis == VERSION, HINT
    directions = shipped_directions()
    assert directions is not None
    assert model.meanings == f"{directions.version} {directions.vectors}", HINT


@pytest.mark.parametrize("model", SHIPPED.values(), ids=list(SHIPPED))
def test_it_agrees_better_with_people_than_the_rules_and_its_confidence_means_something(model: LearnedModel) -> None:
    assert (model.after.agreement or 0) > (model.before.agreement or 0)
    assert (model.after.calibration_error or 1) <= 0.06
    assert model.after.abstention <= 0.15


@pytest.mark.parametrize("model", SHIPPED.values(), ids=list(SHIPPED))
def test_all_features_are_in_the_grammar(model: LearnedModel) -> None:
    weights = [one for criterion in model.criteria.values() for one in (criterion.plain, criterion.meaning) if one is not None]
    assert all(isinstance(sought(name), tuple) for one in weights for name in one.features)


@pytest.fixture(scope="module")
def suggest(tmp_path_factory: pytest.TempPathFactory, rubrics: dict[str, Rubric]) -> Callable[..., Any]:
    """Suggestions of a chat, by an analysis without vectors."""
    analysis = wired_analysis(Settings(data_dir=tmp_path_factory.mktemp("data"), meanings=False))

    def make(chat: dict[str, Any], rubric: Rubric | None = None) -> Any:
        form = rubric or rubrics["chat-support"]
        talk = parse_conversation(json.dumps(chat).encode(), file="chat.json")
        reading = analysis.read(talk.interaction, talk.transcript, rubric=form)
        assert not any(key.startswith("concept.") for key in reading.findings)
        told = {"transcript": reading.transcript, "signals": reading.signals, "findings": reading.findings}
        return pre_score(form, **told, learned=reading.learned)

    return make


def test_without_vectors_the_rules_are_weighed_all_the_same(suggest: Callable[..., Any], chats: Callable[..., dict[str, Any]]) -> None:
    said = ("Hello, how can I help?", "Where is my parcel?", "It arrives on Tuesday. Anything else?", "No", "Have a nice day!")
    found = suggest(chats("c", *said))
    assert found["greeting"].answer == "yes"
    assert found["greeting"].why.startswith("yes ")
    assert "rules: yes (said: greeting" in found["greeting"].why


def test_a_detection_that_was_changed_falls_back_and_the_others_stay(
    suggest: Callable[..., Any], rubrics: dict[str, Rubric], chats: Callable[..., dict[str, Any]]
) -> None:
    data = rubrics["chat-support"].as_data()
    for section in data["sections"]:
        for criterion in section["criteria"]:
            if criterion["id"] == "greeting":
                criterion["detect"] = {"said": {"by": "agent", "phrases": {"en": ["hello there"]}}}
    found = suggest(chats("c", "Hello there, how can I help?", "Hi"), Rubric.model_validate(data))
    assert (found["greeting"].answer, found["greeting"].confidence) == ("yes", 0.97)
    assert found["greeting"].why == "said (nothing learned fits this detection: it was changed)"
    assert "by what was learned" in found["offer_help"].why


def test_a_model_of_another_analysis_is_not_used(tmp_path: Path, rubrics: dict[str, Rubric], caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "chat-support.json").write_text(json.dumps({**SHIPPED["chat-support"].as_data(), "analysis": "rules/0"}), encoding="utf-8")
    analysis = Analysis((), learned=ShippedModels(tmp_path))
    assert analysis.learned_for(rubrics["chat-support"]) is None
    assert analysis.learned_for(rubrics["chat-support"]) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "signals of rules/0" in caplog.text


@pytest.mark.parametrize(("text", "message"), [("{", "no JSON"), ('{"schema": "learned/1"}', "Field required")])
def test_a_broken_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "chat.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as told:
        read_model(path)
    assert told.value.file == str(path)
