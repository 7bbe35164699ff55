"""Who talks like an agent, in three languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from qa_service.domain.role_cues import CUES
from qa_service.domain.roles import DOUBTED, SURE, Line, agent_party, features, log_odds, swap_suspected

CONVERSATIONS = Path(__file__).parents[1] / "conversations"


@pytest.mark.parametrize("agent", [0, 1])
@pytest.mark.parametrize(
    "said",
    [
        ("Thanks for calling Brightwave, you're speaking with Nadia, how can I help?", "Hi, I'm calling about my bill.",
         "Can I take your account number?", "It's 4 4 1 2 9 0."),
        ("hello this is harper valley national bank my name is jay how can i help you today", "hi i lost my debit card",
         "okay can i have your name please", "my name is mary"),
        ("سلام وقتتون بخیر، پشتیبانی آسمان، در خدمتم بفرمایید.", "سلام، خسته نباشید. اینترنتم از دیروز قطعه.",
         "شماره‌ی اشتراکتون رو لطف می‌کنید؟", "۴۴۱۲۹۰"),
        ("السلام عليكم، معك رنا من خدمة العملاء، كيف أقدر أخدمك؟", "وعليكم السلام، عندي مشكلة بالفاتورة.",
         "ممكن رقم جوالك لو سمحت؟", "٠٥٥٥٤٤١٢"),
    ],
)  # fmt: skip
def test_a_greeting_and_a_request_tell_the_agent(said: Sequence[str], agent: int) -> None:
    found, confidence = agent_party([Line((agent + index) % 2, text) for index, text in enumerate(said)])
    assert found == agent
    assert confidence >= SURE


def test_an_agent_who_calls_is_found_though_the_customer_speaks_first() -> None:
    found, confidence = agent_party([
        Line(0, "Hello?"), Line(1, "Good morning, this is Ann from Northern Energy, am I speaking with Mr Hale?"), Line(0, "Yes."),
        Line(1, "I'm calling about your order. Could you confirm your postcode for me?"), Line(0, "LS1 4AB. I never got my letter."),
        Line(1, "I'll send it to you again today. Is there anything else I can help you with?"), Line(0, "No, thanks."),
    ])  # fmt: skip
    assert found == 1
    assert confidence >= SURE


@pytest.mark.parametrize("turns", [[], [Line(0, "[noise]"), Line(1, "<unk>")], [Line(0, "Nice weather."), Line(1, "It is.")]])
def test_nothing_said_proves_nothing(turns: list[Line]) -> None:
    assert agent_party(turns)[1] < SURE
    assert swap_suspected(turns, 0) < DOUBTED


def test_one_party_is_what_the_other_is_not() -> None:
    turns = [Line(0, "How can I help?"), Line(1, "My bill is wrong, thanks."), Line(0, "One moment, let me check your account.")]
    other = [Line(1 - turn.party, turn.text) for turn in turns]
    assert features(turns) == {name: -value for name, value in features(other).items()}
    assert log_odds(turns) == -log_odds(other) > 0
    assert (swap_suspected(turns, 0), swap_suspected(turns, 1)) == (0.0, agent_party(turns)[1])


def test_habits_do_not_add_up_for_ever() -> None:
    once, often = (features([Line(0, "you're welcome " * times)])["wishes"] for times in (4, 400))
    assert (once, often) == (2.0, 4.0)


@pytest.mark.parametrize("family", CUES)
def test_every_family_is_of_both_scripts_and_reads_folded_text(family: str) -> None:
    latin, arabic = CUES[family]
    assert latin
    assert arabic
    for pattern in (*latin, *arabic):
        re.compile(pattern)
        assert not re.search("[يكأإآةؤئى\u200c]", pattern.replace("[", "").replace("]", "")), pattern


def calls(part: str, channel: str = "phone") -> list[list[Line]]:
    paths = sorted((CONVERSATIONS / part / channel).glob("*.conversation.json"))
    read = [json.loads(path.read_text(encoding="utf-8"))["turns"] for path in paths]
    return [[Line(int(t["speaker"] != "agent"), t["text"]) for t in turns if t["speaker"] in ("agent", "customer")] for turns in read]


@pytest.mark.parametrize(("part", "sure"), [("tuned", 0.75), ("half_tuned", 0.85), ("locked", 0.85)])
@pytest.mark.parametrize("of", [lambda turns: turns, lambda turns: turns[2:]], ids=["whole", "without the first turns"])
def test_labelled_calls_are_never_surely_wrong(part: str, sure: float, of: Callable[[list[Line]], list[Line]]) -> None:
    found = [agent_party(of(call)) for call in calls(part)]
    assert found
    assert not [confidence for party, confidence in found if party == 1 and confidence >= SURE]
    assert sum(confidence >= SURE for _, confidence in found) >= sure * len(found)


@pytest.mark.parametrize("text", ["a" * 20_000, "can i " * 3000, "this is " * 3000, "7 " * 9000, "رقم " * 4000, "شماره " * 4000])
def test_long_turns_do_not_hang(text: str) -> None:
    assert abs(log_odds([Line(0, text)])) < 20
