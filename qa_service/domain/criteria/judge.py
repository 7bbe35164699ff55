"""``judge``: a language model that the operator names is asked; its answer counts only with a quote that stands in the transcript."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from qa_service.domain.base import Refusal, refuse
from qa_service.domain.criteria.base import Detection
from qa_service.domain.criteria.case import Case, Scope
from qa_service.domain.criteria.lookup import ABSENT, QUOTES
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.criteria.phrases import content_key
from qa_service.domain.criteria.scope import By, WithinField
from qa_service.domain.evidence import Evidence
from qa_service.domain.finding import Hit
from qa_service.domain.judgement import NOT_APPLICABLE, UNDECIDED, Asked, JudgeExample, Judgement, JudgeQuery

_YES, _NO = Verdict.YES.value, Verdict.NO.value
_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
_Meaning = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
_Question = Annotated[str, StringConstraints(min_length=10, max_length=2000, strip_whitespace=True)]
#: Why a question stays open where nobody was asked.
_NOBODY = "not judged: no language model is set up (QA_JUDGE_URL), so a person must answer"


class Judge(Detection):
    """The answer of a language model, asked only where nothing else decides the criterion; without a server, undecided.

    It reads the turns of all parties in the part, with personal data masked, and answers with one of the ids in ``answers``, with
    ``not_applicable`` or ``undecided``. Quotes are looked up letter by letter, and an answer with none that stands there is refused.
    """

    kind: ClassVar[str] = "judge"
    #: Whose turns may be quoted; those of the others are shown all the same.
    by: By = By.ANY
    #: What the model is asked; any language, English is understood best.
    question: _Question
    #: Option id -> what that answer means; yes and no unless told. Other ids than those only as the whole of a criterion's detection.
    answers: dict[_Id, _Meaning] = Field(default={})
    #: Pieces of other conversations with the right answer; their ids are those of ``answers``.
    examples: tuple[JudgeExample, ...] = Field(default=(), max_length=12)
    #: Part of the interaction that is shown.
    within: WithinField | None = None
    #: Which answers need a quote: all of them, or all but ``no`` (for what was never said).
    quotes: Literal["always", "unless_no"] = "always"
    #: How often such an answer is right, as ``qa-service rubric test`` finds; the confidence when all repeats agree.
    trust: float = Field(default=0.8, ge=0.5, lt=1)

    @model_validator(mode="after")
    def _sound(self) -> Judge:
        refuse("Judge", self._faults())
        return self

    def _faults(self) -> Iterator[Refusal]:
        if len(self.answers) == 1:
            yield Refusal(("answers",), "one answer is no choice", "write two or more, or leave 'answers' out for yes and no")
        for reserved in (NOT_APPLICABLE, UNDECIDED):
            if reserved in self.answers:
                yield Refusal(("answers", reserved), f"{reserved!r} is always there", "leave it out of the answers")
        for index, example in enumerate(self.examples):
            if example.answer not in (*self.verdicts(), NOT_APPLICABLE, UNDECIDED):
                hint = f"answers are {', '.join((*self.verdicts(), NOT_APPLICABLE, UNDECIDED))}"
                yield Refusal(("examples", index, "answer"), f"{example.answer!r} is no answer to this question", hint)

    def verdicts(self) -> tuple[str, ...]:
        """The ids in ``answers``."""
        return tuple(self.answers) or super().verdicts()

    def criteria(self) -> Iterator[str]:
        """The criterion that borders the scope."""
        if self.within is not None and self.within.criterion is not None:
            yield self.within.criterion

    @cached_property
    def query(self) -> JudgeQuery:
        """What is to be asked where it is wanted; equal questions about equal parts share it."""
        answers = self.answers or {_YES: "yes", _NO: "no"}
        unquoted = (NOT_APPLICABLE, _NO) if self.quotes == "unless_no" else (NOT_APPLICABLE,)
        examples = [example.model_dump() for example in self.examples]
        content = [self.question, list(answers.items()), examples, self.by.value, str(self.within), unquoted]
        key = content_key("judge", content)
        return JudgeQuery(key=key, question=self.question, answers=answers, examples=self.examples, unquoted=unquoted)

    def asked(self, case: Case) -> Asked:
        """The question with the turns that are shown; where the part is not known yet, the whole."""
        shown, quotable = self._turns(case, By.ANY), self._turns(case, self.by)
        return Asked(self.query, shown | quotable, quotable)

    def _turns(self, case: Case, by: By) -> frozenset[int]:
        turns = case.scope(by, self.within).turns
        if turns is None:
            turns = case.scope(by, None).turns or frozenset()
        return frozenset(turn for turn in turns if not case.transcript.turns[turn].suspect)

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Reads the judgement; as sure as the model is trusted, its repeats agree, and the quoted words were heard."""
        scope = case.scope(self.by, self.within)
        if scope.turns is None:
            return undecided(scope.why)
        if not self.asked(case).quotable:
            return undecided("nothing was said there to judge")
        found = case.judgements.get(self.query.key)
        if found is None:
            return undecided(_NOBODY)
        if found.answer == UNDECIDED:
            return undecided(found.why)
        turns = case.transcript.turns
        hits = [hit for hit in found.hits if not turns[hit.turn].suspect and scope.holds(hit, turns[hit.turn])]
        if not hits and found.answer not in self.query.unquoted:
            return undecided(f"refused: no quote stands in the part that counts ({found.why})")
        return self._answered(case, scope, found, hits, f"{rule}.{self.kind}")

    def _answered(self, case: Case, scope: Scope, found: Judgement, hits: list[Hit], rule: str) -> Outcome:
        turns = case.transcript.turns
        heard = sum(turns[hit.turn].confidence(hit.start, hit.end) for hit in hits) / len(hits) if hits else ABSENT
        # The model reads who says what, whoever may be quoted.
        certainty = scope.certainty * (case.parties if self.by is By.ANY else 1.0)
        confidence = self.trust * found.share * heard * certainty
        pieces = tuple(
            Evidence.quoting(turns[hit.turn], index=hit.turn, start=hit.start, end=hit.end, rule=rule, confidence=round(confidence, 4))
            for hit in hits[:QUOTES]
        )
        if found.answer in (_YES, _NO):
            place = min(((hit.turn, hit.start) for hit in hits), default=None)
            return Outcome(Verdict(found.answer), confidence, found.why, pieces, place if found.answer == _YES else None)
        return Outcome(Verdict.UNDECIDED, confidence, found.why, pieces, answer=found.answer)
