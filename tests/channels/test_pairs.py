"""Mono files of one call, by name, side-car or manifest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa_service.channels import Pair, WorkItem, WorkKind, discover
from qa_service.channels.pairs import AGENT_LEFT, call_name, pairs_by_name
from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Speaker
from qa_service.errors import ConversationError

CUSTOMER_LEFT = ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT)


@pytest.mark.parametrize(
    ("left", "right", "stem", "known"),
    [
        ("Auto_Repairs_40_UTC_agent.wav", "Auto_Repairs_40_UTC_caller.wav", "Auto_Repairs_40_UTC", True),
        ("x-Agent.MP3", "x-Client.MP3", "x", True),
        ("x (agent).wav", "x (customer).wav", "x", True),
        ("agent_7.wav", "customer_7.wav", "7", True),
        ("a_agent_2026-11-02.wav", "a_caller_2026-11-02.wav", "a_2026-11-02", True),
        ("call/agent.wav", "call/customer.wav", "call", True),
        ("تماس۱_کارشناس.wav", "تماس۱_مشتری.wav", "تماس۱", True),
        ("مكالمة-الموظف.wav", "مكالمة-العميل.wav", "مكالمة", True),
        ("x.rx.wav", "x.tx.wav", "x", False),
        ("m-in.wav", "m-out.wav", "m", False),
        ("y_left.ogg", "y_right.ogg", "y", False),
        ("q_ch1.wav", "q_ch2.wav", "q", False),
        ("d_caller.wav", "d_callee.wav", "d", False),
    ],
)
def test_names_that_suggest_a_pair(left: str, right: str, stem: str, known: bool) -> None:
    for order in ((left, right), (right, left)):
        assert pairs_by_name(map(Path, order)) == [
            Pair(left=Path(left), right=Path(right), stem=stem, channel_map=AGENT_LEFT if known else ChannelMap())
        ]
    assert {call_name(Path(one)) for one in (left, right)} == {stem}


@pytest.mark.parametrize(
    "names",
    [
        ["x_agent.wav"],
        ["x_agent.wav", "y_caller.wav"],
        ["x_agent.wav", "x_caller.mp3"],
        ["x_agent.wav", "sub/x_caller.wav"],
        ["x_agent.wav", "x_caller.wav", "x_customer.wav"],
        ["x_agent.wav", "x_operator.wav"],
        ["x_customer.wav", "x_caller.wav"],
        ["x_rx.wav", "x_out.wav"],
        ["x_ch0.wav", "x_ch1.wav", "x_ch2.wav"],
        ["opt_in_7.wav", "opt_out_7.wav"],
        ["call_1.wav", "call_2.wav"],
        ["magenta.wav", "scaller.wav"],
    ],
)
def test_names_that_prove_nothing(names: list[str]) -> None:
    assert pairs_by_name(map(Path, names)) == []


def fill(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def shown(items: list[WorkItem]) -> list[tuple[str, ...]]:
    return [tuple(file.name for file in item.files) for item in items]


def test_a_folder_with_a_pair(tmp_path: Path) -> None:
    fill(tmp_path, dict.fromkeys(("a.wav", "x_caller.wav", "x_agent.wav", "z.wav"), "x") | {"x.json": '{"id": "c-7"}'})
    items = discover([tmp_path], fits=lambda pair: True)
    assert shown(items) == [("a.wav",), ("x_agent.wav", "x_caller.wav"), ("z.wav",)]
    header = items[1].load_header()
    assert (header.interaction.id, header.id_given, header.channel_map) == ("c-7", True, AGENT_LEFT)
    assert shown(discover([tmp_path], fits=lambda pair: False))[:2] == [("a.wav",), ("x.json",)]
    assert len(discover([tmp_path])) == 5


def test_a_half_that_was_named_alone_stays_alone(tmp_path: Path) -> None:
    fill(tmp_path, {"x_caller.wav": "x", "x_agent.wav": "x"})
    assert shown(discover([tmp_path / "x_agent.wav"], fits=lambda pair: True)) == [("x_agent.wav",)]
    both = [tmp_path / "x_caller.wav", tmp_path / "x_agent.wav"]
    [item] = discover(both, fits=lambda pair: True)
    assert item.load_header().interaction.id == "x"


def test_a_half_with_a_side_car_of_its_own_stays_alone(tmp_path: Path) -> None:
    fill(tmp_path, {"x_caller.wav": "x", "x_agent.wav": "x", "x_agent.json": "{}"})
    assert shown(discover([tmp_path], fits=lambda pair: True)) == [("x_agent.wav",), ("x_caller.wav",)]


@pytest.mark.parametrize(
    ("told", "files", "expected"),
    [
        ({"files": {"agent": "b.wav", "customer": "a.wav"}}, ("b.wav", "a.wav"), AGENT_LEFT),
        ({"files": {"customer": "a.wav", "agent": "b.wav"}}, ("b.wav", "a.wav"), AGENT_LEFT),
        ({"files": {"left": "a.wav", "right": "b.wav"}}, ("a.wav", "b.wav"), ChannelMap()),
        (
            {"files": {"left": "a.wav", "right": "b.wav"}, "channels": {"left": "customer", "right": "agent"}},
            ("a.wav", "b.wav"),
            CUSTOMER_LEFT,
        ),
    ],
)
def test_a_side_car_names_the_files(tmp_path: Path, told: object, files: tuple[str, ...], expected: ChannelMap) -> None:
    fill(tmp_path, {"a.wav": "x", "b.wav": "x", "call.json": json.dumps(told), "other.json": '{"metadata": {"files": {}}}'})
    for paths in ([tmp_path], [tmp_path / "call.json"]):
        item = discover(paths)[0]
        assert item.kind is WorkKind.RECORDING
        assert item.pair is not None
        assert item.pair.told
        assert tuple(file.name for file in item.files) == files
        header = item.load_header()
        assert (header.interaction.id, header.channel_map) == ("call", expected)


@pytest.mark.parametrize(
    ("told", "field", "message"),
    [
        ({"files": {"agent": "a.wav"}}, "files", "names agent"),
        ({"files": {}}, "files", "names nothing"),
        ({"files": {"agent": "a.wav", "right": "b.wav"}}, "files", "names agent, right"),
        ({"files": {"agent": "a.wav", "customer": "none.wav"}}, "files.customer", "no such file: none.wav"),
        ({"files": {"agent": "a.wav", "customer": "a.wav"}}, "files", "both parties are in one file"),
        (
            {"files": {"agent": "a.wav", "customer": "b.wav"}, "channels": {"left": "agent", "right": "customer"}},
            "channels",
            "nothing to say",
        ),
        ({"files": {"left": "a.wav", "right": "b.wav"}, "channels": "mono"}, "channels", "two channels"),
        ({"files": {"agnet": "a.wav", "customer": "b.wav"}}, "files.agnet", "unknown key"),
    ],
)
def test_a_side_car_with_faulty_files(tmp_path: Path, told: object, field: str, message: str) -> None:
    fill(tmp_path, {"a.wav": "x", "b.wav": "x", "call.json": json.dumps(told)})
    [item] = discover([tmp_path / "call.json"])
    assert isinstance(item.error, ConversationError)
    assert (item.error.file, item.error.field) == (str(tmp_path / "call.json"), field)
    assert message in item.error.message


def test_a_strangers_side_car_stays_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    fill(tmp_path, {"a.wav": "x", "in/b.wav": "x", "in/call.json": '{"files": {"agent": "../a.wav", "customer": "b.wav"}}'})
    [item] = discover([tmp_path / "in" / "call.json"], confined=True)
    assert item.error is not None
    assert "outside" in item.error.message
    assert discover([tmp_path / "in" / "call.json"])[0].error is None


def test_files_do_not_stand_beside_one_recording(tmp_path: Path) -> None:
    fill(tmp_path, {"a.wav": "x", "a.json": '{"files": {"agent": "a.wav", "customer": "b.wav"}}'})
    [item] = discover([tmp_path / "a.wav"])
    with pytest.raises(ConversationError, match=r"describes a\.wav"):
        item.load_header()


def test_other_parties_than_the_names_tell(tmp_path: Path) -> None:
    fill(tmp_path, {"x_caller.wav": "x", "x_agent.wav": "x", "x.json": '{"channels": {"left": "customer", "right": "agent"}}'})
    [item] = discover([tmp_path], fits=lambda pair: True)
    with pytest.raises(ConversationError, match="other parties"):
        item.load_header()


def test_sides_get_their_parties_from_the_side_car(tmp_path: Path) -> None:
    fill(tmp_path, {"x_left.wav": "x", "x_right.wav": "x", "x.json": '{"channels": {"left": "customer", "right": "agent"}}'})
    [item] = discover([tmp_path], fits=lambda pair: True)
    assert item.load_header().channel_map == CUSTOMER_LEFT


def test_a_manifest_row_names_the_files(tmp_path: Path) -> None:
    rows = ("z.wav,,,,", ",b.wav,a.wav,c-1,a17", ",x_agent.wav,x_caller.wav,,", ",a.wav,,,", "a.wav,b.wav,a.wav,,")
    table = "\n".join(["file,agent_file,customer_file,id,agent", *rows])
    fill(tmp_path, dict.fromkeys(("a.wav", "b.wav", "x_agent.wav", "x_caller.wav", "z.wav"), "x") | {"m.csv": table})
    items = discover([tmp_path])
    assert shown(items) == [("z.wav",), ("b.wav", "a.wav"), ("x_agent.wav", "x_caller.wav"), ("m.csv",), ("m.csv",)]
    assert [item.load_header().interaction.id for item in items[:3]] == ["z", "c-1", "x"]
    assert items[1].load_header().channel_map == AGENT_LEFT
    assert [(item.error.line, item.error.field) for item in items[3:] if item.error] == [(5, "customer_file"), (6, "file")]


@pytest.mark.parametrize(
    ("head", "row", "field"),
    [
        ("agent_file,customer_file,left,right", "a.wav,b.wav,agent,customer", "left"),
        ("agent_file,customer_file,channels", "a.wav,b.wav,mono", "channels"),
        ("agent_file,customer_file", "a.wav,none.wav", "customer_file"),
        ("agent_file,customer_file", "a.wav,./a.wav", "customer_file"),
        ("agent_file,customer_file", ",b.wav", "agent_file"),
    ],
)
def test_a_faulty_row_of_a_pair(tmp_path: Path, head: str, row: str, field: str) -> None:
    fill(tmp_path, {"a.wav": "x", "b.wav": "x", "m.csv": f"{head}\n{row}\n"})
    [item] = discover([tmp_path / "m.csv"])
    assert item.error is not None
    assert (item.error.line, item.error.field) == (2, field)


def test_no_file_twice_over_rows(tmp_path: Path) -> None:
    fill(tmp_path, dict.fromkeys(("a.wav", "b.wav", "c.wav"), "x") | {"m.csv": "agent_file,customer_file\na.wav,b.wav\nc.wav,b.wav\n"})
    assert [item.error.message for item in discover([tmp_path / "m.csv"]) if item.error] == ["already in line 2"]
