"""Makes ``oracle.json``: coefficients of random answers by the packages irrCAC 0.4.4 and krippendorff 0.9.0.

irrCAC asks for scipy 1.12 and with it an older numpy than this project's, and krippendorff is GPL: neither is a part of this
project, so their figures are kept. Install both (``pip install --no-deps``, pandas and scipy beside them) into an environment of their own
and run this.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

#: Categories, reviewers, interactions, share of missing answers, chance that a reviewer says what is meant.
CASES = ((2, 2, 10, 0.0, 0.8), (2, 5, 10, 0.0, 0.6), (3, 5, 10, 0.2, 0.7), (3, 3, 12, 0.3, 0.9), (4, 6, 15, 0.1, 0.5), (5, 4, 8, 0.25, 0.7))
DRAWS = 4


def drawn(seed: int, q: int, raters: int, items: int, missing: float, sure: float) -> list[list[int | None]]:
    chance = random.Random(seed)
    meant = [chance.randint(1, q) for _ in range(items)]
    return [
        [None if chance.random() < missing else true if chance.random() < sure else chance.randint(1, q) for _ in range(raters)]
        for true in meant
    ]


def figures(rows: list[list[int | None]], q: int) -> dict[str, float]:
    import krippendorff
    import numpy as np
    import pandas as pd
    from irrCAC.raw import CAC

    table = pd.DataFrame(rows, dtype=float)
    categories = [float(one) for one in range(1, q + 1)]
    nominal, weighted = CAC(table, categories=categories), CAC(table, categories=categories, weights="quadratic")
    data = np.array(rows, dtype=float).T
    found: dict[str, Any] = {
        "agreement": nominal.gwet()["est"]["pa"], "ac1": nominal.gwet()["est"]["coefficient_value"],
        "fleiss": nominal.fleiss()["est"]["coefficient_value"], "alpha": nominal.krippendorff()["est"]["coefficient_value"],
        "ac2": weighted.gwet()["est"]["coefficient_value"], "fleiss_weighted": weighted.fleiss()["est"]["coefficient_value"],
        "cohen": CAC(table[[0, 1]].dropna(), categories=categories).conger()["est"]["coefficient_value"],
        "cohen_weighted": CAC(table[[0, 1]].dropna(), categories=categories, weights="quadratic").conger()["est"]["coefficient_value"],
    }
    for level in ("nominal", "ordinal", "interval"):
        found[f"alpha_{level}"] = krippendorff.alpha(data, level_of_measurement=level, value_domain=categories)
    return {name: round(float(value), 10) for name, value in found.items()}


def main() -> None:
    cases = []
    for number, (q, raters, items, missing, sure) in enumerate(CASES):
        for draw in range(DRAWS):
            rows = drawn(100 * number + draw, q, raters, items, missing, sure)
            cases.append({"categories": q, "rows": rows, "figures": figures(rows, q)})
    json.dump(cases, sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()
