"""Tables of anything (CSV, TSV, JSON lines) by a mapping that the user writes: docs/how-to/read-any-table.md."""
