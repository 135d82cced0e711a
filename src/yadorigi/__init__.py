"""Yadorigi hunts intruders who live off the land in Windows event logs."""

__version__ = "0.1.0"
