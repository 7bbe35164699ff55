"""Table of audited accuracies."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class AccuracyRow(Row, table=True):
    """Blind answers to one criterion under one wording, beside what one pair of engines suggested, summed up."""

    __tablename__ = "criterion_accuracy"

    rubric_id: str = Field(primary_key=True)
    criterion_id: str = Field(primary_key=True)
    #: Fingerprint of all that the criterion is answered by.
    wording: str = Field(primary_key=True)
    #: Empty without a speech engine.
    engine_speech: str = Field(primary_key=True)
    engine_analysis: str = Field(primary_key=True)
    #: Answers of people.
    answers: int
    #: Those of them that the machine decided, and those in which it says the same.
    decided: int
    alike: int
    #: Over the decided ones, weights and their squares; then the same over those that are alike.
    weight: float
    squares: float
    weight_alike: float
    squares_alike: float
    #: When the last of these answers was given.
    last_at: AwareDatetime | None
