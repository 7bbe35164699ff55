"""Logins that are the same however they are typed."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from qa_service.domain.permission import Right, Role
from qa_service.domain.user import User, folded_login, left


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Rita", "rita"),
        ("  rita ", "rita"),
        ("RITA@Example.COM", "rita@example.com"),
        # Full width, and a ligature.
        ("Ｒｉｔａ", "rita"),
        ("ﬁona", "fiona"),
        # Arabic yeh and kaf, as an Arabic keyboard writes them, and the Persian ones.
        ("علي", "علی"),
        ("كامران", "کامران"),
        # Presentation forms, as old systems export them: lam-alef.
        ("ﻻله", "لاله"),
        # Persian and Arabic digits.
        ("agent۱۷", "agent17"),
        ("agent١٧", "agent17"),
        # A zero-width non-joiner and a mark for the direction, which nobody sees.
        ("نرگس‌خانم", "نرگسخانم"),
        ("\u200frita\u200e", "rita"),
        ("Straße", "strasse"),
    ],
)
def test_a_login_is_the_same_however_it_is_typed(typed: str, kept: str) -> None:
    assert folded_login(typed) == kept
    assert User(id="u1", login=typed, name="x", role=Role.AGENT).login == kept
    assert folded_login(kept) == kept


@pytest.mark.parametrize("login", ["", "   ", "\u200f", "two words", "a/b", "a\\b", "a\nb", "x" * 101])
def test_what_is_no_login(login: str) -> None:
    with pytest.raises(ValidationError):
        User(id="u1", login=login, name="x", role=Role.AGENT)


def test_a_user_acts_with_what_a_key_leaves() -> None:
    user = User(id="u1", login="sam", name="Sam", role=Role.COACH, teams=("billing",), agent="a1", languages=("fa",))
    actor = user.actor(rights=frozenset({Right.READ_SCORECARDS}))
    assert (actor.id, actor.role, actor.agent) == ("u1", Role.COACH, "a1")
    assert (actor.teams, actor.languages) == (frozenset({"billing"}), frozenset({"fa"}))
    assert [right for right in Right if actor.may(right)] == [Right.READ_SCORECARDS]
    assert user.actor().may(Right.SELF)


def test_who_has_left() -> None:
    def one(name: str, agent: str | None, *, active: bool) -> User:
        return User(id=name, login=name, name=name, role=Role.AGENT, agent=agent, active=active)

    users = [one("a", "a1", active=False), one("b", "a2", active=True), one("c", "a2", active=False), one("d", None, active=False)]
    assert left(users) == {"a1"}
    assert left([]) == frozenset()
