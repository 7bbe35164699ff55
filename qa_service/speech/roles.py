"""Roles: which of two channels or voices is the agent's, where no channel map tells; the scoring is :mod:`qa_service.domain.roles`."""

from __future__ import annotations

from qa_service.domain.roles import SURE, agent_party

__all__ = ["SURE", "agent_party"]
