"""Executes Databricks source notebooks outside Databricks and renders what they show."""
