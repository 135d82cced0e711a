"""What is carried along and runs on the machine without a network; the standard library is all that it may import."""
