"""Logs of web servers and proxies."""
