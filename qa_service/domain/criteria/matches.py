"""``matches``: a linear-time regular expression (RE2 syntax) over what a party said."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar

from qa_service.domain.criteria.base import Detection, PhraseBook
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.lookup import decide
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.criteria.phrases import PhraseListsField, content_key
from qa_service.domain.criteria.scope import By, WithinField
from qa_service.domain.finding import PatternQuery, Query


class Matches(Detection):
    """Yes when a pattern is found; patterns see the text with letter forms, case and digits folded."""

    kind: ClassVar[str] = "matches"
    #: Whose turns count.
    by: By = By.ANY
    #: One pattern, a list, or lists by language.
    pattern: PhraseListsField
    #: Part of the interaction.
    within: WithinField | None = None

    def criteria(self) -> Iterator[str]:
        """The criterion that borders the scope."""
        if self.within is not None and self.within.criterion is not None:
            yield self.within.criterion

    @cached_property
    def key(self) -> str:
        """Where the findings for these patterns are."""
        return content_key("pattern", self.pattern)

    def queries(self, book: PhraseBook) -> Iterator[Query]:
        """One look-up."""
        del book
        yield PatternQuery.model_construct(key=self.key, patterns=dict(self.pattern))

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Yes with quotes, no, or undecided where a turn's language has no pattern."""
        where = f" within {self.within}" if self.within is not None else ""
        return decide(
            case, scope=case.scope(self.by, self.within), key=self.key, languages=frozenset(self.pattern),
            name=f"matches{where}", rule=f"{rule}.{self.kind}",
        )
