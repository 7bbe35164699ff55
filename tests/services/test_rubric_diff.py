"""Two versions of a rubric on gold, on files and on what is stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.domain.rubric import Rubric
from qa_service.errors import InputError, NotFoundError
from qa_service.services.lint import load_rubric
from qa_service.services.rubric_diff import Comparison, compared, file_talks, stored_rubric, stored_talks


@pytest.fixture
def version(write_form: Callable[..., Path], analysis: Analysis, tmp_path: Path) -> Callable[..., Rubric]:
    def make(number: int, greeting: str = "hello", channel: str = "chat") -> Rubric:
        return load_rubric(write_form(tmp_path / str(number), channel, version=number, greeting=greeting), catalogue=analysis.catalogue)

    return make


def run(old: Rubric, new: Rubric, talks: Any, analysis: Analysis) -> Comparison:
    return compared(old, new, talks, analysis=analysis, decide_at=0.5)


def test_whose_score_changes_and_why(version: Callable[..., Rubric], analysis: Analysis, write_chat: Any, tmp_path: Path) -> None:
    """Version 2 wants another greeting: 100 % of weight 1 and of weight 3 become 0 * 1 + 100 * 3 of 4 = 75 %, and the other way round."""
    said = ("Hello!", "Welcome!", "Hello, welcome!")
    chats = [write_chat(tmp_path, f"d-{number}", text, str(number), agent=f"a{number}") for number, text in enumerate(said)]
    found = run(version(1), version(2, "welcome"), file_talks(chats), analysis)
    assert (found.diff.weight, found.advice) == ("detection", "")
    rescoring = found.rescoring
    assert rescoring is not None
    assert (rescoring.interactions, rescoring.changed, rescoring.to_pass, rescoring.to_fail) == (3, 2, 1, 1)
    assert {one.interaction: (one.old, one.new) for one in rescoring.moved} == {"d-0": (100_000, 75_000), "d-1": (75_000, 100_000)}
    lost = next(one for one in rescoring.moved if one.interaction == "d-0")
    assert [(one.criterion, one.old, one.new) for one in lost.moved] == [("greeting", "yes", "no")]
    gained = next(one for one in rescoring.moved if one.interaction == "d-1")
    assert [piece.quote for piece in gained.moved[0].suggestion.evidence] == ["Welcome"]
    assert rescoring.criteria == {"greeting": 2}
    assert rescoring.change.value == 0


def test_equal_rubrics_change_nothing(version: Callable[..., Rubric], analysis: Analysis, write_chat: Any, tmp_path: Path) -> None:
    found = run(version(1), version(1), file_talks([write_chat(tmp_path, "d-1")]), analysis)
    assert (found.diff.changes, found.advice) == ((), "")
    assert found.rescoring is not None
    assert (found.rescoring.interactions, found.rescoring.moved) == (1, ())


def test_a_change_under_the_same_version_is_told(version: Callable[..., Rubric], analysis: Analysis) -> None:
    found = run(version(1), version(1, "welcome"), None, analysis)
    assert found.rescoring is None
    assert found.advice.startswith("raise version to 2: opening.greeting.detect: ")


def test_two_channels_cannot_be_compared(version: Callable[..., Rubric], analysis: Analysis) -> None:
    with pytest.raises(InputError, match="'mini-chat' judges chat, 'mini-phone' judges phone"):
        run(version(1), version(2, channel="phone"), None, analysis)


def test_files_are_conversations_and_calls_with_a_reference(
    version: Callable[..., Rubric], analysis: Analysis, write_chat: Any, write_call: Any, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    write_call(calls, "p-1", "Hello!", "Hi.")
    phone = [version(number, greeting, "phone") for number, greeting in ((1, "hello"), (2, "welcome"))]
    found = run(*phone, file_talks([calls, write_chat(tmp_path, "d-1")]), analysis)
    assert found.rescoring is not None
    assert [one.interaction for one in found.rescoring.moved] == ["p-1"]  # a chat is not judged by a form for calls
    write_call(calls, "p-2")
    with pytest.raises(InputError, match="without a reference transcript"):
        file_talks([calls / "p-2.wav"])
    broken = tmp_path / "x.conversation.json"
    broken.write_text(json.dumps({"id": "x"}))
    with pytest.raises(InputError):
        file_talks([broken])


def test_the_stored_history(shop: Any, version: Callable[..., Rubric], write_chat: Any, tmp_path: Path) -> None:
    folder = tmp_path / "chats"
    folder.mkdir()
    for number in range(3):
        write_chat(folder, f"h-{number}", "Hello!", f"It is {number}.", agent="a1")
    shop.score(folder)
    database, analysis = shop.services.database, shop.services.analysis
    old = stored_rubric(database, "mini-chat@1")
    assert old == stored_rubric(database, "mini-chat")
    talks = stored_talks(database, old)
    assert {talk.interaction.id for talk in talks} == {"h-0", "h-1", "h-2"}
    assert len(stored_talks(database, old, limit=2)) == 2
    found = run(old, version(2, "welcome"), talks, analysis)
    assert found.rescoring is not None
    assert [(one.agent, one.interactions) for one in found.rescoring.agents] == [("a1", 3)]
    assert found.rescoring.criteria == {"greeting": 3}
    # three equal changes have no spread
    assert found.rescoring.change.low == found.rescoring.change.high == found.rescoring.change.value


@pytest.mark.parametrize(("name", "error"), [("nobody", NotFoundError), ("mini-chat@9", NotFoundError), ("mini-chat@x", InputError)])
def test_rubrics_that_are_not_there(shop: Any, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        stored_rubric(shop.services.database, name)
