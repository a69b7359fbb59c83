"""Correlation of two dependent series with an honest interval."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .dependence import block_bootstrap, effective_size_of_pair
from .enough import require


@dataclass(frozen=True)
class Correlation:
    n: int
    #: Independent pairs that would tell as much.
    effective_n: float
    pearson: float
    #: 95 %, by block bootstrap.
    low: float
    high: float
    #: Of no correlation, with the effective n.
    p_value: float
    spearman: float


def correlate(x: np.ndarray, y: np.ndarray) -> Correlation:
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    n = len(x)
    if n != len(y):
        raise ValueError("the series differ in length")
    require(n, 30, "pairs of observations")
    if np.std(x) == 0 or np.std(y) == 0:
        raise ValueError("a series does not vary")
    r = float(np.corrcoef(x, y)[0, 1])
    effective = effective_size_of_pair(x, y)
    low, high = block_bootstrap(np.column_stack([x, y]), lambda rows: float(np.corrcoef(rows[:, 0], rows[:, 1])[0, 1]))
    t = r * np.sqrt(max(effective - 2, 1) / max(1e-12, 1 - r**2))
    return Correlation(
        n=n,
        effective_n=effective,
        pearson=r,
        low=low,
        high=high,
        p_value=float(2 * stats.t.sf(abs(t), max(effective - 2, 1))),
        spearman=float(stats.spearmanr(x, y).statistic),
    )
