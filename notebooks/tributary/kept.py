"""Rows that are read more than once."""

from pyspark.sql import DataFrame


def kept(rows: DataFrame) -> DataFrame:
    """Cached where that is possible: serverless Databricks refuses to, and caches by itself."""
    try:
        return rows.cache()
    except Exception as error:  # the class differs between classic Spark and Spark Connect
        if "SERVERLESS" not in str(error).upper():
            raise
        return rows
