"""Windows events: EVTX files, and the same events exported as JSON."""
