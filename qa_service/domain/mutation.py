"""Mutation: a rubric weakened in one place at a time, to see whether its gold would notice (mutation testing, DeMillo et al. 1978).

Mutants need nothing looked up again: what a mutant lacks is taken out of what was found for the original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from qa_service.domain.base import Path
from qa_service.domain.criteria.base import Detection, PhraseBook, parse_detection
from qa_service.domain.criteria.matches import Matches
from qa_service.domain.criteria.said import Said
from qa_service.domain.criteria.scope import Within, parse_within
from qa_service.domain.duration import format_duration, parse_duration
from qa_service.domain.finding import Findings
from qa_service.domain.rubric import Criterion, Rubric
from qa_service.domain.rubric_checks import borders
from qa_service.domain.transcript import Transcript

Body = dict[str, Any]


class Operator(StrEnum):
    """What is done to a detection."""

    #: One of several is taken out, or the opportunity or the condition is dropped.
    REMOVE = "remove"
    #: Yes becomes no.
    NEGATE = "negate"
    #: The words of one language, or all of them, are never found.
    PHRASES = "phrases"
    #: A comparison is flipped or its bound moved.
    COMPARE = "compare"
    #: The part or the party is widened or narrowed.
    SCOPE = "scope"
    #: How many are needed, or which of two comes first.
    LOGIC = "logic"


class Lookup(NamedTuple):
    """Findings of a mutant by those of the original."""

    #: Key of the original's findings.
    key: str
    #: Language whose turns are left out; ``None`` leaves out all.
    without: str | None


class Mutant(NamedTuple):
    """A criterion weakened in one place."""

    #: Where, in the file.
    path: Path
    operator: Operator
    #: What was done, in words.
    what: str
    #: The weakened criterion.
    criterion: Criterion
    #: Findings that it needs, by its own keys.
    lookups: Mapping[str, Lookup]


class _Change(NamedTuple):
    operator: Operator
    what: str
    #: ``{kind: body}`` instead of the detection; ``None`` takes it out.
    raw: Any
    #: What the changed detection is to find.
    lookup: Lookup | None = None


def mutants(rubric: Rubric) -> Iterator[Mutant]:
    """Every mutant, in the order of the form."""
    for place, criterion in rubric.located:
        for name in ("applies_when", "detect"):
            root: Detection | None = getattr(criterion, name)
            if root is not None:
                yield from _of_detection(criterion, name, root, place, rubric.phrases)
        for name in ("applies_when", "asked_when"):
            if getattr(criterion, name) is not None:
                yield Mutant((*place, name), Operator.REMOVE, "always asked", criterion.model_copy(update={name: None}), {})
        yield from _of_bands(criterion, place)


def part_with(rubric: Rubric, criterion: Criterion) -> Rubric:
    """The rubric with that criterion in place of the one of its id, and only those that it waits for."""
    waits, needed, open_ = borders(rubric), set[str](), [criterion.id]
    while open_:
        one = open_.pop()
        if one not in needed:
            needed.add(one)
            open_.extend(waits[one])
    sections = (
        section.model_copy(update={"criteria": tuple(_or(criterion, one) for one in section.criteria if one.id in needed)})
        for section in rubric.sections
    )
    return rubric.model_copy(update={"sections": tuple(section for section in sections if section.criteria)})


def _or(changed: Criterion, one: Criterion) -> Criterion:
    return changed if one.id == changed.id else one


def findings_of(mutant: Mutant, findings: Findings, transcript: Transcript) -> Findings:
    """What would have been found for it."""
    if not mutant.lookups:
        return findings
    made = {
        key: () if lookup.without is None else tuple(
            hit for hit in findings.get(lookup.key, ()) if (transcript.turns[hit.turn].language or transcript.language) != lookup.without
        )
        for key, lookup in mutant.lookups.items()
    }  # fmt: skip
    return {**findings, **made}


def _of_detection(criterion: Criterion, name: str, root: Detection, place: Path, book: PhraseBook) -> Iterator[Mutant]:
    data = root.model_dump(mode="json")
    for path, detection in root.walk():
        for change in (*_removed(data, path), *_changes(detection, _parent(path), book)):
            changed = _put(data, path[:-1], change.raw) if change.raw is not None else _without(data, path)
            made = parse_detection(changed)
            lookups: dict[str, Lookup] = {}
            if change.lookup is not None:
                lookups = {query.key: change.lookup for query in parse_detection(change.raw).queries(book)}
            yield Mutant((*place, name, *path), change.operator, change.what, criterion.model_copy(update={name: made}), lookups)


def _changes(detection: Detection, parent: str, book: PhraseBook) -> Iterator[_Change]:
    kind, body = detection.kind, _body(detection)
    if kind in ("said", "not_said"):
        yield _Change(Operator.NEGATE, "negated", {"not_said" if kind == "said" else "said": body})
    elif not detection.children() and kind not in ("signal", "manual", "judge"):
        yield _Change(Operator.NEGATE, "negated", {"none": [{kind: body}]})
    if isinstance(detection, Said | Matches):
        yield from _words(detection, body, parent, book)
    if kind in ("said", "not_said", "matches"):
        yield from _scopes(kind, body)
    more = _MORE.get(kind)
    yield from () if more is None else more(body)


def _words(detection: Said | Matches, body: Body, parent: str, book: PhraseBook) -> Iterator[_Change]:
    field = "phrases" if isinstance(detection, Said) else "pattern"
    told = getattr(detection, field)
    lists: Mapping[str, tuple[str, ...]] = book[told] if isinstance(told, str) else told
    if "*" not in lists and len(lists) > 1:
        for language in lists:
            rest = {one: list(texts) for one, texts in lists.items() if one != language}
            change = {detection.kind: {**body, field: rest}}
            yield _Change(Operator.PHRASES, f"nothing in {language}", change, Lookup(detection.key, language))
    if parent not in ("any", "none", "cues"):  # there it is the same as taking the detection out
        never = {language: ["never"] for language in lists}
        yield _Change(Operator.PHRASES, "never found", {detection.kind: {**body, field: never}}, Lookup(detection.key, None))


def _scopes(kind: str, body: Body) -> Iterator[_Change]:
    told = body.get("within")
    for within in _parts(parse_within(told)) if told is not None else ("first 50%", "last 50%"):
        changed = {**body, "within": within} if within else {key: value for key, value in body.items() if key != "within"}
        yield _Change(Operator.SCOPE, f"{told or 'anywhere'} becomes {within or 'anywhere'}", {kind: changed})
    by = body.get("by", "any")
    for other in ("agent", "customer", "any"):
        if other != by:
            yield _Change(Operator.SCOPE, f"by {by} becomes by {other}", {kind: {**body, "by": other}})


def _parts(within: Within) -> Iterator[str | None]:
    """Wider and narrower parts; ``None`` is the whole."""
    yield None
    side = within.side
    if within.share is not None:
        yield f"{side} {round(within.share * 50, 3):g}%"
        if within.share < 0.5:
            yield f"{side} {round(within.share * 200, 3):g}%"
    elif within.turns is not None:
        yield f"{side} {within.turns * 2} turns"
        if within.turns > 1:
            yield f"{side} {within.turns // 2} turns"
    elif within.span_ms is not None:
        yield f"{side} {format_duration(within.span_ms * 2)}"
        if within.span_ms > 1:
            yield f"{side} {format_duration(within.span_ms // 2)}"
    elif within.criterion is not None:
        yield f"{'after' if side == 'before' else 'before'} {within.criterion}"


_FLIPPED = {"at_most": "above", "above": "at_most", "at_least": "below", "below": "at_least"}


def _signal(body: Body) -> Iterator[_Change]:
    if "measured" in body:
        yield _Change(Operator.COMPARE, "measured becomes not measured", {"signal": {**body, "measured": not body["measured"]}})
        return
    bounds = [bound for bound in _FLIPPED if bound in body]
    for bound in bounds:
        rest = {key: value for key, value in body.items() if key != bound}
        if len(bounds) > 1:
            yield _Change(Operator.COMPARE, f"without {bound}", {"signal": rest})
            continue
        value = body[bound]
        flipped = _FLIPPED[bound]
        yield _Change(Operator.COMPARE, f"{bound} becomes {flipped}", {"signal": {**rest, flipped: value}})
        # Small whole numbers are counts, of which half would be the same as one.
        for other in (value + 1, value - 1) if value in (0, 1, 2) else (value * 2, value / 2):
            yield _Change(Operator.COMPARE, f"{bound} {value:g} becomes {other:g}", {"signal": {**rest, bound: other}})


def _limit(body: Body) -> Iterator[_Change]:
    limit = parse_duration(body["limit"])
    for told in (format_duration(limit * 2), format_duration(limit // 2)):
        yield _Change(Operator.COMPARE, f"limit becomes {told}", {"answered_within": {**body, "limit": told}})
    which = body.get("which", "each")
    rest = {key: value for key, value in body.items() if key != "share"}
    other = "each" if which == "first" else "first"
    yield _Change(Operator.LOGIC, f"{which} becomes {other}", {"answered_within": {**rest, "which": other}})


def _order(body: Body) -> Iterator[_Change]:
    yield _Change(Operator.LOGIC, "the other way round", {"order": {"first": body["then"], "then": body["first"]}})


def _count(body: Body) -> Iterator[_Change]:
    for count in (body["count"] - 1, body["count"] + 1):
        if 1 <= count <= len(body["of"]):
            yield _Change(Operator.LOGIC, f"at least {body['count']} becomes {count}", {"at_least": {**body, "count": count}})


def _start(body: Body) -> Iterator[_Change]:
    start = body.get("start", 0.0)
    for other in (start - 1, start + 1):
        if -10 <= other <= 10:
            yield _Change(Operator.COMPARE, f"start {start:g} becomes {other:g}", {"weigh": {**body, "start": other}})


def _all(body: Body) -> Iterator[_Change]:
    if len(body["of"]) > 1:
        yield _Change(Operator.LOGIC, "any becomes all", {"all": body["of"]})


def _any(body: Body) -> Iterator[_Change]:
    if len(body["of"]) > 1:
        yield _Change(Operator.LOGIC, "all becomes any", {"any": body["of"]})


_MORE: Mapping[str, Callable[[Body], Iterator[_Change]]] = MappingProxyType(
    {"signal": _signal, "answered_within": _limit, "order": _order, "at_least": _count, "weigh": _start, "any": _all, "all": _any}
)


def _body(detection: Detection) -> Body:
    """The settings; a body that is no mapping goes under ``of``, or under its kind's name."""
    (body,) = detection.model_dump(mode="json").values()
    if isinstance(body, dict):
        return body
    return {"of": body} if isinstance(body, list) else body


