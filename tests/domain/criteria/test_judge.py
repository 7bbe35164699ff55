"""``judge``: a looked-up judgement to a verdict, when a model is asked at all, and what an author may write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.criteria.base import parse_detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.judge import Judge
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.finding import Hit
from qa_service.domain.judgement import Call, Judgement
from qa_service.domain.pre_score import calls_of, pre_score, wanted_judgements
from qa_service.domain.rubric import Rubric
from qa_service.domain.transcript import Transcript

Talk = Callable[..., Transcript]
Form = Callable[..., dict[str, Any]]
QUESTION = {"question": "Did every question of the customer get an answer?"}
CALL = "agent: Hello, how can I help?\ncustomer: When does it come?\nagent: On Monday.\ncustomer: And the refund?\nagent: Bye now."
SCALE = {"full": "all of them", "part": "some of them", "none": "none of them"}


def judge(**body: Any) -> Judge:
    made = parse_detection({"judge": {**QUESTION, **body}})
    assert isinstance(made, Judge)
    return made


def judged(answer: str, *places: tuple[int, int, int], share: float = 1.0, why: str = "because") -> Judgement:
    return Judgement(answer=answer, share=share, why=why, hits=tuple(Hit(*place, 1.0) for place in places))


def decide(transcript: Transcript, detection: Judge, found: Judgement | None) -> Outcome:
    judgements = {} if found is None else {detection.query.key: found}
    case = Case(transcript=transcript, signals={}, findings={}, coverage={}, judgements=judgements)
    return detection.evaluate(case, "only.c0")


REFUND, MONDAY = (3, 0, 15), (2, 0, 10)


@pytest.mark.parametrize(
    ("body", "found", "verdict", "confidence", "why"),
    [
        ({}, judged("no", REFUND), "no", 0.8, "because"),
        ({}, judged("yes", MONDAY, REFUND), "yes", 0.8, "because"),
        ({"trust": 0.9}, judged("yes", MONDAY), "yes", 0.9, "because"),
        ({}, judged("no", REFUND, share=2 / 3), "no", 0.533, "because"),
        ({}, judged("undecided", why="the model cannot tell"), "undecided", 0.0, "the model cannot tell"),
        ({}, None, "undecided", 0.0, "not judged: no language model is set up (QA_JUDGE_URL), so a person must answer"),
        ({}, judged("no"), "undecided", 0.0, "refused: no quote stands in the part that counts (because)"),
        ({"by": "agent"}, judged("no", REFUND), "undecided", 0.0, "refused: no quote stands in the part that counts (because)"),
        ({"by": "agent"}, judged("yes", REFUND, MONDAY), "yes", 0.8, "because"),
        ({"within": "first 2 turns"}, judged("no", REFUND), "undecided", 0.0, "refused: no quote stands in the part that counts (because)"),
        ({"quotes": "unless_no"}, judged("no"), "no", 0.68, "because"),  # 0.8 * 0.85
        ({"quotes": "unless_no"}, judged("yes"), "undecided", 0.0, "refused: no quote stands in the part that counts (because)"),
    ],
)
def test_a_judgement_decides(
    talk: Talk, body: dict[str, Any], found: Judgement | None, verdict: str, confidence: float, why: str
) -> None:
    outcome = decide(talk(CALL), judge(**body), found)
    assert (outcome.verdict, round(outcome.confidence, 3), outcome.why, outcome.answer) == (verdict, confidence, why, None)


def test_the_quotes_are_the_evidence_and_a_yes_holds_from_the_first(talk: Talk) -> None:
    outcome = decide(talk(CALL), judge(), judged("yes", REFUND, MONDAY))
    assert [(piece.turn, piece.quote, piece.rule) for piece in outcome.evidence] == [
        (3, "And the refund?", "only.c0.judge"), (2, "On Monday.", "only.c0.judge"),
    ]
    assert outcome.place == (2, 0)
    assert decide(talk(CALL), judge(), judged("no", REFUND)).place is None


def test_words_that_were_heard_badly_and_guessed_parties_make_it_less_sure(talk: Talk) -> None:
    spoken = "agent 0-2: On Monday.\ncustomer 2-4: And the refund?"
    heard = talk(spoken, words=True, confidence=0.5)
    assert decide(heard, judge(), judged("no", (1, 0, 15))).confidence == pytest.approx(0.4)
    guessed = talk(spoken).model_copy(update={"speakers_known": False})
    assert decide(guessed, judge(), judged("no", (1, 0, 15))).confidence == pytest.approx(0.6)
    assert decide(guessed, judge(by="customer"), judged("no", (1, 0, 15))).confidence == pytest.approx(0.6)


def test_suspect_turns_are_neither_shown_nor_evidence(talk: Talk) -> None:
    transcript = talk(CALL)
    turns = (*transcript.turns[:3], transcript.turns[3].model_copy(update={"suspect": True}), transcript.turns[4])
    doubtful = transcript.model_copy(update={"turns": turns})
    assert decide(doubtful, judge(), judged("no", REFUND)).verdict == "undecided"
    case = Case(transcript=doubtful, signals={}, findings={}, coverage={})
    assert judge().asked(case).shown == {0, 1, 2, 4}
    assert decide(doubtful, judge(within="last 1 turns", by="customer"), None).why == "nothing was said there to judge"


@pytest.mark.parametrize(
    ("body", "shown", "quotable"),
    [
        ({}, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}),
        ({"by": "agent"}, {0, 1, 2, 3, 4}, {0, 2, 4}),
        ({"by": "agent", "within": "last 40%"}, {3, 4}, {4}),
        ({"by": "customer", "within": "first 1 turns"}, {0, 1}, {1}),
        ({"within": "after c9"}, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4}),  # not known yet: the whole
    ],
)
def test_the_part_is_shown_and_one_party_quoted(talk: Talk, body: dict[str, Any], shown: set[int], quotable: set[int]) -> None:
    asked = judge(**body).asked(Case(transcript=talk(CALL), signals={}, findings={}, coverage={}))
    assert (asked.shown, asked.quotable) == (shown, quotable)


OPTIONS = [{"id": one, "title": one, "value": value} for one, value in (("full", 1), ("part", 0.5), ("none", 0))]


@pytest.mark.parametrize(
    ("answer", "expected"), [("full", "full"), ("part", "part"), ("none", "none"), ("not_applicable", "not_applicable")]
)
def test_as_the_whole_of_a_criterion_it_answers_any_option(talk: Talk, form: Form, answer: str, expected: str) -> None:
    detect = {"judge": {**QUESTION, "answers": SCALE}}
    rubric = Rubric.model_validate(form({"options": OPTIONS, "detect": detect, "applies_when": {"said": {"phrases": ["come"]}}}))
    (asking,) = rubric.judges["c0"]
    findings = {key: (Hit(1, 0, 4, 1.0),) for key in rubric.queries}
    judgements = {asking.query.key: judged(answer, REFUND)}
    found = pre_score(rubric, transcript=talk(CALL), signals={}, findings=findings, judgements=judgements)["c0"]
    assert (found.answer, found.confidence, found.evidence[0].quote) == (expected, 0.8, "And the refund?")


def test_not_applicable_is_an_answer_too_and_needs_no_quote(talk: Talk, form: Form) -> None:
    rubric = Rubric.model_validate(form({"detect": {"judge": QUESTION}}, {"detect": {"any": [{"judge": QUESTION}]}}))
    judgements = {rubric.judges["c0"][0].query.key: judged("not_applicable")}
    found = pre_score(rubric, transcript=talk(CALL), signals={}, findings={}, judgements=judgements)
    assert (found["c0"].answer, found["c0"].confidence) == ("not_applicable", 0.68)
    assert found["c1"].answer == "undecided", "inside of a combination there is only yes and no"


def test_it_is_asked_only_where_nothing_else_decides(talk: Talk, form: Form) -> None:
    said = {"said": {"by": "agent", "phrases": {"en": ["monday"]}}}
    rubric = Rubric.model_validate(form(
        {"detect": {"any": [said, {"judge": QUESTION}]}}, {"detect": {"judge": {"question": "Was the agent friendly?", "by": "agent"}}},
        {"detect": said, "applies_when": {"judge": {"question": "Was the customer angry?"}}},
        {"detect": {"judge": {"question": "Was anything said at all?", "within": "first 1 turns"}}},
    ))  # fmt: skip
    (key,) = rubric.queries
    transcript = talk(CALL)
    for hits, expected in [((Hit(2, 3, 9, 1.0),), ["friendly", "anything"]), ((), ["every", "friendly", "angry", "anything"])]:
        wanted = wanted_judgements(rubric, transcript=transcript, signals={}, findings={key: hits})
        assert len(wanted) == len(expected)
        assert all(word in asked.query.question for word, asked in zip(expected, wanted, strict=True))
    silent = wanted_judgements(rubric, transcript=talk("system: nobody came"), signals={}, findings={key: ()})
    assert silent == ()


def test_a_rubric_without_it_asks_nothing(talk: Talk, form: Form) -> None:
    rubric = Rubric.model_validate(form({"detect": {"said": {"phrases": ["x"]}}}))
    assert wanted_judgements(rubric, transcript=talk(CALL), signals={}, findings={}) == ()
    assert calls_of(rubric, {}) == {}


def test_nothing_is_asked_in_a_language_that_the_rubric_does_not_serve(talk: Talk, form: Form) -> None:
    rubric = Rubric.model_validate(form({"detect": {"judge": QUESTION}}, languages=["en", "fa"]))
    wanted = [wanted_judgements(rubric, transcript=talk(CALL, language=one), signals={}, findings={}) for one in ("en", "fa", "de")]
    assert [len(one) for one in wanted] == [1, 1, 0]


def test_the_record_of_the_asking_is_told_by_criterion(form: Form) -> None:
    rubric = Rubric.model_validate(form({"detect": {"judge": QUESTION}}, {"detect": "manual"}, {"detect": {"judge": QUESTION}}))
    call = Call(request="ab" * 32, version="judge/1", model="tiny", answer="no")
    judgement = judged("no", REFUND).model_copy(update={"calls": (call,)})
    assert calls_of(rubric, {rubric.judges["c0"][0].query.key: judgement}) == {"c0": (call,), "c2": (call,)}


def test_equal_questions_share_a_key_and_others_do_not() -> None:
    changes: list[dict[str, Any]] = [
        {}, {"question": "Was the customer in a hurry?"}, {"by": "agent"}, {"within": "last 40%"}, {"quotes": "unless_no"},
        {"answers": {"yes": "all", "no": "not all"}}, {"answers": {"no": "not all", "yes": "all"}},
        {"examples": [{"said": "a", "answer": "yes"}]},
    ]  # fmt: skip
    keys = [judge(**change).query.key for change in changes]
    assert len(set(keys)) == len(changes)
    assert judge(trust=0.9).query.key == judge().query.key, "how far it is trusted changes no question"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"question": "Why?"}, "at least 10 characters"),
        ({"question": None}, "should be a valid string"),
        ({"answers": {"yes": "yes"}}, "one answer is no choice"),
        ({"answers": {"yes": "y", "undecided": "u"}}, "'undecided' is always there"),
        ({"answers": {"yes": "y", "not_applicable": "u"}}, "'not_applicable' is always there"),
        ({"answers": {"yes": "y", "no": ""}}, "at least 1 character"),
        ({"answers": {"Yes!": "y", "no": "n"}}, "should match pattern"),
        ({"examples": [{"said": "x", "answer": "maybe"}]}, "'maybe' is no answer to this question"),
        ({"trust": 0.4}, "greater than or equal to 0.5"),
        ({"quotes": "never"}, "'always' or 'unless_no'"),
        ({"model": "gpt"}, "Extra inputs are not permitted"),
        ({"url": "http://elsewhere"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_meant_is_refused(body: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        judge(**body)


@pytest.mark.parametrize(
    ("criterion", "told"),
    [
        ({"detect": {"judge": {**QUESTION, "answers": SCALE}}}, "a detection answers full or part or none, and the options have no such"),
        ({"options": OPTIONS, "detect": {"judge": QUESTION}}, "a detection answers yes or no, and the options have no such ids"),
        ({"detect": {"any": [{"judge": {**QUESTION, "answers": SCALE}}]}}, "here a detection answers yes or no"),
        ({"applies_when": {"judge": {**QUESTION, "answers": SCALE}}}, "here a detection answers yes or no"),
    ],
)
def test_answers_must_be_options_of_the_criterion(form: Form, criterion: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Rubric.model_validate(form(criterion))


def test_it_is_written_as_it_was_read() -> None:
    examples = [{"said": "x", "answer": "no"}]
    made = judge(by="agent", answers={"yes": "a", "no": "b"}, examples=examples, within="last 20%")
    assert parse_detection(made.model_dump(mode="json")) == made
    assert judge().model_dump(mode="json") == {"judge": QUESTION}
