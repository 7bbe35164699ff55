"""Rubrics: what is refused and where, round trip, fingerprint, order of decision."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.rubric import Rubric

Form = Callable[..., dict[str, Any]]
SAID = {"said": {"by": "agent", "phrases": "hi"}}
FULL: dict[str, Any] = {
    "rubric": "phone-support", "version": 3, "channel": "phone", "title": {"en": "Phone support", "fa": "پشتیبانی تلفنی"},
    "settings": {"pass_mark": 85.5, "auto_fail": "cap", "auto_fail_cap": 40},
    "phrases": {"hi": {"en": ["hello", "good (morning|day)"], "fa": ["سلام"]}, "name": ["this is"]},
    "sections": [
        {
            "id": "opening", "title": "Opening", "weight": 40, "auto_fail": "show",
            "criteria": [
                {
                    "id": "greeting", "question": {"en": "Did they greet?", "fa": "سلام کردند؟"}, "weight": 2.5, "severity": "customer",
                    "skill": "clarity", "applies_when": {"reached": "greeting"}, "review": "always", "coach": "Greet.",
                    "detect": {"any": [{"said": {"by": "agent", "phrases": "hi", "within": "first 30s"}}, {"matches": {"pattern": "hi+"}}]},
                },
                {
                    "id": "tone", "question": "How was the tone?", "weight": 1,
                    "options": [{"id": "good", "title": "Good", "value": 1},
                    {"id": "bad", "title": "Bad", "value": 0.25, "auto_fail": True}],
                },
            ],
        },
        {"id": "closing", "title": "Closing", "weight": 60, "criteria": [
            {"id": "bye", "question": "?", "weight": 1, "detect": {"signal": {"name": "a.b", "at_most": "40%"}}}]},
    ],
}  # fmt: skip


def test_round_trip() -> None:
    rubric = Rubric.model_validate(FULL)
    again = Rubric.model_validate(rubric.as_data())
    assert again == rubric
    assert again.as_data() == rubric.as_data()
    assert again.fingerprint == rubric.fingerprint


#: Computed once; a change of this value means that every stored rubric would count as changed.
GOLDEN = "sha256:f7d42a63cf7953b47fc5d110023ac557e37506b97a15769b6c04870fc5acdeb6"


def test_the_fingerprint_is_stable_across_releases() -> None:
    assert Rubric.model_validate(FULL).fingerprint == GOLDEN


def test_the_fingerprint_ignores_spelling() -> None:
    other = deepcopy(FULL)
    other["sections"][0]["criteria"][0]["severity"] = "customer"
    other["sections"][1]["criteria"][0]["severity"] = "minor"  # the default, written out
    other["sections"][1]["criteria"][0]["detect"]["signal"]["at_most"] = 0.4
    other["sections"][0]["criteria"][0]["detect"]["any"][0]["said"]["within"] = "first  30 s"
    other["phrases"]["name"] = {"*": "this is"}
    assert Rubric.model_validate(other).fingerprint == GOLDEN


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 4), (("title", "en"), "Phone"), (("settings", "pass_mark"), 85),
         (("phrases", "hi", "en"), ["good (morning|day)", "hello"]),
        (("sections", 0, "weight"), 41), (("sections", 0, "criteria", 0, "detect", "any", 0, "said", "by"), "any"),
        (("sections", 0, "criteria", 1, "options", 1, "value"), 0.2), (("sections", 0, "criteria", 0, "coach"), "Greet them."),
    ],
)  # fmt: skip
def test_any_change_of_content_changes_the_fingerprint(path: tuple[str | int, ...], value: Any) -> None:
    other = deepcopy(FULL)
    node: Any = other
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    assert Rubric.model_validate(other).fingerprint != GOLDEN


def test_a_copy_with_changes_has_its_own_fingerprint_and_order() -> None:
    rubric = Rubric.model_validate(FULL)
    assert len(rubric.criteria) == 3
    copy = rubric.model_copy(update={"version": 4, "sections": rubric.sections[:1]})
    assert copy.fingerprint != rubric.fingerprint
    assert [one.id for one in copy.criteria] == ["greeting", "tone"]
    assert rubric.model_copy().fingerprint == rubric.fingerprint


def at(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The full rubric with one part changed."""
    changed = deepcopy(FULL)
    node: Any = changed
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return changed


FIRST = ("sections", 0, "criteria", 0)
SCALE = ("sections", 0, "criteria", 1, "options")


