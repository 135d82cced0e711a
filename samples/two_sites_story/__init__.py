"""The parts of the sample case: what two Windows hosts write on one day, with an intruder among them."""
