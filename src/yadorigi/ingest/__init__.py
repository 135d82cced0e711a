"""Find inputs, cut them into parts, and account for every record."""
