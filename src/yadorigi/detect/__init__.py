"""Many rules over batches of events: which rules apply, which events match, what proves it."""
