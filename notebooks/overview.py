# Databricks notebook source
# MAGIC %md
# MAGIC # Overview of a feed
# MAGIC What landed, whether it can be trusted, and what it does and does not say. Every figure comes from the files of
# MAGIC the feed as they lie in the volume; every statement says what it does not mean as well.

# COMMAND ----------

# DBTITLE 1,Parameters and packages
import json
import os
import shutil
import tempfile
import uuid

import numpy as np
import pandas as pd
from pyspark.sql import functions as F

from tributary import landed, plots, words
from tributary.correlation import correlate
from tributary.forecast import LAGS, walk_forward
from tributary.normality import normality_of
from tributary.provisional import in_words, parse_series, last_seen, settle
from tributary.schema import Feed
from tributary.series import change, choose_other, choose_target, step_in_words, transform_of

dbutils.widgets.text("feed", "", "Feed (namespace.name)")
dbutils.widgets.text("volume_path", "", "Folder of the feed in its volume")
dbutils.widgets.text("topic_id", "", "Kafka topic id")
dbutils.widgets.text("schema", "1", "Schema number")
dbutils.widgets.text("series", "", "What spec.series says, as JSON")
dbutils.widgets.text("time_column", "", "Time column (empty: the event time of each record)")
dbutils.widgets.text("target", "", "Measure to analyse (empty: chosen from the schema)")
dbutils.widgets.text("against", "", "Measure to correlate with (empty: chosen from the schema)")
dbutils.widgets.text("horizon", "1", "Steps ahead to forecast")

MAX_POINTS = 200_000

feed_name = dbutils.widgets.get("feed")
feed = Feed(dbutils.widgets.get("volume_path"), dbutils.widgets.get("topic_id"), int(dbutils.widgets.get("schema")))
horizon = int(dbutils.widgets.get("horizon"))
spark.conf.set("spark.sql.session.timeZone", "UTC")

schema = feed.read_schema()
if not os.path.isdir(feed.data):
    displayHTML("<p>No file of this feed has landed yet: there is nothing to analyse.</p>")
    dbutils.notebook.exit(json.dumps({"feed": feed_name, "rows": 0}))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What landed
# MAGIC Every cell is kept as the API wrote it. Here it gets its type; what cannot be cast becomes null and is counted.
# MAGIC Of several rows about the same thing and time the newest holds.

# COMMAND ----------

# DBTITLE 1,Read, type, count failures, take the latest
raw = landed.kept(landed.read_raw(spark, feed, schema))
rows = landed.typed(raw, schema)
newest_rows = landed.kept(landed.latest(rows, schema))

arrived = raw.agg(
    F.count("*").alias("rows"),
    F.count_if(F.col("_op") == "delete").alias("deletes"),
    F.countDistinct("_poll").alias("polls"),
    F.max("_observed_at").alias("observed"),
).first()
series = parse_series(dbutils.widgets.get("series"))
settled = settle(newest_rows, schema, series, last_seen(raw, series))
view = settled.view
view.createOrReplaceTempView("latest")
stand = newest_rows.count()
kept = stand - settled.left_out
casts = landed.failures(raw, schema)
failed = sum(entry["failed"] for entry in casts)

displayHTML(
    words.finding(
        f"{words.count(kept)} observations of {feed_name or 'the feed'} stand after {words.count(arrived['rows'])} rows landed",
        [
            ("rows landed", words.count(arrived["rows"])),
            ("replaced or deleted", words.count(arrived["rows"] - stand)),
            *([("left out as not final", words.count(settled.left_out))] if settled.left_out else []),
            ("polls that brought news", words.count(arrived["polls"])),
            ("newest seen (UTC)", str(arrived["observed"] or "")[:19].replace("T", " ")),
            ("cells not castable", words.count(failed)),
        ],
        "that the files were read whole, with their header checked against the schema"
        + (", and every cell fits its declared type." if failed == 0 else f"; {words.count(failed)} cells do not fit their declared type and are null below.")
        + (f" Of the bars {in_words(settled)}" if settled.left_out else ""),
        "that nothing is missing between API and volume: that is what 'tributary audit' proves.",
        "good" if failed == 0 else "bad",
    )
)
if casts:
    named = {"column": "column", "type": "declared type", "filled": "cells", "failed": "not castable", "example": "example"}
    display(pd.DataFrame(casts)[list(named)].rename(columns=named))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Summary of the measures
