"""Least squares, and how sure its coefficients are when observations come in groups that belong together."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .enough import require


def least_squares(features: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """By QR on columns scaled to one: levels and small changes in one matrix lose no digits to their units."""
    scale = np.sqrt(np.sum(features**2, axis=0))
    scale[scale == 0] = 1
    q, r = np.linalg.qr(features / scale)
    diagonal = np.abs(np.diag(r))
    if np.min(diagonal) < 1e-12 * np.max(diagonal):
        return np.linalg.lstsq(features / scale, outcome, rcond=None)[0] / scale
    return np.linalg.solve(r, q.T @ outcome) / scale


@dataclass(frozen=True)
class Effect:
    """One coefficient with its 95 % interval."""

    estimate: float
    error: float
    low: float
    high: float
    p_value: float
    clusters: int


def clustered_effect(features: np.ndarray, outcome: np.ndarray, clusters: np.ndarray, column: int) -> Effect:
    """
    The coefficient of one column, allowing residuals to depend on each other in any way within a cluster (Liang and
    Zeger's sandwich with the usual correction for few clusters; t with clusters − 1 degrees of freedom).

    Raises ValueError where the other columns already say all that this one does, or there are fewer than ten clusters.
    """
    n, k = features.shape
    names, member = np.unique(clusters, return_inverse=True)
    groups = len(names)
    require(groups, 10, "groups of observations")
    # Frisch, Waugh and Lovell: what is left of the column when the others are taken out carries the coefficient. One
    # factorisation of (others, column, outcome), without forming its large part, has all of it.
    ordered = np.column_stack([np.delete(features, column, axis=1), features[:, column]])
    scale = np.sqrt(np.sum(ordered**2, axis=0))
    scale[scale == 0] = 1
    ordered /= scale
    r = np.linalg.qr(np.column_stack([ordered, outcome]), mode="r")
    on_others, coefficients = _solve(r[: k - 1, : k - 1], r[: k - 1, k - 1]), _solve(r[:k, :k], r[:k, k])
    own = ordered[:, -1] - ordered[:, :-1] @ on_others
    spread = float(own @ own)
    if spread <= 1e-10:
        raise ValueError("the effect cannot be told apart from those of the other columns")
    scores = np.bincount(member, weights=own * (outcome - ordered @ coefficients), minlength=groups)
    correction = groups / (groups - 1) * (n - 1) / (n - k)
    estimate = float(own @ outcome) / spread / scale[-1]
    error = float(np.sqrt(correction * np.sum(scores**2)) / spread / scale[-1])
    reach = float(stats.t.ppf(0.975, groups - 1)) * error
    p_value = float(2 * stats.t.sf(abs(estimate) / error, groups - 1)) if error > 0 else 0.0
    return Effect(estimate, error, estimate - reach, estimate + reach, p_value, groups)


def _solve(triangle: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Where a column says nothing new (two airports that share all hours), the shortest of the equal solutions."""
    return np.linalg.lstsq(triangle, right, rcond=1e-12)[0]


def indicators(values: np.ndarray) -> np.ndarray:
    """A 0/1 column for each distinct value but the first, which the constant stands for."""
    names, member = np.unique(values, return_inverse=True)
    return (member[:, None] == np.arange(1, len(names))[None, :]).astype(float)
