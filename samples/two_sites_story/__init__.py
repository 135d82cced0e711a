"""The parts of the sample case: what three Windows hosts of two sites write in two days, with an intruder about."""
