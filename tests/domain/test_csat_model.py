"""Models of satisfaction: what it takes to learn one, and reasons in words."""

from __future__ import annotations

import pytest

from qa_service.domain.csat_model import SIGNALS, Contact, CsatColumn, lack
from qa_service.domain.csat_words import CALLED, reason
from qa_service.domain.history import FIRST_RESOLVED, REPEAT, SPECS


@pytest.mark.parametrize(
    ("satisfied", "unsatisfied", "more", "more_of_rarer", "kind"),
    [(0, 0, 100, 20, "unsatisfied"), (50, 30, 20, 0, None), (300, 0, 0, 20, "unsatisfied"), (5, 95, 0, 15, "satisfied")],
)
def test_what_is_missing(satisfied: int, unsatisfied: int, more: int, more_of_rarer: int, kind: str | None) -> None:
    found = lack(satisfied, unsatisfied)
    assert found is not None
    assert (found.more, found.more_of_rarer, found.rarer_kind) == (more, more_of_rarer, kind)


def test_enough_is_enough() -> None:
    assert lack(80, 20) is None


def test_every_signal_has_a_name_for_people_and_none_fills_up_later() -> None:
    assert set(SIGNALS) <= set(CALLED)
    assert {spec.name for spec in SPECS} & set(SIGNALS) == {REPEAT}
    assert FIRST_RESOLVED not in SIGNALS


@pytest.mark.parametrize(
    ("contact", "name", "column", "moved", "words"),
    [
        (
            Contact("i", "i", {"hold.count": 3.0}), "hold.count", CsatColumn(name="hold.count", log=True, centre=0.6931471805599453), -0.5,
            "times on hold: 3 (usually 1); a satisfied answer is less likely",
        ),
        (
            Contact("i", "i", {}), "sentiment.end", CsatColumn(name="sentiment.end", centre=0.25), 0.1,
            "the customer's mood at the end: not measured (usually 0.25); a satisfied answer is more likely",
        ),
        (Contact("i", "i", {}, {"channel": "chat"}), "channel", None, 0.1, "the channel: chat; a satisfied answer is more likely"),
        (
            Contact("i", "i", {"criterion:form.greeting": 1.0}), "criterion:form.greeting", None, 0.1,
            "criterion form.greeting, share met: 1; a satisfied answer is more likely",
        ),
    ],
)  # fmt: skip
def test_reasons_in_words(contact: Contact, name: str, column: CsatColumn | None, moved: float, words: str) -> None:
    assert reason(name, contact=contact, column=column, moved=moved).words == words
