"""The lake: every event of a case in Parquet tables that any engine reads."""
