"""Whether the parties look turned round."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.channels import Channels
from qa_service.channels.conversation import parse_conversation
from qa_service.domain.interaction import Channel
from qa_service.domain.signal import Signal

ROOT = Path(__file__).parents[2]
CALL = (
    ("A", "Thank you for calling Brightwave, how can I help you?"),
    ("C", "Hi, I'm calling about my bill."),
    ("A", "Can I take your account number, please?"),
    ("C", "Yes, it's four four one two nine."),
    ("A", "Bear with me, let me check that on your account. I can see here that you were charged twice."),
    ("C", "Okay, thank you."),
    ("A", "Is there anything else I can do for you?"),
    ("C", "No, that's all, thanks."),
)
Measured = Callable[..., Mapping[str, Signal]]


def lines(*, turned: bool = False, of: tuple[tuple[str, str], ...] = CALL) -> list[str]:
    other = {"A": "C", "C": "A"}
    return [f"{other[who] if turned else who} {index * 4}-{index * 4 + 3}: {text}" for index, (who, text) in enumerate(of)]


def test_a_turned_map_is_flagged_and_a_right_one_is_not(measure: Measured) -> None:
    analyzer = Channels()
    right = measure(analyzer, *lines(), channel=Channel.PHONE)["channels.swapped"]
    wrong = measure(analyzer, *lines(turned=True), channel=Channel.PHONE)["channels.swapped"]
    assert (right.value, right.confidence) == (0.0, 1.0)
    assert wrong.value == 1.0
    assert wrong.confidence >= 0.9


@pytest.mark.parametrize(
    "options", [{"channel": Channel.CHAT}, {"channel": Channel.PHONE, "speakers_known": False}, {"channel": Channel.PHONE, "of": CALL[:5]}]
)
def test_where_nothing_can_be_doubted(measure: Measured, options: dict[str, Any]) -> None:
    said = lines(turned=True, of=options.pop("of", CALL))
    assert measure(Channels(), *said, **options)["channels.swapped"].value is None


def test_suspect_turns_prove_nothing(measure: Measured) -> None:
    said = [line.replace(" ", "! ", 1) for line in lines(turned=True)]
    assert measure(Channels(), *said, channel=Channel.PHONE)["channels.swapped"].value is None


def conversations(*parts: str) -> list[Path]:
    return sorted(path for part in parts for path in (ROOT / "tests" / "conversations" / part / "phone").glob("*.conversation.json"))


def flagged(path: Path, *, turned: bool) -> bool:
    """Whether a labelled call is flagged, as it is or with its parties exchanged."""
    told = json.loads(path.read_text(encoding="utf-8"))
    other = {"agent": "customer", "customer": "agent"} if turned else {}
    told["turns"] = [{**turn, "speaker": other.get(turn["speaker"], turn["speaker"])} for turn in told["turns"]]
    found = parse_conversation(json.dumps(told).encode())
    return Analysis([Channels()]).read(found.interaction, found.transcript).signals["channels.swapped"].value == 1.0


@pytest.mark.parametrize(("parts", "least"), [(("tuned", "half_tuned"), 26), (("locked",), 8)])
def test_labelled_calls(parts: tuple[str, ...], least: int) -> None:
    """No right map is doubted; most turned ones are."""
    found = conversations(*parts)
    assert not [path.name for path in found if flagged(path, turned=False)]
    assert sum(flagged(path, turned=True) for path in found) >= least
