"""The Spark session of a run: small, local, and as strict as serverless Databricks."""


def start(plan: dict):
    from pyspark.sql import SparkSession

    from .unity_tables import UnityTables

    builder = (
        SparkSession.builder.master("local[2]")
        .appName(f"run-{plan['runId']}")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.default.parallelism", "2")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .config("spark.sql.streaming.stopTimeout", "10s")
        .config("spark.sql.warehouse.dir", plan["warehouseDir"])
        .config("spark.driver.extraJavaOptions", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=warn")
    )
    jars = plan["jars"]
    if jars:
        builder = builder.config("spark.jars", ",".join(jars))
    if any("delta-spark" in jar for jar in jars):
        builder = builder.config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension").config(
            "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog"
        )
    UnityTables(plan["tablesDir"]).install()
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("WARN")
    return spark
