# Databricks notebook source
# MAGIC %md
# MAGIC # What a catalogue of earthquakes says
# MAGIC How many there were, what was revised, how many small ones come with each large one, and whether they come by chance.
# MAGIC A catalogue is what networks noticed, not what happened: each figure is given with where it ends to mean something.

# COMMAND ----------

# DBTITLE 1,Parameters and packages
import json
import os

import numpy as np
import pandas as pd
from pyspark.sql import functions as F

from tributary import landed, quake_plots, words
from tributary.schema import Feed
from tributary.seismic import FEWEST, b_by_cutoff, binned, completeness, gap_test, uncertainty

dbutils.widgets.text("feed", "", "Feed (namespace.name)")
dbutils.widgets.text("volume_path", "", "Folder of the feed in its volume")
dbutils.widgets.text("topic_id", "", "Kafka topic id")
dbutils.widgets.text("schema", "1", "Schema number")
dbutils.widgets.text("region", "", "Region, as places end (empty: the one with most earthquakes)")

feed_name = dbutils.widgets.get("feed")
feed = Feed(dbutils.widgets.get("volume_path"), dbutils.widgets.get("topic_id"), int(dbutils.widgets.get("schema")))
spark.conf.set("spark.sql.session.timeZone", "UTC")
if not os.path.isdir(feed.data):
    displayHTML("<p>No file of this feed has landed yet: there is nothing to analyse.</p>")
    dbutils.notebook.exit(json.dumps({"feed": feed_name, "rows": 0}))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What landed, and what was revised
# MAGIC An event is reported within minutes by machines and revised for days, its time included. Of several rows of one event
# MAGIC the newest holds.

# COMMAND ----------

# DBTITLE 1,Read, and compare first and last versions
schema = feed.read_schema()
arrived = landed.read_latest(spark, feed, ["magnitude", "mag_type", "place", "type"], per_time=False)
events = arrived.view.select(F.col(landed.EVENT_TIME).alias("time"), F.col("magnitude").cast("double").alias("magnitude"), "mag_type", "place", "type").toPandas()

