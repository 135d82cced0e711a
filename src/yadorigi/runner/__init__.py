"""Where work runs: local processes. Knows nothing of detection."""
