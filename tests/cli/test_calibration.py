"""``qa-service calibration``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import opened
from qa_service.domain.calibration import CalibrationAnswer
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User
from qa_service.settings import load_settings

Cli = Callable[..., Any]


@pytest.fixture
def session(cli: Cli, write_chat: Any, tmp_path: Path) -> str:
    """A revealed session of two over four chats, in which the second answers no to the first criterion of two chats."""
    folder = tmp_path / "chats"
    folder.mkdir()
    names = [f"c{number}" for number in range(4)]
    for name in names:
        write_chat(folder, name, f"Hello! This is {name}.", "Hi.")
    assert cli("score", folder).code == 0
    with opened(load_settings()) as services:
        users = [services.users.create(User(id=name, login=name, name=name, role=Role.REVIEWER), by=SYSTEM) for name in ("rita", "omid")]
        rubric = next(one for one in services.rubrics.list() if one.channel == "chat")
        sheet = services.calibrating.create(
            title="سه‌شنبه", rubric=rubric.rubric, interactions=names, participants=["rita", "omid"], by=SYSTEM
        )
        for user in users:
            for place, name in enumerate(names):
                given = [
                    CalibrationAnswer(criterion=one.id, answer="no" if user.id == "omid" and place < 2 and not number else "yes")
                    for number, one in enumerate(rubric.criteria)
                ]
                services.calibrating.answer(sheet.session.id, name, given, by=user.actor(), expected=None)
                services.calibrating.submit(sheet.session.id, name, by=user.actor())
        services.calibrating.reveal(sheet.session.id, by=SYSTEM)
    return sheet.session.id


def test_list_results_and_replay(cli: Cli, session: str) -> None:
    assert "سه‌شنبه" in cli("calibration", "list").out
    assert [one["id"] for one in cli("calibration", "list", "--json", "--state", "revealed").data] == [session]
    assert cli("calibration", "list", "--json", "--state", "open").data == []
    shown = cli("calibration", "results", session)
    assert "rita, omid" in shown.out
    assert "0.50 [" in shown.out
    assert "cannot tell" in shown.out
    assert "drawn 1000 times" in shown.err
    data = cli("calibration", "results", session, "--json").data
    assert data["criteria"][0]["agreement"]["value"] == 0.5
    assert cli("calibration", "replay", session).code == 0


def test_unknown_session(cli: Cli) -> None:
    found = cli("calibration", "results", "none")
    assert found.code != 0
    assert "no calibration session 'none'" in found.err
