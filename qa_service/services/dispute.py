"""Disputes: opened over final scorecards, routed to somebody who was not involved, decided into a new version beside the old."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from qa_service.domain.dispute import AgentClaim, Decision, Dispute, DisputeKind, DisputeOutcome, DisputeState, Objection
from qa_service.domain.dispute_outcomes import DisputeFigures, outcomes
from qa_service.domain.disputing import assigned, decided, opened, withdrawn
from qa_service.domain.interaction import AgentRef
from qa_service.domain.permission import SYSTEM, Actor, Right
from qa_service.domain.revision import reattributed, revised
from qa_service.domain.routing import chosen
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.errors import ConflictError, InputError, NotFoundError, StaleVersionError, UnknownAgentError
from qa_service.services.clock import Clock
from qa_service.services.versions import finalized
from qa_service.settings import Settings
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class Disputes:
    """What people do to disputes. ``expected`` is the revision that the caller has seen; ``None`` takes the current one.

    Every method raises :class:`NotFoundError` for what does not exist or lies outside the actor's reach, and
    :class:`PermissionDeniedError` without the right.
    """

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    def open(self, scorecard: str, objections: Sequence[Objection] = (), *, claim: AgentClaim | None = None, by: Actor) -> Dispute:
        """Disagree with a final scorecard, which counts on as it is until the decision; somebody is asked to decide at once.

        Raises :class:`ConflictError` for a scorecard that is not final, does not count or is in dispute, :class:`DeadlineError` when it was
        finalised too long ago, :class:`AnswerError` for what the form does not have, and :class:`UnknownAgentError`.
        """
        at = self._clock()
        with self._database.unit() as unit:
            card = unit.scorecards.get(scorecard, within=by.scope(Right.DISPUTE))
            ground = unit.disputes.ground(scorecard)
            made = opened(
                card, unit.rubrics.by_fingerprint(card.rubric.fingerprint), id=uuid.uuid4().hex, objections=objections, claim=claim,
                team=ground.team, finalized_at=ground.finalized_at or at, counts=ground.counts, by=by.id, at=at,
                policy=unit.policies.current(),
            )
            if ground.successor is not None:
                raise ConflictError("this scorecard is being reviewed again", field="scorecard", hint="wait for its new version")
            if claim is not None and claim.agent is not None:
                self._check_agent(unit, claim.agent)
            # The dispute first: of two at once, the other one is told that there is one, not that something has changed.
            unit.disputes.add(made)
            marked = card.model_copy(update={"status": Status.DISPUTED})
            revision = unit.scorecards.save(marked, expected_revision=card.revision, at=at).revision
            told = made.model_dump(mode="json", include={"kind", "scorecard", "due_at"}) | _told(made)
            _note(unit, made, at=at, by=by, action="opened", scorecard_revision=revision, **told)
            return self._routed(unit, made, at=at) or made

    def withdraw(self, dispute: str, *, by: Actor, expected: int | None = None) -> Dispute:
        """Take it back, as its opener; the scorecard stays final as it was. Raises :class:`ConflictError` when it is closed."""
        at = self._clock()
        with self._database.unit() as unit:
            found = _seen(unit, dispute, by=by, expected=expected)
            by.check(Right.DISPUTE)
            return _withdrawn(unit, withdrawn(found, by=by.id, at=at), at=at, by=by)

    def route(
        self, dispute: str, *, handler: str | None = None, note: str | None = None, by: Actor, expected: int | None = None
    ) -> Dispute:
        """Give it to somebody, or, without ``handler``, to whoever is chosen of the others.

        Raises :class:`ConflictError` when it is closed or nobody else can decide it, :class:`InputError` for somebody who cannot.
        """
        at = self._clock()
        with self._database.unit() as unit:
            found = _seen(unit, dispute, by=by, expected=expected)
            by.check(Right.MANAGE_DISPUTES)
            if handler is None:
                given = self._routed(unit, found, at=at, note=note, by=by)
                if given is None:
                    raise ConflictError("nobody else can decide this dispute", field="handler", hint="name somebody")
                return given
            user = unit.users.get(handler)
            if not user.active:
                raise InputError(f"{handler!r} is not active", field="handler", hint="choose somebody else")
            given = assigned(found, handler=user.actor(), involved=_involved(unit, found), at=at, note=note)
            return _given(unit, found, given, at=at, by=by, automatic=False)

    def decide(self, dispute: str, decision: Decision, *, by: Actor, expected: int | None = None) -> Dispute:
        """Decide all of it. Where anything is accepted, a new version of the scorecard counts from now on, scored again, beside the old.

        An accepted claim of another agent moves the contact, and all that counts of it, to the right one. Raises as
        :func:`qa_service.domain.disputing.decided` and :func:`qa_service.domain.revision.revised`, :class:`UnknownAgentError`, and
        :class:`ConflictError` while a scorecard that would follow is being reviewed again, or when another one has come to count.
        """
        at = self._clock()
        with self._database.unit() as unit:
            found = _seen(unit, dispute, by=by, expected=expected)
            by.check(Right.DECIDE_DISPUTES)
            card = unit.scorecards.get(found.scorecard)
            rubric = unit.rubrics.by_fingerprint(card.rubric.fingerprint)
            done = decided(found, rubric, decision, by=by, involved=_involved(unit, found), at=at)
            version = revised(card, rubric, done, follow_ups=decision.follow_ups, by=by.id, at=at)
            if version is not None:
                if not unit.disputes.ground(found.scorecard).counts:
                    hint = "reject it, and say which one counts: that can be disputed"
                    raise ConflictError("this scorecard does not count any more", field="scorecard", hint=hint)
                # The version first: whose contact it is decides whose team it counts for.
                moved = self._moved(unit, done, at=at, by=by)
                made = _finalized(unit, version, because=done, at=at, by=by)
                for one in moved:
                    _finalized(unit, reattributed(one, agent=made.interaction.agent, by=by.id), because=done, at=at, by=by)
                done = done.model_copy(update={"successor": made.id})
            _restore(unit, card, at=at)
            saved = unit.disputes.save(done)
            told = {"result": saved.result, "successor": saved.successor, "late": saved.late(at), "note": saved.note}
            _note(unit, saved, at=at, by=by, action="decided", **told, **_told(saved))
            return saved

    def until(self, scorecard: str, *, by: Actor) -> datetime | None:
        """Until when a final scorecard within the actor's reach can be disputed; ``None`` where it is not final."""
        with self._database.reading() as unit:
            unit.scorecards.get(scorecard, within=by.scope(Right.DISPUTE))
            finalized_at = unit.disputes.ground(scorecard).finalized_at
            days = unit.policies.current().dispute_days
        return None if finalized_at is None else finalized_at + timedelta(days=days)

    def get(self, dispute: str, *, by: Actor) -> Dispute:
        """One dispute."""
        with self._database.reading() as unit:
            return _seen(unit, dispute, by=by, expected=None)

    def list(
        self, *, by: Actor, state: DisputeState | None = None, kind: DisputeKind | None = None, agent: str | None = None,
        team: str | None = None, handler: str | None = None, scorecard: str | None = None, overdue: bool | None = None, mine: bool = False,
        cursor: str | None = None, limit: int = 50,
    ) -> Page[Dispute]:
        """Those that wait first, the sooner due the earlier; then the last closed. ``mine``: opened by the actor, or given to them."""
        now = self._clock()
        with self._database.reading() as unit:
            return unit.disputes.list(
                within=by.scope(Right.READ_DISPUTES), state=state, kind=kind, agent=agent, team=team, handler=handler, scorecard=scorecard,
                of=by.id if mine else None, overdue=overdue, now=now, cursor=cursor, limit=limit,
            )

    def outcomes(
        self, *, by: Actor, since: datetime | None = None, until: datetime | None = None, team: str | None = None,
        rubric: str | None = None,
    ) -> DisputeFigures:
        """The figures of the scorecards finalised in a period (``since <= finalised < until``)."""
        by.check(Right.MANAGE_DISPUTES)
        with self._database.reading() as unit:
            disputes = unit.disputes.cohort(since=since, until=until, team=team, rubric=rubric)
            finals = unit.disputes.finals(since=since, until=until, team=team, rubric=rubric)
        return outcomes(disputes, reviewers=finals.reviewers, criteria=finals.criteria, now=self._clock())

    def now(self) -> datetime:
        """What lateness is measured by."""
        return self._clock()

    def _routed(self, unit: Unit, dispute: Dispute, *, at: datetime, note: str | None = None, by: Actor = SYSTEM) -> Dispute | None:
        """Given to whoever is chosen of those who have not got it; ``None``: nobody can be."""
        involved = _involved(unit, dispute)
        others = [user for user in unit.users.list() if user.id != dispute.handler]
        user = chosen(dispute, others, involved=involved, load=unit.disputes.load())
        if user is None:
            return None
        given = assigned(dispute, handler=user.actor(), involved=involved, at=at, note=note)
        return _given(unit, dispute, given, at=at, by=by, automatic=True)

    def _check_agent(self, unit: Unit, agent: str) -> None:
        if self._settings.unknown_agents == "refuse" and not unit.agents.exists(agent):
            hint = "name an agent who is there, or leave the agent out"
            raise UnknownAgentError(f"nobody knows agent {agent!r}", field="attribution.agent", hint=hint)

    def _moved(self, unit: Unit, dispute: Dispute, *, at: datetime, by: Actor) -> tuple[Scorecard, ...]:
        """Where another agent's contact it was: puts it down to them; other final scorecards of it that need a version too."""
        claim = dispute.attribution
        if claim is None or claim.outcome is not DisputeOutcome.ACCEPTED:
            return ()
        agent = None
        if claim.decided is not None:
            self._check_agent(unit, claim.decided)
            agent = unit.agents.upsert(AgentRef(id=claim.decided), at=at)
        moved = unit.attributions.move(dispute.interaction, agent)
        _lapse(unit, dispute, at=at)
        others = [one for one in moved.finals if one != dispute.scorecard]
        content = {
            "before": _who(moved.before), "after": _who(agent), "drafts": list(moved.drafts), "finals": others,
            "because": f"dispute/{dispute.id}",
        }
        unit.ledger.append(
            at=at, actor=by.id, action="interaction.reattributed", subject=f"interaction/{dispute.interaction}", content=content,
            interaction=dispute.interaction,
        )
        return tuple(unit.scorecards.get(one) for one in others)


