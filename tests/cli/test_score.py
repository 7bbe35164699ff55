"""``qa-service score``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from qa_service.domain.rubric_schema import scorecard_schema

Cli = Callable[..., Any]


def test_json_is_an_array_of_one_object_a_file(cli: Cli, write_chat: Any, write_call: Any, tmp_path: Path) -> None:
    chat, call = write_chat(tmp_path, "c-1", "Hello!", "Hi."), write_call(tmp_path, "p-1", "Well?", "Hi.")
    broken = tmp_path / "x.wav"
    broken.write_text("no sound")
    result = cli("score", chat, call, broken, "--json")
    assert result.code == 1
    assert [list(row) for row in result.data] == [["file", "status", "error", "scorecard"]] * 3
    good, spoken, failed = result.data
    assert (good["file"], good["status"], good["error"]) == (str(chat), "scored", None)
    assert (failed["file"], failed["status"], failed["scorecard"]) == (str(broken), "failed", None)
    assert failed["error"].startswith(f"{broken}: not a recording")
    assert f"failed: {failed['error']}" in result.err
    for row, score, engine in ((good, 100.0, None), (spoken, 75.0, "sidecar 1 (reference transcript, nothing recognised)")):
        jsonschema.validate(row["scorecard"], scorecard_schema())
        assert (row["scorecard"]["score"], row["scorecard"]["engine"]["speech"]) == (score, engine)
    (evidence,) = good["scorecard"]["criteria"][0]["suggestion"]["evidence"]
    assert (evidence["turn"], evidence["speaker"], evidence["quote"], evidence["rule"]) == (0, "agent", "Hello", "opening.greeting.said")


def test_progress_goes_to_standard_error(cli: Cli, write_chat: Any, tmp_path: Path) -> None:
    result = cli("score", write_chat(tmp_path, "c-1"), "--json")
    assert result.code == 0
    assert len(result.data) == 1
    assert "scoring" in result.err
    assert "1/1" in result.err


def test_table(cli: Cli, write_chat: Any, tmp_path: Path) -> None:
    write_chat(tmp_path, "c-1", "Hello, [b]stupid[/b]!", "Hi.", agent="a[17]")
    (tmp_path / "c-2.json").write_text("{")
    result = cli("score", tmp_path)
    assert result.code == 1
    (line,) = (line for line in result.out.splitlines() if "a[17]" in line)
    for cell in ("c-1", "chat", "en", "0.0", "1", "manners", "manners: “stupid”"):
        assert cell in line
    assert "c-2.json" in result.out
    assert "c-2.json" in result.err


def test_second_run_gives_the_same(cli: Cli, write_chat: Any, write_call: Any, tmp_path: Path) -> None:
    write_chat(tmp_path, "c-1")
    write_call(tmp_path, "p-1", "Hello!", "Hi.")
    first = cli("score", tmp_path, "--json")
    before = cli("audit", "verify").out
    assert cli("score", tmp_path, "--json").data == first.data
    assert cli("audit", "verify").out == before


def test_out_writes_a_file_for_each_scorecard(cli: Cli, chats: Any, tmp_path: Path) -> None:
    ids = ["plain-1", "with space", "with:space", "سلام", ".hidden", "x" * 200, "a|b", "a?b"]
    (tmp_path / "all.json").write_text(json.dumps([chats(one, "Hello!", one) for one in ids]))
    result = cli("score", tmp_path / "all.json", "--out", tmp_path / "new" / "cards", "--json")
    assert result.code == 0, result.err
    files = list((tmp_path / "new" / "cards").iterdir())
    assert {json.loads(file.read_text())["interaction"]["id"] for file in files} == set(ids)
    names = {file.name for file in files}
    assert {"plain-1.scorecard.json", "سلام.scorecard.json"} <= names
    assert all(name.endswith(".scorecard.json") and not name.startswith(".") and not set(name) & set(" :|?") for name in names)
    written = {json.loads(file.read_text())["id"]: json.loads(file.read_text()) for file in files}
    assert [written[row["scorecard"]["id"]] for row in result.data] == [row["scorecard"] for row in result.data]


def test_rubric_by_name(cli: Cli, write_form: Any, write_chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_form(tmp_path / "forms", "chat")
    write_form(tmp_path / "forms", "chat", rubric="strict", greeting="welcome")
    monkeypatch.setenv("QA_RUBRICS_DIR", str(tmp_path / "forms"))
    file = write_chat(tmp_path, "c-1", "Hello!", "Hi.")
    for rubric, score in (("strict", 75.0), ("mini-chat", 100.0)):
        (row,) = cli("score", file, "--rubric", rubric, "--json").data
        assert (row["scorecard"]["rubric"]["id"], row["scorecard"]["score"]) == (rubric, score)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--engine", "whisprer"], "error: engine: no speech engine 'whisprer' is usable here (one of: faster-whisper, "),
        (["--rubric", "mini"], "error: rubric: no rubric 'mini' is in force (one of: mini-chat, mini-phone)"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(cli: Cli, write_chat: Any, tmp_path: Path, arguments: list[str], told: str) -> None:
    result = cli("score", write_chat(tmp_path, "c-1"), *arguments, "--json")
    assert (result.code, result.out) == (2, "")
    assert told in result.err
    assert "Traceback" not in result.err


def test_nothing_to_score(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("hello")
    result = cli("score", tmp_path)
    assert result.code == 2
    assert f"error: nothing to score in {tmp_path}" in result.err


def test_faulty_rubric_shows_every_fault(
    cli: Cli, write_form: Any, write_chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_form(tmp_path / "forms", "chat")
    path.write_text(path.read_text().replace("by: agent", "by: agnet"))
    monkeypatch.setenv("QA_RUBRICS_DIR", str(tmp_path / "forms"))
    result = cli("score", write_chat(tmp_path, "c-1"))
    assert result.code == 2
    assert result.err.count(f"{path}:") == 3, "once as the error, and each of the two faults"


def test_addresses_of_agents(cli: Cli, write_form: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_form(tmp_path / "forms", "email")
    monkeypatch.setenv("QA_RUBRICS_DIR", str(tmp_path / "forms"))
    head = "From: {who}\nTo: k@home.example\nSubject: Lamp\nDate: Mon, 02 Nov 2026 09:01:00 +0000\nMessage-ID: <{who}>\n"
    for who in ("sara@shop.example", "omid@desk.example", "someone@else.example"):
        (tmp_path / f"{who}.eml").write_text(head.format(who=who) + "\nHello, the lamp is here.\n")
    rows = cli("score", tmp_path, "--agent-address", "Sara@shop.example", "--agent-domain", "desk.example", "--json").data
    assert {Path(row["file"]).stem: row["scorecard"]["score"] for row in rows} == {
        "sara@shop.example": 100.0,
        "omid@desk.example": 100.0,
        "someone@else.example": 75.0,
    }


def test_own_data_folder_in_the_scored_folder_is_left_alone(
    cli: Cli, write_call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_call(tmp_path, "p-1", "Hello!", "Hi.")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QA_DATA_DIR")
    for _ in range(2):
        assert [row["file"] for row in cli("score", ".", "--json").data] == ["p-1.wav"]
    assert (tmp_path / "qa_data" / "qa_service.sqlite").is_file()


def test_a_second_run_tells_what_it_leaves_alone(
    cli: Cli, write_form: Any, write_chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, mine = tmp_path / "calls", tmp_path / "forms"
    calls.mkdir()
    write_chat(calls, "c-1")
    for version in (1, 2):
        write_form(mine, "chat", version=version, greeting=f"hello {version}")
        monkeypatch.setenv("QA_RUBRICS_DIR", str(mine))
        result = cli("score", calls, "--json")
    assert "1 scored by an earlier version" in result.err
    assert result.data[0]["scorecard"]["rubric"]["version"] == 1
    again = cli("score", calls, "--rescore", "--json")
    assert "1 again, by a new version of the rubric" in again.err
    assert again.data[0]["scorecard"]["rubric"]["version"] == 2


def test_export_beside_the_table(cli: Cli, write_chat: Any, tmp_path: Path) -> None:
    chat = write_chat(tmp_path, "c-1")
    assert cli("score", chat, "--export", tmp_path / "r.parquet").code == 0
    assert (tmp_path / "r.parquet").read_bytes().startswith(b"PAR1")
    refused = cli("score", chat, "--export", tmp_path / "r.xlsx")
    assert refused.code == 2
    assert "name it .parquet or .csv" in refused.err
