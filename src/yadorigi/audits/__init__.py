"""What logs a case has, what they could show, and what that makes of an empty list of findings."""
