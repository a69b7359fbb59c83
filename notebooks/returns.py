# Databricks notebook source
# MAGIC %md
# MAGIC # Can tomorrow be forecast?
# MAGIC Two questions about daily bars that are easily mixed up: *where* the price goes, and *how far*. Every forecast here
# MAGIC is made from what was known the day before and judged on the day after, against forecasts that cost nothing.

# COMMAND ----------

# DBTITLE 1,Parameters and packages
import json
import os

import numpy as np
import pandas as pd
from pyspark.sql import functions as F

from tributary import landed, plots, return_plots, words
from tributary.dependence import block_bootstrap
from tributary.forecast import LAGS, forecast_level, walk_forward
from tributary.provisional import in_words, parse_series
from tributary.schema import Feed
from tributary.series import choose_target
from tributary.volatility import constant_intervals, following_intervals, forecast_range, log_range

dbutils.widgets.text("feed", "", "Feed (namespace.name)")
dbutils.widgets.text("volume_path", "", "Folder of the feed in its volume")
dbutils.widgets.text("topic_id", "", "Kafka topic id")
dbutils.widgets.text("schema", "1", "Schema number")
dbutils.widgets.text("series", "", "What spec.series says, as JSON")
dbutils.widgets.text("price", "", "Closing price (empty: chosen from the schema)")
dbutils.widgets.text("high", "high", "Highest price of the day")
dbutils.widgets.text("low", "low", "Lowest price of the day")
dbutils.widgets.text("open", "open", "First price of the day")

LEVEL = 0.95

feed_name = dbutils.widgets.get("feed")
feed = Feed(dbutils.widgets.get("volume_path"), dbutils.widgets.get("topic_id"), int(dbutils.widgets.get("schema")))
spark.conf.set("spark.sql.session.timeZone", "UTC")
if not os.path.isdir(feed.data):
    displayHTML("<p>No file of this feed has landed yet: there is nothing to analyse.</p>")
    dbutils.notebook.exit(json.dumps({"feed": feed_name, "rows": 0}))

# COMMAND ----------

# DBTITLE 1,Read the bars
schema = feed.read_schema()
price = choose_target(schema, dbutils.widgets.get("price"))
high, low, first = (schema.column(dbutils.widgets.get(name)) for name in ("high", "low", "open"))
arrived = landed.read_latest(spark, feed, [price.name, high.name, low.name, first.name], series=parse_series(dbutils.widgets.get("series")))
whole = arrived.view.where(F.col(landed.EVENT_TIME).isNotNull() & (F.col(price.name) > 0))
key = landed.largest_key(whole, schema)
columns = [F.col(column.name).cast("double").alias(role) for role, column in (("close", price), ("high", high), ("low", low), ("open", first))]
bars = landed.of_key(whole, key).select(F.col(landed.EVENT_TIME).alias("day"), *columns).orderBy("day").toPandas()

name = " ".join(str(value) for value in key.values()) or feed_name
close, days = bars["close"].to_numpy(), bars["day"].to_numpy()
returns = 100 * np.diff(np.log(close))
results = {"feed": feed_name, "rows": arrived.stand, "bars": len(bars), "leftOut": arrived.settled.left_out}
told = words.Findings(displayHTML)
print(words.landed_in_words(arrived.landed, arrived.replaced, arrived.failed, in_words(arrived.settled)))
if len(bars):
    print(f"{len(bars):,} daily bars of {name}, {pd.Timestamp(days[0]):%Y-%m-%d} to {pd.Timestamp(days[-1]):%Y-%m-%d}; the return of a day is that of its {price.name.replace('_', ' ')}.")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Where does the price go?
# MAGIC A regression on the last five returns against the forecast "no change". It is refitted as time goes on, always on
# MAGIC what was known; the first third of the history is for fitting only.

# COMMAND ----------

# DBTITLE 1,Returns against the zero forecast
try:
    judged = walk_forward(returns, horizon=1, changes=True)
    results["returns"] = {"ratio": round(judged.ratio, 4), "dm": round(judged.statistic, 2), "p": judged.p_value, "better": judged.better}
    told.show(
        f"Daily returns of {name} are {'' if judged.better else 'not '}predicted better than by saying 'no change'",
        [
            ("mean absolute error, regression", f"{judged.model_error:.4f} %"),
            ("of 'no change'", f"{judged.naive_error:.4f} %"),
            ("ratio (below 1 is better)", f"{judged.ratio:.4f}"),
            ("Diebold–Mariano", f"{judged.statistic:.2f}, {words.p_in_words(judged.p_value)}"),
            ("days judged", words.count(judged.origins)),
        ],
        f"that a straight line through the last {LAGS} returns would have been nearer to the next one, by {1 - judged.ratio:.1%}."
        if judged.better
        else f"that the last {LAGS} returns say nothing of use about the next: with the regression the mean error is {judged.ratio:.3f} times that of expecting nothing.",
        "that it will stay so, or pays after costs."
        if judged.better
        else "that no forecast can ever do better; only that the past returns alone do not, as one expects of prices that many people watch.",
        "caution",
    )
    display(plots.error_race(judged, days[1:][judged.origin_index], "log return (%)"))
