"""Consent: the agent's to give and take back; names are hidden in any script."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qa_service.domain.consent import Consent, decided, nameless
from qa_service.errors import PermissionDeniedError

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def test_only_the_agent_gives_it_and_takes_it_back() -> None:
    before = Consent(agent="a1")
    assert not before.given
    given = decided(before, given=True, by="u1", own="a1", at=AT)
    assert (given.given, given.by, given.at) == (True, "u1", AT)
    assert not decided(given, given=False, by="u1", own="a1", at=AT).given
    for other in ("a2", None):
        with pytest.raises(PermissionDeniedError, match="only the agent"):
            decided(before, given=True, by="u2", own=other, at=AT)


@pytest.mark.parametrize(
    ("quote", "names", "expected"),
    [
        ("You are speaking with Sara, how can I help?", ("Sara Karimi",), "You are speaking with [NAME], how can I help?"),
        ("this is SARA karimi.", ("Sara Karimi",), "this is [NAME] [NAME]."),
        ("سارا کریمی هستم، بفرمایید", ("سارا کريمي",), "[NAME] [NAME] هستم، بفرمایید"),
        ("معك أحمد من خدمة العملاء", ("احمد",), "معك [NAME] من خدمة العملاء"),
        ("Anna will call Annabel", ("Anna",), "[NAME] will call Annabel"),
        ("I am so sorry about that", (None, ""), "I am so sorry about that"),
        ("a17 here", ("a17",), "[NAME] here"),
        ("Plan B it is", ("B. Brown",), "Plan B it is"),
        ("C++ (Dr. No?)", ("C++ (",), "[NAME] (Dr. No?)"),
    ],
)
def test_names_are_hidden(quote: str, names: tuple[str | None, ...], expected: str) -> None:
    assert nameless(quote, names) == expected
