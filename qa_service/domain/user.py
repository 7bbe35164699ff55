"""Users: people and programs that may do something here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field, StringConstraints

from qa_service.domain.base import Record
from qa_service.domain.interaction import Identifier, LanguageCode
from qa_service.domain.permission import Actor, Right, Role

#: Letters that look the same and come from another keyboard: Arabic yeh, alef maksura and kaf for the Persian ones.
_ALIKE = str.maketrans("يىك", "ییک")


def folded_login(text: str) -> str:
    """A login as it is kept and looked up: however it is typed (case, width, Persian or Arabic letters and digits, marks that cannot be
    seen), it is the same one."""
    shown = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    plain = unicodedata.normalize("NFKC", shown.casefold()).translate(_ALIKE).strip()
    return "".join(str(unicodedata.decimal(char, char)) for char in plain)


def _folded(value: object) -> object:
    return folded_login(value) if isinstance(value, str) else value


#: What one signs in with, as :func:`folded_login` writes it.
Login = Annotated[
    str, BeforeValidator(_folded), StringConstraints(min_length=1, max_length=100, pattern=r"^[^\s/\\\x00-\x1f\x7f]+$")
]
#: Name of a team, as interactions tell it.
Team = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class User(Record):
    """A person or program."""

    #: Stable id, as it stands in the ledger and on scorecards; never given to another.
    id: Identifier
    #: What they sign in with.
    login: Login
    #: As shown.
    name: str = Field(min_length=1, max_length=200)
    #: E-mail address.
    email: str | None = Field(default=None, max_length=320)
    #: What they are here for.
    role: Role
    #: Teams whose agents a coach sees.
    teams: tuple[Team, ...] = ()
    #: The agent that this user is, if one.
    agent: Identifier | None = None
    #: Languages that the user reviews in; empty: any.
    languages: tuple[LanguageCode, ...] = ()
    #: Reviews that the user can do in a week; ``None``: as many as others.
    capacity: int | None = Field(default=None, ge=0, le=10_000)
    #: Whoever is not active can do nothing.
    active: bool = True
    #: When they were taken in.
    created_at: AwareDatetime | None = None
    #: Goes up with every change.
    revision: int = Field(default=1, ge=1)

    def actor(self, *, rights: frozenset[Right] | None = None) -> Actor:
        """This user, acting; ``rights``: what a key leaves."""
        return Actor(
            id=self.id, role=self.role, teams=frozenset(self.teams), agent=self.agent, languages=frozenset(self.languages), rights=rights
        )


def left(users: Iterable[User]) -> frozenset[str]:
    """Agents who had users and have no active one any more; whoever never had one is not among them."""
    every = [user for user in users if user.agent is not None]
    return frozenset(user.agent for user in every if user.agent is not None) - {user.agent for user in every if user.active}
