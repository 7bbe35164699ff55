"""Proposals for rubrics: added, decided by compare-and-swap, never deleted."""

from __future__ import annotations

import json
from typing import Any

from qa_service.domain.proposal import Proposal, ProposalState
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, given
from qa_service.store.tables import ProposalRow, core

_IT = core(ProposalRow).c


class Proposals(Repository):
    """Proposals by id."""

    def add(self, proposal: Proposal) -> Proposal:
        """Keep a new one."""
        self._insert(ProposalRow, [_values(proposal)])
        return proposal

    def get(self, rubric: str, proposal: str) -> Proposal:
        """One of that rubric; raises :class:`NotFoundError`."""
        row = self._first(ProposalRow, _IT.id == proposal, _IT.rubric_id == rubric)
        if row is None:
            raise NotFoundError(f"no proposal {proposal!r} for rubric {rubric!r}", field="proposal")
        return _proposal(row)

    def save(self, proposal: Proposal) -> Proposal:
        """Keep a change of the revision that the proposal bears; the proposal as it is now. Raises :class:`StaleVersionError`."""
        made = proposal.model_copy(update={"revision": proposal.revision + 1})
        if not self._update(ProposalRow, _IT.id == proposal.id, _IT.revision == proposal.revision, values=_values(made)):
            now = self.get(proposal.rubric, proposal.id).revision
            raise StaleVersionError(
                f"proposal {proposal.id!r} was changed meanwhile: it has revision {now}, not {proposal.revision}", field="If-Match",
                hint="read it again",
            )
        return made

    def list(self, rubric: str, *, state: ProposalState | None = None, cursor: str | None = None, limit: int = 50) -> Page[Proposal]:
        """Those of a rubric, the last made first."""
        where = (_IT.rubric_id == rubric, *given((state, _IT.state.__eq__)))
        page = self._page(ProposalRow, *where, by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_proposal(row) for row in rows])


def _proposal(row: ProposalRow) -> Proposal:
    return Proposal(
        id=row.id, rubric=row.rubric_id, version=row.rubric_version, criterion=row.criterion_id, wording=json.loads(row.wording),
        why=row.why, session=row.session_id, state=ProposalState(row.state), created_by=row.created_by, created_at=row.created_at,
        decided_by=row.decided_by, decided_at=row.decided_at, decision=row.decision, revision=row.revision,
    )


def _values(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.id, "rubric_id": proposal.rubric, "rubric_version": proposal.version, "criterion_id": proposal.criterion,
        "wording": json.dumps(proposal.wording, ensure_ascii=False, sort_keys=True), "why": proposal.why, "session_id": proposal.session,
        "state": proposal.state.value, "created_by": proposal.created_by, "created_at": proposal.created_at,
        "decided_by": proposal.decided_by, "decided_at": proposal.decided_at, "decision": proposal.decision,
        "revision": proposal.revision,
    }
