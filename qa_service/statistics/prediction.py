"""Prediction of satisfaction: learned from answered contacts, every error measured on answers that were not learned from.

Each customer belongs to one of five parts; whoever is in a part is predicted by what was learned from the other four (cross-fitting:
Chernozhukov et al. 2018), for ever, so that no answer ever goes into its own prediction. The ridge and the calibration (Platt 1999) of
each part are chosen inside the other four, by parts left out of them in turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import NamedTuple

import numpy as np

from qa_service.domain.csat_model import (
    FOLDS,
    LEAST_OF_EACH,
    LEAST_OF_GROUP,
    Contact,
    CsatColumn,
    CsatModel,
    CsatVerdict,
    CsatWeights,
    ErrorTold,
    Prediction,
    PredictionReason,
    fold_of,
)
from qa_service.domain.csat_words import reason
from qa_service.domain.estimation import mean
from qa_service.domain.satisfaction import satisfied
from qa_service.statistics.columns import columns, matrix
from qa_service.statistics.discrimination import auc, bands, error
from qa_service.statistics.logistic import chances, fit, log_odds, loss, straightened
from qa_service.statistics.resampling import Floats

_PENALTIES = (1.0, 4.0, 16.0, 64.0, 256.0)
#: Scores left out of everything: what was learned without the parts ``one`` and ``other``, on their contacts.
_Inner = Mapping[tuple[int, int, float], Floats]


class _Answers(NamedTuple):
    rows: Floats
    yes: Floats
    level: Floats
    parts: Floats


class _Outer(NamedTuple):
    """What was learned without one part."""

    weights: CsatWeights
    penalty: float
    #: Share and mean level of the other parts.
    base: float
    level: float


def surveyed(contacts: Sequence[Contact]) -> tuple[str, ...]:
    """Channels with enough answers to say something of them."""
    counted = Counter(one.words.get("channel", "") for one in contacts if one.level is not None)
    return tuple(sorted(channel for channel, count in counted.items() if count >= LEAST_OF_GROUP))


def learn(contacts: Sequence[Contact], *, version: int, at: datetime, unanswered_for: float = 1.0) -> CsatModel:
    """A model from live contacts with and without answers, at least as many as :func:`~qa_service.domain.csat_model.lack` wants.

    ``unanswered_for``: how many unanswered contacts each one given stands for. Contacts of channels that nobody answers in must be left
    out by the caller (:func:`surveyed`).
    """
    answered = [one for one in contacts if one.level is not None]
    chosen = columns(contacts)
    told = _Answers(matrix(answered, chosen), _yes(answered), np.array([one.level for one in answered], dtype=float), _parts(answered))
    answering, answering_auc = _answering(contacts, chosen, told.parts, unanswered_for)
    inner = dict(_inner(told))
    outer = [_outer(told, inner, part, answering[part]) for part in range(FOLDS)]
    chance, expected = _applied([one.weights for one in outer], told.rows, told.parts)
    base, level_base = (np.array([values[int(part)] for part in told.parts]) for values in _bases(outer))
    gain = mean((loss(base, told.yes) - loss(chance, told.yes)).tolist())
    groups = _groups(answered)
    errors = [
        error(
            name, chance=chance[mine], yes=told.yes[mine], base=base[mine], level=told.level[mine], expected=expected[mine],
            level_base=level_base[mine],
        )
        for name, mine in groups.items() if mine.sum() >= LEAST_OF_GROUP
    ]  # fmt: skip
    return CsatModel(
        version=version, at=at, answers=len(answered), contacts=len(contacts), drawn=unanswered_for, columns=chosen,
        folds=tuple(one.weights for one in outer), penalty=float(np.median([one.penalty for one in outer])),
        channels=surveyed(contacts), base=round(float(told.yes.mean()), 6),
        told=CsatVerdict.USABLE if gain.low is not None and gain.low > 0 else CsatVerdict.NO_BETTER, gain=gain, errors=tuple(errors),
        too_few={name: int(mine.sum()) for name, mine in groups.items() if mine.sum() < LEAST_OF_GROUP}, bands=bands(chance, told.yes),
        answering_auc=answering_auc,
    )  # fmt: skip


def predict(model: CsatModel, contacts: Sequence[Contact]) -> tuple[Prediction, ...]:
    """One for each contact, each without what its own customer answered."""
    if not contacts:
        return ()
    rows, parts = matrix(contacts, model.columns), _parts(contacts)
    chance, level = _applied(model.folds, rows, parts)
    answering = np.zeros(len(contacts))
    for part, weights in enumerate(model.folds):
        mine = parts == part
        answering[mine] = chances(rows[mine] @ np.array(weights.answering))
    return tuple(
        Prediction(
            interaction=one.interaction, version=model.version, chance=round(float(chance[place]), 6), level=round(float(level[place]), 6),
            answering=round(float(answering[place]), 6),
        )
        for place, one in enumerate(contacts)
    )


def reasons(model: CsatModel, contact: Contact, *, most: int = 5) -> tuple[PredictionReason, ...]:
    """What moved the prediction of a contact most, the strongest first."""
    weights = model.folds[fold_of(contact.group)]
    parts = matrix([contact], model.columns)[0, 1:] * np.array(weights.satisfied[1:]) * weights.slope
    moved: dict[str, float] = {}
    usual: dict[str, CsatColumn] = {}
    for column, part in zip(model.columns, parts.tolist(), strict=True):
        moved[column.name] = moved.get(column.name, 0.0) + part
        if column.word is None and not column.missing:
            usual[column.name] = column
    strongest = sorted(moved, key=lambda name: (-abs(moved[name]), name))[:most]
    return tuple(reason(name, contact=contact, column=usual.get(name), moved=moved[name]) for name in strongest if moved[name])


def error_of(model: CsatModel, contact: Contact) -> ErrorTold:
    """The error of such predictions: of the contact's channel, else of all."""
    own = f"channel={contact.words.get('channel')}"
    return next((one for one in model.errors if one.group == own), model.errors[0])


