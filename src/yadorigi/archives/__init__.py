"""Readers of archives: bytes of one file in, members one after the other out. They know nothing of logs."""
