"""One rubric that uses whatever forms may or may not carry."""

from __future__ import annotations

import pytest

from qa_service.domain.rubric import Rubric

YES_NO = [{"id": "yes", "title": {"en": "Yes"}, "value": 1}, {"id": "no", "title": {"en": "No"}, "value": 0}]


def rubric_data() -> dict[str, object]:
    return {
        "rubric": "care", "version": 3, "channel": "phone", "title": {"en": "Care", "fa": "مراقبت"},
        "settings": {"pass_mark": 75, "auto_fail": "zero"},
        "sections": [
            {"id": "opening", "title": {"en": "Opening"}, "weight": 1, "criteria": [
                {"id": "greeting", "question": {"en": "Did the agent greet?", "fa": "سلام کرد؟"}, "weight": 2,
                 "detect": {"said": {"by": "agent", "phrases": {"en": ["hello"], "fa": ["سلام"]}}}, "coach": {"en": "Say hello."}},
                {"id": "warmth", "question": "How warm?", "weight": 4, "skill": "empathy", "options": [
                    {"id": "warm", "title": "Warm", "value": 1}, {"id": "cool", "title": "Cool", "value": 0.5},
                    {"id": "cold", "title": "Cold", "value": 0}]},
            ]},
            {"id": "rest", "title": {"en": "Rest"}, "weight": 3, "criteria": [
                {"id": "identity", "question": "Was the identity checked?", "weight": 1, "severity": "compliance"},
                {"id": "why_cold", "question": "Was coldness excused?", "weight": 1, "asked_when": {"warmth": ["cold", "cool"]}},
            ]},
        ],
    }  # fmt: skip


@pytest.fixture
def rubric() -> Rubric:
    return Rubric.model_validate(rubric_data())