except ValueError as reason:
    results["returns"] = None
    displayHTML(words.not_computed("The forecast of returns", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Why forecasts of the level look so good
# MAGIC The same regression, on the price instead of its return. A fit to something that moves slowly has an R² near one
# MAGIC whatever it is worth: tomorrow's price is near today's, and everybody knew that.

# COMMAND ----------

# DBTITLE 1,R² on levels
try:
    level = forecast_level(close)
    results["level"] = {"rSquared": round(level.r_squared, 4), "ratio": round(level.ratio, 4), "better": level.better}
    told.show(
        f"R² of {level.r_squared:.4f} on the level, and {'still' if level.better else 'nevertheless not'} better than repeating the last price",
        [
            ("R² on the level", f"{level.r_squared:.4f}"),
            ("R² of the same forecast, as returns", f"{np.corrcoef(np.log(level.forecast / level.last), np.log(level.outcome / level.last))[0, 1] ** 2:.4f}"),
            ("error against the last price (below 1 is better)", f"{level.ratio:.4f}"),
            ("Diebold–Mariano", f"{level.statistic:.2f}, {words.p_in_words(level.p_value)}"),
        ],
        "that R² on a level measures how slowly it moves. A chart of forecast against price proves nothing: judge the returns, or the error against the last price.",
        "that the fit is wrong: it is a good description of the level and no forecast.",
        "neutral",
    )
    forecast_return, outcome_return = 100 * np.log(level.forecast / level.last), 100 * np.log(level.outcome / level.last)
    display(return_plots.levels_against_returns((level.forecast, level.outcome), (forecast_return, outcome_return), price.unit or "as reported"))
except ValueError as reason:
    results["level"] = None
    displayHTML(words.not_computed("The forecast of the level", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## How far does it go?
# MAGIC The range of a day is ln(high) − ln(low). Its logarithm is forecast from the last day, the mean of the last week and
# MAGIC of the last month (22 days): calm and storm last for weeks, so a regression on those three (HAR) can see them coming.
# MAGIC Judged after the first fifth of the history, refitted monthly.

# COMMAND ----------

# DBTITLE 1,The range by HAR, against yesterday and against the week
swings = log_range(bars["high"].to_numpy(), bars["low"].to_numpy())
usable = np.isfinite(swings)
swing = None
try:
    swing = forecast_range(swings[usable])
    comparisons = [("the day before", swing.against_yesterday), ("the mean of the last 5 days", swing.against_week)]
    results["range"] = {
        "saved": [round(1 - each.ratio, 4) for _, each in comparisons],
        "dm": [round(each.statistic, 2) for _, each in comparisons],
        "better": [each.better for _, each in comparisons],
        "judged": len(swing.origins),
    }
    beaten = [f"{what} by {1 - each.ratio:.1%}" for what, each in comparisons if each.better]
    told.show(
        f"The size of tomorrow's swing can be forecast: HAR beats {words.listed(beaten)}" if beaten else "The size of tomorrow's swing is not forecast better than by simple means",
        [
            (f"error saved against {what}", f"{1 - each.ratio:.1%} (Diebold–Mariano {each.statistic:.1f}, {words.p_in_words(each.p_value)})")
            for what, each in comparisons
        ]
        + [("days judged", words.count(len(swing.origins)))],
        "that volatility has a memory. Most of the gain over yesterday comes from averaging; the Diebold–Mariano statistics, which allow for errors that depend on each other, say how far each gain is from chance."
        if beaten
        else "that on these bars neither week nor month adds to what the simple forecasts know.",
        "that the direction can be forecast too, or that this is the best forecast there is: options markets and intraday data know more.",
        "good" if beaten else "caution",
    )
    display(
        pd.DataFrame(
            {
                "forecast": ["HAR regression", "the day before", "the mean of the last 5 days"],
                "mean absolute error of the log range": [swing.against_week.model_error, swing.against_yesterday.naive_error, swing.against_week.naive_error],
                "HAR's error is, times this": [None, swing.against_yesterday.ratio, swing.against_week.ratio],
                "Diebold–Mariano": [None, swing.against_yesterday.statistic, swing.against_week.statistic],
                "chance of this": [None, words.p_in_words(swing.against_yesterday.p_value), words.p_in_words(swing.against_week.p_value)],
            }
        ).round(4)
    )
    percent = lambda logs: 100 * np.expm1(np.exp(logs))
    display(return_plots.ranges(days[usable][swing.origins + 1], percent(swing.outcome), percent(swing.har), name))
except ValueError as reason:
    results["range"] = None
    displayHTML(words.not_computed("The forecast of the range", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## What is that good for? An interval that keeps its promise
# MAGIC A 95 % interval for tomorrow's return, made in two ways: with the standard deviation of all returns so far, as if
# MAGIC swings never changed, and as the forecast range times quantiles of past (return / forecast range). An interval that is
# MAGIC right on average may be wrong exactly when it is needed, so the years are counted one by one.

# COMMAND ----------

# DBTITLE 1,Coverage of intervals, overall and by year
try:
    if swing is None:
        raise ValueError("it needs the forecast of the range")
    # Origin i of the range is a bar; its return, known the same evening, is the one that ends there.
    bar = np.flatnonzero(usable)[swing.origins]
    following = following_intervals(returns, bar - 1, 100 * np.exp(swing.har), LEVEL)
    constant = constant_intervals(returns, following.origins, LEVEL)
    years = pd.DatetimeIndex(days[following.origins + 2]).year
    table = pd.DataFrame({"year": years, "constant": constant.hits, "following": following.hits, "constant width": constant.high - constant.low, "following width": following.high - following.low})
    by_year = table.groupby("year").mean().join(table.groupby("year").size().rename("days"))
    overall = {label: block_bootstrap(table[[label]].to_numpy(float), lambda rows: float(rows.mean())) for label in ("constant", "following")}
    enough = by_year[by_year["days"] >= 60]
    worst = (enough if len(enough) else by_year)["constant"].nsmallest(2).sort_index()
    results["coverage"] = {
        "constant": round(float(table["constant"].mean()), 4),
        "following": round(float(table["following"].mean()), 4),
        "worst": {str(year): [round(float(by_year.loc[year, label]), 4) for label in ("constant", "following")] for year in worst.index},
    }
    keeps = float(table["constant"].mean())
    in_worst = words.listed([f"{share:.0%} in {year}" for year, share in worst.items()])
    followed = words.listed([f"{by_year.loc[year, 'following']:.0%} in {year}" for year in worst.index])
    fails = worst.min() < LEVEL - 0.1
    told.show(
        f"A constant interval covers {keeps:.1%} overall but {in_worst}; one that follows the range covers {followed}"
        if fails
        else f"A constant interval covers {keeps:.1%} overall, and {in_worst} at worst",
        [
            (f"covered overall, constant (promised {LEVEL:.0%})", f"{keeps:.1%} ({overall['constant'][0]:.1%} to {overall['constant'][1]:.1%})"),
            ("covered overall, following", f"{table['following'].mean():.1%} ({overall['following'][0]:.1%} to {overall['following'][1]:.1%})"),
            ("mean width, constant", f"{table['constant width'].mean():.1f} points"),
            ("mean width, following", f"{table['following width'].mean():.1f} points"),
            ("days", words.count(len(table))),
        ],
        "that an average hides the years that matter: the constant interval is too wide in calm and too narrow in a storm."
        if fails
        else "that no year fell far short of the promise.",
        f"that the following interval is right: it reacts a day late, and in its worst year it covers {by_year['following'].min():.0%}. A year has about 250 days, so its share is uncertain by about 3 points.",
        "caution" if fails else "good",
    )
    display(return_plots.coverage(list(by_year.index), by_year["constant"].to_numpy(), by_year["following"].to_numpy(), LEVEL))
    shown = by_year.reset_index()
    shown["year"] = shown["year"].astype(str)
    for label in ("constant", "following"):
        shown[label] = (100 * shown[label]).round(1)
    display(
        shown.round(1)[["year", "days", "constant", "following", "constant width", "following width"]].rename(
            columns={"constant": "constant covers (%)", "following": "following covers (%)", "constant width": "constant width (points)", "following width": "following width (points)"}
        )
    )
except ValueError as reason:
    results["coverage"] = None
    displayHTML(words.not_computed("The coverage of intervals", reason))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Can the bars be trusted?
# MAGIC An index has no opening trade. Some sources fill the opening price with the close of the day before.

# COMMAND ----------

# DBTITLE 1,Opens that are copies
if len(bars) >= 2:
    copied = pd.DataFrame({"year": pd.DatetimeIndex(days[1:]).year, "copied": bars["open"].to_numpy()[1:] == close[:-1]})
    share = copied.groupby("year")["copied"].mean()
    doubtful = [str(year) for year in share.index[share > 0.5]]
    results["copiedOpens"] = doubtful
    odd = int(np.sum(~usable))
    told.show(
        f"In {len(doubtful)} of {len(share)} years most opens are copies of the close before ({doubtful[0]} to {doubtful[-1]})" if doubtful else "Opens are prices of their own",
        [("opens equal to the close before", f"{copied['copied'].mean():.1%}"), ("bars without a range", words.count(odd))],
        "that returns from open to close are artefacts in those years. Nothing above uses an open; ranges of those years may miss gaps overnight."
        if doubtful
        else "that the opens can be used.",
        "that closes, highs or lows are right: that was not checked.",
        "caution" if doubtful else "good",
    )
    if doubtful:
        display(pd.DataFrame({"year": [str(year) for year in share.index], "opens equal to the close before (%)": (100 * share.to_numpy()).round(1)}))

# COMMAND ----------

dbutils.notebook.exit(json.dumps({**results, "findings": told.headlines}))
