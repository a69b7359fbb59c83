"""The plots of the overview."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from .forecast import Judgement
from .series import Change
from .style import BLUE, GREY, INK, ORANGE, styled


def level_and_change(times: np.ndarray, values: np.ndarray, name: str, axis: str, changed: Change, log_scale: bool) -> Figure:
    """The series as reported, and below it what the tests are made on."""
    with styled():
        if changed.transform == "none":
            figure, upper = plt.subplots(figsize=(10, 4))
        else:
            figure, (upper, lower) = plt.subplots(2, 1, figsize=(10, 6.2), sharex=True, height_ratios=[3, 2])
        upper.plot(times, values, color=BLUE, linewidth=1.1)
        upper.set_title(name)
        upper.set_ylabel(axis)
        if log_scale:
            upper.set_yscale("log")
            upper.yaxis.set_major_formatter(lambda value, _position: f"{value:,.0f}" if value >= 10 else f"{value:g}")
            upper.yaxis.set_minor_formatter(lambda value, _position: f"{value:,.0f}" if value >= 10 else f"{value:g}")
            upper.set_ylabel(f"{axis}, log scale")
        if changed.transform == "none":
            upper.set_xlabel("event time (UTC)")
            return figure
        spread = float(np.std(changed.values))
        lower.plot(changed.times, changed.values, color=INK, linewidth=0.5)
        lower.axhspan(-2 * spread, 2 * spread, color=BLUE, alpha=0.12, linewidth=0, label="±2 standard deviations over the whole time")
        lower.set_title(changed.label[0].upper() + changed.label[1:])
        lower.set_ylabel(changed.axis)
        lower.set_xlabel("event time (UTC)")
        lower.legend(loc="lower left", fontsize=8.5)
        return figure


def against_normal(changed: Change) -> Figure:
    """Histogram with the normal curve of the same mean and spread, and quantiles against its quantiles."""
    values = changed.values
    mean, spread = float(np.mean(values)), float(np.std(values))
    with styled():
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9))
        reach = min(6 * spread, float(np.max(np.abs(values - mean))))
        bins = np.linspace(mean - reach, mean + reach, 81)
        left.hist(np.clip(values, bins[0], bins[-1]), bins=bins, density=True, color=BLUE, alpha=0.75, label="observed")
        curve = np.linspace(bins[0], bins[-1], 400)
        left.plot(curve, stats.norm.pdf(curve, mean, spread), color=ORANGE, linewidth=1.8, label="normal, same mean and spread")
        left.set_title("Distribution")
        left.set_xlabel(changed.axis)
        left.set_ylabel("density")
        left.legend(fontsize=8.5)
        ordered = np.sort((values - mean) / spread) if spread > 0 else np.zeros(len(values))
        expected = stats.norm.ppf((np.arange(1, len(values) + 1) - 0.5) / len(values))
        right.plot(expected, ordered, ".", color=BLUE, markersize=3)
        right.plot(expected[[0, -1]], expected[[0, -1]], color=ORANGE, linewidth=1.6, label="if normal")
        right.set_title("Quantiles against normal quantiles")
        right.set_xlabel("normal quantile (standard deviations)")
        right.set_ylabel("observed (standard deviations)")
        right.legend(fontsize=8.5)
        return figure


def scatter(x: np.ndarray, y: np.ndarray, x_label: str, y_label: str, title: str) -> Figure:
    with styled():
        figure, axes = plt.subplots(figsize=(10, 4.2))
        axes.plot(x, y, ".", color=BLUE, markersize=3.5, alpha=0.35)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.axvline(0, color=GREY, linewidth=0.8)
        for limits, data in ((axes.set_xlim, x), (axes.set_ylim, y)):
            low, high = np.quantile(data, [0.001, 0.999])
            margin = 0.15 * (high - low) or 1.0
            limits(low - margin, high + margin)
        axes.set_title(title)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        return figure


def error_race(judgement: Judgement, times: np.ndarray, axis: str) -> Figure:
    """The naive forecast's absolute error minus the regression's, added up: it rises where the regression earns its keep."""
    with styled():
        figure, axes = plt.subplots(figsize=(10, 3.6))
        gained = np.cumsum(judgement.naive_errors - judgement.model_errors)
        axes.plot(times, gained, color=BLUE, linewidth=1.3)
        axes.fill_between(times, gained, 0, where=gained >= 0, color=BLUE, alpha=0.15, linewidth=0)
        axes.fill_between(times, gained, 0, where=gained < 0, color=ORANGE, alpha=0.2, linewidth=0)
        axes.axhline(0, color=GREY, linewidth=1)
        axes.set_title("Error saved by the regression against the naive forecast, added up")
        axes.set_ylabel(f"saved, {axis}")
        axes.set_xlabel("event time of the forecast's origin (UTC)")
        axes.text(0.99, 0.94, "above 0: regression ahead", transform=axes.transAxes, fontsize=8.5, color=BLUE, va="top", ha="right")
        axes.text(0.01, 0.06, "below 0: naive forecast ahead", transform=axes.transAxes, fontsize=8.5, color=ORANGE)
        return figure
