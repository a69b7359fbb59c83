# Databricks notebook source
# MAGIC %md
# MAGIC # Does low visibility go with longer delays?
# MAGIC Departures, each joined with the weather that was known at its airport an hour before it was to leave. What is
# MAGIC compared are days as they came, not an experiment: every figure below is an association, and what else may lie behind
# MAGIC it is said with it.

# COMMAND ----------

# DBTITLE 1,Parameters and packages
import json
import os

import numpy as np
import pandas as pd
from pyspark.sql import functions as F

from tributary import delay_plots, landed, words
from tributary.asof import known_before
from tributary.bands import difference_of_means, mean_of_group
from tributary.enough import require
from tributary.provisional import in_words, parse_series
from tributary.regression import clustered_effect, indicators
from tributary.schema import Feed, newest_feed

dbutils.widgets.text("feed", "", "Feed of departures (namespace.name)")
dbutils.widgets.text("volume_path", "", "Folder of the feed in its volume")
dbutils.widgets.text("topic_id", "", "Kafka topic id")
dbutils.widgets.text("schema", "1", "Schema number")
dbutils.widgets.text("series", "", "What spec.series says, as JSON")
dbutils.widgets.text("weather", "air.weather", "Feed of weather readings, in the same volume")
dbutils.widgets.text("below", "3", "Visibility below this is called low")
dbutils.widgets.text("known_after", "60", "Minutes from the time of a reading to when it is known")
dbutils.widgets.text("zone", "America/New_York", "Time zone of the airports")

OLDEST_READING = pd.Timedelta(hours=4)
EDGES = [0.0, 1.0, 3.0, 6.0, 10.0]

feed_name = dbutils.widgets.get("feed")
feed = Feed(dbutils.widgets.get("volume_path"), dbutils.widgets.get("topic_id"), int(dbutils.widgets.get("schema")))
weather_name = dbutils.widgets.get("weather")
limit, zone = float(dbutils.widgets.get("below")), dbutils.widgets.get("zone")
spark.conf.set("spark.sql.session.timeZone", "UTC")
try:
    if not os.path.isdir(feed.data):
        raise FileNotFoundError(f"nothing of the feed {feed_name} has landed yet")
    weather_feed = newest_feed(os.path.dirname(feed.volume_path.rstrip("/")), weather_name)
except FileNotFoundError as reason:
    displayHTML(words.not_computed("The comparison", reason))
    dbutils.notebook.exit(json.dumps({"feed": feed_name, "rows": 0}))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What landed, and how it is joined
# MAGIC A departure sees the newest reading of its airport that was known when it was scheduled to leave: at least
# MAGIC an hour old, at most four. Readings from later, which could only be known afterwards, are never used.

# COMMAND ----------

# DBTITLE 1,Read both feeds and join them as of departure
extras = [column.name for column in weather_feed.read_schema().columns if column.name in ("wind_speed", "precip")]
departures = landed.read_latest(spark, feed, ["origin", "departure_delay"], series=parse_series(dbutils.widgets.get("series")))
weather = landed.read_latest(spark, weather_feed, ["airport", "visib", *extras])
flights = departures.view.select(
    F.col(landed.EVENT_TIME).alias("scheduled"), F.col("origin"), F.col("departure_delay").cast("double").alias("delay")
).where("scheduled IS NOT NULL").toPandas()
readings = weather.view.select(
    F.col(landed.EVENT_TIME).alias("time"), F.col("airport"), *(F.col(name).cast("double").alias(name) for name in ("visib", *extras))
).where("time IS NOT NULL AND visib IS NOT NULL").toPandas()
unit = weather.schema.column("visib").unit or "miles"

known_after = pd.Timedelta(minutes=float(dbutils.widgets.get("known_after")))
joined = known_before(flights, readings, at="scheduled", by={"origin": "airport"}, known_after=known_after, at_most=OLDEST_READING)
matched = joined[joined["visib"].notna()].reset_index(drop=True)
results = {"feed": feed_name, "rows": departures.stand, "weather": weather.stand, "matched": len(matched)}
told = words.Findings(displayHTML)
told.show(
    f"{words.count(len(matched))} of {words.count(len(flights))} departures have a reading of their airport from before they were to leave",
    [
        ("departures", words.count(departures.stand)),
        ("weather readings", words.count(weather.stand)),
        ("airports", words.count(readings["airport"].nunique())),
        ("usual age of the reading", f"{matched['age'].median() / pd.Timedelta(minutes=1):.0f} min" if len(matched) else "none"),
        ("oldest used", f"{matched['age'].max() / pd.Timedelta(minutes=1):.0f} min" if len(matched) else "none"),
    ],
    "that each is set against what could have been known before it. "
    f"Departures: {words.landed_in_words(departures.landed, departures.replaced, departures.failed, in_words(departures.settled))} Weather: {words.landed_in_words(weather.landed, weather.replaced, weather.failed)}",
    "that the visibility at the very moment of departure is known: fog comes and goes within an hour.",
    "good" if len(matched) >= 0.9 * max(1, len(flights)) else "caution",
)

