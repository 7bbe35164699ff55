"""Makes ``estimates_oracle.json``: what ppi-python 0.2.3, statsmodels 0.15.0 and scipy 1.17.1 say of random data.

None of them is a part of this project: they take long to import, and ppi-python brings numba. Install them into an environment of their
own, run this, and keep what it prints.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

#: Answers of people, contacts without them, share met, agreement of the machine, whether shares are continuous.
POWERED = ((20, 180, 0.8, 0.93, False), (40, 360, 0.7, 0.95, False), (60, 240, 0.9, 0.9, False), (30, 270, 0.8, 0.9, True))
#: p values.
CHANCES = ((0.01, 0.02, 0.03, 0.04, 0.05), (0.001, 0.8, 0.03, 0.03, 0.5, 0.04), (1.0,), (0.2, 0.2, 0.001, 0.9))


def powered_case(seed: int, n: int, rest: int, share: float, agreement: float, scaled: bool) -> dict[str, Any]:
    import numpy as np
    from ppi_py import ppi_mean_ci, ppi_mean_pointestimate

    chance = random.Random(seed)
    met = [round(min(1.0, max(0.0, chance.gauss(share, 0.12))), 3) if scaled else float(chance.random() < share) for _ in range(n + rest)]
    machine = [
        round(min(1.0, max(0.0, one + chance.gauss(0, 0.05))), 3) if scaled else one if chance.random() < agreement else 1 - one
        for one in met
    ]
    people, seen, unseen = np.array(met[:n]), np.array(machine[:n]), np.array(machine[n:])
    weight = float(np.cov(people, seen)[0, 1] / np.var(seen, ddof=1))
    # This project counts all contacts where ppi-python counts those without people's answers.
    low, high = ppi_mean_ci(people, seen, unseen, alpha=0.05, lam=weight * rest / (n + rest))
    return {
        "met": met[:n], "machine": machine, "weight": weight,
        "value": float(ppi_mean_pointestimate(people, seen, unseen, lam=weight * rest / (n + rest))[0]),
        "tuned": float(ppi_mean_pointestimate(people, seen, unseen)[0]), "low": float(low[0]), "high": float(high[0]),
    }


def discovery_case(chances: tuple[float, ...]) -> dict[str, Any]:
    from statsmodels.stats.multitest import multipletests

    return {
        "p": chances, "bh": [float(one) for one in multipletests(chances, method="fdr_bh")[1]],
        "by": [float(one) for one in multipletests(chances, method="fdr_by")[1]],
    }


def group_case(seed: int, agents: int) -> dict[str, Any]:
    """Mean and spread of a normal-normal model under its prior, by adaptive quadrature over the spread."""
    from math import exp, log

    from scipy.integrate import quad

    chance = random.Random(seed)
    sizes = [chance.randint(10, 60) for _ in range(agents)]
    values = [sum(chance.random() < 0.8 for _ in range(size)) / size for size in sizes]
    centre = sum(value * size for value, size in zip(values, sizes, strict=True)) / sum(sizes)
    variances = [centre * (1 - centre) / size for size in sizes]

    def at(spread: float) -> tuple[float, float, float]:
        weights = [1 / (one + spread**2) for one in variances]
        mean = sum(weight * value for weight, value in zip(weights, values, strict=True)) / sum(weights)
        away = sum(weight * (value - mean) ** 2 for weight, value in zip(weights, values, strict=True))
        likely = exp(0.5 * (sum(map(log, weights)) - log(sum(weights)) - away) - 2.5 * agents)
        return likely * spread**0.5 * exp(-(spread**2) / (2 * 0.15**2)), mean, 1 / sum(weights)

    def whole(value: Any) -> float:
        return float(quad(lambda spread: at(spread)[0] * value(spread), 0, 0.4, limit=200)[0])

    total = whole(lambda _: 1.0)
    mean = whole(lambda spread: at(spread)[1]) / total
    own = whole(lambda spread: spread**2 / (spread**2 + variances[0])) / total
    return {
        "values": values, "sizes": sizes, "mean": mean, "own": own,
        "variance": whole(lambda spread: at(spread)[2] + (at(spread)[1] - mean) ** 2) / total,
        "spread": whole(lambda spread: spread) / total,
    }


def slope_case(seed: int, points: int) -> dict[str, Any]:
    import numpy as np
    import statsmodels.api as sm

    chance = random.Random(seed)
    days = sorted(chance.sample(range(700), points))
    sizes = [chance.randint(10, 60) for _ in days]
    values = [sum(chance.random() < 0.7 + 0.0002 * day for _ in range(size)) / size for day, size in zip(days, sizes, strict=True)]
    centre = (sum(value * size for value, size in zip(values, sizes, strict=True)) + 0.5) / (sum(sizes) + 1)
    weights = np.array(sizes) / (centre * (1 - centre))
    fit = sm.WLS(values, sm.add_constant(np.array(days) / 30), weights=weights).fit(cov_type="fixed scale", cov_kwds={"scale": 1.0})
    found = {"slope": float(fit.params[1]), "error": float(fit.bse[1]), "away": float(fit.ssr)}
    return {"days": days, "sizes": sizes, "values": values, **found}


def main() -> None:
    found = {
        "powered": [powered_case(seed, *case) for seed, case in enumerate(POWERED)],
        "discovery": [discovery_case(case) for case in CHANCES],
        "groups": [group_case(seed, agents) for seed, agents in enumerate((4, 8, 25))],
        "slopes": [slope_case(seed, points) for seed, points in enumerate((3, 8, 20))],
    }
    json.dump(found, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()
