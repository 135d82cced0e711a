"""Checks everything that a vault says, from the bytes up, and tells what is wrong by kind."""
