"""``means``: a party said something near in meaning to examples, in whatever words and language."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from qa_service.domain.base import Refusal, refuse
from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.case import Case, Scope
from qa_service.domain.criteria.lookup import ABSENT, QUOTES
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.criteria.phrases import by_language, content_key
from qa_service.domain.criteria.scope import By, WithinField
from qa_service.domain.evidence import Evidence
from qa_service.domain.finding import Hit, MeaningQuery

#: A chance nearer to 0 or 1 than this is not believed.
_SUREST = 0.01
#: What the log odds of the likeliest sentence tell of the whole, as a share of themselves.
_AMONG_MANY = 0.54
#: Sentences at least this likely are quoted, and the likeliest.
_TELLING = 0.8


def _examples(raw: object) -> tuple[str, ...]:
    """One text or a list; the language does not matter."""
    if isinstance(raw, dict):
        raise ValueError("write examples as one list: they count in every language")
    return by_language(raw)["*"] if raw != () else ()


_TEXTS = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
Examples = Annotated[tuple[str, ...], BeforeValidator(_examples), WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, _TEXTS]})]


class Means(Detection):
    """Yes when some sentence very likely means what the examples mean, no when very likely none does, undecided between.

    Looked up only where nothing else decides the criterion, because it costs a thousand times what words cost.
    """

    kind: ClassVar[str] = "means"
    #: Whose turns count.
    by: By = By.ANY
    #: Sentences that mean it, in any languages; six or more that differ in their words are good, three are few.
    like: Examples
    #: Sentences that come near and do not mean it.
    unlike: Examples = ()
    #: Part of the interaction.
    within: WithinField | None = None
    #: Least chance, 0.5 to 1, at which it is decided.
    sure: float = Field(default=0.7, ge=0.5, lt=1)
    #: Added to the log odds: above 0 for what is common, below 0 for what is rare.
    shift: float = Field(default=0.0, ge=-10, le=10)

    @model_validator(mode="after")
    def _apart(self) -> Means:
        both = [index for index, text in enumerate(self.unlike) if text in self.like]
        refuse("Means", (Refusal(("unlike", index), f"{self.unlike[index]!r} is also in 'like'") for index in both))
        return self

    def criteria(self) -> Iterator[str]:
        """The criterion that borders the scope."""
        if self.within is not None and self.within.criterion is not None:
            yield self.within.criterion

    @cached_property
    def query(self) -> MeaningQuery:
        """What is to be looked up where it is asked for; equal examples share it."""
        key = content_key("means", [self.like, self.unlike])
        return MeaningQuery.model_construct(key=key, like=self.like, unlike=self.unlike)

    def turns(self, case: Case) -> frozenset[int]:
        """Turns that it must be looked up in; where the part is not known yet, all of the party."""
        turns = case.scope(self.by, self.within).turns
        if turns is None:
            turns = case.scope(self.by, None).turns or frozenset()
        return frozenset(turn for turn in turns if not case.transcript.turns[turn].suspect)

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Weighs the sentences of the scope together; the quotes are the likeliest."""
        scope = case.scope(self.by, self.within)
        where = f" within {self.within}" if self.within is not None else ""
        if scope.turns is None:
            return undecided(scope.why)
        if not scope.turns:
            return Outcome(Verdict.NO, ABSENT * scope.certainty, f"nothing said{where} that could mean it")
        if self.query.key not in case.findings:
            return undecided(f"meaning was not looked up{where}")
        turns = case.transcript.turns
        hits = [hit for hit in case.findings[self.query.key] if not turns[hit.turn].suspect and scope.holds(hit, turns[hit.turn])]
        if not hits:
            return undecided(f"nothing{where} was heard reliably")
        return self._weighed(case, scope, hits, f"{rule}.{self.kind}", where)

    def _weighed(self, case: Case, scope: Scope, hits: list[Hit], rule: str, where: str) -> Outcome:
        turns = case.transcript.turns
        chance, like = some_chance([hit.confidence for hit in hits], shift=self.shift), f"means{where} what the examples mean"
        if chance <= 1 - self.sure:
            clarity = sum(case.confidence(i) for i in {hit.turn for hit in hits}) / len({hit.turn for hit in hits})
            return Outcome(Verdict.NO, (1 - chance) * clarity * scope.certainty, f"nothing {like} ({chance:.0%})")
        best = max(hits, key=lambda hit: hit.confidence)
        told = sorted((hit for hit in hits if hit.confidence >= min(_TELLING, best.confidence)), key=lambda hit: -hit.confidence)
        pieces = tuple(
            Evidence.quoting(turns[hit.turn], index=hit.turn, start=hit.start, end=hit.end, rule=rule, confidence=round(hit.confidence, 4))
            for hit in told[:QUOTES]
        )
        if chance < self.sure:
            return Outcome(Verdict.UNDECIDED, max(chance, 1 - chance), f"perhaps {like} ({chance:.0%})", pieces)
        heard = turns[best.turn].confidence(best.start, best.end)
        first = min(told)
        return Outcome(Verdict.YES, chance * heard * scope.certainty, f"{like} ({chance:.0%})", pieces, (first.turn, first.start))


def some_chance(chances: Sequence[float], *, shift: float = 0.0) -> float:
    """How likely it is that some sentence means it, from the chance of each by itself.

    The likeliest counts, and tells less than it would alone: among many sentences one comes near by accident. How much less was fitted on
    labelled conversations. ``shift`` is added to the log odds.
    """
    likeliest = min(max(*chances, 1e-9), 1 - 1e-9)
    points = _AMONG_MANY * math.log(likeliest / (1 - likeliest)) + shift
    return min(max(1 / (1 + math.exp(-points)), _SUREST), 1 - _SUREST)
