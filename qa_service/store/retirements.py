"""Retirements of criteria: added, decided by compare-and-swap, never deleted."""

from __future__ import annotations

from typing import Any

from qa_service.domain.proposal import ProposalState
from qa_service.domain.retirement import Retirement
from qa_service.domain.validity import CriterionValidity
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, given
from qa_service.store.tables import RetirementRow, core

_IT = core(RetirementRow).c


class Retirements(Repository):
    """Retirements by id."""

    def add(self, retirement: Retirement) -> Retirement:
        """Keep a new one."""
        self._insert(RetirementRow, [_values(retirement)])
        return retirement

    def get(self, rubric: str, retirement: str) -> Retirement:
        """One of that rubric; raises :class:`NotFoundError`."""
        row = self._first(RetirementRow, _IT.id == retirement, _IT.rubric_id == rubric)
        if row is None:
            raise NotFoundError(f"no retirement {retirement!r} for rubric {rubric!r}", field="retirement")
        return _retirement(row)

    def save(self, retirement: Retirement) -> Retirement:
        """Keep a change of the revision that it bears; as it is now. Raises :class:`StaleVersionError`."""
        made = retirement.model_copy(update={"revision": retirement.revision + 1})
        if not self._update(RetirementRow, _IT.id == retirement.id, _IT.revision == retirement.revision, values=_values(made)):
            now = self.get(retirement.rubric, retirement.id).revision
            raise StaleVersionError(
                f"retirement {retirement.id!r} was changed meanwhile: it has revision {now}, not {retirement.revision}", field="If-Match",
                hint="read it again",
            )
        return made

    def list(self, rubric: str, *, state: ProposalState | None = None, cursor: str | None = None, limit: int = 50) -> Page[Retirement]:
        """Those of a rubric, the last made first."""
        where = (_IT.rubric_id == rubric, *given((state, _IT.state.__eq__)))
        page = self._page(RetirementRow, *where, by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_retirement(row) for row in rows])


def _retirement(row: RetirementRow) -> Retirement:
    return Retirement(
        id=row.id, rubric=row.rubric_id, version=row.rubric_version, criterion=row.criterion_id, why=row.why,
        figures=CriterionValidity.model_validate_json(row.figures), state=ProposalState(row.state), created_by=row.created_by,
        created_at=row.created_at, decided_by=row.decided_by, decided_at=row.decided_at, decision=row.decision, revision=row.revision,
    )


def _values(one: Retirement) -> dict[str, Any]:
    return {
        "id": one.id, "rubric_id": one.rubric, "rubric_version": one.version, "criterion_id": one.criterion, "why": one.why,
        "figures": one.figures.model_dump_json(), "state": one.state.value, "created_by": one.created_by, "created_at": one.created_at,
        "decided_by": one.decided_by, "decided_at": one.decided_at, "decision": one.decision, "revision": one.revision,
    }
