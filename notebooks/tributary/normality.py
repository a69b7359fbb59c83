"""Whether observations that may depend on each other could come from a normal distribution."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from .dependence import autocovariance
from .enough import require


@dataclass(frozen=True)
class Normality:
    n: int
    skewness: float
    #: 0 for a normal distribution.
    excess_kurtosis: float
    statistic: float
    p_value: float
    #: Share of observations beyond three standard deviations, and the share that a normal distribution has there.
    beyond_three: float
    expected_beyond_three: float


def normality_of(values: np.ndarray) -> Normality:
    """
    Lobato and Velasco's test (Econometric Theory 20, 2004): skewness and kurtosis as in Jarque and Bera's, but with
    variances that hold under autocorrelation. Chi-square with two degrees of freedom if the series is Gaussian.
    """
    x = np.asarray(values, dtype=float)
    n = len(x)
    require(n, 20, "observations")
    centred = x - x.mean()
    second, third, fourth = (float(np.mean(centred**power)) for power in (2, 3, 4))
    if second == 0:
        raise ValueError("all observations are equal")
    gamma = autocovariance(x)
    mirrored = np.concatenate(([0.0], gamma[:0:-1]))  # γ(n − |t|) for t = 0 … n − 1, with γ(n) = 0

    def scale(power: int) -> float:
        terms = gamma * (gamma + mirrored) ** (power - 1)
        return float(terms[0] + 2 * np.sum(terms[1:]))

    statistic = n * third**2 / (6 * scale(3)) + n * (fourth - 3 * second**2) ** 2 / (24 * scale(4))
    return Normality(
        n=n,
        skewness=third / second**1.5,
        excess_kurtosis=fourth / second**2 - 3,
        statistic=float(statistic),
        p_value=float(stats.chi2.sf(statistic, 2)),
        beyond_three=float(np.mean(np.abs(centred) > 3 * np.sqrt(second))),
        expected_beyond_three=float(2 * stats.norm.sf(3)),
    )
