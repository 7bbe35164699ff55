"""Churn and customer effort: what imported rows and surveys tell, and apart from it the signs in contacts."""

from __future__ import annotations

from collections.abc import Mapping

from qa_service.domain.churn import LOW_CHANCE, Churn, ChurnSign, Signs, Told, churn, gathered, risk, thirds
from qa_service.domain.csat_model import Prediction
from qa_service.domain.effort import Effort, SignShare, effort
from qa_service.domain.estimation import wilson
from qa_service.domain.permission import Scope
from qa_service.settings import Settings
from qa_service.store.outcomes import Place
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Newest contacts whose signs are read.
MOST_CONTACTS = 50_000
_SIGNALS = tuple(sign.value for sign in ChurnSign)
#: Signals of effort, and what is counted.
_EFFORT: Mapping[str, str] = {
    "effort.customer": "contacts in which the customer tells of effort: saying it again, being passed around, waiting",
    "contact.repeat": "contacts of known customers who were in contact for the same reason before",
    "hold.count": "contacts in which the agent made the customer wait",
    "questions.unanswered": "contacts in which a question of the customer stayed unanswered",
}


class ChurnDesk:
    """Who leaves, who may, and how hard it was."""

    def __init__(self, *, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def churn(self, place: Place) -> Churn:
        """Customers who left in a period, by loyalty and value, as imported rows tell; and the signs in contacts of that period, apart.

        Within teams, only customers in contact with their agents count.
        """
        with self._database.reading() as unit:
            customers = gathered(_within(unit, place.within, unit.outcomes.customers()))
            seen = _signs(unit, place)
        values = [one.value for one in customers if one.value is not None]
        return churn(
            customers, since=place.since, until=place.until, loyalty=self._settings.loyalty_bands,
            value=self._settings.value_bands or thirds(values), risk=risk(seen, customers),
        )

    def effort(self, place: Place) -> Effort:
        """How easy customers found it, and the signs of effort in contacts, apart."""
        with self._database.reading() as unit:
            levels = unit.outcomes.ease(place)
            contacts = unit.outcomes.live(place, most=MOST_CONTACTS)
            measured = unit.outcomes.measured(contacts, tuple(_EFFORT))
        signs = []
        for name, definition in _EFFORT.items():
            values = [one[name] for one in measured.values() if name in one]
            signs.append(SignShare(name=name, definition=definition, share=wilson(sum(value > 0 for value in values), len(values))))
        return effort(levels, contacts=len(contacts), signs=tuple(signs))


def _within(unit: Unit, scope: Scope | None, rows: tuple[Told, ...]) -> tuple[Told, ...]:
    if scope is None or scope.whole:
        return rows
    mine = {customer for customer, *_ in unit.outcomes.of_customers(Place(within=scope))}
    return tuple(row for row in rows if row.customer in mine)


def _signs(unit: Unit, place: Place) -> tuple[Signs, ...]:
    """What the contacts of each customer show, all together; the newest contacts where there are very many."""
    contacts = list(unit.outcomes.of_customers(place))[-MOST_CONTACTS:]
    ids = [interaction for *_, interaction in contacts]
    measured, predicted = unit.outcomes.measured(ids, _SIGNALS), unit.csat_models.in_force(ids)
    found: dict[str, Signs] = {}
    for customer, at, interaction in contacts:
        before = found.get(customer)
        signs = _of(measured[interaction], predicted.get(interaction))
        found[customer] = Signs(customer, at, signs if before is None else before.signs | signs)
    return tuple(found.values())


def _of(measured: Mapping[str, float], predicted: Prediction | None) -> frozenset[ChurnSign]:
    seen = {sign for sign in ChurnSign if measured.get(sign.value, 0.0) > 0}
    return frozenset(seen | ({ChurnSign.UNSATISFIED} if predicted is not None and predicted.chance < LOW_CHANCE else set()))
