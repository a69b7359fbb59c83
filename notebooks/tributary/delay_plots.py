"""The plots of `delays`."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .bands import Mean
from .style import BLUE, GREY, INK, ORANGE, styled


def by_band(labels: list[str], delays: list[Mean], cancelled: list[Mean], limit_at: int, unit: str) -> Figure:
    """Mean delay and share cancelled by band of visibility, with intervals; bands below `limit_at` are those called low."""
    with styled():
        figure, panels = plt.subplots(1, 2, figsize=(10, 4.2))
        at = np.arange(len(labels))
        colours = [ORANGE if index < limit_at else BLUE for index in at]
        for axes, means, factor, title, axis, digits in (
            (panels[0], delays, 1, "Mean delay of what departed", "minutes", 0),
            (panels[1], cancelled, 100, "Cancelled", "share of scheduled departures (%)", 1),
        ):
            heights = factor * np.array([mean.mean for mean in means])
            low, high = factor * np.array([mean.low for mean in means]), factor * np.array([mean.high for mean in means])
            axes.bar(at, heights, 0.62, color=colours)
            axes.errorbar(at, heights, yerr=[np.nan_to_num(heights - low), np.nan_to_num(high - heights)], fmt="none", ecolor=INK, capsize=4, linewidth=1.2)
            for x, height, top in zip(at, heights, np.where(np.isfinite(high), high, heights)):
                if np.isfinite(height):
                    axes.annotate(f"{height:.{digits}f}", (x, max(top, height)), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=9)
            axes.set_xticks(at, labels)
            axes.set_title(title)
            axes.set_ylabel(axis)
            axes.set_xlabel(f"visibility ({unit})")
            axes.margins(y=0.12)
            axes.grid(axis="x", visible=False)
        return figure


def by_hour(hours: np.ndarray, low: np.ndarray, other: np.ndarray, low_name: str, zone: str) -> Figure:
    """Mean delay by local hour of scheduled departure; NaN where there are too few."""
    with styled():
        figure, axes = plt.subplots(figsize=(10, 3.8))
        axes.plot(hours, other, "o-", color=BLUE, markersize=4, label="better visibility")
        axes.plot(hours, low, "o-", color=ORANGE, markersize=4, label=f"visibility below {low_name}")
        axes.axhline(0, color=GREY, linewidth=1)
        axes.set_xticks(hours)
        axes.set_title("The day builds up delays by itself: like hours must be compared with like")
        axes.set_ylabel("mean delay (minutes)")
        axes.set_xlabel(f"scheduled hour of departure ({zone})")
        axes.legend(fontsize=8.5)
        return figure


def effects(names: list[str], estimates: list[float], lows: list[float], highs: list[float]) -> Figure:
    """One interval a line: the same question, with more and more held equal."""
    with styled():
        figure, axes = plt.subplots(figsize=(10, 0.7 + 0.55 * len(names)))
        at = np.arange(len(names))[::-1]
        axes.errorbar(estimates, at, xerr=[np.subtract(estimates, lows), np.subtract(highs, estimates)], fmt="o", color=BLUE, ecolor=BLUE, capsize=4, markersize=6, linewidth=1.6)
        axes.axvline(0, color=GREY, linewidth=1)
        for y, estimate, high in zip(at, estimates, highs):
            axes.annotate(f"{estimate:.1f}", (high, y), xytext=(8, 0), textcoords="offset points", va="center", fontsize=9)
        axes.set_yticks(at, names)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_title("Minutes more under low visibility, with 95 % intervals")
        axes.set_xlabel("minutes")
        axes.grid(axis="y", visible=False)
        return figure
