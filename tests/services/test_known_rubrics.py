"""Known rubrics: read once, the ones used last are kept."""

from __future__ import annotations

from typing import Any

import pytest

from qa_service.errors import NotFoundError
from qa_service.services.known_rubrics import KnownRubrics


class Shelf:
    """A unit whose rubrics count how often they are read."""

    def __init__(self, unit: Any) -> None:
        self.rubrics = self
        self.read: list[str] = []
        self._unit = unit

    def by_fingerprint(self, fingerprint: str) -> Any:
        self.read.append(fingerprint)
        return self._unit.rubrics.by_fingerprint(fingerprint)


def test_the_ones_used_last_are_kept(shop: Any) -> None:
    with shop.services.database.unit() as unit:
        base = unit.rubrics.list()[0]
        forms = [base.model_copy(update={"rubric": f"known-{number}"}) for number in range(3)]
        for one in forms:
            unit.rubrics.add(one, at=shop.services.clock(), active=False)
        shelf: Any = Shelf(unit)
        known = KnownRubrics(most=2)
        first, second, third = (one.fingerprint for one in forms)
        assert [known.get(shelf, one) for one in (first, second, first, third, first, second)] == [forms[i] for i in (0, 1, 0, 2, 0, 1)]
        assert shelf.read == [first, second, third, second]
        with pytest.raises(NotFoundError):
            known.get(shelf, "sha256:0")
