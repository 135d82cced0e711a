"""The form that records of every log take while they are read: texts with heads, grouped by kind, columns on demand."""
