"""Logs of antivirus products and their consoles: what was found where, in which file, and what was done about it."""
