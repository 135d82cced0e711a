"""How many attacks the shipped pack detects, how it bears renamed tools, and how quiet it is on ordinary logs."""
