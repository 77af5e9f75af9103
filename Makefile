# Needs make and Python 3.11 or newer with its venv module; all else goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
FRESH := build/fresh
NAMES := python3.13 python3.12 python3.11 python3
WORKS := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in $(NAMES); do \
	$$name -c '$(WORKS)' 2>/dev/null && echo $$name && break; done)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
ARGS ?=

define require_python
@test -n "$(PYTHON)" || { \
  echo "neuropil needs Python 3.11 or newer with its venv module; none of these is one:" >&2; \
  echo "  $(NAMES)" >&2; \
  echo "Install one (Debian, Ubuntu: apt-get install python3-venv)," >&2; \
  echo "or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
  exit 1; }
endef

.DEFAULT_GOAL := help
.PHONY: help tour test check results constraints clean

help:  ## list these commands
	@echo "usage: make COMMAND [ARGS='...']"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

tour: $(VENV)/installed  ## run every study on its default data; reports go to runs/
	$(BIN)/neuropil tour $(ARGS)

test: $(VENV)/installed-test  ## run all tests (ARGS='tests/unit -k name': some of them)
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/installed-test  ## run the linters, the type checker and the checks of layers and style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/style.py
	$(BIN)/python -m pytest --quiet tests/contracts/test_docstrings.py

results: $(VENV)/installed  ## write docs/results/*.md anew from the rows beside them
	$(BIN)/python tools/results.py $(ARGS)

constraints:  ## write constraints.txt anew from what a fresh environment gets
	$(require_python)
	$(PYTHON) -m venv --clear $(FRESH)
	$(FRESH)/bin/python -m pip install --quiet --disable-pip-version-check ".[all,test]"
	echo "# What the tests are run with. Written by: make constraints" > constraints.txt
	$(FRESH)/bin/python -m pip freeze --exclude neuropil >> constraints.txt
	rm -rf $(FRESH)

clean:  ## remove the environment; it is made again when it is needed
	rm -rf $(VENV)

# An environment that was left half made has no stamp and is made again in place.
$(VENV)/made:
	$(require_python)
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/made
	$(INSTALL) -e ".[all]"
	@touch $@

$(VENV)/installed-test: pyproject.toml constraints.txt | $(VENV)/made
	$(INSTALL) -e ".[all,test]"
	@touch $@ $(VENV)/installed