def _inner(told: _Answers) -> Iterator[tuple[tuple[int, int, float], Floats]]:
    """Log odds of everything, learned without two parts, at each ridge."""
    for one, other in combinations(range(FOLDS), 2):
        kept = (told.parts != one) & (told.parts != other)
        for penalty in _PENALTIES:
            points = told.rows @ fit(told.rows[kept], told.yes[kept], penalty=penalty)
            yield (one, other, penalty), points
            yield (other, one, penalty), points


def _outer(told: _Answers, inner: _Inner, part: int, answering: Floats) -> _Outer:
    """Learned without a part; nothing of it is touched."""
    kept = told.parts != part
    scores = {penalty: _left_out(told, inner, part, penalty) for penalty in _PENALTIES}
    penalty = min(_PENALTIES, key=lambda one: (float(loss(chances(scores[one][kept]), told.yes[kept]).sum()), -one))
    constant, slope = straightened(scores[penalty][kept], told.yes[kept])
    base = float(told.yes[kept].mean())
    if slope <= 0:
        # High scores came true no more often than low ones: the base rate is all that is known.
        constant, slope = float(log_odds(np.array([base]))[0]), 0.0
    satisfied_, level = (fit(told.rows[kept], target[kept], penalty=penalty) for target in (told.yes, told.level))
    weights = CsatWeights(
        satisfied=tuple(satisfied_.tolist()), constant=constant, slope=slope, level=tuple(level.tolist()),
        answering=tuple(answering.tolist()),
    )
    return _Outer(weights, penalty, base, float(told.level[kept].mean()))


def _left_out(told: _Answers, inner: _Inner, part: int, penalty: float) -> Floats:
    """Log odds of each of the other parts, learned without it and without ``part``."""
    points = np.zeros(len(told.yes))
    for other in range(FOLDS):
        if other != part:
            mine = told.parts == other
            points[mine] = inner[part, other, penalty][mine]
    return points


def _applied(folds: Sequence[CsatWeights], rows: Floats, parts: Floats) -> tuple[Floats, Floats]:
    chance, level = np.zeros(len(rows)), np.zeros(len(rows))
    for part, weights in enumerate(folds):
        mine = parts == part
        chance[mine] = chances(weights.constant + weights.slope * (rows[mine] @ np.array(weights.satisfied)))
        level[mine] = chances(rows[mine] @ np.array(weights.level))
    return chance, level


def _answering(
    contacts: Sequence[Contact], chosen: Sequence[CsatColumn], parts_answered: Floats, unanswered_for: float
) -> tuple[list[Floats], float | None]:
    """For each part, the weights of whether customers answer, learned from the others; and how well that can be told at all."""
    rows, parts = matrix(contacts, chosen), _parts(contacts)
    answers = np.array([float(one.level is not None) for one in contacts])
    weight = np.where(answers == 1, 1.0, unanswered_for)
    found: list[Floats] = []
    points = np.zeros(len(contacts))
    for part in range(FOLDS):
        kept = parts != part
        found.append(fit(rows[kept], answers[kept], weight=weight[kept], penalty=_PENALTIES[2]))
        points[~kept] = rows[~kept] @ found[-1]
    both = LEAST_OF_EACH <= len(parts_answered) <= len(contacts) - LEAST_OF_EACH
    return found, round(auc(points, answers), 4) if both else None


def _groups(answered: Sequence[Contact]) -> dict[str, Floats]:
    found: dict[str, Floats] = {"all": np.ones(len(answered), dtype=bool)}
    for kind in ("channel", "language"):
        for word in sorted({one.words[kind] for one in answered if kind in one.words}):
            found[f"{kind}={word}"] = np.array([one.words.get(kind) == word for one in answered])
    return found


def _bases(outer: Sequence[_Outer]) -> tuple[list[float], list[float]]:
    return [one.base for one in outer], [one.level for one in outer]


def _yes(answered: Sequence[Contact]) -> Floats:
    return np.array([float(one.level is not None and satisfied(one.level)) for one in answered])


def _parts(contacts: Sequence[Contact]) -> Floats:
    return np.array([fold_of(one.group) for one in contacts], dtype=float)
