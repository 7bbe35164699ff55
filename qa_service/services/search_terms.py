"""What a query means here: its words folded as transcripts are, and its filters checked against what this service knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import NoReturn

from qa_service.analysis.fold import fold
from qa_service.domain.permission import Scope
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED
from qa_service.domain.search import AnswerIs, Facet, Filters, Node, Query, resolved
from qa_service.domain.search_query import parse
from qa_service.domain.topic import OTHER
from qa_service.errors import InputError
from qa_service.store.search_filters import Asked
from qa_service.store.unit import Unit

#: Languages whose words are folded by rules of their own, and any other.
_FOLDED = ("en", "fa", "ar")


def read_query(text: str) -> tuple[Query, Node | None]:
    """A query, and its words as the index has them; raises :class:`InputError`."""
    query = parse(text)
    choice = query.filters.choice(Facet.LANGUAGE)
    told = None if choice is None or choice.negated else choice.values
    if query.written is None and query.filters.choice(Facet.SPEAKER) is not None:
        raise InputError("speaker: needs words that are searched for", field="query", hint="such as: speaker:agent refund")
    return query, resolved(query, folding(told))


def folding(languages: Sequence[str] | None = None) -> Callable[[str], list[tuple[str, ...]]]:
    """How a text may be written in the index: by the rules of those languages, or of all."""
    told = tuple(dict.fromkeys((*_FOLDED, None) if languages is None else (*(one if one in _FOLDED else None for one in languages), None)))

    def ways(text: str) -> list[tuple[str, ...]]:
        found = [fold(text, language).words for language in told]
        if "ar" in told:
            # A word that begins with a letter that is a clitic elsewhere loses it where it stands alone, and keeps it behind an article.
            found.append(tuple(word for one in fold(text, "ar").words for word in fold(one, "ar").words))
        return found

    return ways


def asked_of(
    unit: Unit, filters: Filters, *, within: Scope | None, reader: str | None, signals: Iterable[str],
) -> Asked:
    """The filters with what they name looked up; raises :class:`InputError` for what nobody knows."""
    _check_signals(filters, signals)
    for one in filters.answers:
        _check_answer(unit, one)
    agent = None if within is None else within.agent
    own = agent is not None and unit.search_hits.owns(agent)
    return Asked(filters=filters, within=within, reader=reader, topics=_topics(unit, filters, within), own=own)


def _check_signals(filters: Filters, signals: Iterable[str]) -> None:
    known = sorted(signals)
    for one in filters.bounds:
        if one.signal is not None and one.signal not in known:
            _unknown("signal", one.signal, known)


def _check_answer(unit: Unit, asked: AnswerIs) -> None:
    """Of the forms in force, or of any that was ever filled in."""
    criteria: Mapping[tuple[str, str], frozenset[str]] = {
        (section.id, one.id): frozenset(option.id for option in one.options)
        for rubric in unit.rubrics.list(active=True) for section in rubric.sections for one in section.criteria
    }  # fmt: skip
    found = [options for (section, one), options in criteria.items() if one == asked.criterion and asked.section in (None, section)]
    if not found and not unit.search_hits.was_asked(asked.criterion, section=asked.section):
        told = f"{asked.section}.{asked.criterion}" if asked.section else asked.criterion
        _unknown("criterion", told, [f"{section}.{one}" for section, one in criteria])
    options = frozenset().union(*found) | {NOT_APPLICABLE, UNDECIDED}
    if found and asked.answer not in options:
        raise InputError(
            f"{asked.criterion} has no answer {asked.answer!r}", field="query", hint=f"one of {', '.join(sorted(options))}",
        )


def _topics(unit: Unit, filters: Filters, within: Scope | None) -> tuple[int, Sequence[str | None]] | None:
    choice = filters.choice(Facet.TOPIC)
    if choice is None:
        return None
    topics = unit.topics.active()
    if topics is None:
        raise InputError("no topics were built yet", field="query", hint="qa-service topics build")
    counted = topics.counted
    names: list[str | None] = []
    for value in choice.values:
        meant = {one.id for one in topics.topics if value == one.id or value.casefold() == one.called.casefold()}
        if value != OTHER and not meant:
            # Names of topics come of what customers say: only who sees everybody's is told which there are.
            whole = within is None or within.whole
            _unknown("topic", value, [name for one in topics.topics for name in (one.id, one.called)] if whole else [])
        names += [None] if value == OTHER else [one for one, under in counted.items() if one in meant or under in meant]
    return topics.version, names


def _unknown(kind: str, name: str, known: Sequence[str]) -> NoReturn:
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    raise InputError(f"no {kind} {name!r} is known", field="query", hint=f"near it: {', '.join(near)}" if near else None)