def _seen(unit: Unit, dispute: str, *, by: Actor, expected: int | None) -> Dispute:
    found = unit.disputes.get(dispute)
    if not by.scope(Right.READ_DISPUTES).holds(agent=found.agent, team=found.team, final=True):
        raise NotFoundError(f"no dispute {dispute!r}", field="dispute")
    if expected is not None and found.revision != expected:
        message = f"dispute {dispute!r} was changed meanwhile: it has revision {found.revision}, not {expected}"
        raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
    return found


def _involved(unit: Unit, dispute: Dispute) -> frozenset[str]:
    """Who has finalised a version of the scorecard, or decided an earlier dispute over one."""
    versions = unit.scorecards.versions(dispute.scorecard)
    deciders = [one.closed_by for one in unit.disputes.of_scorecards(str(one.id) for one in versions) if one.state is DisputeState.DECIDED]
    return frozenset(one for one in (*(card.reviewer for card in versions), *deciders) if one is not None)


def _given(unit: Unit, before: Dispute, given: Dispute, *, at: datetime, by: Actor, automatic: bool) -> Dispute:
    saved = unit.disputes.save(given)
    told = {"handler": saved.handler, "before": before.handler, "automatic": automatic, "note": saved.note}
    _note(unit, saved, at=at, by=by, action="routed", **told)
    return saved