local = matched["scheduled"].dt.tz_localize("UTC").dt.tz_convert(zone)
day = local.dt.tz_localize(None).dt.floor("D").to_numpy().astype("datetime64[D]").astype(np.int64)
hour, month = local.dt.hour.to_numpy(), (local.dt.year * 100 + local.dt.month).to_numpy()
delay, visibility = matched["delay"].to_numpy(float), matched["visib"].to_numpy(float)
low, cancelled = visibility < limit, np.isnan(delay)
limit_name = f"{limit:g} {unit}"

# COMMAND ----------

# MAGIC %md
# MAGIC ## Longer delays
# MAGIC Mean delays as they are, by visibility. Flights of one day share their weather and their queues, so a day counts
# MAGIC for little more than one observation: intervals come from resampling whole days, a week of them at a time.

# COMMAND ----------

# DBTITLE 1,Mean delay below the limit and above, and by band
try:
    gap = difference_of_means(delay, low, day)
    results["delay"] = {"low": round(gap.inside, 2), "other": round(gap.outside, 2), "difference": [round(gap.low, 2), round(gap.high, 2)], "found": gap.found}
    told.show(
        f"Low visibility goes with {'longer' if gap.estimate > 0 else 'shorter'} delays: {gap.inside:.0f} minutes on average below {limit_name}, {gap.outside:.0f} above"
        if gap.found
        else f"No difference in delay can be told below {limit_name}",
        [
            (f"mean delay below {limit_name}", f"{gap.inside:.1f} min"),
            ("above", f"{gap.outside:.1f} min"),
            ("difference, 95 % interval", f"{gap.estimate:.1f} min ({words.interval(gap.low, gap.high)})"),
            ("departures below", f"{words.count(gap.n_inside)}, on {words.count(gap.days_inside)} of {words.count(gap.days)} days"),
        ],
        f"that whoever departs after a reading below {limit_name} has waited {abs(gap.estimate):.0f} minutes {'longer' if gap.estimate > 0 else 'less'} on average; with other days of the same kind it could have been {words.interval(gap.low, gap.high, 0)}."
        if gap.found
        else "that the interval holds zero: these days do not decide it.",
        "that visibility is the cause: it comes with rain, snow, wind and certain hours. The next parts hold some of that equal.",
        "good" if gap.found else "caution",
    )
    labels = [f"below {EDGES[1]:g}", *(f"{left:g} to {right:g}" for left, right in zip(EDGES[1:-1], EDGES[2:])), f"{EDGES[-1]:g} or more"]
    band = np.digitize(visibility, EDGES[1:])
    delays = [mean_of_group(delay, band == index, day) for index in range(len(labels))]
    shares = [mean_of_group(cancelled.astype(float), band == index, day) for index in range(len(labels))]
    below_limit = int(np.sum(np.array(EDGES[1:]) <= limit))
    display(delay_plots.by_band(labels, delays, shares, below_limit, unit))
    display(
        pd.DataFrame(
            {
                f"visibility ({unit})": labels,
                "scheduled": [int(np.sum(band == index)) for index in range(len(labels))],
                "mean delay (min)": [round(mean.mean, 1) for mean in delays],
                "95 % interval": [words.interval(mean.low, mean.high) if np.isfinite(mean.low) else "too few days" for mean in delays],
                "median (min)": [float(np.nanmedian(delay[band == index])) if np.any((band == index) & ~cancelled) else None for index in range(len(labels))],
                "over 30 min late (%)": [round(100 * float(np.mean(delay[(band == index) & ~cancelled] > 30)), 1) if np.any((band == index) & ~cancelled) else None for index in range(len(labels))],
                "cancelled (%)": [round(100 * mean.mean, 1) for mean in shares],
            }
        )
    )
