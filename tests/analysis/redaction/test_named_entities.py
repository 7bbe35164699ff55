"""Named entities: the model is asked about English turns with a cue and a capital that the lists left open, and only there."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from qa_service.analysis.redaction import redact
from qa_service.analysis.redaction.named_entities import PACKAGE, NamedEntities, named_entities
from qa_service.domain.redaction import Kind
from qa_service.domain.transcript import Speaker, Turn

needs_model = pytest.mark.skipif(find_spec(PACKAGE) is None, reason=f"{PACKAGE} is not installed")


def names(*turns: tuple[Speaker, str], model: NamedEntities | None, language: str = "en") -> list[str]:
    said = [Turn(speaker=speaker, text=text) for speaker, text in turns]
    found = redact(said, language, names=model)
    return [said[span.turn].text[span.start : span.end] for span in found if span.kind is Kind.NAME]


def test_without_the_package_there_is_no_recognizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.analysis.redaction.named_entities.find_spec", lambda _: None)
    assert named_entities() is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("i spoke to xolani yesterday", "en"),
        ("My name is David Johnson and I called.", "en"),
        ("The order came late from London.", "fa"),
        ("It never arrived.", "en"),
    ],
)
def test_the_model_is_not_read_where_the_lists_suffice(text: str, language: str) -> None:
    model = NamedEntities()
    assert names((Speaker.CUSTOMER, text), model=model, language=language) == names((Speaker.CUSTOMER, text), model=None, language=language)
    assert not model.loaded


@needs_model
def test_a_name_in_no_list() -> None:
    turn = (Speaker.CUSTOMER, "Yesterday I spoke to Ngokula Adewale about my refund.")
    assert names(turn, model=named_entities()) == ["Ngokula Adewale"]
