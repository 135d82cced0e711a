# For those who type make out of habit: each target is a chore of tasks.py, which needs no make.
# ARGUMENTS are handed on: make bundle ARGUMENTS='--platform linux --python 3.12'
PYTHON ?= python3
CHORES := sample test check bench lock docs bundle clean

.PHONY: help $(CHORES)

help:
	@$(PYTHON) tasks.py --help

$(CHORES):
	@$(PYTHON) tasks.py $@ $(ARGUMENTS)
