"""Which bars were still being made when they were last seen: `spec.series` of a feed (docs/decisions/provisional-bars.md)."""

import json
import re
from dataclasses import dataclass
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from .kept import kept
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
    #: Whether every poll is answered with all bars: then silence about one says that it has not changed.
    whole: bool = False
    #: Whose days, weeks and months they are.
    zone: str | None = None


def parse_series(text: str) -> Series | None:
    """Of the parameter `series`, which the operator fills with JSON; empty where the feed declares none."""
    if not text.strip():
        return None
    told = json.loads(text)
    series = Series(told["frequency"], told.get("availableAfter"), told.get("provisional") == "last", bool(told.get("whole")), told.get("zone"))
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


def last_seen(raw: DataFrame, series: Series | None) -> DataFrame | None:
    """
    By `_partition`, when the feed last brought anything new there: a poll lands in files by partition, so what has landed of
    it in one says nothing of another. None where news of one bar says nothing of another.
    """
    if series is None or not series.last or not series.whole:
        return None
    newest = F.max(F.expr("CAST(_observed_at AS TIMESTAMP)"))
    return raw.groupBy(F.expr("CAST(_partition AS INT)").alias("_partition")).agg(newest.alias("_last_seen"))


def settle(view: DataFrame, schema: FeedSchema, series: Series | None, news: DataFrame | None) -> Settled:
    """`view`: the latest rows, with `_partition` and `_observed_at`; `news`: as `last_seen` has it."""
    if series is None or not series.last:
        return Settled(view)
    known = F.col(_EVENT_TIME).isNotNull()
    judged = _with_ends(view.where(known), schema, series)
    seen = F.col("_observed_at")
    if news is not None:
        judged = judged.join(F.broadcast(news), "_partition")
        seen = F.greatest(seen, F.col("_last_seen"))
    superseded = F.col("_later") & (F.col("_observed_at") < F.col("_ends"))
    judged = judged.withColumn("_superseded", superseded).withColumn("_provisional", ~superseded & (seen < F.col("_final")))
    judged = kept(judged.select(*view.columns, "_superseded", "_provisional"))
    counted = judged.agg(F.count_if("_provisional").alias("provisional"), F.count_if("_superseded").alias("superseded")).first()
    standing = judged.where(~F.col("_provisional") & ~F.col("_superseded")).select(*view.columns)
    # A row without a time is no bar.
    return Settled(standing.unionByName(view.where(~known)), counted["provisional"], counted["superseded"])


def _with_ends(bars: DataFrame, schema: FeedSchema, series: Series) -> DataFrame:
    """With `_ends`, the end of each bar's period, `_final`, from when on it changes no more, and `_later`, whether its period has a later bar."""
    keys = [column.name for column in schema.of_role("key")]
    zone = series.zone or next((column.zone for column in schema.of_role("time") if column.zone), "UTC")
    unit = _CALENDAR.get(series.frequency)
    # A day has no fixed number of hours where clocks are changed; a minute has its seconds.
    by_clock = _PERIOD.match(series.frequency)[2] in ("d", "w", "mo", "y")
    there = F.from_utc_timestamp(F.col(_EVENT_TIME), zone) if by_clock else F.col(_EVENT_TIME)
    rows = bars.withColumn("_there", there)
    rows = rows.withColumn("_begins", F.date_trunc(unit, F.col("_there")) if unit else F.col("_there"))
    rows = rows.withColumn("_ends", F.col("_begins") + _interval(series.frequency))
    rows = rows.withColumn("_later", F.max("_there").over(Window.partitionBy(*keys, "_begins")) > F.col("_there") if unit else F.lit(False))
    if series.available_after is None:
        rows = rows.withColumn("_final", F.col("_ends"))
    elif unit is None:
        rows = rows.withColumn("_final", F.col("_there") + _interval(series.available_after))
    else:
        rows = _with_last_day(rows, keys).withColumn("_final", F.col("_last_day") + _interval(series.available_after))
        # The first period of a key has no example of its last day, so its end counts.
        rows = rows.withColumn("_final", F.when(F.col("_begins") > F.col("_first"), F.col("_final")).otherwise(F.col("_ends")))
    if not by_clock:
        return rows
    return rows.withColumns({name: F.to_utc_timestamp(F.col(name), zone) for name in ("_ends", "_final")})


def _with_last_day(rows: DataFrame, keys: list[str]) -> DataFrame:
    """
    With `_last_day`, the day by which a period's bar is dated when it is whole: as far into the period as any bar of the key
    has been dated, and within it; and `_first`, where the first period of the key begins.
    """
    seconds = lambda column: F.unix_timestamp(F.col(column))  # noqa: E731
    into = seconds("_there") - seconds("_begins")
    # A join and no window: without keys that would be one task of all rows.
    of_key = rows.groupBy(*(F.col(key).alias(f"_key {key}") for key in keys)).agg(F.max(into).alias("_longest"), F.min("_begins").alias("_first"))
    alike = [F.col(f"`_key {key}`").eqNullSafe(F.col(f"`{key}`")) for key in keys]
    rows = rows.join(F.broadcast(of_key), reduce(and_, alike)) if alike else rows.crossJoin(F.broadcast(of_key))
    longest = F.least(F.col("_longest"), seconds("_ends") - seconds("_begins") - F.lit(_DAY))
    return rows.withColumn("_last_day", F.timestamp_seconds(seconds("_begins") + F.greatest(into, longest)))


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
