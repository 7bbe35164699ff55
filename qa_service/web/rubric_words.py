"""A rubric's rules in words: what each detection looks for, in the reader's language, with the phrases and examples that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from qa_service.domain.criteria.answered_within import AnsweredWithin
from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.combine import AtLeast
from qa_service.domain.criteria.judge import Judge
from qa_service.domain.criteria.matches import Matches
from qa_service.domain.criteria.means import Means
from qa_service.domain.criteria.numeric import Numeric
from qa_service.domain.criteria.order import Order
from qa_service.domain.criteria.promise import PromiseMade
from qa_service.domain.criteria.reached import Reached
from qa_service.domain.criteria.said import Said
from qa_service.domain.criteria.scope import Within
from qa_service.domain.criteria.signal import SignalTest
from qa_service.domain.criteria.weigh import Cue, Weigh
from qa_service.domain.rubric import Rubric
from qa_service.domain.signal import SignalSpec, Unit
from qa_service.rendering.locale import Locale
from qa_service.rendering.messages import catalogue
from qa_service.web.pages import say

#: Stands for any language where phrases are listed.
_EVERY = "*"


class Rule(NamedTuple):
    """One detection."""

    #: What decides.
    said: Markup
    #: What narrows it: where, how often.
    more: tuple[Markup, ...] = ()
    #: What is looked up, by language; ``*``: in every one.
    texts: Mapping[str, Sequence[str]] = {}
    #: How it is measured, in English, as the catalogue of signals has it.
    method: str = ""
    #: What it is put together from.
    below: tuple[Rule, ...] = ()


class RuleWords:
    """Tells the rules of one rubric."""

    def __init__(self, rubric: Rubric, signals: Mapping[str, SignalSpec], locale: Locale) -> None:
        self._rubric = rubric
        self._signals = signals
        self._locale = locale
        self._questions = {one.id: one.question for one in rubric.criteria}

    def rule(self, one: Detection) -> Rule:
        """A detection and all inside it."""
        method = self.method(one.name) if isinstance(one, SignalTest) else ""
        return Rule(self._said(one), tuple(self._more(one)), self._texts(one), method, tuple(self._branches(one)))

    def bands(self, one: Numeric) -> list[tuple[Markup, str]]:
        """How a signal chooses an answer: each bound with the id of the answer."""
        return [(self._bound(one.signal, band.at_most), band.answer) for band in one.bands]

    def signal(self, name: str) -> Markup:
        """What a signal is called: in the reader's language where it has a name there."""
        key = f"measured.{name.replace('.', '_')}"
        known = key in catalogue(self._locale.code)
        return self.t("rule.signal", name=self.t(key) if known else Markup('<code dir="ltr">{}</code>').format(name))

    def method(self, name: str) -> str:
        """How it is measured, in English."""
        return self._signals[name].method if name in self._signals else ""

    def t(self, key: str, **values: object) -> Markup:
        """A message."""
        return say(self._locale, key, **values)

    def _said(self, one: Detection) -> Markup:
        match one:
            case Said() | Matches() | Means():
                return self.t(f"rule.{one.kind}_{one.by.value}")
            case SignalTest():
                return self.signal(one.name)
            case AnsweredWithin():
                limit = self._locale.duration(one.limit / 1000)
                return self.t(f"rule.answered_{one.which}_{one.by.value}", limit=limit)
            case PromiseMade():
                return self.t("rule.promise_says" if one.says else "rule.promise_made")
            case Reached():
                return self.t(f"rule.reached_{one.phase}")
            case Judge():
                return self.t("rule.judge", question=one.question)
            case AtLeast():
                return self.t("rule.at_least_of", count=one.count, all=len(one.of))
        return self.t(f"rule.{one.kind}")

    def _more(self, one: Detection) -> Iterator[Markup]:
        within: Within | None = getattr(one, "within", None)
        if within is not None:
            yield self._within(within)
        match one:
            case Said():
                if one.times > 1:
                    yield self.t("rule.times", count=one.times)
                if one.fuzzy is not None:
                    yield self.t("rule.fuzzy", value=self._share(one.fuzzy / 100))
            case SignalTest():
                yield from self._bounds(one)
            case AnsweredWithin() if one.share < 1:
                yield self.t("rule.share", value=self._share(one.share))
            case PromiseMade():
                yield from (self.t(f"rule.part_{part}") for part in one.says)

    def _bounds(self, one: SignalTest) -> Iterator[Markup]:
        for bound in ("at_most", "at_least", "below", "above"):
            value = getattr(one, bound)
            if value is not None:
                key = "rule.more_than" if bound == "above" else f"rule.{bound}"
                yield self.t(key, value=self._amount(one.name, value))
        if one.measured is not None:
            yield self.t("rule.measured" if one.measured else "rule.not_measured")

    def _bound(self, signal: str, at_most: float | None) -> Markup:
        return self.t("rule.above") if at_most is None else self.t("rule.at_most", value=self._amount(signal, at_most))

    def _within(self, one: Within) -> Markup:
        if one.criterion is not None:
            return self.t(f"rule.{one.side}_criterion", criterion=self._locale_text(one.criterion))
        if one.turns is not None:
            return self.t(f"rule.{one.side}_turns", n=one.turns)
        if one.share is not None:
            return self.t(f"rule.{one.side}_share", value=self._share(one.share))
        return self.t(f"rule.{one.side}_time", value=self._locale.duration((one.span_ms or 0) / 1000))

    def _texts(self, one: Detection) -> Mapping[str, Sequence[str]]:
        match one:
            case Said():
                return self._rubric.phrases.get(one.phrases, {}) if isinstance(one.phrases, str) else one.phrases
            case Matches():
                return one.pattern
            case Means():
                return {_EVERY: one.like}
        return {}

    def _branches(self, one: Detection) -> Iterator[Rule]:
        match one:
            case Order():
                for key, part in (("rule.first", one.first), ("rule.then", one.then)):
                    yield Rule(self.t(key), below=(self.rule(part),))
            case Weigh():
                for cue in one.cues:
                    yield self._cue(cue)
            case _:
                yield from (self.rule(child) for child in one.children())

    def _cue(self, cue: Cue) -> Rule:
        """On one line, unless it is put together from others."""
        told, points = self.rule(cue.when), self.t("rule.adds", points=self._points(cue.add))
        return Rule(points, below=(told,)) if told.below else told._replace(said=Markup("{} {}").format(points, told.said))

    def _points(self, value: float) -> str:
        sign = "+" if value > 0 else "\N{MINUS SIGN}"
        return self._locale.text(f"\u2066{sign}{abs(value):g}\u2069")

    def _share(self, value: float) -> Markup:
        return self.t("signal_unit.share", value=self._number(value * 100))

    def _amount(self, signal: str, value: float) -> Any:
        """A bound with the unit of its signal."""
        unit = self._signals[signal].unit if signal in self._signals else Unit.SCORE
        if unit is Unit.SECONDS:
            return self._locale.duration(value)
        number = self._number(value * 100 if unit is Unit.SHARE else value)
        return number if unit in (Unit.COUNT, Unit.SCORE, Unit.FLAG) else self.t(f"signal_unit.{unit.name.lower()}", value=number)

    def _number(self, value: float) -> str:
        return self._locale.text(f"{round(value, 3):g}")

    def _locale_text(self, criterion: str) -> str:
        texts = self._questions.get(criterion, {"en": criterion})
        return texts.get(self._locale.code.value) or texts.get("en") or next(iter(texts.values()))


def languages_of(rubric: Rubric) -> tuple[str, ...]:
    """Languages that a form serves: those it names, else those that its phrases are in."""
    if rubric.languages:
        return rubric.languages
    found = {code for some in rubric.coverage.values() for code in some if code != _EVERY}
    return tuple(code for code in ("en", "fa", "ar") if code in found) + tuple(sorted(found - {"en", "fa", "ar"}))