# MAGIC Over the latest view. Half of the values lie between the 25 % and 75 % columns; a mean far from the median says that the values are lopsided.

# COMMAND ----------

# DBTITLE 1,DataFrame summary
measures = schema.of_role("measure")
summary = view.select(*(F.col(column.name).cast("double").alias(column.name) for column in measures))
summary = summary.summary("count", "min", "25%", "50%", "mean", "75%", "max", "stddev").toPandas()
summary = summary.set_index("summary").astype(float).T
summary = summary.rename(columns={"count": "values", "25%": "25 %", "50%": "median", "75%": "75 %", "stddev": "std dev"})
summary.index.name = "measure"
display(summary)

# COMMAND ----------

# DBTITLE 1,Choose what to look at
target = choose_target(schema, dbutils.widgets.get("target"))
other = choose_other(schema, target, dbutils.widgets.get("against"))
time_column = dbutils.widgets.get("time_column") or landed.EVENT_TIME

chosen = view.where(F.col(time_column).isNotNull() & F.col(target.name).isNotNull())
chosen_key = landed.largest_key(chosen, schema)
chosen = landed.of_key(chosen, chosen_key)
wanted = [target.name] + ([other.name] if other else [])
newest = chosen.select(F.col(time_column).cast("timestamp").alias("time"), *(F.col(name).cast("double").alias(name) for name in wanted))
points = newest.orderBy(F.col("time").desc()).limit(MAX_POINTS).toPandas().sort_values("time").reset_index(drop=True)
times, values = points["time"].to_numpy(), points[target.name].to_numpy()
if len(points) == 0:
    displayHTML("<p>No row has both a time and a value of the target: there is nothing to analyse.</p>")
    dbutils.notebook.exit(json.dumps({"feed": feed_name, "rows": kept}))

transform = transform_of(target, values)
changed = change(target, times, values, transform)
step = step_in_words(times)
of_what = " ".join(str(value) for value in chosen_key.values())
results = {"feed": feed_name, "rows": kept, "leftOut": settled.left_out, "notCastable": failed, "target": target.name, "transform": transform}
print(f"{target.name}{f' of {of_what}' if of_what else ''}: {len(points):,} {step} observations, tested as {changed.label}")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Year by year
# MAGIC One Spark SQL query over the latest view.

# COMMAND ----------

# DBTITLE 1,Spark SQL
chosen.createOrReplaceTempView("chosen")
query = f"""
SELECT year({time_column})                             AS year,
       count(*)                                        AS observations,
       double(min_by(`{target.name}`, {time_column}))  AS first,
       double(min(`{target.name}`))                    AS lowest,
       double(max(`{target.name}`))                    AS highest,
       double(max_by(`{target.name}`, {time_column}))  AS last,
       double(avg(`{target.name}`))                    AS mean
FROM chosen
GROUP BY year({time_column})
ORDER BY year
"""
yearly = spark.sql(query)
display(yearly.withColumn("year", F.col("year").cast("string")))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Over time

# COMMAND ----------

# DBTITLE 1,Plot
name = target.name.replace("_", " ")
name = f"{of_what} {name}" if of_what else name[0].upper() + name[1:]
log_scale = bool(np.all(values > 0) and transform == "logReturn" and values.max() / values.min() > 3)
display(plots.level_and_change(times, values, f"{name}, {step}", f"{target.name.replace('_', ' ')} ({target.unit or 'as reported'})", changed, log_scale))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Is it normally distributed?
# MAGIC Asked of the transformed series, by a test that allows observations to depend on their predecessors.

# COMMAND ----------

