"""The bench: everything that the workbench shows of a scorecard to whoever reads it; of a finished one, what may be done about it."""

from __future__ import annotations

import json
from typing import Any

from qa_service.bootstrap import Services
from qa_service.domain.agent import FINISHED
from qa_service.domain.disclosure import READ_NOTES, shown_to, withheld
from qa_service.domain.permission import Actor, Right, Scope
from qa_service.domain.report import Unit
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Criterion, Rubric
from qa_service.domain.scorecard import Scorecard, ScoredCriterion, Status
from qa_service.web.listening import listening

#: Keys of the workbench, and what they do; the same as in ``workbench.js``.
KEYS = (
    ("J / K", "move"), ("1 … 9", "choose"), ("0", "none"), ("A", "accept"), ("W", "why"), ("R", "explain"), ("C", "comment"), ("N", "note"),
    ("E", "listen"), ("Q", "quote"), ("I / O", "stretch"), ("Space", "toggle"), (", / .", "jump"), ("- / =", "speed"),
    ("S", "skip_silence"), ("G", "follow"), ("U", "take_back"), ("F", "finish"), ("?", "help"),
)


def bench(services: Services, scorecard: str, *, who: Actor, within: Scope) -> dict[str, Any]:
    """For the template; raises :class:`NotFoundError` outside ``within``."""
    stored = services.scorecards.get(scorecard, within=within)
    calibrating = services.calibrating.answering(by=who)
    card = shown_to(stored, who, calibrating=calibrating)
    rubric = services.rubrics.exact(card.rubric.fingerprint)
    place = services.interactions.get(card.interaction.id, within=who.scope(Right.READ_INTERACTIONS))
    held = card.status is Status.IN_REVIEW and card.reviewer == who.id
    needed = services.reviewing.needed(scorecard) if held else {}
    return {
        "score_unit": Unit.SCORE, "share_unit": Unit.SHARE,
        "card": card, "rubric": rubric, "place": place, "held": held,
        "open": card.status not in FINISHED, "withheld": withheld(stored), "needed": needed, "refused": {},
        "may_review": who.may(Right.REVIEW), "sections": sections(rubric, card), "undecided": UNDECIDED,
        "not_applicable": NOT_APPLICABLE, "has_notes": who.role in READ_NOTES,
        "questions": {one.id: one.question for one in rubric.criteria}, "own_evidence": own_evidence, "bench_keys": KEYS,
        **listening(services, card.interaction.id, who=who), **_final(services, card, who=who, within=within),
    }


def sections(rubric: Rubric, card: Scorecard) -> list[tuple[Any, list[tuple[Criterion, ScoredCriterion]]]]:
    """Each section with its criteria, as asked and as scored."""
    scored = {one.id: one for one in card.criteria}
    return [(section, [(one, scored[one.id]) for one in section.criteria if one.id in scored]) for section in rubric.sections]


def own_evidence(one: ScoredCriterion) -> str:
    """What a person put to an answer, for the script that shows it."""
    evidence = () if one.answered is None else one.answered.evidence
    kept = {"turn", "quote", "start", "end", "start_ms", "end_ms"}
    return json.dumps([piece.model_dump(mode="json", include=kept, exclude_none=True) for piece in evidence], ensure_ascii=False)


def _final(services: Services, card: Scorecard, *, who: Actor, within: Scope) -> dict[str, Any]:
    """What may be done about a finished scorecard, its versions, and what is or was in dispute."""
    if card.status not in FINISHED:
        return {}
    versions = services.reviewing.versions(str(card.id), within=within)
    hidden = services.calibrating.answering(by=who)
    final, last = card.status is Status.FINAL and not card.erased, versions[-1].id == card.id
    until = services.disputes.until(str(card.id), by=who) if final and last and who.may(Right.DISPUTE) else None
    return {
        "dispute_until": until, "dispute_over": until is not None and services.disputes.now() > until,
        "versions": [shown_to(one, who, calibrating=hidden) for one in versions], "sent": {}, "declined": None,
        "disputes": services.disputes.list(by=who, scorecard=str(card.id)).items,
        "may_acknowledge": final and last and card.acknowledged is None and who.may(Right.ACKNOWLEDGE),
        "may_dispute": final and last and who.may(Right.DISPUTE), "may_reopen": final and last and who.may(Right.REOPEN),
        "policy": services.policies.current().policy if final and who.may(Right.READ_POLICY) else None,
    }
