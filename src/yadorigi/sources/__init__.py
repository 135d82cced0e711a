"""Readers of log formats: bytes in, batches and parse warnings out. Families do not know each other."""