def _of_bands(criterion: Criterion, place: Path) -> Iterator[Mutant]:
    if criterion.numeric is None:
        return
    for factor, what in ((2.0, "bounds doubled"), (0.5, "bounds halved")):
        bands = tuple(
            band if band.at_most is None else band.model_copy(update={"at_most": band.at_most * factor}) for band in criterion.numeric.bands
        )
        changed = criterion.model_copy(update={"numeric": criterion.numeric.model_copy(update={"bands": bands})})
        yield Mutant((*place, "numeric"), Operator.COMPARE, what, changed, {})


def _removed(data: Any, path: Path) -> Iterator[_Change]:
    """Taking the detection out, where others stay."""
    at = _item(path)
    if at is None:
        return
    beside = _node(data, at[:-1])
    count = _node(data, at[:-2]).get("count", 1) if at[-2] == "of" else 1
    if len(beside) > max(1, count):
        yield _Change(Operator.REMOVE, "taken out", None)


def _item(path: Path) -> Path | None:
    """Place of the list item that is the detection, or holds it; ``None`` where it is in no list."""
    above = path[:-1]
    if above and isinstance(above[-1], int):
        return above
    return above[:-1] if len(above) > 1 and above[-1] == "when" else None


def _parent(path: Path) -> str:
    """Kind of the combination that it stands in; ``cues`` for a cue."""
    return next((part for part in reversed(path[:-1]) if isinstance(part, str) and part not in ("of", "when")), "")


def _node(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _put(data: Any, path: Path, value: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(data, list):
        return [_put(item, rest, value) if index == head else item for index, item in enumerate(data)]
    return {**data, head: _put(data[head], rest, value)}


def _without(data: Any, path: Path) -> Any:
    at = _item(path)
    assert at is not None, "only an item of a list is taken out"
    return _put(data, at[:-1], [one for index, one in enumerate(_node(data, at[:-1])) if index != at[-1]])
