"""Publishing: a text becomes the next version, or is refused with nothing stored; what was published outlives restarts and older files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.permission import Actor, Role
from qa_service.errors import ConflictError, NotFoundError, QaError, RubricError, StaleVersionError

LEA = Actor(id="lea", role=Role.QA_LEAD)


@pytest.fixture
def services(tmp_path: Path, make_settings: Any, write_form: Callable[..., Path]) -> Iterator[Services]:
    write_form(tmp_path / "forms", "chat")
    with opened(make_settings(tmp_path / "data", rubrics_dir=tmp_path / "forms")) as services:
        services.rubrics.sync()
        yield services


@pytest.fixture
def text(services: Services) -> str:
    """The next version, with a comment."""
    return "# by lea\n" + services.publishing.source("mini-chat").replace("version: 1", "version: 2").replace("[hello]", "[welcome]")


def in_force(services: Services) -> set[tuple[str, int]]:
    return {(one.rubric, one.version) for one in services.rubrics.list()}


def test_a_text_becomes_the_next_version(services: Services, text: str) -> None:
    seen = services.rubrics.get("mini-chat").fingerprint
    made = services.publishing.publish("mini-chat", text, by=LEA, seen=seen, words="we say welcome")
    assert (made.version, made.in_force, made.by, made.words) == (2, True, "lea", "we say welcome")
    assert in_force(services) == {("mini-chat", 2)}
    assert services.publishing.source("mini-chat") == text, "with its comment"
    first = services.publishing.history("mini-chat")[1]
    assert (first.version, first.in_force, first.by) == (1, False, None)
    with services.database.reading() as unit:
        told = next(one for one in unit.ledger.entries() if one.action == "rubric.published")
    assert (told.actor, told.subject) == ("lea", "rubric/mini-chat")
    assert told.content["replaces"] == 1
    assert told.content["change"] == "detection"


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        ("version: 2", "version: 1", ConflictError, "version 1 is stored with other content"),
        ("[welcome]", "[hello]", ConflictError, "nothing differs from version 1"),
        ("channel: chat", "channel: phone", ConflictError, "judges chat"),
        ("rubric: mini-chat", "rubric: other", RubricError, "not 'mini-chat'"),
        ("weight: 2", "wieght: 2", RubricError, "wieght"),
        ("sections:", "sections: [", RubricError, "broken YAML"),
        ("title:", "title: &a", RubricError, "anchors"),
    ],
)
def test_what_is_refused_stores_nothing(services: Services, text: str, old: str, new: str, error: type[QaError], said: str) -> None:
    assert old in text
    with pytest.raises(error, match=said):
        services.publishing.publish("mini-chat", text.replace(old, new, 1), by=LEA)
    assert [one.version for one in services.publishing.history("mini-chat")] == [1]


def test_a_version_of_before_is_refused(services: Services, text: str) -> None:
    services.publishing.publish("mini-chat", text.replace("version: 2", "version: 5"), by=LEA)
    with pytest.raises(ConflictError, match="version 5 is there already") as caught:
        services.publishing.publish("mini-chat", text, by=LEA)
    assert caught.value.hint == "raise version to 6"


def test_whoever_has_not_seen_the_last_one_is_told(services: Services, text: str) -> None:
    seen = services.rubrics.get("mini-chat").fingerprint
    services.publishing.publish("mini-chat", text, by=LEA, seen=seen)
    with pytest.raises(StaleVersionError, match="version 2 came meanwhile, published by lea"):
        services.publishing.publish("mini-chat", text.replace("version: 2", "version: 3").replace("welcome", "hey"), by=LEA, seen=seen)


def test_a_second_form_for_a_channel_is_refused_and_a_first_one_taken(services: Services, text: str) -> None:
    other = text.replace("mini-chat", "other-chat")
    with pytest.raises(ConflictError, match="chat is judged by mini-chat already"):
        services.publishing.publish("other-chat", other, by=LEA)
    services.publishing.publish("mini-phone", text.replace("chat", "phone"), by=LEA)
    assert in_force(services) == {("mini-chat", 1), ("mini-phone", 2)}


def test_what_was_published_outlives_older_files(
    services: Services, text: str, tmp_path: Path, write_form: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    services.publishing.publish("mini-chat", text, by=LEA)
    services.publishing.publish("mini-phone", text.replace("chat", "phone"), by=LEA)
    assert {(one.rubric, one.version) for one in services.rubrics.sync()} == {("mini-chat", 2), ("mini-phone", 2)}
    assert "stays in force" in caplog.text
    write_form(tmp_path / "forms", "chat", version=2, greeting="hey")
    services.rubrics.sync()
    assert "welcome" in services.publishing.source("mini-chat"), "of two alike what was published"
    write_form(tmp_path / "forms", "chat", version=3, greeting="hey")
    services.rubrics.sync()
    assert in_force(services) == {("mini-chat", 3), ("mini-phone", 2)}


def test_how_a_version_was_written(services: Services, text: str, tmp_path: Path) -> None:
    file = tmp_path / "forms" / "chat.yaml"
    file.write_text("# ours\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert services.publishing.source("mini-chat", 1).startswith("# ours\n")
    file.write_text("broken: [", encoding="utf-8")
    again = services.publishing.source("mini-chat", 1)
    assert "#" not in again
    assert [one for one in services.rubrics.lint(again, file="again.yaml") if one.level == "error"] == [], "it is the same rubric"
    for rubric, version in (("mini-chat", 9), ("nobody", None)):
        with pytest.raises(NotFoundError):
            services.publishing.source(rubric, version)
    with pytest.raises(NotFoundError):
        services.publishing.history("nobody")
