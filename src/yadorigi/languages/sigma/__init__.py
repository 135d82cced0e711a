"""Sigma: which events a rule speaks of, under which field names, and what its detection means."""
