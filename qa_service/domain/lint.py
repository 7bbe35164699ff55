"""Lint: what a sound rubric may still get wrong, found without looking at any interaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations

from qa_service.domain.base import Path
from qa_service.domain.criteria.answered_within import AnsweredWithin
from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.judge import Judge
from qa_service.domain.criteria.matches import Matches
from qa_service.domain.criteria.means import Means
from qa_service.domain.criteria.order import Order
from qa_service.domain.criteria.said import Said
from qa_service.domain.criteria.scope import Within
from qa_service.domain.criteria.signal import SignalTest
from qa_service.domain.interaction import Channel
from qa_service.domain.rubric import AutoFail, Criterion, ReviewPolicy, Rubric
from qa_service.domain.rubric_checks import near
from qa_service.domain.rubric_source import Fault, Level, RubricSource, in_file_order
from qa_service.domain.signal import SignalSpec, Unit

#: Languages that every question should be asked in.
LANGUAGES = ("en", "fa", "ar")
#: Least effect on the total, percent, that a printed score can show.
_VISIBLE = Fraction(1, 1000)
#: Fewer examples than these describe no meaning.
_FEW = 3
_ERROR, _WARNING = Level.ERROR, Level.WARNING


def lint(rubric: Rubric, source: RubricSource, *, catalogue: Mapping[str, SignalSpec], judge: bool = False) -> list[Fault]:
    """Faults in the order of the file; ``catalogue`` has every signal that the analysis yields, by name, and ``judge`` tells whether a
    language model is set up."""
    checks = (
        _signals(rubric, source, catalogue), _phrase_languages(rubric, source), _unused_phrases(rubric, source), _texts(rubric, source),
        _weights(rubric, source), _settings(rubric, source), _answers(rubric, source), _parts(rubric, source), _doubles(rubric, source),
        _judges(rubric, source, judge=judge),
    )
    return in_file_order(fault for check in checks for fault in check)


def phrase_lists(rubric: Rubric) -> Iterator[tuple[Path, Mapping[str, tuple[str, ...]]]]:
    """Every set of phrases or patterns by language, named or in place, with where it stands."""
    for name, lists in rubric.phrases.items():
        yield ("phrases", name), lists
    for path, _, detection in rubric.walk():
        if isinstance(detection, Said) and not isinstance(detection.phrases, str):
            yield (*path, "phrases"), detection.phrases
        if isinstance(detection, Matches):
            yield (*path, "pattern"), detection.pattern


def phrase_path(source: RubricSource, base: Path, language: str, index: int) -> Path:
    """Where one phrase stands, whether its list is by language or not."""
    return next((path for path in ((*base, language, index), (*base, index), (*base, language)) if path in source.positions), base)


def _signals(rubric: Rubric, source: RubricSource, catalogue: Mapping[str, SignalSpec]) -> Iterator[Fault]:
    for path, _, detection in rubric.walk():
        for name in () if detection.children() else detection.signals():
            place = (*path, "name") if isinstance(detection, SignalTest) else path
            fault = _no_signal(name, place, rubric, source, catalogue)
            if fault is not None:
                yield fault
            elif isinstance(detection, SignalTest):
                bounds = ("at_most", "at_least", "below", "above")
                yield from _bounds({(*path, bound): getattr(detection, bound) for bound in bounds}, catalogue[name], source)
    for path, criterion in rubric.located:
        if criterion.numeric is not None:
            place = (*path, "numeric")
            fault = _no_signal(criterion.numeric.signal, (*place, "signal"), rubric, source, catalogue)
            if fault is not None:
                yield fault
                continue
            told = {(*place, "bands", index, "at_most"): band.at_most for index, band in enumerate(criterion.numeric.bands)}
            yield from _bounds(told, catalogue[criterion.numeric.signal], source)


def _no_signal(name: str, place: Path, rubric: Rubric, source: RubricSource, catalogue: Mapping[str, SignalSpec]) -> Fault | None:
    spec = catalogue.get(name)
    if spec is None:
        return source.fault(_ERROR, place, f"no signal {name!r}", near(name, catalogue) or "see the catalogue of signals")
    if rubric.channel not in spec.channels:
        carried = ", ".join(spec.channels)
        return source.fault(_ERROR, place, f"{rubric.channel} carries no signal {name!r}", f"it is measured on {carried}")
    return None


def _bounds(bounds: Mapping[Path, float | None], spec: SignalSpec, source: RubricSource) -> Iterator[Fault]:
    highest = {Unit.SHARE: 1.0, Unit.FLAG: 1.0}.get(spec.unit)
    for path, value in bounds.items():
        if value is not None and highest is not None and not 0 <= value <= highest:
            hint = "write 40% or 0.4" if spec.unit is Unit.SHARE else "1 where it is so, else 0"
            yield source.fault(_ERROR, path, f"{spec.name!r} lies between 0 and 1, so {value:g} can never matter", hint)


def _phrase_languages(rubric: Rubric, source: RubricSource) -> Iterator[Fault]:
    lists = list(phrase_lists(rubric))
    spoken = set(rubric.languages) or {language for _, by_language in lists for language in by_language} & set(LANGUAGES)
    who = "the rubric serves" if rubric.languages else "other phrases have"
    for path, by_language in lists:
        missing = [language for language in rubric.languages or LANGUAGES if language in spoken - by_language.keys()]
        if missing and "*" not in by_language:
            others = " or ".join(missing)
            yield source.fault(_WARNING, path, f"nothing for {others}, which {who}", "such turns will be undecided")
        for language in by_language.keys() - {"*", *rubric.languages} if rubric.languages else ():
            place = (*path, language)
            yield source.fault(_WARNING, place, f"{language} is none of the languages that the rubric serves", "add it to 'languages'")


def _unused_phrases(rubric: Rubric, source: RubricSource) -> Iterator[Fault]:
    used = {name for criterion in rubric.criteria for detection in criterion.detections() for name in detection.phrase_names()}
    for name in rubric.phrases:
        if name not in used:
            yield source.fault(_WARNING, ("phrases", name), f"phrases {name!r} are never used")


def _texts(rubric: Rubric, source: RubricSource) -> Iterator[Fault]:
    for path, criterion in rubric.located:
        missing = [language for language in rubric.languages or LANGUAGES if language not in criterion.question]
        if missing:
            yield source.fault(_WARNING, (*path, "question"), f"not asked in {' or '.join(missing)}", "write {en: ..., fa: ..., ar: ...}")


def _weights(rubric: Rubric, source: RubricSource) -> Iterator[Fault]:
    """A weight that moves the total by less than anybody can see."""
    form = sum(Fraction(repr(section.weight)) for section in rubric.sections)
    for s, section in enumerate(rubric.sections):
        share = 100 * Fraction(repr(section.weight)) / form
        if share < _VISIBLE:
            yield source.fault(_WARNING, ("sections", s, "weight"), f"{section.weight:g} of {float(form):g} cannot be seen in the total")
            continue
        whole = sum(Fraction(repr(criterion.weight)) for criterion in section.criteria if not criterion.bonus)
        if not whole:
            hint = "put a criterion without 'bonus' beside them"
            yield source.fault(_WARNING, ("sections", s, "weight"), "only bonus criteria here, so this weight cannot matter", hint)
        for c, criterion in enumerate(section.criteria):
            path = ("sections", s, "criteria", c, "weight")
            limit = rubric.settings.bonus_limit
            if criterion.bonus and criterion.weight > limit:
                yield source.fault(_WARNING, path, f"a bonus of {criterion.weight:g}, and 'bonus_limit' lets {limit:g} count")
            if not criterion.bonus and share * Fraction(repr(criterion.weight)) / whole < _VISIBLE:
                yield source.fault(_WARNING, path, f"{criterion.weight:g} of {float(whole):g} cannot be seen in the total")


def _settings(rubric: Rubric, source: RubricSource) -> Iterator[Fault]:
    settings = rubric.settings
    policies = {settings.auto_fail, *(section.auto_fail for section in rubric.sections)}
    if AutoFail.CAP not in policies and ("settings", "auto_fail_cap") in source.positions:
        yield source.fault(_WARNING, ("settings", "auto_fail_cap"), "never used", "nothing has 'auto_fail: cap'")
    if ("settings", "bonus_limit") in source.positions and not any(criterion.bonus for criterion in rubric.criteria):
        yield source.fault(_WARNING, ("settings", "bonus_limit"), "never used", "no criterion has 'bonus: true'")
    all_or_nothing = all(one.severity.critical and {option.value for option in one.options} == {0, 1} for one in rubric.criteria)
    if settings.auto_fail is AutoFail.ZERO and all_or_nothing:
        path = ("settings", "auto_fail") if ("settings", "auto_fail") in source.positions else ("sections",)
        yield source.fault(_WARNING, path, "every criterion is critical, so one miss makes 0 and no weight can matter", "make some minor")


def _answers(rubric: Rubric, source: RubricSource) -> Iterator[Fault]:
    for path, criterion in rubric.located:
        if criterion.review is ReviewPolicy.NEVER and _only_by_people(criterion):
            yield source.fault(_WARNING, (*path, "review"), "only a person can answer this, and nobody is to look", "review: always")
        chosen = {band.answer for band in criterion.numeric.bands} if criterion.numeric is not None else None
        for index, option in enumerate(criterion.options) if chosen is not None else ():
            if option.id not in (chosen or ()):
                place = (*path, "options", index)
                yield source.fault(_WARNING, place, f"no band chooses {option.id!r}, so that only people can")


def _judges(rubric: Rubric, source: RubricSource, *, judge: bool) -> Iterator[Fault]:
    """Questions that nobody answers, and answers of a machine's opinion that nobody looks at."""
    for path, criterion, detection in rubric.walk():
        if isinstance(detection, Judge) and not judge:
            message = "no language model is set up, so what this would decide is left to people"
            yield source.fault(_WARNING, path, message, "set QA_JUDGE_URL and QA_JUDGE_MODEL, or decide it by words")
        if isinstance(detection, Judge) and criterion.review is ReviewPolicy.NEVER:
            yield source.fault(_WARNING, path, "a language model's answer that nobody is to look at", "review: when_unsure")


