# Databricks notebook source
# MAGIC %md
# MAGIC # The bronze table of a feed
# MAGIC Appends the files that have landed since the last run to one Delta table: every row once, every cell as the API wrote it.
# MAGIC `tributary audit --bronze` compares the table with the files.

# COMMAND ----------

# DBTITLE 1,Parameters and packages
import json

from pyspark.sql import functions as F

from tributary import bronze, words
from tributary.schema import Feed

dbutils.widgets.text("feed", "", "Feed (namespace.name)")
dbutils.widgets.text("volume_path", "", "Folder of the feed in its volume")
dbutils.widgets.text("topic_id", "", "Kafka topic id")
dbutils.widgets.text("schema", "1", "Schema number")
dbutils.widgets.text("table", "", "The table, as catalog.schema.table")

feed_name = dbutils.widgets.get("feed")
feed = Feed(dbutils.widgets.get("volume_path"), dbutils.widgets.get("topic_id"), int(dbutils.widgets.get("schema")))
table = bronze.table_name(dbutils.widgets.get("table"))
spark.conf.set("spark.sql.session.timeZone", "UTC")

if not feed.parts():
    displayHTML("<p>No file of this feed has landed yet: there is nothing to ingest.</p>")
    dbutils.notebook.exit(json.dumps({"feed": feed_name, "table": table, "rows": 0}))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Ingest
# MAGIC Each schema folder is a stream of files with a checkpoint of its own, so a file is read once whatever happens in between.
# MAGIC A new column widens the table. Rows carry the topic (`_topic_id`) and the schema (`_schema`) that they came with.

# COMMAND ----------

# DBTITLE 1,Append what is new
for part, schema in feed.parts():
    bronze.ingest(spark, part, schema, table)

held = (
    spark.table(table)
    .where(F.col("_topic_id") == feed.topic_id)
    .groupBy("_partition")
    .agg(F.count("*").alias("rows"), F.countDistinct("_offset").alias("offsets"), F.min("_offset").alias("first"), F.max("_offset").alias("last"))
    .orderBy("_partition")
)
display(held)
totals = held.agg(F.sum("rows"), F.sum("offsets")).first()
rows, offsets = totals[0] or 0, totals[1] or 0

displayHTML(
    words.finding(
        f"{table} holds {words.count(rows)} rows of {feed_name or 'the feed'}",
        [("rows", words.count(rows)), ("rows that are there twice", words.count(rows - offsets))],
        "that every file that has landed is in the table, once." if rows == offsets else "that some rows are there more than once: make the table anew.",
        "that nothing is missing between API and table: that is what 'tributary audit --bronze' proves.",
        "good" if rows == offsets else "bad",
    )
)

# COMMAND ----------

dbutils.notebook.exit(json.dumps({"feed": feed_name, "table": table, "rows": rows, "twice": rows - offsets}))
