"""Correlate: matches of rules, gathered by group, become bursts in which a correlation holds."""
