"""What the chores of the repository are done with; no part of the program."""
