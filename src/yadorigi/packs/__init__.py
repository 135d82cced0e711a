"""Content: rules in files, folders and archives, found, read, compiled and kept compiled."""
