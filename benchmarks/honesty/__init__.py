"""A simulated Windows estate whose truth is known, and how many of the program's verdicts on it are right."""
