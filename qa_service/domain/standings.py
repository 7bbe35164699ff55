"""Standings: what compared figures and tallies say of each criterion, weakest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qa_service.domain.agent import LEAST, more_for, standing
from qa_service.domain.comparison import Comparison, Reason
from qa_service.domain.control import Control
from qa_service.domain.estimation import Share, wilson
from qa_service.domain.interaction import Channel
from qa_service.domain.moments import Moments
from qa_service.domain.playlist import Playlist
from qa_service.domain.profile import CriterionStanding, Measure, Versus
from qa_service.domain.rubric import Severity, Skill
from qa_service.domain.standing import Standing

_NOTHING = Playlist()


class Question(NamedTuple):
    """A criterion of a form."""

    rubric: str
    section: str
    criterion: str
    channel: Channel
    severity: Severity
    skill: Skill | None
    control: Control


class Tally(NamedTuple):
    """Answers to one criterion, counted."""

    #: Answers that earn or lose points.
    n: int
    #: Sum of the earned shares (points / weight), 0 to ``n``.
    met: float
    #: No opportunity.
    not_applicable: int = 0
    #: No answer yet.
    undecided: int = 0

    @property
    def share(self) -> Share:
        """With its interval."""
        return wilson(min(max(self.met, 0.0), self.n), self.n)


def tally(m: Moments) -> Tally:
    """People's answers, each counted once."""
    n = round(m.a)
    return Tally(n, min(float(n), m.u), not_applicable=max(0, round(m.people) - n))


def provisional(question: Question, mine: Tally, others: Tally | None, playlist: Playlist | None = None) -> CriterionStanding:
    """By answers in force, the machine's where nobody has answered: against the target alone."""
    return _standing(question, mine, others, playlist or _NOTHING)


def compared(
    question: Question, mine: Tally, others: Tally | None, peers: Comparison, past: Comparison, playlist: Playlist | None = None
) -> CriterionStanding:
    """By people's answers: against comparable peers, and against the target where there are too few to compare with."""
    found = _standing(question, mine, others, playlist or _NOTHING)
    told = {"figure": peers.figure, "peers": Versus.of(peers), "past": Versus.of(past)}
    if peers.effect is None or peers.reason is Reason.NO_PEERS:
        return found.model_copy(update=told)
    claim = {"standing": peers.standing, "against": Measure.PEERS, "reason": peers.reason, "more": peers.more}
    return found.model_copy(update={**told, **claim})


def _standing(question: Question, mine: Tally, others: Tally | None, playlist: Playlist) -> CriterionStanding:
    share = mine.share
    target = standing(share)
    return CriterionStanding.trusted(
        **question._asdict(), share=share, others=(others or Tally(0, 0.0)).share, figure=None, peers=None, past=None, standing=target,
        against=Measure.TARGET, target=target, reason=None if target is not Standing.CANNOT_TELL else _why(share), more=more_for(share),
        not_applicable=mine.not_applicable, undecided=mine.undecided, best=playlist.best, worst=playlist.worst,
    )


def _why(share: Share) -> Reason:
    if not share.n:
        return Reason.NO_OPPORTUNITY
    return Reason.TOO_FEW if share.n < LEAST else Reason.NO_DIFFERENCE_SEEN


def against_target(found: Sequence[CriterionStanding]) -> bool:
    """Whether nothing that was answered could be compared with anybody."""
    answered = [one for one in found if one.share.n]
    return bool(answered) and all(one.against is Measure.TARGET for one in answered)


def weakest_first(found: Iterable[CriterionStanding]) -> tuple[CriterionStanding, ...]:
    """By how far they are from the peers, where that is known, else by their share; unknown ones last."""
    return tuple(sorted(found, key=lambda one: (one.share.value is None, _lean(one), -one.share.n, one.rubric, one.criterion)))


def _lean(one: CriterionStanding) -> float:
    return 1.0 if one.share.value is None else one.share.value


def strengths(found: Sequence[CriterionStanding]) -> tuple[CriterionStanding, ...]:
    """Those with a claim that are the agent's doing at least in part, the surest first."""
    some = [one for one in found if one.standing is Standing.STRENGTH and one.control is not Control.SYSTEM]
    return tuple(sorted(some, key=lambda one: -_bound(one, upper=False)))


def weaknesses(found: Sequence[CriterionStanding]) -> tuple[CriterionStanding, ...]:
    """As :func:`strengths`; what harms most first."""
    some = [one for one in found if one.standing is Standing.WEAKNESS and one.control is not Control.SYSTEM]
    return tuple(sorted(some, key=lambda one: (not one.severity.critical, _bound(one, upper=True))))


def _bound(one: CriterionStanding, *, upper: bool) -> float:
    """The bound that is nearest to no claim."""
    if one.against is Measure.PEERS and one.peers is not None and one.peers.low is not None and one.peers.high is not None:
        return one.peers.high if upper else one.peers.low
    return one.share.high if upper else one.share.low


def pooled(parts: Iterable[Moments]) -> Moments:
    """All of them together."""
    some = list(parts)
    # In one go for each sum: adding them pair by pair takes ten times as long.
    return Moments._make(map(sum, zip(*some, strict=True))) if some else Moments()
