"""Problems: the table knows every error, and tells it with all its places."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa_service import errors
from qa_service.api.problems import STATUSES, problem_of, title


def tree(kind: type[errors.QaError]) -> Iterator[type[errors.QaError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from tree(one)


def test_the_table_is_complete_for_the_whole_tree() -> None:
    ours = {kind for kind in tree(errors.QaError) if kind.__module__ == errors.__name__}
    assert ours == set(STATUSES)


def test_every_kind_of_problem_has_its_own_code_and_title() -> None:
    assert len({kind.code for kind in STATUSES}) == len(STATUSES)
    assert len({title(kind) for kind in STATUSES}) == len(STATUSES)
    assert not [kind for kind in STATUSES if "`" in title(kind) or title(kind).endswith(".")]


@pytest.mark.parametrize("kind", [kind for kind in STATUSES if issubclass(kind, errors.InputError)])
def test_what_a_user_gets_wrong_is_never_our_fault(kind: type[errors.QaError]) -> None:
    assert STATUSES[kind] == 422


def test_places_are_told() -> None:
    error = errors.ManifestError("unknown column", file="calls.csv", field="agnet", line=1, hint="did you mean 'agent'?")
    assert problem_of(error, instance="/v1/batches").model_dump(exclude_none=True) == {
        "type": "urn:qa-service:problem:manifest",
        "title": "A CSV manifest with a faulty header or row",
        "status": 422,
        "detail": "unknown column",
        "instance": "/v1/batches",
        "code": "manifest",
        "file": "calls.csv",
        "field": "agnet",
        "line": 1,
        "hint": "did you mean 'agent'?",
    }


def test_undecided_criteria_and_rubric_faults_are_listed() -> None:
    assert problem_of(errors.UndecidedError("open", criteria=["a", "b"]), instance="/").criteria == ("a", "b")
    assert problem_of(errors.RubricError("bad", faults=["x:1:1: error"]), instance="/").faults == ("x:1:1: error",)
