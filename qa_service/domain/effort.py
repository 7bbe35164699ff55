"""Customer effort: as customers answer it in surveys; and, apart from that, the signs of it in their contacts."""

from __future__ import annotations

import math

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Mean, Share, mean, wilson
from qa_service.domain.survey_answer import TOP_BOX


class SignShare(Record):
    """How many contacts show a sign of effort."""

    #: Signal.
    name: str
    #: What is counted.
    definition: str
    #: Of the contacts in which it could be measured.
    share: Share


class Effort(Record):
    """How hard it was for customers. Both parts tell of different contacts in different ways and are never mixed."""

    #: What the score is.
    definition: str = "mean ease of the survey answers, 0 hardest to 1 easiest, whatever their scale; easy: at least 0.75"
    #: By surveys.
    score: Mean
    #: Share of the answers that found it easy.
    easy: Share
    #: Contacts whose signals were measured.
    contacts: int = Field(ge=0)
    #: By signals, of all live contacts.
    signs: tuple[SignShare, ...] = ()


def effort(levels: list[float], *, contacts: int, signs: tuple[SignShare, ...]) -> Effort:
    """``levels``: survey answers, 0 hardest to 1 easiest."""
    told = mean(levels)
    kept = told.model_copy(
        update={
            "low": None if told.low is None else max(0.0, told.low), "high": None if told.high is None else min(1.0, told.high),
        }
    )  # fmt: skip
    easy = math.fsum(level >= TOP_BOX - 1e-9 for level in levels)
    return Effort(score=kept, easy=wilson(easy, len(levels)), contacts=contacts, signs=signs)
