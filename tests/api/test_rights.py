"""Every operation takes a right, and every right is given to somebody."""

from __future__ import annotations

from fastapi.routing import APIRoute

from qa_service.api import ROUTERS
from qa_service.api.rights import RIGHTS
from qa_service.domain.permission import GRANTS, Right, Role


def guarded() -> set[str]:
    return {route.name for one in ROUTERS if not one.open for route in one.router.routes if isinstance(route, APIRoute)}


def test_every_guarded_operation_and_no_other_stands_in_the_table() -> None:
    assert set(RIGHTS) == guarded()


def test_every_right_is_granted_and_leads_have_it_where_reviewers_do() -> None:
    assert set(GRANTS) == set(Right)
    for right, row in GRANTS.items():
        assert row, right
        assert Role.ADMIN in row or right in (Right.ACKNOWLEDGE, Right.ACKNOWLEDGE_COACHING)
        assert Role.REVIEWER not in row or Role.QA_LEAD in row
