"""Remarks: what to keep in mind when reading figures, as codes with values, so that every reader is told in their own language."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from qa_service.domain.base import Record


class RemarkCode(StrEnum):
    """What is to be kept in mind."""

    #: Drafts count, with what the machine suggests.
    PROVISIONAL = "provisional"
    #: ``n`` scorecards that the service finalised are not among them.
    AUTOMATIC_OUT = "automatic_out"
    #: They are among them.
    AUTOMATIC_IN = "automatic_in"
    #: ``n`` scored interactions: too few to judge by.
    FEW_SCORED = "few_scored"
    #: Too few others: claims are against ``share``.
    AGAINST_TARGET = "against_target"
    #: Fewer than ``n`` others of the team: compared with the whole house.
    HOUSE_PEERS = "house_peers"
    #: A team without scorecards in the period.
    NO_SCORECARDS = "no_scorecards"
    #: ``n`` of ``of`` agents have not been reviewed.
    NOT_REVIEWED = "not_reviewed"
    #: All intervals overlap.
    NO_PLACES = "no_places"
    #: Too few other teams: claims are against ``share``.
    TEAMS_TARGET = "teams_target"
    #: Others have no names, and are told from ``n`` agents on.
    UNNAMED = "unnamed"
    #: ``n`` contacts, where ``of`` are the least.
    FEW_CONTACTS = "few_contacts"
    #: Nobody else has contacts enough to compare with.
    NOBODY_ELSE = "nobody_else"
    #: Only of ``n`` contacts it is known whether the customer came back.
    FEW_REPEATS = "few_repeats"
    #: Topics were not built yet.
    NO_TOPICS = "no_topics"
    #: An open period has none before it.
    OPEN_PERIOD = "open_period"


class Remark(Record):
    """One thing to keep in mind."""

    #: What it is.
    code: RemarkCode
    #: The same in English.
    words: str
    #: What is counted.
    n: int | None = Field(default=None, ge=0)
    #: Of how many, or how many are needed.
    of: int | None = Field(default=None, ge=0)
    #: A share, 0 to 1.
    share: float | None = None


def worded(remarks: tuple[Remark, ...]) -> tuple[str, ...]:
    """In English alone."""
    return tuple(one.words for one in remarks)
