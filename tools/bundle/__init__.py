"""The bundle: everything that it takes to install and run Yadorigi on a machine without a network."""
