"""The parts of the sample case: what four Windows hosts and a gateway of two sites write in two days, with an intruder about."""
