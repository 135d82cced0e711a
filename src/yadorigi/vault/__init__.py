"""Original bytes of what was read, kept so that a third party can check that nothing has changed since."""
