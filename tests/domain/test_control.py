"""Control: every signal is in somebody's hands, and questions are told apart by what decides them."""

from __future__ import annotations

from typing import Any

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.domain.control import HANDS, QUEUE_WAIT, SHOWN, Better, Control, hands_of
from qa_service.domain.rubric import Criterion


def test_every_signal_of_the_catalogue_is_in_somebody_s_hands() -> None:
    catalogue = Analysis().catalogue
    assert HANDS.keys() == {*catalogue, QUEUE_WAIT}
    assert SHOWN.keys() <= HANDS.keys()
    assert {name: catalogue[name].unit for name in SHOWN if name in catalogue} == {n: u for n, u in SHOWN.items() if n != QUEUE_WAIT}


def test_waits_of_queue_and_line_are_nobody_s_fault() -> None:
    for name in (QUEUE_WAIT, "ring.seconds", "ivr.seconds", "music.seconds", "contact.says_broken"):
        assert HANDS[name].control is Control.SYSTEM
    assert HANDS["hold.seconds"] == (Control.MIXED, Better.LOWER)
    assert HANDS["hold.unannounced"] == (Control.AGENT, Better.LOWER)


@pytest.mark.parametrize(
    ("criterion", "form", "expected"),
    [
        ("greeting", {"detect": {"said": {"phrases": {"en": ["hello"]}}}}, Control.AGENT),
        ("tone", {"detect": "manual"}, Control.AGENT),
        ("empathy", {"detect": {"signal": {"name": "trouble.customer", "at_most": 1}}}, Control.AGENT),  # what the customer brought along
        ("pace", {"detect": {"signal": {"name": "response.first", "at_most": "60s"}}}, Control.MIXED),
        ("refusal", {"detect": {"all": [{"signal": {"name": "outcome.evasive", "at_most": 0}}]}}, Control.MIXED),
        ("resolution", {"detect": "manual"}, Control.MIXED),
        ("gone", None, Control.AGENT),
    ],
)
def test_questions(criterion: str, form: dict[str, Any] | None, expected: Control) -> None:
    asked = None if form is None else Criterion.model_validate({"id": criterion, "question": "?", "weight": 1, **form})
    assert hands_of(criterion, asked) is expected


def test_what_only_the_line_decides_is_the_system_s() -> None:
    bands = {"signal": "ring.seconds", "bands": [{"at_most": "10s", "answer": "yes"}, {"answer": "no"}]}
    asked = Criterion.model_validate({"id": "ring", "question": "?", "weight": 1, "numeric": bands})
    assert hands_of("ring", asked) is Control.SYSTEM
