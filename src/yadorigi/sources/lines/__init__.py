"""Logs of which a record is a line: encodings, syslog headers, times without year or zone, and whose line it is."""
