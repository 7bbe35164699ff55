"""``numeric``: bands over a signal that choose an option, ``{signal: response.first, bands: [{at_most: 60s, answer: fast}, ...]}``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pydantic import Field, model_validator

from qa_service.domain.base import Record, Refusal, refuse
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.criteria.signal import Bound, decide


class Band(Record):
    """Values up to a bound, and the answer they earn."""

    #: Highest value of the band; the last band has no bound.
    at_most: Bound | None = None
    #: Id of the option that is the answer.
    answer: str

    @property
    def told(self) -> str:
        """The bound in words."""
        return "above" if self.at_most is None else f"at most {self.at_most:g}"


class Numeric(Record):
    """Chooses the first band whose bound the signal's value does not exceed."""

    #: Dotted name of the signal, as in the catalogue.
    signal: str
    #: In rising order; the last one takes what is left.
    bands: tuple[Band, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _rising(self) -> Numeric:
        refuse("Numeric", self._faults())
        return self

    def _faults(self) -> Iterator[Refusal]:
        bounds = [band.at_most for band in self.bands]
        for index, bound in enumerate(bounds[:-1]):
            if bound is None:
                yield Refusal(("bands", index), "'at_most' is missing", "only the last band has no bound")
        if bounds[-1] is not None:
            yield Refusal(("bands", len(bounds) - 1, "at_most"), "values above this have no answer", "add a last band without 'at_most'")
        for index, (low, high) in enumerate(pairwise(bounds), 1):
            if low is not None and high is not None and high <= low:
                yield Refusal(("bands", index, "at_most"), f"{high:g} is not more than {low:g} above it, so this can never be chosen")

    def choose(self, case: Case, rule: str) -> tuple[str | None, Outcome]:
        """The answer with its evidence (the places of the signal); ``None`` and an undecided outcome where it cannot be measured."""
        outcome = decide(case, name=self.signal, holds=lambda _: True, rule=f"{rule}.numeric")
        signal = case.signals.get(self.signal)
        if signal is None or signal.value is None:
            return None, outcome
        value = signal.value
        band = next(band for band in self.bands if band.at_most is None or value <= band.at_most)
        return band.answer, outcome._replace(why=f"{outcome.why}: {band.told}")
