"""The command line: reads arguments, calls `app`, shows what it gives, returns exit codes."""
