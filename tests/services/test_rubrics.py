"""Rubrics in force: exactly those of the folder, and used versions never change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.interaction import Channel
from qa_service.domain.rubric_source import Level
from qa_service.errors import ConfigurationError, ConflictError, InputError, NotFoundError, RubricError
from qa_service.services.forms import Forms


@pytest.fixture
def services(tmp_path: Path, make_settings: Any) -> Iterator[Services]:
    with opened(make_settings(tmp_path / "data", rubrics_dir=tmp_path / "forms")) as services:
        yield services


@pytest.fixture
def put(tmp_path: Path, write_form: Any) -> Callable[..., Path]:
    return lambda *args, **kwargs: write_form(tmp_path / "forms", *args, **kwargs)  # type: ignore[no-any-return]


def in_force(services: Services) -> set[tuple[str, int]]:
    return {(one.rubric, one.version) for one in services.rubrics.list()}


def test_folder_is_in_force(services: Services, put: Any) -> None:
    put("chat")
    put("phone")
    assert {one.rubric for one in services.rubrics.sync()} == {"mini-chat", "mini-phone"}
    services.rubrics.sync()
    assert in_force(services) == {("mini-chat", 1), ("mini-phone", 1)}


def test_new_version_replaces_the_old_and_back(services: Services, put: Any) -> None:
    put("chat")
    services.rubrics.sync()
    put("chat", version=2, greeting="welcome")
    services.rubrics.sync()
    assert in_force(services) == {("mini-chat", 2)}
    assert services.rubrics.get("mini-chat", 1).version == 1
    put("chat")
    services.rubrics.sync()
    assert in_force(services) == {("mini-chat", 1)}


def test_rubric_that_left_the_folder_is_used_no_more(services: Services, put: Any) -> None:
    put("chat")
    services.rubrics.sync()
    put("chat", rubric="renamed")
    (services.settings.rubrics_dir / "chat.yaml").unlink()  # type: ignore[operator]
    services.rubrics.sync()
    assert in_force(services) == {("renamed", 1)}
    assert services.rubrics.get("mini-chat").version == 1, "its scorecards still need it"


def test_changed_content_under_a_used_version_names_file_and_way_out(services: Services, put: Any) -> None:
    put("chat")
    services.rubrics.sync()
    path = put("chat", greeting="welcome")
    with pytest.raises(ConflictError) as caught:
        services.rubrics.sync()
    assert (caught.value.file, caught.value.field, caught.value.hint) == (str(path), "version", "raise version to 2")
    assert path.read_text().splitlines()[(caught.value.line or 0) - 1] == "version: 1"
    assert "rubric 'mini-chat' version 1 is stored with other content: opening.greeting.detect: " in caught.value.message
    told = services.rubrics.lint(path.read_text(), file="chat.yaml")
    assert [(fault.level, fault.path, fault.hint) for fault in told if fault.level is Level.ERROR] == [
        ("error", "version", "raise version to 2")
    ]
    assert [one.version for one in services.rubrics.versions("mini-chat")] == [1]
    assert in_force(services) == {("mini-chat", 1)}


def test_one_rubric_in_two_files_is_told(services: Services, put: Any) -> None:
    put("chat")
    path = put("chat", version=2, rubric="copy")
    path.write_text(path.read_text().replace("copy", "mini-chat"))
    with pytest.raises(
        ConflictError, match=r"copy\.yaml: rubric: rubric 'mini-chat' stands in chat\.yaml too|chat\.yaml: .* copy\.yaml too"
    ):
        services.rubrics.sync()


def test_faulty_file_puts_nothing_in_force(services: Services, put: Any) -> None:
    put("chat")
    path = put("phone")
    path.write_text(path.read_text().replace("not_said", "signal").replace("{by: agent, phrases: {en: [stupid], fa: [احمق], ar: [غبي]}}",
                                             "{name: silence.longets, at_most: 10s}"))  # fmt: skip
    with pytest.raises(RubricError) as caught:
        services.rubrics.sync()
    assert caught.value.file == str(path)
    assert any("no signal 'silence.longets'" in fault and "silence.longest" in fault for fault in caught.value.faults)
    assert in_force(services) == set()


def test_empty_folder_is_told(services: Services, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="QA_RUBRICS_DIR: no rubric files"):
        services.rubrics.sync()


def test_lint_stores_nothing(services: Services, put: Any) -> None:
    text = put("chat").read_text().replace("detect: manual", "detect: manuel")
    (fault,) = (one for one in services.rubrics.lint(text, file="sent.yaml") if one.level == "error")
    assert str(fault).startswith("sent.yaml:")
    assert in_force(services) == set()
    with pytest.raises(NotFoundError):
        services.rubrics.get("mini-chat")


def test_choosing_a_form(services: Services, put: Any) -> None:
    put("chat")
    put("chat", rubric="strict", greeting="welcome")
    put("phone")
    forms = Forms(services.rubrics.sync())
    assert forms.choose(Channel.PHONE).rubric == "mini-phone"
    assert forms.choose(Channel.CHAT, "strict").rubric == "strict"
    for channel, rubric, kind, told in (
        (Channel.CHAT, None, ConfigurationError, "several rubrics judge chat: mini-chat, strict"),
        (Channel.EMAIL, None, ConfigurationError, "no rubric is in force for channel email"),
        (Channel.PHONE, "strict", InputError, "judges chat, not phone"),
        (Channel.PHONE, "strickt", InputError, "no rubric 'strickt' is in force .one of: mini-chat, mini-phone, strict"),
    ):
        with pytest.raises(kind, match=told):
            forms.choose(channel, rubric)
    assert forms.fitting(Channel.CHAT, None) != forms.fitting(Channel.CHAT, "strict")


def test_what_is_put_in_force_stands_in_the_ledger_once(services: Services, put: Any) -> None:
    put("chat")
    services.rubrics.sync()
    services.rubrics.sync()
    put("chat", version=2, greeting="welcome")
    services.rubrics.sync()
    put("chat", rubric="renamed")
    (services.settings.rubrics_dir / "chat.yaml").unlink()  # type: ignore[operator]
    services.rubrics.sync()
    with services.database.reading() as unit:
        acts = [(one.action, one.subject, one.content["version"]) for one in unit.ledger.entries()]
    assert acts == [
        ("rubric.in_force", "rubric/mini-chat", 1), ("rubric.in_force", "rubric/mini-chat", 2), ("rubric.retired", "rubric/mini-chat", 2),
        ("rubric.in_force", "rubric/renamed", 1),
    ]
