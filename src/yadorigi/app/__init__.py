"""One verb a module. Nothing here prints or reads the environment; the command line and later front ends call it."""
