"""Examples: places to listen to for each priority, found, checked and shown only as long as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from qa_service.domain.coaching_plan import MOST_EXAMPLES, CoachingPlan, CoachingPriority, ExampleKind, ExampleRef
from qa_service.domain.consent import nameless
from qa_service.domain.rubric import Criterion
from qa_service.domain.shown_example import ShownExample
from qa_service.errors import InputError
from qa_service.store.places import Place
from qa_service.store.unit import Unit


def found_examples(
    unit: Unit, agent: str, *, rubric: str, form: Criterion, language: str, since: datetime,
    colleagues: Sequence[str] | None = None,
) -> tuple[ExampleRef, ...]:
    """A place that the agent missed, one that they did, and one of a colleague who agreed (of these, or of anybody); what there is."""
    best = max(option.value for option in form.options)
    good = [option.id for option in form.options if option.value == best]
    missed = unit.places.of_agent(agent, rubric=rubric, criterion=form.id, answers=form.misses, since=since)
    done = unit.places.of_agent(agent, rubric=rubric, criterion=form.id, answers=good, since=since)
    shown = unit.places.of_colleagues(
        agent, among=colleagues, rubric=rubric, criterion=form.id, answers=good, language=language, since=since
    )
    found = ((ExampleKind.OWN_MISSED, missed), (ExampleKind.OWN_DONE, done), (ExampleKind.COLLEAGUE, shown))
    return tuple(ExampleRef(kind=kind, scorecard=place.scorecard) for kind, places in found for place in places)


def shown_examples(unit: Unit, plan: CoachingPlan) -> tuple[ShownExample, ...]:
    """The places of a plan that still stand: what was erased, judged otherwise since, moved to another agent, or (of a colleague) is not
    agreed to any more, is not among them."""
    wanted = [(one, ref) for one in plan.priorities for ref in one.examples]
    places = {
        agreed: unit.places.at(
            ((ref.scorecard, one.criterion) for one, ref in wanted if (ref.kind is ExampleKind.COLLEAGUE) is agreed), agreed=agreed
        )
        for agreed in (False, True)
    }
    shown = []
    for one, ref in wanted:
        place = places[ref.kind is ExampleKind.COLLEAGUE].get((ref.scorecard, one.criterion))
        if place is not None and _fits(unit, plan.agent, one, ref.kind, place):
            shown.append(_shown(one, ref.kind, place))
    return tuple(shown)


def checked_examples(unit: Unit, agent: str, criterion: str, examples: Sequence[ExampleRef], *, place: str) -> tuple[ExampleRef, ...]:
    """Raises :class:`InputError` for a place that is not there, not the agent's, or of a colleague who has not agreed."""
    if len(examples) > MOST_EXAMPLES:
        raise InputError(f"a priority has at most {MOST_EXAMPLES} examples", field=f"{place}.examples")
    for number, ref in enumerate(examples):
        colleague = ref.kind is ExampleKind.COLLEAGUE
        found = unit.places.at([(ref.scorecard, criterion)], agreed=colleague).get((ref.scorecard, criterion))
        if found is None or (found.agent == agent) is colleague:
            whose = "a colleague who agreed to be shown" if colleague else f"agent {agent!r}"
            where = f"{place}.examples[{number}].scorecard"
            hint = "a finished scorecard that counts, with an answer to this criterion"
            raise InputError(f"{ref.scorecard!r} shows nothing of {whose}", field=where, hint=hint)
    return tuple(examples)


def _fits(unit: Unit, agent: str, one: CoachingPriority, kind: ExampleKind, place: Place) -> bool:
    """Whether a place still shows what it was chosen for."""
    if (place.agent == agent) is (kind is ExampleKind.COLLEAGUE):
        return False
    versions = unit.rubrics.versions(one.rubric)
    forms = [form for version in versions for form in version.criteria if form.id == one.criterion]
    missed = any(place.answer in form.misses for form in forms)
    earned = any(option.value > 0 for form in forms for option in form.options if option.id == place.answer)
    return missed if kind is ExampleKind.OWN_MISSED else earned


def _shown(one: CoachingPriority, kind: ExampleKind, place: Place) -> ShownExample:
    said = place.evidence
    quote = None if said is None or not said.quote else said.quote
    told: dict[str, Any] = {
        "rubric": one.rubric, "criterion": one.criterion, "kind": kind, "answer": place.answer, "channel": place.channel,
    }
    if kind is ExampleKind.COLLEAGUE:
        return ShownExample(**told, quote=None if quote is None else nameless(quote, (place.name, place.agent)))
    told |= {"interaction": place.interaction, "scorecard": place.scorecard, "at": place.at, "quote": quote}
    if said is not None:
        told |= {"turn": said.turn, "start_ms": said.start_ms, "end_ms": said.end_ms}
    return ShownExample(**told)
