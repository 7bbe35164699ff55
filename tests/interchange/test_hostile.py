"""Forms with any part replaced by something else: read, or refused by name, never a crash."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from qa_service.domain.rubric import Rubric
from qa_service.errors import InputError
from qa_service.interchange import FORMS, FormOptions, Imported
from tests.interchange.conftest import rubric_data

JUNK: tuple[Any, ...] = (None, "x", "", 7, -1.5, True, [], [None], ["x"], {}, {"x": 1}, [[]])


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places(data[key], (*path, key))


def replaced(data: Any, path: tuple[Any, ...], junk: Any) -> Any:
    found = copy.deepcopy(data)
    at = found
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = copy.deepcopy(junk)
    return found


@pytest.mark.parametrize("kind", FORMS)
def test_no_part_of_a_form_crashes_the_reader(kind: str) -> None:
    form = FORMS[kind].write(Rubric.model_validate(rubric_data()), FormOptions()).form
    read, refused = 0, []
    for path in places(form):
        for junk in JUNK:
            try:
                assert isinstance(FORMS[kind].read(replaced(form, path, junk), FormOptions(), file="form.json"), Imported)
                read += 1
            except InputError as error:
                refused.append(error)
    assert read
    assert refused
    assert {str(error.file) for error in refused} == {"form.json"}
