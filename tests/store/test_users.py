"""Users: by id and login, changed by compare-and-swap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User
from qa_service.errors import ConflictError, DuplicateError, NotFoundError, StaleVersionError, TooManyTriesError
from qa_service.settings import Settings
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
RITA = User(
    id="u1",
    login="rita",
    name="ریتا مرادی",
    email="rita@example.com",
    role=Role.COACH,
    teams=("فروش", "billing"),
    agent="a17",
    languages=("fa", "en"),
    capacity=40,
)
SAM = User(id="u2", login="sam", name="Sam", role=Role.REVIEWER)


def test_a_user_comes_back_as_kept(database: Database) -> None:
    with database.unit() as unit:
        kept = unit.users.add(RITA, at=AT)
        assert kept == RITA.model_copy(update={"created_at": AT, "revision": 1})
        assert unit.users.get("u1") == unit.users.find("u1") == unit.users.by_login("RITA") == kept
        assert unit.users.find("u9") is unit.users.by_login("ritta") is None
        with pytest.raises(NotFoundError, match="no user 'u9'"):
            unit.users.get("u9")


@pytest.mark.parametrize(("user", "field"), [(RITA, "login"), (SAM.model_copy(update={"id": "u1"}), "id"), (
    SAM.model_copy(update={"login": "rita"}), "login")])  # fmt: skip
def test_an_id_and_a_login_are_taken_once(database: Database, user: User, field: str) -> None:
    with database.unit() as unit:
        unit.users.add(RITA, at=AT)
        with pytest.raises(DuplicateError, match=f"the {field} is taken") as caught:
            unit.users.add(user, at=AT)
        assert caught.value.field == field
        assert not unit.users.add_new(user, at=AT)
        assert unit.users.list() == (unit.users.get("u1"),)


def test_lists_by_role_and_whether_they_may_act(database: Database) -> None:
    gone = User(id="u3", login="abe", name="Abe", role=Role.REVIEWER, active=False)
    with database.unit() as unit:
        for number, user in enumerate((SAM, gone, RITA)):
            unit.users.add(user, at=AT + timedelta(minutes=number))
        ids = {
            (role, active): [user.id for user in unit.users.list(role=role, active=active)]
            for role in (None, Role.REVIEWER)
            for active in (True, False, None)
        }
        first = unit.users.page(limit=2)
        rest = unit.users.page(limit=2, cursor=first.next)
        assert [user.id for user in unit.users.page(role=Role.REVIEWER, active=False).items] == ["u3"]
    assert ids == {
        (None, True): ["u1", "u2"], (None, False): ["u3"], (None, None): ["u3", "u1", "u2"],
        (Role.REVIEWER, True): ["u2"], (Role.REVIEWER, False): ["u3"], (Role.REVIEWER, None): ["u3", "u2"],
    }  # fmt: skip
    assert [[user.id for user in page.items] for page in (first, rest)] == [["u1", "u3"], ["u2"]]
    assert rest.next is None


def test_a_change_is_kept_for_the_revision_that_was_seen(database: Database) -> None:
    with database.unit() as unit:
        seen = unit.users.add(RITA, at=AT)
        changed = unit.users.save(seen.model_copy(update={"role": Role.QA_LEAD, "teams": (), "agent": None, "login": "other"}))
        assert changed.revision == 2
        now = unit.users.get("u1")
        # Whoever signs in as rita does so for ever.
        assert (now.role, now.teams, now.agent, now.login, now.revision) == (Role.QA_LEAD, (), None, "rita", 2)
        with pytest.raises(StaleVersionError, match="revision 2, not 1"):
            unit.users.save(seen.model_copy(update={"name": "late"}))
        with pytest.raises(NotFoundError):
            unit.users.save(SAM)
        unit.users.hold(role=Role.QA_LEAD)


def test_two_processes_at_once_make_one_admin_keep_one_and_count_every_try(url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=url, engine="sidecar", sign_in_tries=3)
    with opened(settings) as one, opened(settings) as other, ThreadPoolExecutor(6) as pool:

        def attempt(services: Services) -> bool:
            with suppress(TooManyTriesError), services.database.unit() as unit:
                services.sessions._tries.begin(unit, "admin", address="10.0.0.9", at=AT)
                return True
            return False

        def switch_off(services: Services, user: str) -> bool:
            with suppress(ConflictError):
                return not services.users.change(user, {"active": False}, by=SYSTEM).active
            return False

        secrets = list(pool.map(lambda services: services.keys.first_start(), (one, other) * 2))
        assert len([secret for secret in secrets if secret]) == 1
        assert sum(pool.map(attempt, (one, other) * 6)) == 3
        for name in ("boss", "chief"):
            one.users.create(User(id=name, login=name, name=name, role=Role.ADMIN), by=SYSTEM)
        assert sum(pool.map(switch_off, (one, other, one), ("admin", "boss", "chief"))) == 2
        assert len(other.users.list(role=Role.ADMIN, active=True)) == 1
