"""How far events agree with what others' parser tests expect of the same lines: ``python -m benchmarks.agreement``."""
