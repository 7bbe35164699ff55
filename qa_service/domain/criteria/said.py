"""``said`` and ``not_said``: a phrase stands, or does not stand, in what a party said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import ClassVar

from pydantic import Field

from qa_service.domain.criteria.base import Detection, PhraseBook
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.lookup import decide
from qa_service.domain.criteria.outcome import Outcome, Verdict, negate
from qa_service.domain.criteria.phrases import PhrasesField, content_key
from qa_service.domain.criteria.scope import By, WithinField
from qa_service.domain.finding import PhraseQuery, Query


class Said(Detection):
    """Yes when one of the phrases was said."""

    kind: ClassVar[str] = "said"
    #: Whose turns count.
    by: By = By.ANY
    #: Name of phrases, or phrases by language.
    phrases: PhrasesField
    #: Part of the interaction.
    within: WithinField | None = None
    #: Least similarity, 50 to 100, at which a misheard phrase counts (spoken turns only).
    fuzzy: int | None = Field(default=None, ge=50, le=100, strict=True)
    #: How often it must be said.
    times: int = Field(default=1, ge=1, le=1000, strict=True)

    def phrase_names(self) -> Iterator[str]:
        """The name, if named."""
        if isinstance(self.phrases, str):
            yield self.phrases

    def criteria(self) -> Iterator[str]:
        """The criterion that borders the scope."""
        if self.within is not None and self.within.criterion is not None:
            yield self.within.criterion

    @cached_property
    def key(self) -> str:
        """Where the findings for these phrases are."""
        name = f"phrases.{self.phrases}" if isinstance(self.phrases, str) else content_key("phrases", self.phrases)
        return f"{name}~{self.fuzzy}" if self.fuzzy else name

    def queries(self, book: PhraseBook) -> Iterator[Query]:
        """One look-up; equal phrases share it."""
        phrases: Mapping[str, tuple[str, ...]] = book[self.phrases] if isinstance(self.phrases, str) else self.phrases
        yield PhraseQuery.model_construct(key=self.key, phrases=dict(phrases), fuzzy=self.fuzzy)

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Yes with quotes, no, or undecided where a turn's language has no phrases."""
        name = f"said: {self.phrases}" if isinstance(self.phrases, str) else "said"
        where = f" within {self.within}" if self.within is not None else ""
        return decide(
            case, scope=case.scope(self.by, self.within), key=self.key, languages=case.languages(self.key),
            name=name + where, rule=f"{rule}.{self.kind}", count=self.times,
        )


class NotSaid(Said):
    """Yes when none of the phrases was said; the quotes of a no are what should not have been said."""

    kind: ClassVar[str] = "not_said"

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """The opposite of :class:`Said`, with the same evidence."""
        outcome = super().evaluate(case, rule)
        if outcome.verdict is Verdict.NO:
            return negate(outcome, why=outcome.why.replace("not found: said", "not said", 1))
        return negate(outcome)
