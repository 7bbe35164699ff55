"""Satisfaction: the share of satisfied contacts among all, and how satisfied the customer of one contact probably is."""

from __future__ import annotations

from collections.abc import Sequence

from qa_service.domain.base import Record
from qa_service.domain.csat_model import CRITERION, LEAST_ANSWERS, LEAST_OF_EACH, LEAST_OF_GROUP, ErrorTold, Lack, ReasonedPrediction, lack
from qa_service.domain.permission import Scope
from qa_service.domain.satisfaction import Satisfaction, satisfaction
from qa_service.errors import InputError, NotFoundError
from qa_service.statistics.prediction import error_of, reasons
from qa_service.store.csat_models import StoredCsatModel
from qa_service.store.outcomes import BY, Group, Place, worth
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class CsatGroup(Record):
    """The share of satisfied contacts of one group."""

    #: The channel, team, queue, language or agent; null where nobody told.
    group: str | None
    #: Its share.
    satisfaction: Satisfaction


class CsatReport(Record):
    """The share of satisfied contacts among all, those included who never answered."""

    #: What is counted, and how.
    definition: str = (
        "satisfied: a survey answer of at least 75 % of the way from the worst to the best; denominator: all live contacts of channels "
        "in which customers answer. 'answers': of those who answered; 'alike': of all, if those who answer are like the others; "
        "'weighted': of all, answers weighted by how seldom such contacts answer"
    )
    #: Version of the model that predicts; null where nothing is predicted.
    model: int | None
    #: How far its predictions are off; null without a model.
    error: ErrorTold | None
    #: What it takes to learn one; null where one is in use or there is enough.
    lack: Lack | None
    #: All contacts that were asked for.
    total: Satisfaction
    #: The same, parted.
    groups: tuple[CsatGroup, ...] = ()


class SatisfactionDesk:
    """What satisfies customers, as far as is known."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def models(self) -> tuple[StoredCsatModel, ...]:
        """All versions, the newest first."""
        with self._database.reading() as unit:
            return unit.csat_models.list()

    def model(self, version: int) -> StoredCsatModel:
        """One version; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.csat_models.get(version)

    def prediction(self, interaction: str, *, within: Scope) -> ReasonedPrediction:
        """How satisfied a customer probably is, with its error and what moved it most.

        Raises :class:`NotFoundError` for an interaction out of reach, and where nothing is predicted, with why.
        """
        with self._database.reading() as unit:
            stored = unit.interactions.get(interaction, within=within)
            made = next(iter(unit.csat_models.of(interaction)), None)
            if made is None:
                raise NotFoundError(
                    f"nothing is predicted for {interaction!r}", field="interaction", hint=_why(unit, stored.interaction.channel.value)
                )
            model = unit.csat_models.get(made.prediction.version).model
            contact = next(iter(unit.outcomes.described([interaction], worth=worth(unit.rubrics.list()))))
            blind = unit.outcomes.under_blind_review(interaction)
        return ReasonedPrediction(
            **made.prediction.model_dump(), at=made.at, error=error_of(model, contact), base=model.base, answered=contact.level,
            # Whoever reviews blindly must not learn here what the machine answered.
            reasons=tuple(one for one in reasons(model, contact) if not (blind and one.name.startswith(CRITERION))),
        )

    def report(self, place: Place, *, by: str | None = None) -> CsatReport:
        """The share of satisfied contacts, all together and by ``channel``, ``team``, ``queue``, ``language`` or ``agent``.

        Raises :class:`InputError` for anything else.
        """
        if by is not None and by not in BY:
            raise InputError(f"satisfaction is not told apart by {by!r}", field="by", hint=f"one of: {', '.join(BY)}")
        with self._database.reading() as unit:
            active = unit.csat_models.active()
            surveyed = asked(unit)
            channels = surveyed if active is None else active.model.channels
            total = unit.outcomes.groups(place, by=None, predicted=active is not None, channels=channels).get(None)
            groups = {} if by is None else unit.outcomes.groups(place, by=by, predicted=active is not None, channels=channels)
            missing = None if active is not None else lacking(unit, surveyed)
        model = None if active is None else active.model
        return CsatReport(
            model=model and model.version, error=None if model is None else model.errors[0], lack=missing,
            total=_told(total, predicted=model is not None),
            groups=tuple(
                CsatGroup(group=name, satisfaction=_told(groups[name], predicted=model is not None))
                for name in sorted(groups, key=lambda name: (name is None, name or ""))
            ),
        )

def asked(unit: Unit) -> tuple[str, ...]:
    """Channels in which enough customers answer."""
    return tuple(sorted(channel for channel, answers in unit.outcomes.surveyed().items() if answers >= LEAST_OF_GROUP))


def lacking(unit: Unit, channels: Sequence[str]) -> Lack | None:
    """What is missing to learn from the answers of these channels."""
    happy, others = unit.outcomes.kinds(channels=channels)
    return lack(happy, others)


def _told(group: Group | None, *, predicted: bool) -> Satisfaction:
    assert group is not None, "all contacts together are always a group"
    return satisfaction(group.alike, group.weighted, left_out=group.left_out, predicted=predicted, unasked=group.left_out > 0)


def too_few(missing: Lack) -> str:
    """The same in words."""
    needs = [f"{missing.more} more answers"] if missing.more else []
    if missing.more_of_rarer:
        needs.append(f"{missing.more_of_rarer} more of {missing.rarer_kind} customers")
    return (
        f"{missing.answers} survey answers are too few to learn from: it takes {' and '.join(needs)} (at least {LEAST_ANSWERS}, "
        f"{LEAST_OF_EACH} of each kind, in channels with {LEAST_OF_GROUP} or more)"
    )


def _why(unit: Unit, channel: str) -> str:
    active = unit.csat_models.active()
    if active is None:
        missing = lacking(unit, asked(unit))
        return too_few(missing) if missing is not None else "no model is in use: qa-service outcomes train"
    if channel not in active.model.channels:
        return f"too few customers answer on the channel {channel}"
    return "it was taken in lately, was erased, or is no live contact"
