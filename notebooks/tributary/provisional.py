"""Which bars were still being made when they were last seen: `spec.series` of a feed (docs/decisions/provisional-bars.md)."""

import json
import re
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from .schema import FeedSchema

_EVENT_TIME = "event_time"
_PERIOD = re.compile(r"^([1-9][0-9]{0,5})(ms|s|m|h|d|w|mo|y)$")
_UNITS = {"ms": "MILLISECOND", "s": "SECOND", "m": "MINUTE", "h": "HOUR", "d": "DAY", "w": "WEEK", "mo": "MONTH", "y": "YEAR"}
# Bars of these are dated by a day within the period that may move while it lasts, so the period is that of the calendar.
_CALENDAR = {"1w": "week", "1mo": "month", "3mo": "quarter", "1y": "year"}
_DAY = 86_400


@dataclass(frozen=True)
class Series:
    """What the feed declares of itself as a time series; durations are a number and a unit, such as 16h."""

    frequency: str
    available_after: str | None = None
    #: Whether a bar may change until its period has ended.
    last: bool = False
    #: Whether every poll asks for all bars again: then silence about one says that it has not changed.
    whole: bool = False


def parse_series(text: str) -> Series | None:
    """Of the parameter `series`, which the operator fills with JSON; empty where the feed declares none."""
    if not text.strip():
        return None
    told = json.loads(text)
    series = Series(told["frequency"], told.get("availableAfter"), told.get("provisional") == "last", bool(told.get("whole")))
    for period in filter(None, (series.frequency, series.available_after)):
        if not _PERIOD.match(period):
            raise ValueError(f"parameter series: {period!r} is not a number and a unit such as 1d")
    return series


@dataclass(frozen=True)
class Settled:
    """The bars that were final when last seen, and how many are not among them."""

    view: DataFrame
    #: Seen before they were final.
    provisional: int = 0
    #: Of a week, month, quarter or year that a bar of a later day has told of since.
    superseded: int = 0

    @property
    def left_out(self) -> int:
        return self.provisional + self.superseded


def settle(view: DataFrame, schema: FeedSchema, series: Series | None, observed: str | None) -> Settled:
    """`view`: the latest rows, with `_observed_at`; `observed`: when the feed last saw anything new, in UTC."""
    if series is None or not series.last or observed is None:
        return Settled(view)
    zone = next((column.zone for column in schema.of_role("time") if column.zone), "UTC")
    seen = F.greatest(F.col("_observed_at"), F.lit(observed).cast("timestamp")) if series.whole else F.col("_observed_at")
    judged = _with_ends(view, schema, series, zone)
    known = F.col(_EVENT_TIME).isNotNull()
    judged = judged.withColumn("_superseded", known & F.coalesce(F.col("_later"), F.lit(False)) & (F.col("_observed_at") < F.col("_ends")))
    judged = judged.withColumn("_provisional", known & ~F.col("_superseded") & (seen < F.col("_final")))
    counted = judged.agg(F.count_if("_provisional").alias("provisional"), F.count_if("_superseded").alias("superseded")).first()
    standing = judged.where(~F.col("_provisional") & ~F.col("_superseded")).select(*view.columns)
    return Settled(standing, counted["provisional"], counted["superseded"])


def _with_ends(view: DataFrame, schema: FeedSchema, series: Series, zone: str) -> DataFrame:
    """With `_ends`, the end of each bar's period, `_final`, from when on it changes no more, and `_later`, whether its period has a later bar."""
    keys = [column.name for column in schema.of_role("key")]
    unit = _CALENDAR.get(series.frequency)
    # A day has no fixed number of hours where clocks are changed; a minute has its seconds.
    by_clock = _PERIOD.match(series.frequency)[2] in ("d", "w", "mo", "y")
    there = F.from_utc_timestamp(F.col(_EVENT_TIME), zone) if by_clock else F.col(_EVENT_TIME)
    rows = view.withColumn("_there", there)
    rows = rows.withColumn("_begins", F.date_trunc(unit, F.col("_there")) if unit else F.col("_there"))
    rows = rows.withColumn("_ends", F.col("_begins") + _interval(series.frequency))
    rows = rows.withColumn("_later", F.max("_there").over(Window.partitionBy(*keys, "_begins")) > F.col("_there") if unit else F.lit(False))
    if series.available_after is None:
        final = F.col("_ends")
    else:
        final = (_last_day(Window.partitionBy(*keys)) if unit else F.col("_there")) + _interval(series.available_after)
    rows = rows.withColumn("_final", final)
    if not by_clock:
        return rows
    return rows.withColumns({name: F.to_utc_timestamp(F.col(name), zone) for name in ("_ends", "_final")})


def _last_day(of_key: Window) -> Column:
    """
    The day by which a period's bar is dated when it is whole: as far into the period as any bar of the key has been dated,
    and within it. The first period of a key has no example, so its end counts.
    """
    seconds = lambda column: F.unix_timestamp(F.col(column))  # noqa: E731
    into = seconds("_there") - seconds("_begins")
    longest = F.least(F.max(into).over(of_key), seconds("_ends") - seconds("_begins") - F.lit(_DAY))
    usual = F.timestamp_seconds(seconds("_begins") + F.greatest(into, longest))
    return F.when(F.col("_begins") > F.min("_begins").over(of_key), usual).otherwise(F.col("_ends"))


def _interval(period: str) -> Column:
    number, unit = _PERIOD.match(period).groups()
    return F.expr(f"INTERVAL {number} {_UNITS[unit]}")


def in_words(settled: Settled) -> str:
    """Empty where nothing was left out."""
    parts = []
    if settled.provisional:
        parts.append(f"{settled.provisional:,} may still change and {'is' if settled.provisional == 1 else 'are'} left out of tests, plots and forecasts")
    if settled.superseded:
        parts.append(f"{settled.superseded:,} told of a part of a period that a later one tells of whole, and {'is' if settled.superseded == 1 else 'are'} left out too")
    return "; ".join(parts) + "." if parts else ""
