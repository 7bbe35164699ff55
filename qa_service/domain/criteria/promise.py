"""``promise``: a commitment made by the agent, and whether every one says who does what by when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from qa_service.domain.base import Refusal, refuse
from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict
from qa_service.domain.criteria.signal import decide

Part = Literal["who", "what", "when"]
_MADE, _OPEN = "promise.count", "promise.incomplete"


class PromiseMade(Detection):
    """``promise: made``: yes when the agent promised something. ``promise: {says: [who, what, when]}``: yes when every promise says that.

    What the analysis takes as a promise names who and what by its very form ("I will call you back", "the team will refund it"), so that
    ``when`` is what can be missing. Where nothing was promised nothing is missing: ask for ``promise: made`` under ``applies_when``.
    """

    kind: ClassVar[str] = "promise"
    #: Parts that every promise must say; none: whether one was made.
    says: tuple[Part, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> PromiseMade:
        twice = [index for index, part in enumerate(self.says) if part in self.says[:index]]
        refuse("PromiseMade", (Refusal(("says", index), f"{self.says[index]!r} is there twice") for index in twice))
        return self

    @classmethod
    def from_body(cls, body: Any) -> Detection:
        """The word ``made``, or a mapping with ``says``."""
        if body is None or body == "made":
            return cls()
        if isinstance(body, dict) and not body.get("says"):
            refuse("PromiseMade", [Refusal((), "say what to look for", "promise: made, or promise: {says: [who, what, when]}")])
        return cls.model_validate(body)

    @classmethod
    def body_schema(cls, schema: dict[str, Any]) -> dict[str, Any]:
        """The word or the mapping."""
        mapping = {**schema, "required": ["says"]}
        mapping["properties"] = {"says": {**schema["properties"]["says"], "minItems": 1, "uniqueItems": True}}
        del mapping["description"]
        return {"description": schema["description"], "anyOf": [{"const": "made"}, mapping]}

    def _body(self, told: dict[str, Any]) -> Any:
        return told or "made"

    def signals(self) -> Iterator[str]:
        """What the analysis counted."""
        yield _OPEN if "when" in self.says else _MADE

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """By the promises that the analysis saw; the quotes of a no are the promises that lack something."""
        where = f"{rule}.{self.kind}"
        made = decide(case, name=_MADE, holds=lambda value: value > 0, rule=where)
        if not self.says or made.verdict is Verdict.UNDECIDED:
            return made
        if made.verdict is Verdict.NO:
            return made._replace(verdict=Verdict.YES, why="nothing was promised")
        if "when" not in self.says:
            return made._replace(why="what was promised names who and what")
        return decide(case, name=_OPEN, holds=lambda value: value <= 0, rule=where)