except ValueError as reason:
    results["delay"] = None
    displayHTML(words.not_computed("The difference in delay", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## With like compared with like
# MAGIC Fog is a matter of mornings and of seasons, and delays grow through the day. A regression holds the hour of day, the
# MAGIC airport and the month equal; its errors allow the flights of a day to depend on each other. A second one holds
# MAGIC wind and rain equal as well: what is left then is nearer to visibility itself.

# COMMAND ----------

# DBTITLE 1,Adjusted difference
try:
    departed = ~cancelled
    require(len(np.unique(day)), 28, "days")
    base = [np.ones(departed.sum()), low[departed].astype(float), indicators(hour[departed]), indicators(matched["origin"].to_numpy(str)[departed]), indicators(month[departed])]
    held = [("hour of day, airport, month", base, np.ones(departed.sum(), bool))]
    if extras:
        wet = matched[extras].to_numpy(float)[departed]
        complete = np.all(np.isfinite(wet), axis=1)
        held.append(("also wind and rain", [*base, np.where(complete[:, None], wet, 0)], complete))
    adjusted = [(name, clustered_effect(np.column_stack(columns)[rows], delay[departed][rows], day[departed][rows], 1)) for name, columns, rows in held]
    first = adjusted[0][1]
    sure = first.low > 0 or first.high < 0
    results["adjusted"] = {name: [round(effect.estimate, 2), round(effect.low, 2), round(effect.high, 2)] for name, effect in adjusted}
    told.show(
        f"At the same hour, airport and month, departures below {limit_name} wait {abs(first.estimate):.0f} minutes {'longer' if first.estimate > 0 else 'less'}"
        if sure
        else f"At the same hour, airport and month no difference can be told below {limit_name}",
        [(f"held equal: {name}", f"{effect.estimate:.1f} min ({words.interval(effect.low, effect.high)}), {words.p_in_words(effect.p_value)}") for name, effect in adjusted]
        + [("days", words.count(first.clusters))],
        "that the difference is not made by the time of day, the place or the season."
        + (f" Holding wind and rain equal as well leaves {adjusted[1][1].estimate:.0f} minutes: the rest came with the bad weather around it." if len(adjusted) > 1 and sure else "")
        if sure
        else "that the raw difference may be one of hours, places and seasons.",
        "that clearing the air would win these minutes: snow, low cloud, holidays and the airlines' own plans are not held equal, and a straight-line adjustment is a rough one.",
        "good" if sure else "caution",
    )
    names, estimates, lows, highs = [name for name, _ in adjusted], *([getattr(effect, part) for _, effect in adjusted] for part in ("estimate", "low", "high"))
    if results["delay"] is not None:
        names, estimates, lows, highs = ["nothing held equal", *names], [gap.estimate, *estimates], [gap.low, *lows], [gap.high, *highs]
    display(delay_plots.effects(names, estimates, lows, highs))
    hours = np.array([each for each in np.unique(hour) if np.sum((hour == each) & departed) >= 100])
    profile = [[float(np.nanmean(delay[(hour == each) & kind & departed])) if np.sum((hour == each) & kind & departed) >= 30 else np.nan for each in hours] for kind in (low, ~low)]
    display(delay_plots.by_hour(hours, np.array(profile[0]), np.array(profile[1]), limit_name, zone))
except ValueError as reason:
    results["adjusted"] = None
    displayHTML(words.not_computed("The adjusted difference", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Cancellations are not delays
# MAGIC A flight that never left has no delay, so the worst days lose their worst flights from the means above. They are
# MAGIC counted here instead.

# COMMAND ----------

# DBTITLE 1,Share cancelled
try:
    lost = difference_of_means(cancelled.astype(float), low, day)
    results["cancelled"] = {"low": round(lost.inside, 4), "other": round(lost.outside, 4), "difference": [round(lost.low, 4), round(lost.high, 4)], "found": lost.found}
    told.show(
        f"{lost.inside:.1%} of departures are cancelled below {limit_name}, {lost.outside:.1%} above"
        if lost.found
        else f"No difference in cancellations can be told below {limit_name}",
        [
            (f"cancelled below {limit_name}", f"{lost.inside:.1%} of {words.count(lost.n_inside)}"),
            ("above", f"{lost.outside:.1%} of {words.count(lost.n_outside)}"),
            ("difference, 95 % interval", f"{100 * lost.estimate:.1f} points ({words.interval(100 * lost.low, 100 * lost.high)})"),
        ],
        "that the mean delays above understate what bad weather does: who was not flown at all is not in them."
        if lost.found and lost.estimate > 0
        else "that cancellations do not change the picture of the delays.",
        "that an empty delay is always a cancellation: it is taken for one here.",
        "good" if lost.found else "caution",
    )
except ValueError as reason:
    results["cancelled"] = None
    displayHTML(words.not_computed("The difference in cancellations", reason))

# COMMAND ----------

dbutils.notebook.exit(json.dumps({**results, "findings": told.headlines}))
