"""A regression judged by what it would have forecast, against the forecast that costs nothing."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .dependence import long_run_variance

LAGS = 5
_FOLDS = 40


@dataclass(frozen=True)
class Judgement:
    #: Forecasts made, and how many of them do not overlap.
    origins: int
    independent_origins: int
    model_error: float
    naive_error: float
    #: Of the difference in absolute error (Diebold and Mariano; Harvey, Leybourne and Newbold).
    statistic: float
    p_value: float
    #: In sample, of the last fit: what a report would boast with.
    r_squared: float
    coefficients: np.ndarray
    #: Absolute errors in order of the origins, for the plot.
    model_errors: np.ndarray
    naive_errors: np.ndarray
    origin_index: np.ndarray

    @property
    def ratio(self) -> float:
        """Below 1 the regression was nearer."""
        return self.model_error / self.naive_error if self.naive_error > 0 else float("inf")

    @property
    def better(self) -> bool:
        return self.ratio < 1 and self.p_value < 0.05

    @property
    def worse(self) -> bool:
        return self.ratio > 1 and self.p_value < 0.05


def walk_forward(values: np.ndarray, *, horizon: int, changes: bool, lags: int = LAGS) -> Judgement:
    """
    Forecasts `horizon` steps ahead from each origin in the last part of the series, by least squares on the last `lags`
    values, fitted only on pairs whose outcome was already known at the origin.

    `changes`: the series holds changes, so the outcome is their sum over the horizon and the naive forecast is no
    change; otherwise the outcome is the value itself and the naive forecast is the last value.
    """
    x = np.asarray(values, dtype=float)
    n = len(x)
    first_test = max(100, n // 3)
    if n < first_test + 50 + horizon:
        raise ValueError(f"{n} observations are too few to judge a forecast of {horizon} ahead")
    origins = np.arange(lags - 1, n - horizon)
    features = np.column_stack([np.ones(len(origins)), *(x[origins - lag] for lag in range(lags))])
    total = np.concatenate(([0.0], np.cumsum(x)))
    outcome = total[origins + horizon + 1] - total[origins + 1] if changes else x[origins + horizon]
    naive = np.zeros(len(origins)) if changes else x[origins]

    tested = np.flatnonzero(origins >= first_test)
    forecast = np.full(len(origins), np.nan)
    coefficients = np.zeros(lags + 1)
    for fold in np.array_split(tested, min(_FOLDS, len(tested))):
        # At the fold's first origin o the outcomes of origins ≤ o − horizon are known.
        known = origins <= origins[fold[0]] - horizon
        coefficients = least_squares(features[known], outcome[known])
        forecast[fold] = features[fold] @ coefficients
    model_errors = np.abs(outcome[tested] - forecast[tested])
    naive_errors = np.abs(outcome[tested] - naive[tested])
    statistic, p_value = diebold_mariano(naive_errors - model_errors, horizon)
    final = features @ least_squares(features, outcome)
    spread = float(np.sum((outcome - outcome.mean()) ** 2))
    return Judgement(
        origins=len(tested),
        independent_origins=len(tested) // horizon,
        model_error=float(model_errors.mean()),
        naive_error=float(naive_errors.mean()),
        statistic=statistic,
        p_value=p_value,
        r_squared=1 - float(np.sum((outcome - final) ** 2)) / spread if spread > 0 else 0.0,
        coefficients=coefficients,
        model_errors=model_errors,
        naive_errors=naive_errors,
        origin_index=origins[tested],
    )


def least_squares(features: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """By QR on columns scaled to one: levels and small changes in one matrix lose no digits to their units."""
    scale = np.sqrt(np.sum(features**2, axis=0))
    scale[scale == 0] = 1
    q, r = np.linalg.qr(features / scale)
    diagonal = np.abs(np.diag(r))
    if np.min(diagonal) < 1e-12 * np.max(diagonal):
        return np.linalg.lstsq(features / scale, outcome, rcond=None)[0] / scale
    return np.linalg.solve(r, q.T @ outcome) / scale


def diebold_mariano(difference: np.ndarray, horizon: int) -> tuple[float, float]:
    """Whether a loss difference has mean zero: t-statistic with a long-run variance, two-sided p."""
    n = len(difference)
    bandwidth = max(horizon - 1, int(np.floor(n ** (1 / 3))))
    variance = long_run_variance(difference, min(bandwidth, n - 1))
    if variance <= 0:
        return 0.0, 1.0
    correction = np.sqrt(max(1e-12, (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n))
    statistic = correction * float(np.mean(difference)) / np.sqrt(variance / n)
    return float(statistic), float(2 * stats.t.sf(abs(statistic), n - 1))