# DBTITLE 1,Normality test
try:
    normal = normality_of(changed.values)
    rejected = normal.p_value < 0.05
    results["normal"] = {"statistic": round(normal.statistic, 4), "p": normal.p_value, "rejected": rejected}
    ratio = normal.beyond_three / normal.expected_beyond_three
    displayHTML(
        words.finding(
            f"The {changed.label} is not normally distributed" if rejected else f"Nothing speaks against a normal distribution of the {changed.label}",
            [
                ("observations", words.count(normal.n)),
                ("skewness (normal: 0)", f"{normal.skewness:.2f}"),
                ("excess kurtosis (normal: 0)", f"{normal.excess_kurtosis:.2f}"),
                ("beyond 3 standard deviations", f"{normal.beyond_three:.2%} (normal: {normal.expected_beyond_three:.2%})"),
                ("Lobato–Velasco", f"{normal.statistic:,.1f}, {words.p_in_words(normal.p_value)}"),
            ],
            f"that moves beyond three standard deviations come {ratio:.1f} times as often as a normal distribution allows. Limits and intervals that assume one are too narrow where it hurts."
            if rejected
            else f"that with {words.count(normal.n)} observations no departure in skewness or tails can be told from chance.",
            "that the mean is unknown or that nothing can be computed: with many observations even harmless departures are found."
            if rejected
            else "that the distribution is normal: a small sample rarely shows that it is not.",
            "neutral",
        )
    )
    display(plots.against_normal(changed))
