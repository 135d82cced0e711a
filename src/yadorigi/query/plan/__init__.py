"""Plans: what a hunting query asks of tables of events, whatever language it was written in."""
