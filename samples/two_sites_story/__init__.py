"""The parts of the sample case: what the machines of two sites write in two days, with an intruder about."""
