"""SQL over a lake: tables and views, and a session that is shut in with them."""
