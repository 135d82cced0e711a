"""Findings and summaries as files and on the terminal. Each view is a pure function of its document."""
