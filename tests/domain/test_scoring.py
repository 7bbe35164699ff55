"""Scoring: hand-computed examples with their derivation, and properties that every form keeps."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Scorecard, Suggestion, thousandths
from qa_service.domain.scoring import draft
from qa_service.errors import AnswerError

SCALE = [{"id": "full", "title": "Full", "value": 1}, {"id": "part", "title": "Part", "value": 0.5},
    {"id": "none", "title": "None", "value": 0}]


def criterion(name: str, weight: float = 1, **more: Any) -> dict[str, Any]:
    return {"id": name, "question": "?", "weight": weight, **more}


def rubric(*sections: tuple[float, list[dict[str, Any]]] | tuple[float, list[dict[str, Any]], str], **settings: Any) -> Rubric:
    made = [
        {"id": f"s{i}", "title": "S", "weight": one[0], "criteria": one[1], **({"auto_fail": one[2]} if len(one) == 3 else {})}
        for i, one in enumerate(sections)
    ]
    return Rubric.model_validate(
        {"rubric": "r", "version": 1, "channel": "chat", "title": "R", "settings": {"auto_fail": "none", **settings}, "sections": made}
    )


def card(form: Rubric, answers: Mapping[str, str]) -> Scorecard:
    """The draft after those suggestions."""
    return draft(
        form, interaction=InteractionRef(id="i", channel=form.channel), engine=Engines(analysis="test"),
        suggestions={one: Suggestion(answer=answer, confidence=1, why="") for one, answer in answers.items()},
    )


def figures(scored: Scorecard) -> tuple[int | None, dict[str, int | None], dict[str, int | None]]:
    return scored.score, {one.id: one.score for one in scored.sections}, {one.id: one.points for one in scored.criteria}


TWO = rubric((60, [criterion("a", 5), criterion("b", 3), criterion("c", 2, options=SCALE)]), (40, [criterion("d", 1), criterion("e", 2)]))


@pytest.mark.parametrize(
    ("answers", "score", "sections", "points"),
    [
        # s0 = (5 + 3 + 2*0.5) / 10 = 90 %; s1 = (1 + 0) / 3 = 33.333 %; total = (90*60 + 33.333*40) / 100 = 67.3332 -> 67.333
        ("yes yes part yes no", 67_333, (90_000, 33_333), (5000, 3000, 1000, 1000, 0)),
        # b is not applicable: s0 = (5 + 0) / (5 + 2) = 71.428571 -> 71.429; s1 = 3/3; total = (71.429*60 + 100*40) / 100 = 82.8574
        ("yes not_applicable none yes yes", 82_857, (71_429, 100_000), (5000, None, 0, 1000, 2000)),
        # undecided is reported apart: s0 = 2/2 = 100 %; s1 = 0/3 = 0; total = (100*60 + 0*40) / 100 = 60
        ("undecided undecided full no no", 60_000, (100_000, 0), (None, None, 2000, 0, 0)),
        # a whole section without opportunity leaves the total: (5 + 3 + 0) / 10 = 80 %, alone
        ("yes yes none not_applicable not_applicable", 80_000, (80_000, None), (5000, 3000, 0, None, None)),
        # nothing decided, nothing scored
        ("undecided not_applicable undecided not_applicable undecided", None, (None, None), (None, None, None, None, None)),
        # all good
        ("yes yes full yes yes", 100_000, (100_000, 100_000), (5000, 3000, 2000, 1000, 2000)),
    ],
)
def test_hand_computed(answers: str, score: int | None, sections: tuple[int | None, ...], points: tuple[int | None, ...]) -> None:
    scored = card(TWO, dict(zip("abcde", answers.split(), strict=True)))
    assert figures(scored) == (score, dict(zip(("s0", "s1"), sections, strict=True)), dict(zip("abcde", points, strict=True)))
    assert scored.undecided == answers.split().count("undecided")


#: 60 of 100 for s0 (a, b and the bonus x), 40 for s1 (c and the bonus y).
BONUS = ((60, [criterion("a", 5), criterion("b", 3), criterion("x", 4, bonus=True)]), (40, [criterion("c"), criterion("y", 8, bonus=True)]))


@pytest.mark.parametrize(
    ("answers", "settings", "score", "raw", "sections"),
    [
        # s0 = 5/8 = 62.5 %, s1 = 100 %: (62.5*60 + 100*40) / 100 = 77.5; nothing earned by a bonus, nothing lost
        ("yes no no yes no", {}, 77_500, 77_500, (62_500, 100_000)),
        ("yes no not_applicable yes undecided", {}, 77_500, 77_500, (62_500, 100_000)),
        # + 4
        ("yes no yes yes no", {}, 81_500, 81_500, (62_500, 100_000)),
        # + 4 + 8 = 12, of which 10 count unless told otherwise
        ("yes no yes yes yes", {}, 87_500, 87_500, (62_500, 100_000)),
        ("yes no yes yes yes", {"bonus_limit": 11.5}, 89_000, 89_000, (62_500, 100_000)),
        ("yes no yes yes yes", {"bonus_limit": 0}, 77_500, 77_500, (62_500, 100_000)),
        # never over 100
        ("yes yes yes yes yes", {}, 100_000, 100_000, (100_000, 100_000)),
        # nothing else decided: nothing to add to
        ("undecided not_applicable yes undecided yes", {}, None, None, (None, None)),
    ],
)
def test_bonus(answers: str, settings: dict[str, Any], score: int | None, raw: int | None, sections: tuple[int | None, ...]) -> None:
    scored = card(rubric(*BONUS, **settings), dict(zip("abxcy", answers.split(), strict=True)))
    assert (scored.score, scored.raw_score, tuple(one.score for one in scored.sections)) == (score, raw, sections)
    assert [one.weight for one in scored.criteria] == [5000, 3000, 0, 1000, 0]


def test_a_critical_miss_outweighs_a_bonus() -> None:
    """(0*1) = 0 % and + 4 = 4 before, 0 after the miss; a cap of 2 leaves 2."""
    sections = (1, [criterion("a", severity="compliance"), criterion("x", 4, bonus=True)])
    for settings, score in (({"auto_fail": "zero"}, 0), ({"auto_fail": "cap", "auto_fail_cap": 2}, 2000), ({"auto_fail": "show"}, 4000)):
        scored = card(rubric(sections, **settings), {"a": "no", "x": "yes"})
        assert (scored.raw_score, scored.score) == (4000, score)


@pytest.mark.parametrize("more", [{"severity": "customer"}, {"options": [{**SCALE[0]}, {**SCALE[2], "auto_fail": True}]}])
def test_a_bonus_is_nothing_critical(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a bonus takes nothing away"):
        rubric((1, [criterion("a", bonus=True, **more)]))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1000), (0.1, 100), (0.0005, 1), (0.00049, 0), (1.0005, 1001), (2 / 3, 667), (Fraction(1, 2000), 1), (Fraction(2, 3), 667),
     (1e-7, 0),
     (100.0, 100_000), (0.145, 145)],
)  # fmt: skip
def test_thousandths_are_rounded_half_up(value: float | Fraction, expected: int) -> None:
    assert thousandths(value) == expected


def test_points_are_rounded_once() -> None:
    """3 * 0.6666 = 1.9998 -> 2.000 points; rounding 0.6666 to 0.667 first would give 2.001."""
    options = [{"id": "most", "title": "Most", "value": 0.6666}, {"id": "none", "title": "None", "value": 0}]
    assert card(rubric((1, [criterion("a", 3, options=options)])), {"a": "most"}).criteria[0].points == 2000


@pytest.mark.parametrize(
    ("form_policy", "section_policy", "answers", "score", "section", "misses"),
    [
        # without a miss: (1 + 1)/2 = 100 %; one plain no: 50 %
        ("zero", "none", "yes yes yes", 100_000, 100_000, ()),
        ("zero", "none", "yes yes no", 50_000, 100_000, ()),
        # critical a is missed: s0 = 50 %, s1 = 100 %, raw total = 75 %
        ("zero", "none", "no yes yes", 0, 50_000, ("a",)),
        ("cap", "none", "no yes yes", 40_000, 50_000, ("a",)),
        ("show", "none", "no yes yes", 75_000, 50_000, ("a",)),
        ("none", "none", "no yes yes", 75_000, 50_000, ("a",)),
        # the section's own policy works first: s0 = 0 -> total (0 + 100)/2 = 50
        ("none", "zero", "no yes yes", 50_000, 0, ("a",)),
        # capped section: s0 = min(50, 40) = 40 -> total (40 + 100)/2 = 70
        ("none", "cap", "no yes yes", 70_000, 40_000, ("a",)),
        # a cap never raises: s0 = 0, s1 = 0, raw 0
        ("cap", "none", "no no no", 0, 0, ("a",)),
        # undecided and not applicable are no misses
        ("zero", "none", "undecided yes yes", 100_000, 100_000, ()),
        ("zero", "none", "not_applicable yes no", 50_000, 100_000, ()),
    ],
)
def test_critical_misses(form_policy: str, section_policy: str, answers: str, score: int, section: int, misses: tuple[str, ...]) -> None:
    form = rubric(
        (1, [criterion("a", severity="compliance"), criterion("b")], section_policy), (1, [criterion("c")]),
        auto_fail=form_policy, auto_fail_cap=40,
    )
    scored = card(form, dict(zip("abc", answers.split(), strict=True)))
    assert (scored.score, scored.sections[0].score, scored.critical_misses) == (score, section, misses)


def test_raw_score_keeps_what_the_policy_took() -> None:
    scored = card(rubric((1, [criterion("a", severity="customer"), criterion("b", 3)]), auto_fail="zero"), {"a": "no", "b": "yes"})
    assert (scored.score, scored.raw_score, scored.passed) == (0, 75_000, False)


@pytest.mark.parametrize(
    ("severity", "answer", "missed"),
    [("minor", "none", False), ("customer", "none", True), ("business", "part", False), ("compliance", "full", False),
     ("minor", "never", True)],
)
def test_what_counts_as_a_critical_miss(severity: str, answer: str, missed: bool) -> None:
    options = [*SCALE, {"id": "never", "title": "Never", "value": 0.2, "auto_fail": True}]
    scored = card(rubric((1, [criterion("a", severity=severity, options=options)])), {"a": answer})
    assert (scored.critical_misses == ("a",)) is missed


@pytest.mark.parametrize(("mark", "passed"), [(75, True), (75.001, False), (0, True), (100, False)])
def test_pass_mark_is_reached_by_equality(mark: float, passed: bool) -> None:
    scored = card(rubric((1, [criterion("a", 3), criterion("b", 1)]), pass_mark=mark), {"a": "yes", "b": "no"})
    assert (scored.score, scored.passed) == (75_000, passed)


def test_a_person_wins_over_the_machine_and_both_are_kept() -> None:
    form = rubric((1, [criterion("a"), criterion("b")]))
    scored = draft(
        form, interaction=InteractionRef(id="i", channel=form.channel), engine=Engines(analysis="test"),
        suggestions={"a": Suggestion(answer="no", confidence=0.9, why=""), "b": Suggestion(answer="undecided", confidence=0, why="")},
        answers={"a": Answer(answer="yes", by="r1", reason="heard it"), "b": Answer(answer="not_applicable", by="r1")},
    )
    a, b = scored.criteria
    assert (a.answer, a.suggestion and a.suggestion.answer, a.points, b.points) == ("yes", "no", 1000, None)
    assert (scored.score, scored.undecided) == (100_000, 0)


@pytest.mark.parametrize(("answers", "field"), [({"a": "maybe"}, "a"), ({"nowhere": "yes"}, "nowhere")])
def test_answers_outside_the_form_are_refused(answers: dict[str, str], field: str) -> None:
    form = rubric((1, [criterion("a")]))
    with pytest.raises(AnswerError) as raised:
        draft(
            form, interaction=InteractionRef(id="i", channel=form.channel), engine=Engines(analysis="test"), suggestions={},
            answers={one: Answer(answer=answer, by="r1") for one, answer in answers.items()},
        )
    assert raised.value.field == field


WEIGHTS = st.integers(1, 5_000).map(lambda n: n / 100)
ANSWERS = st.sampled_from(["yes", "no", "not_applicable", "undecided"])


@st.composite
def filled(draw: st.DrawFn) -> tuple[Rubric, dict[str, str]]:
    """A form with one to four sections, and an answer to each criterion."""
    sections, answers = [], {}
    for s in range(draw(st.integers(1, 4))):
        criteria = []
        for c in range(draw(st.integers(1, 4))):
            name = f"c{s}_{c}"
            criteria.append(criterion(name, draw(WEIGHTS), severity=draw(st.sampled_from(["minor", "minor", "customer", "compliance"]))))
            answers[name] = draw(ANSWERS)
        sections.append((draw(WEIGHTS), criteria, draw(st.sampled_from(["none", "zero", "cap", "show"]))))
    policy = draw(st.sampled_from(["none", "zero", "cap", "show"]))
    return rubric(*sections, auto_fail=policy, auto_fail_cap=draw(st.integers(0, 100))), answers


def exact(form: Rubric, answers: Mapping[str, str]) -> Fraction | None:
    """The definition without rounding and without policies."""
    sections: list[tuple[Fraction, Fraction]] = []
    for section in form.sections:
        counted = [(Fraction(repr(c.weight)), answers[c.id] == "yes") for c in section.criteria if answers[c.id] in ("yes", "no")]
        if counted:
            whole = sum(weight for weight, _ in counted)
            sections.append((sum((weight for weight, good in counted if good), Fraction(0)) / whole, Fraction(repr(section.weight))))
    if not sections:
        return None
    total = sum((share * weight for share, weight in sections), Fraction(0))
    return 100 * total / sum((weight for _, weight in sections), Fraction(0))


@given(filled())
def test_the_raw_total_is_the_definition(form_and_answers: tuple[Rubric, dict[str, str]]) -> None:
    form, answers = form_and_answers
    assume(all(section.auto_fail.value in ("none", "show") for section in form.sections))  # a section's own policy changes it
    scored, definition = card(form, answers), exact(form, answers)
    if definition is None:
        assert scored.raw_score is None
    else:
        assert scored.raw_score is not None
        assert abs(scored.raw_score - 1000 * definition) <= 1  # half a thousandth a section, half for the total


@given(filled(), st.data())
def test_the_order_of_the_form_does_not_matter(form_and_answers: tuple[Rubric, dict[str, str]], data: st.DataObject) -> None:
    form, answers = form_and_answers
    shuffled = form.as_data()
    for section in shuffled["sections"]:
        section["criteria"] = data.draw(st.permutations(section["criteria"]))
    shuffled["sections"] = data.draw(st.permutations(shuffled["sections"]))
    one, other = card(form, answers), card(Rubric.model_validate(shuffled), dict(data.draw(st.permutations(list(answers.items())))))
    assert figures(one) == figures(other)
    assert set(one.critical_misses) == set(other.critical_misses)


@given(filled(), st.data())
def test_leaving_a_criterion_open_never_scores_less_than_a_no(form_and_answers: tuple[Rubric, dict[str, str]], data: st.DataObject) -> None:
    form, answers = form_and_answers
    name = data.draw(st.sampled_from(sorted(answers)))
    open_, missed = card(form, {**answers, name: "undecided"}), card(form, {**answers, name: "no"})
    if missed.score is not None and open_.score is not None:
        assert open_.score >= missed.score


@given(filled(), st.data())
def test_open_and_not_applicable_score_alike_and_as_if_never_asked(
    form_and_answers: tuple[Rubric, dict[str, str]], data: st.DataObject
) -> None:
    form, answers = form_and_answers
    name = data.draw(st.sampled_from(sorted(answers)))
    open_, without = card(form, {**answers, name: "undecided"}), card(form, {**answers, name: "not_applicable"})
    assert figures(open_) == figures(without)
    assert (open_.undecided, without.undecided) == (without.undecided + 1, open_.undecided - 1)
    left = form.as_data()
    for section in left["sections"]:
        section["criteria"] = [one for one in section["criteria"] if one["id"] != name]
    left["sections"] = [section for section in left["sections"] if section["criteria"]]
    if left["sections"]:
        assert card(Rubric.model_validate(left), answers).score == without.score


@given(filled(), st.data())
def test_a_yes_never_scores_less_than_a_no(form_and_answers: tuple[Rubric, dict[str, str]], data: st.DataObject) -> None:
    form, answers = form_and_answers
    name = data.draw(st.sampled_from(sorted(answers)))
    better, worse = card(form, {**answers, name: "yes"}).score, card(form, {**answers, name: "no"}).score
    assert better is not None
    assert worse is not None
    assert better >= worse


@given(filled())
def test_figures_are_integers_between_nothing_and_all(form_and_answers: tuple[Rubric, dict[str, str]]) -> None:
    scored = card(*form_and_answers)
    score, sections, _ = figures(scored)
    for figure in (score, scored.raw_score, *sections.values()):
        assert figure is None or (type(figure) is int and 0 <= figure <= 100_000)
    for one in scored.criteria:
        assert one.points is None or (type(one.points) is int and 0 <= one.points <= one.weight)
    assert Scorecard.from_data(scored.as_data()) == scored