keys = [column.name for column in schema.of_role("key")]
raw = landed.read_raw(spark, feed, schema)
magnitude = F.expr(f"CAST({landed.cast_expression(schema.column('magnitude'))} AS DOUBLE)")
offset = F.col("_offset").cast("bigint")
versions = raw.where("_op = 'upsert'").groupBy(*keys).agg(F.count("*").alias("versions"), F.min_by(magnitude, offset).alias("first"), F.max_by(magnitude, offset).alias("last"))
# A replay that makes up earlier states says so in what it sends; here that is among the undeclared members.
made_up = raw.where(F.col("_undeclared").rlike(r'"replay\\?"')).select(*keys).distinct().count()
revised = versions.where("versions > 1").toPandas()
moved = (revised["last"] - revised["first"]).dropna().abs()
results = {"feed": feed_name, "rows": arrived.landed, "events": arrived.stand, "revised": len(revised)}
displayHTML(
    words.finding(
        f"{words.count(arrived.stand)} events, {words.count(len(revised))} of them revised after they were first reported",
        [
            ("rows landed", words.count(arrived.landed)),
            ("events that stand", words.count(arrived.stand)),
            ("revised", words.count(len(revised))),
            ("magnitude changed", words.count(int(np.sum(moved >= 0.05)))),
            ("usual change of those", f"{moved[moved >= 0.05].median():.1f}" if np.any(moved >= 0.05) else "none"),
        ],
        f"that the newest version of each is used. {words.landed_in_words(arrived.landed, arrived.replaced, arrived.failed)}"
        + (f" The first states of {words.count(made_up)} events say of themselves that a replay made them up." if made_up else ""),
        "that the magnitudes are final: those of the last days are still being revised.",
        "good" if not arrived.failed else "caution",
    )
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Which of them are earthquakes
# MAGIC Networks hear explosions and quarries too. Whatever is not an earthquake is left out from here on, and so is what has
# MAGIC no magnitude.

# COMMAND ----------

# DBTITLE 1,Earthquakes only, by day
is_quake = events["type"] == "earthquake"
others = events.loc[~is_quake, "type"].fillna("without a type").value_counts()
quakes = events[is_quake & events["magnitude"].notna() & events["time"].notna()].reset_index(drop=True)
quakes["bin"] = binned(quakes["magnitude"].to_numpy())
scales = quakes["mag_type"].fillna("unknown").value_counts()
results["earthquakes"], results["others"] = len(quakes), int((~is_quake).sum())
displayHTML(
    words.finding(
        f"{words.count(int((~is_quake).sum()))} of {words.count(len(events))} events are not earthquakes",
        [("earthquakes", words.count(len(quakes))), *((str(kind), words.count(number)) for kind, number in others.head(4).items()), ("magnitude scales", words.count(len(scales)))],
        f"that {words.count(len(quakes))} earthquakes with a magnitude are looked at below, the largest of {quakes['magnitude'].max():.1f}." if len(quakes) else "that there is no earthquake to look at.",
        f"that their magnitudes are of one kind: they are on {len(scales)} scales ({words.listed([str(scale) for scale in scales.index])}), which agree only roughly.",
        "neutral",
    )
)
if len(quakes):
    day = quakes["time"].dt.strftime("%Y-%m-%d")
    counts = pd.DataFrame({"all": day.value_counts(), "4.5 or more": day[quakes["magnitude"] >= 4.5].value_counts()}).fillna(0).astype(int).sort_index()
    display(quake_plots.by_day(list(counts.index), counts["all"].to_numpy(), counts["4.5 or more"].to_numpy(), "of magnitude 4.5 or more"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## How many small ones for each large one
# MAGIC By the law of Gutenberg and Richter each step of one magnitude down brings about ten times as many (b = 1). It can
# MAGIC be seen only above the magnitude from which on the networks notice every event, and that differs by region: sensors
# MAGIC stand close together in some, and oceans have none.

# COMMAND ----------

# DBTITLE 1,b-value with its uncertainty, and the magnitude of completeness
where = quakes["place"].fillna("").str.rsplit(",", n=1).str[-1].str.strip()
region = dbutils.widgets.get("region") or (where.value_counts().index[0] if len(quakes) else "")
inside = quakes[where == region]
law = None
try:
    law = completeness(inside["bin"].to_numpy())
    sure = uncertainty(inside["bin"].to_numpy())
    higher = [each for each in b_by_cutoff(inside["bin"].to_numpy()) if abs(each.cutoff - law.cutoff - 0.5) < 0.01]
    by_region = []
    for name, number in where.value_counts().items():
        if number < 2 * FEWEST:
            break
        found = quakes.loc[where == name, "bin"].to_numpy()
        try:
            fit = completeness(found)
            by_region.append({"region": name, "earthquakes": int(number), "median magnitude": float(np.median(found)), "complete from": fit.cutoff, "b": round(fit.b, 2), "± (2 errors)": round(2 * fit.error, 2)})
        except ValueError:
            by_region.append({"region": name, "earthquakes": int(number), "median magnitude": float(np.median(found)), "complete from": None, "b": None, "± (2 errors)": None})
    results["law"] = {"region": region, "b": round(law.b, 3), "interval": [round(sure.b_low, 3), round(sure.b_high, 3)], "completeFrom": law.cutoff, "n": law.n}
    displayHTML(
        words.finding(
            f"In {region} each magnitude less brings {10**law.b:.1f} times as many earthquakes: b = {law.b:.2f}, from magnitude {law.cutoff:.1f} on",
            [
                ("b", f"{law.b:.2f}"),
                ("95 % interval, the cutoff chosen anew", words.interval(sure.b_low, sure.b_high, 2)),
                ("error with the cutoff given", f"{law.error:.2f}"),
                ("complete from magnitude", f"{law.cutoff:.1f} ({words.interval(sure.cutoff_low, sure.cutoff_high)})"),
                ("earthquakes above it", f"{words.count(law.n)} of {words.count(len(inside))}"),
            ],
            "that below this magnitude events are missing, not rare."
            + (" The interval holds 1, the usual value." if sure.b_low <= 1 <= sure.b_high else " The interval does not hold 1, the usual value.")
            + (f" Taken from half a magnitude further up b is {higher[0].b:.2f} ± {2 * higher[0].error:.2f}." if higher else ""),
            "that the danger of a large one is known: a week holds too few of them, and aftershocks of one event can set b for the week.",
            "neutral",
        )
    )
    display(quake_plots.magnitude_law(inside["bin"].to_numpy(), law, f"{region}: {len(inside):,} earthquakes"))
    everywhere = completeness(quakes["bin"].to_numpy())
    results["everywhere"] = {"b": round(everywhere.b, 3), "completeFrom": everywhere.cutoff}
    known = [each["complete from"] for each in by_region if each["complete from"] is not None]
    spread = max(known) - min(known) if known else 0.0
    medians = [each["median magnitude"] for each in by_region]
    mixed = everywhere.b + 2 * everywhere.error < law.b - 2 * law.error
    displayHTML(
        words.finding(
            f"Over all regions b would be {everywhere.b:.2f}: an artefact of mixing networks" if mixed else f"Over all regions b is {everywhere.b:.2f}",
            [("b, all regions", f"{everywhere.b:.2f} ± {2 * everywhere.error:.2f}"), ("'complete' from", f"{everywhere.cutoff:.1f}"), ("median magnitude by region", f"{min(medians):.1f} to {max(medians):.1f}" if medians else "unknown")],
            f"that small events are counted where sensors are dense and large ones everywhere, so the sum is too flat. The errors do not show it: they suppose one catalogue."
            if mixed
            else "that it agrees with that of the region within its error.",
            "that large earthquakes were unusually many." if mixed else "that regions are alike.",
            "caution" if mixed else "neutral",
        )
    )
    display(quake_plots.b_against_cutoff([(region, b_by_cutoff(inside["bin"].to_numpy()), law.cutoff), ("all regions", b_by_cutoff(quakes["bin"].to_numpy()), everywhere.cutoff)]))
    if by_region:
        display(pd.DataFrame(by_region))
except ValueError as reason:
    results.setdefault("law", None)
    displayHTML(words.not_computed("The law of magnitudes", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Do they come by chance?
# MAGIC If earthquakes did not know of each other, the times between them would follow an exponential distribution (a Poisson
# MAGIC process). Asked only of those above the magnitude of completeness, in the same region.

# COMMAND ----------

# DBTITLE 1,Gaps between earthquakes
try:
    if law is None:
        raise ValueError("it needs the magnitude of completeness")
    above = inside[inside["bin"] >= law.cutoff - 0.01]
    moments = above["time"].to_numpy().astype("datetime64[ms]").astype(np.int64) / 86_400_000
    test = gap_test(moments)
    clustered = test.p_value < 0.05
    results["gaps"] = {"n": test.n, "variation": round(test.variation, 3), "p": round(test.p_value, 4)}
    displayHTML(
        words.finding(
            f"Earthquakes in {region} come {'in clusters, not by chance alone' if test.variation > 1 else 'more evenly than by chance'}" if clustered else f"Nothing speaks against earthquakes in {region} coming by chance",
            [
                ("earthquakes", words.count(test.n)),
                ("a day", f"{test.per_day:.1f}"),
                ("variation of gaps (chance: 1)", f"{test.variation:.2f}"),
                ("distance from chance", f"{test.distance:.3f}, {words.p_in_words(test.p_value)}"),
            ],
            "that one makes others likely for a while: aftershocks and swarms, which is what one expects. A rate that changes for other reasons, or sensors that hear less by day, would look alike."
            if clustered
            else f"that with {words.count(test.n)} earthquakes no clustering can be told from chance.",
            "that the next one can be foretold." if clustered else "that they are independent: a small sample rarely shows that they are not.",
            "neutral",
        )
    )
    display(quake_plots.gaps(test, f"{region}, magnitude {law.cutoff:.1f} or more"))
except ValueError as reason:
    results["gaps"] = None
    displayHTML(words.not_computed("The test of chance", reason))

# COMMAND ----------

dbutils.notebook.exit(json.dumps(results))
