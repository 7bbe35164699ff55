"""Scorecards as data: the documented shape, figures outside and inside, people's answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.scorecard import Answer, Scorecard
from qa_service.errors import AnswerError

BY_HAND: dict[str, Any] = {
    "schema": "scorecard/1", "interaction": {"id": "c-1042", "channel": "chat", "agent": "a17", "language": "en"},
    "rubric": {"id": "chat-support", "version": 3, "fingerprint": "sha256:00"}, "engine": {"speech": None, "analysis": "rules/1"},
    "status": "draft", "score": 86.5, "undecided": 1, "critical_misses": [], "sections": [{"id": "closing", "score": 100}],
    "criteria": [
        {
            "id": "further_help", "section": "closing", "weight": 5, "severity": "minor", "answer": None, "points": 5.0,
            "suggestion": {
                "answer": "yes", "confidence": 0.97, "why": "said: further_help",
                "evidence": [
                    {
                        "turn": 14, "speaker": "agent", "quote": "is there anything else", "start_ms": 61200, "end_ms": 62900,
                        "rule": "closing.further_help.said",
                    }
                ],
            },
        }
    ],
}  # fmt: skip


def test_a_scorecard_written_by_hand_is_read_in_thousandths() -> None:
    card = Scorecard.from_data(BY_HAND)
    assert (card.score, card.sections[0].score, card.criteria[0].weight, card.criteria[0].points) == (86_500, 100_000, 5000, 5000)


def test_data_and_back() -> None:
    card = Scorecard.from_data(BY_HAND)
    data = card.as_data()
    assert (data["score"], data["criteria"][0]["weight"]) == (86.5, 5.0)
    assert Scorecard.from_data(data) == card
    assert Scorecard.model_validate_json(card.model_dump_json(by_alias=True)) == card
    assert json.dumps(data) == json.dumps(Scorecard.from_data(data).as_data())


def test_evidence_shows_character_positions_only_where_known() -> None:
    (piece,) = Scorecard.from_data(BY_HAND).as_data()["criteria"][0]["suggestion"]["evidence"]
    assert {"start", "end"}.isdisjoint(piece)
    assert {"turn", "speaker", "quote", "start_ms", "end_ms", "rule"} <= piece.keys()


@pytest.mark.parametrize(
    "change",
    [{"schema": "scorecard/2"}, {"scores": 1}, {"score": "86.5"}, {"score": True}, {"status": "done"}, {"revision": 0},
     {"interaction": None}],
)
def test_anything_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Scorecard.from_data({**BY_HAND, **change})


def test_plain_numbers_are_not_taken_for_thousandths() -> None:
    """Inside, figures are integers: a float there is a mistake, not 86 thousandths."""
    with pytest.raises(ValidationError):
        Scorecard.model_validate({**BY_HAND, "sections": [], "criteria": [], "score": 100.0})


def test_answers_stand_beside_the_suggestion() -> None:
    card = Scorecard.from_data(BY_HAND)
    answered = card.answering({"further_help": Answer(answer="no", by="r1", reason="only the customer said it")})
    one = answered.criterion("further_help")
    assert one is not None
    assert one.suggestion is not None
    assert (one.effective, one.suggestion.answer, card.criteria[0].effective) == ("no", "yes", "yes")
    assert answered.criterion("nowhere") is None
    with pytest.raises(AnswerError, match="nowhere"):
        card.answering({"nowhere": Answer(answer="no", by="r1")})


def test_without_any_answer_a_criterion_is_undecided() -> None:
    card = Scorecard.from_data(BY_HAND)
    assert card.criteria[0].model_copy(update={"suggestion": None}).effective == "undecided"
