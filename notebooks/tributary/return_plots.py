"""The plots of `returns`."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .style import BLUE, GREY, INK, ORANGE, styled


def ranges(times: np.ndarray, observed: np.ndarray, forecast: np.ndarray, name: str) -> Figure:
    """Observed and forecast daily ranges, both in percent, on a log scale."""
    with styled():
        figure, axes = plt.subplots(figsize=(10, 4.2))
        axes.plot(times, observed, ".", color=GREY, markersize=2.2, alpha=0.7, label="range of the day")
        axes.plot(times, forecast, color=BLUE, linewidth=1.0, label="forecast the day before (HAR)")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _position: f"{value:g}")
        axes.yaxis.set_minor_formatter("")
        axes.set_title(f"{name}: range of the day, and what was forecast")
        axes.set_ylabel("high over low (%), log scale")
        axes.set_xlabel("day (UTC)")
        axes.legend(loc="upper left", fontsize=8.5, markerscale=4)
        return figure


def coverage(years: list[int], constant: np.ndarray, following: np.ndarray, level: float) -> Figure:
    """Share of days inside their interval, by year."""
    with styled():
        figure, axes = plt.subplots(figsize=(10, 3.8))
        axes.axhline(100 * level, color=INK, linewidth=1, linestyle="--", label=f"what both promise: {level:.0%}")
        at = np.arange(len(years))
        axes.vlines(at, 100 * constant, 100 * following, color=GREY, linewidth=1.2)
        axes.plot(at, 100 * constant, "s", color=ORANGE, markersize=7, label="constant standard deviation")
        axes.plot(at, 100 * following, "o", color=BLUE, markersize=7, label="following the forecast range")
        axes.set_xticks(at, [str(year) for year in years])
        axes.set_title("Days inside their interval")
        axes.set_ylabel("share of days (%)")
        axes.set_xlabel("year")
        axes.grid(axis="x", visible=False)
        axes.legend(loc="lower left", fontsize=8.5)
        return figure


def levels_against_returns(levels: tuple[np.ndarray, np.ndarray], returns: tuple[np.ndarray, np.ndarray], unit: str) -> Figure:
    """Forecast against outcome, twice: of the level, which looks perfect, and of the return, which is what was asked."""
    with styled():
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2))
        for axes, (forecast, outcome), title, axis in (
            (left, levels, "Forecast of the level", f"level ({unit})"),
            (right, returns, "The same forecast, as a return", "return (%)"),
        ):
            axes.plot(forecast, outcome, ".", color=BLUE, markersize=2.5, alpha=0.35)
            axes.set_title(title)
            axes.set_xlabel(f"forecast {axis}")
            axes.set_ylabel(f"what came, {axis}")
        low, high = left.get_xlim()
        left.plot([low, high], [low, high], color=ORANGE, linewidth=1.2, label="perfect")
        reach = float(np.quantile(np.abs(returns[1]), 0.995))
        right.plot([-reach, reach], [-reach, reach], color=ORANGE, linewidth=1.2, label="perfect")
        right.set_xlim(-reach, reach)
        right.set_ylim(-reach, reach)
        left.legend(fontsize=8.5)
        right.legend(fontsize=8.5)
        return figure
