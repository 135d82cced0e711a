"""Logs of Linux."""
