"""Indicators of compromise: STIX, MISP, OpenIOC, tables and lists, read into one table."""