except ValueError as reason:
    results["normal"] = None
    displayHTML(words.not_computed("The test of normality", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Does it move with another measure?
# MAGIC Both are transformed first: two series that merely trend correlate without having anything to do with each other.

# COMMAND ----------

# DBTITLE 1,Correlation
try:
    if other is None:
        raise ValueError("the feed has only one measure")
    both = points.dropna()
    other_changed = change(other, both["time"].to_numpy(), both[other.name].to_numpy(), transform_of(other, both[other.name].to_numpy()))
    own_changed = change(target, both["time"].to_numpy(), both[target.name].to_numpy(), transform)
    length = min(len(own_changed.values), len(other_changed.values))
    x, y = other_changed.values[-length:], own_changed.values[-length:]
    pair = correlate(x, y)
    found = pair.low > 0 or pair.high < 0
    results["correlation"] = {"with": other.name, "pearson": round(pair.pearson, 4), "low": round(pair.low, 4), "high": round(pair.high, 4)}
    strength = "weak" if abs(pair.pearson) < 0.3 else "moderate" if abs(pair.pearson) < 0.6 else "strong"
    displayHTML(
        words.finding(
            f"A {strength} {'positive' if pair.pearson > 0 else 'negative'} correlation between the {changed.label} and the {other_changed.label}"
            if found
            else f"No correlation can be told between the {changed.label} and the {other_changed.label}",
            [
                ("Pearson", f"{pair.pearson:.3f}"),
                ("95 % interval, block bootstrap", f"{pair.low:.3f} to {pair.high:.3f}"),
                ("Spearman (by rank)", f"{pair.spearman:.3f}"),
                ("pairs", f"{words.count(pair.n)}, worth {words.count(pair.effective_n)} independent ones"),
                ("chance of this without one", words.p_in_words(pair.p_value)),
            ],
            f"that knowing one at the same moment explains {pair.pearson**2:.1%} of the variance of the other."
            if found
            else "that the interval holds zero: the data do not decide even the sign.",
            "that one causes the other, that it held in every period, or that it helps to forecast: both are of the same moment.",
            "neutral",
        )
    )
    display(plots.scatter(x, y, f"{other_changed.label}: {other_changed.axis}", f"{changed.label}: {changed.axis}", "Each point is one moment (the outermost 0.1 % may lie outside)"))
except ValueError as reason:
    results["correlation"] = None
    displayHTML(words.not_computed("The correlation", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Can it be forecast?
# MAGIC A regression on the last values, judged only on forecasts it would really have made: fitted on what was known at
# MAGIC each origin, then compared with the forecast that costs nothing.

# COMMAND ----------

# DBTITLE 1,Regression against the naive forecast
try:
    changes = transform in ("logReturn", "difference")
    judged = walk_forward(changed.values, horizon=horizon, changes=changes)
    results["forecast"] = {"ratio": round(judged.ratio, 4), "p": judged.p_value, "better": judged.better, "origins": judged.origins}
    naive_name = "no change" if changes else "the last value"
    percent = abs(1 - judged.ratio)
    headline = (
        f"The regression beats the naive forecast by {percent:.1%}"
        if judged.better
        else f"The regression is worse than the naive forecast by {percent:.1%}"
        if judged.worse
        else "The regression is not better than the naive forecast"
    )
    displayHTML(
        words.finding(
            headline,
            [
                ("mean absolute error, regression", f"{judged.model_error:.4g}"),
                (f"naive ({naive_name})", f"{judged.naive_error:.4g}"),
                ("ratio (below 1 is better)", f"{judged.ratio:.4f}"),
                ("Diebold–Mariano", f"{judged.statistic:.2f}, {words.p_in_words(judged.p_value)}"),
                ("forecasts judged", f"{words.count(judged.origins)}, {words.count(judged.independent_origins)} without overlap"),
                ("R² in sample", f"{judged.r_squared:.4f}"),
            ],
            f"that a straight line through the last {LAGS} values, forecasting {horizon} step{'s' if horizon > 1 else ''} ahead, would have been nearer to what came than saying '{naive_name}'."
            if judged.better
            else f"that whoever wants to forecast {horizon} step{'s' if horizon > 1 else ''} ahead may as well say '{naive_name}': the last {LAGS} values add nothing that can be told from chance.",
            "that it will stay so, or that acting on it pays: costs and changes of regime are not in these errors."
            if judged.better
            else "that nothing about the series can be forecast: its size of moves, for one, is another question than its direction.",
            "good" if judged.better else "caution",
        )
    )
    display(plots.error_race(judged, changed.times[judged.origin_index], changed.axis))
except ValueError as reason:
    results["forecast"] = None
    displayHTML(words.not_computed("The forecast", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## The same files as a stream
# MAGIC A streaming query reads the feed's folder file by file with a checkpoint, takes all that is there, and stops. Its
# MAGIC rows must be those of the batch read above.

# COMMAND ----------

# DBTITLE 1,Structured Streaming
on_databricks = "DATABRICKS_RUNTIME_VERSION" in os.environ
scratch = os.path.join(feed.root, "_scratch", uuid.uuid4().hex) if on_databricks else tempfile.mkdtemp()
sums = os.path.join(scratch, "sums")


def keep_sums(batch, _batch_id):
    batch.write.mode("overwrite").parquet(sums)


stream = landed.stream_raw(spark, feed, schema)
by_day = stream.groupBy(F.substring("_observed_at", 1, 10).alias("observed on (UTC)"), F.col("_op").alias("operation")).agg(
    F.count("*").alias("rows"), F.min("_event_time").alias("first event"), F.max("_event_time").alias("last event")
)
writing = by_day.writeStream.outputMode("complete").foreachBatch(keep_sums)
writing.option("checkpointLocation", os.path.join(scratch, "checkpoint")).trigger(availableNow=True).start().awaitTermination()
streamed = spark.read.parquet(sums)
streamed_rows = streamed.agg(F.sum("rows")).first()[0] or 0
results["streamed"] = streamed_rows
display(streamed.orderBy("observed on (UTC)", "operation"))
displayHTML(
    words.finding(
        "Stream and batch agree" if streamed_rows == arrived["rows"] else "Stream and batch differ",
        [("rows by stream", words.count(streamed_rows)), ("rows by batch", words.count(arrived["rows"]))],
        "that an incremental reader of the folder sees each file once, so tables can be kept up to date without reading everything again."
        if streamed_rows == arrived["rows"]
        else "that files arrived between the two reads."
        if streamed_rows > arrived["rows"]
        else "that the stream missed files that the batch read.",
        "that values were compared: the rows were counted.",
        "good" if streamed_rows == arrived["rows"] else "caution" if streamed_rows > arrived["rows"] else "bad",
    )
)

shutil.rmtree(scratch, ignore_errors=True)

# COMMAND ----------

dbutils.notebook.exit(json.dumps(results))