def _withdrawn(unit: Unit, dispute: Dispute, *, at: datetime, by: Actor) -> Dispute:
    saved = unit.disputes.save(dispute)
    _restore(unit, unit.scorecards.get(saved.scorecard), at=at)
    _note(unit, saved, at=at, by=by, action="withdrawn", because=saved.closed_because)
    return saved


def _lapse(unit: Unit, dispute: Dispute, *, at: datetime) -> None:
    """Other disputes over the contact end: whoever opened them speaks for an agent whose contact it was not."""
    for other in unit.disputes.pending_of(dispute.interaction):
        if other.id != dispute.id:
            _withdrawn(unit, withdrawn(other, by=SYSTEM.id, at=at, because=f"dispute/{dispute.id}"), at=at, by=SYSTEM)


def _restore(unit: Unit, card: Scorecard, *, at: datetime) -> None:
    """What is not in dispute any more is final, as it was."""
    if card.status is Status.DISPUTED:
        unit.scorecards.save(card.model_copy(update={"status": Status.FINAL}), expected_revision=card.revision, at=at)


def _finalized(unit: Unit, version: Scorecard, *, because: Dispute, at: datetime, by: Actor) -> Scorecard:
    """The version kept beside the one it replaces, and counting from now on."""
    draft = unit.scorecards.succeed(version.model_copy(update={"status": Status.DRAFT}), at=at)
    rubric = unit.rubrics.by_fingerprint(version.rubric.fingerprint)
    return finalized(unit, version.model_copy(update={"id": draft.id}), rubric, by=by, at=at, because=f"dispute/{because.id}")


def _who(agent: AgentRef | None) -> str | None:
    return None if agent is None else agent.id


def _told(dispute: Dispute) -> dict[str, object]:
    """What is in dispute and what became of it, as data."""
    return dispute.model_dump(mode="json", include={"items", "attribution"}, exclude_none=True)


def _note(unit: Unit, dispute: Dispute, *, at: datetime, by: Actor, action: str, **content: object) -> None:
    unit.ledger.append(
        at=at, actor=by.id, action=f"dispute.{action}", subject=f"dispute/{dispute.id}", interaction=dispute.interaction,
        content={"revision": dispute.revision, **{key: value for key, value in content.items() if value is not None}},
    )
