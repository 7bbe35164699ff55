"""Settings: queues with ways of their own, and faults told by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_service.errors import ConfigurationError
from qa_service.settings import load_settings, named


@pytest.mark.parametrize(
    ("text", "names"),
    [("", ()), ("Fairmead, Niamh ,Fairmead", ("Fairmead", "Niamh")), ("همراه اول، گلناز", ("همراه اول", "گلناز")), (" , ", ())],
)
def test_names_in_a_line(text: str, names: tuple[str, ...]) -> None:
    assert named(text) == names


def test_queues_come_from_a_file_or_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "qa.toml"
    file.write_text('vocabulary = "Fairmead"\n[queues.billing]\nlanguage = "fa"\nvocabulary = ["گلناز"]\nbeam_size = 2\n', encoding="utf-8")
    monkeypatch.setenv("QA_CONFIG", str(file))
    (queue,) = load_settings().queues.items()
    assert queue[0] == "billing"
    assert (queue[1].language, queue[1].vocabulary, queue[1].beam_size, queue[1].engine) == ("fa", ("گلناز",), 2, None)
    monkeypatch.setenv("QA_QUEUES", '{"faults": {"prompt": "Hello, Brightwave faults."}}')
    assert load_settings().queues["faults"].prompt == "Hello, Brightwave faults."


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("QA_QUEUES", "{billing", "QA_QUEUES: not JSON"),
        ("QA_QUEUES", '{"billing": {"beams": 3}}', "queues.billing.beams: Extra inputs are not permitted"),
        ("QA_QUEUES", '{"billing": {"beam_size": 0}}', "queues.billing.beam_size: Input should be greater than or equal to 1"),
        ("QA_QUEUES", '{"billing": {"language": "Persian"}}', "queues.billing.language: "),
        ("QA_QUEUES", '{"billing": {"vocabulary": ["one, two"]}}', "queues.billing.vocabulary.0: "),
        ("QA_QUEUES", '{"Billing": {}, "billing ": {}}', "QA_QUEUES: .*'billing' is there more than once"),
        ("QA_LANGUAGE", "Persian", "QA_LANGUAGE: "),
        ("QA_LANGUAGES", "en fa", "QA_LANGUAGES: "),
        ("QA_VOCABULARY", ",".join(map(str, range(101))), "QA_VOCABULARY: .*101 names"),
        ("QA_DEVICE", "gpu", "QA_DEVICE: "),
        ("QA_COMPUTE_TYPE", "int4", "QA_COMPUTE_TYPE: "),
        ("QA_BATCH_SIZE", "0", "QA_BATCH_SIZE: "),
    ],
)
def test_faults_are_told_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=told):
        load_settings()


def test_what_a_command_is_told_wins_over_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_QUEUES", '{"billing": {"engine": "sidecar", "language": "fa", "vocabulary": ["Niamh"]}}')
    settings = load_settings(engine="faster-whisper", port=9)
    profile = settings.queues["billing"]
    assert (settings.engine, profile.engine, profile.language, profile.vocabulary) == ("faster-whisper", None, "fa", ("Niamh",))
