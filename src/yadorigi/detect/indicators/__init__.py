"""Known values in events: what a field can hold, the look-up, and the finding."""