def _only_by_people(criterion: Criterion) -> bool:
    if criterion.numeric is not None:
        return False
    leaves = [] if criterion.detect is None else [one for _, one in criterion.detect.walk() if not one.children()]
    return all(leaf.kind == "manual" for leaf in leaves)


def _parts(rubric: Rubric, source: RubricSource) -> Iterator[Fault]:
    """Settings that restrict nothing, or cannot be met."""
    by_id = {criterion.id: criterion for criterion in rubric.criteria}
    for path, _, detection in rubric.walk():
        within: Within | None = getattr(detection, "within", None)
        if within is not None and within.share == 1:
            yield source.fault(_WARNING, (*path, "within"), f"'{within}' leaves nothing out")
        if within is not None and within.criterion is not None and _only_by_people(by_id[within.criterion]):
            message = f"{within.criterion!r} is answered by people, so what is {within.side} it stays undecided"
            yield source.fault(_WARNING, (*path, "within"), message)
        if isinstance(detection, Said) and detection.fuzzy is not None and rubric.channel is not Channel.PHONE:
            yield source.fault(_WARNING, (*path, "fuzzy"), f"only spoken words are misheard, and this is {rubric.channel}")
        if isinstance(detection, Means) and len(detection.like) < _FEW:
            message = f"{len(detection.like)} example{'s' if len(detection.like) > 1 else ''} of a meaning: too few to tell it"
            yield source.fault(_WARNING, (*path, "like"), message, f"write {_FEW} or more that differ in their words")
        if isinstance(detection, AnsweredWithin) and detection.which == "first" and detection.share < 1:
            yield source.fault(_WARNING, (*path, "share"), "a share of one answer cannot matter", "write 'which: each'")
        if isinstance(detection, Order) and _apart(detection.then, detection.first):
            yield source.fault(_WARNING, path, "'first' is only looked for behind everything that 'then' may be in")


def _apart(early: Detection, late: Detection) -> bool:
    """Whether one part of the interaction ends before the other begins."""
    one: Within | None = getattr(early, "within", None)
    other: Within | None = getattr(late, "within", None)
    if one is None or other is None or one.share is None or other.share is None:
        return False
    return (one.side, other.side) == ("first", "last") and one.share + other.share < 1


def _doubles(rubric: Rubric, source: RubricSource) -> Iterator[Fault]:
    """The same detection twice in one combination; only ``at_least`` may mean it."""
    for path, _, detection in rubric.walk():
        if detection.kind in ("all", "any", "none"):
            for (_, one), (below, other) in combinations(detection.branches(), 2):
                if one == other:
                    yield source.fault(_WARNING, (*path, *below), f"the same {other.kind} stands in this {detection.kind} twice")