@pytest.mark.parametrize(
    ("path", "value", "loc", "message"),
    [
        (("rubric",), "Phone", ("rubric",), "pattern"),
        (("version",), 0, ("version",), "greater than or equal to 1"),
        (("version",), "3", ("version",), "valid integer"),
        (("version",), 1.0, ("version",), "valid integer"),
        (("version",), True, ("version",), "valid integer"),
        (("version",), 10**30, ("version",), "less than or equal"),
        (("channel",), "fax", ("channel",), "'phone', 'chat', 'email' or 'social'"),
        (("title",), {}, ("title",), "at least 1 item"),
        (("title",), 1.1, ("title",), "put it in quotes"),
        (("title",), {"en": ""}, ("title", "en"), "at least 1 character"),
        (("title",), {"english": "x"}, ("title", "english", "[key]"), "pattern"),
        (("sections",), [], ("sections",), "at least 1 item"),
        (("settings", "not_applicable"), "zero", ("settings", "not_applicable"), "'exclude'"),
        (("settings", "pass_mark"), 101, ("settings", "pass_mark"), "less than or equal to 100"),
        (("settings", "pass_mark"), "80", ("settings", "pass_mark"), "valid number"),
        (("phrases", "Hi"), ["x"], ("phrases", "Hi", "[key]"), "pattern"),
        (("phrases", "hi", "english"), ["x"], ("phrases", "hi", "english"), "no language code"),
        (("phrases", "hi", "en"), [], ("phrases", "hi", "en"), "no phrases here"),
        (("phrases", "hi"), {}, ("phrases", "hi"), "write phrases as a list"),
        ((*FIRST, "weight"), 0, (*FIRST, "weight"), "greater than 0"),
        ((*FIRST, "weight"), -1, (*FIRST, "weight"), "greater than 0"),
        ((*FIRST, "weight"), 0.0001, (*FIRST, "weight"), "more than three decimals"),
        ((*FIRST, "weight"), True, (*FIRST, "weight"), "valid number"),
        ((*FIRST, "weight"), "5", (*FIRST, "weight"), "valid number"),
        ((*FIRST, "weight"), float("inf"), (*FIRST, "weight"), "less than or equal"),
        ((*FIRST, "weight"), float("nan"), (*FIRST, "weight"), "less than or equal"),
        ((*FIRST, "severity"), "major", (*FIRST, "severity"), "'minor', 'customer', 'business' or 'compliance'"),
        ((*FIRST, "skill"), "charm", (*FIRST, "skill"), "'clarity'"),
        ((*FIRST, "id"), "tone", ("sections", 0, "criteria", 1, "id"), "criterion id 'tone' is there twice"),
        (("sections", 1, "id"), "opening", ("sections", 1, "id"), "section id 'opening' is there twice"),
        ((*FIRST, "detect"), {"said": {"phrases": "hii"}}, (*FIRST, "detect", "said", "phrases"), "phrases 'hii' are not defined"),
        ((*FIRST, "detect"), {"all": [{"said": {"phrases": "hi", "within": "after x"}}]},
         (*FIRST, "detect", "all", 0, "said", "within"), "'x' is no criterion"),
        ((*FIRST, "detect"), {"said": {"phrases": "hi", "within": "after greeting"}}, FIRST, "greeting -> greeting"),
        (SCALE, [{"id": "a", "title": "A", "value": 1}], SCALE, "two or more options"),
        (SCALE, [{"id": "a", "title": "A", "value": 1}, {"id": "a", "title": "B", "value": 0}], (*SCALE, 1, "id"),
         "option id 'a' is there twice"),
        (SCALE, [{"id": "a", "title": "A", "value": 1}, {"id": "undecided", "title": "B", "value": 0}], (*SCALE, 1, "id"), "always there"),
        (SCALE, [{"id": "a", "title": "A", "value": 0}, {"id": "b", "title": "B", "value": 0}], SCALE, "weight cannot matter"),
        (SCALE, [{"id": "a", "title": "A", "value": 1}, {"id": "b", "title": "B", "value": 1}], SCALE, "weight cannot matter"),
        (SCALE, [{"id": "a", "title": "A", "value": 1}, {"id": "b", "title": "B", "value": 1.1}], (*SCALE, 1, "value"),
         "less than or equal to 1"),
        ((*FIRST, "options"), [{"id": "a", "title": "A", "value": 1}, {"id": "b", "title": "B", "value": 0}], (*FIRST, "detect"),
         "yes or no"),
        ((*FIRST, "wieght"), 5, (*FIRST, "wieght"), "Extra inputs"),
    ],
)  # fmt: skip
def test_faults_are_told_at_their_place(path: tuple[str | int, ...], value: Any, loc: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Rubric.model_validate(at(path, value))
    assert any(error["loc"] == loc and message in error["msg"] for error in raised.value.errors()), raised.value.errors()


def test_every_broken_reference_is_told_not_only_the_first(form: Form) -> None:
    with pytest.raises(ValidationError) as raised:
        Rubric.model_validate(form({"detect": {"any": [SAID, {"said": {"phrases": "b", "within": "after nobody"}}]}}, {"detect": SAID}))
    assert len(raised.value.errors()) == 4


def test_a_long_circle_is_named(form: Form) -> None:
    criteria = [{"detect": {"said": {"phrases": ["x"], "within": f"after c{(i + 1) % 3}"}}} for i in range(3)]
    with pytest.raises(ValidationError, match=r"c0 -> c1 -> c2 -> c0|c1 -> c2 -> c0 -> c1|c2 -> c0 -> c1 -> c2"):
        Rubric.model_validate(form(*criteria))


def test_borders_are_decided_first_however_long_the_chain(form: Form) -> None:
    chain = [{"detect": {"said": {"phrases": ["x"], "within": f"after c{i + 1}"}}} for i in range(2000)]
    rubric = Rubric.model_validate(form(*chain, {"detect": {"said": {"phrases": ["x"]}}}))
    place = {one.id: i for i, one in enumerate(rubric.order)}
    assert len(place) == 2001
    assert all(place[f"c{i + 1}"] < place[f"c{i}"] for i in range(2000))


def test_look_ups_are_shared_and_know_their_languages(form: Form) -> None:
    rubric = Rubric.model_validate(
        form({"detect": {"any": [SAID, {"not_said": {"phrases": "hi"}}]}, "applies_when": {"matches": {"pattern": {"fa": ["x"]}}}},
             phrases={"hi": {"en": ["hello"], "fa": ["سلام"]}})
    )  # fmt: skip
    assert sorted(map(sorted, rubric.coverage.values())) == [["en", "fa"], ["fa"]]


def test_places() -> None:
    rubric = Rubric.model_validate(FULL)
    assert dict(rubric.places) == {"greeting": "opening.greeting", "tone": "opening.tone", "bye": "closing.bye"}
    assert rubric.criteria[1].option("bad") is not None
    assert rubric.criteria[1].option("yes") is None
