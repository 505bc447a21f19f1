# Every target uses .venv, which `make install` builds from the hashed lock.
PYTHON ?= python3.11
BIN := .venv/bin
STAMP := .venv/.installed
# Compiled once, and not by each of the many processes that the tests start.
unexport PYTHONDONTWRITEBYTECODE

# Folders whose tests need no database, queue or browser.
UNITS := $(addprefix tests/,spec matching schemas verdicts authoring extraction registry settings generative meta)

.DEFAULT_GOAL := help
.PHONY: help install demo up quick test test-deep test-pythons test-lowest units check lint types layers spec bench docs lock clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## Build .venv from the lock, with uv where it is found

# uv where it is found, else pip; both install exactly the hashed lock.
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
PIP_INSTALL := $(UV) pip install --quiet --python $(BIN)/python
else
PIP_INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check
endif

$(STAMP): requirements-dev.lock setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	@# --no-deps: the lock is complete, and pip would look beyond it for packages with extras.
	$(PIP_INSTALL) --require-hashes --no-deps -r requirements-dev.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP) ## Start the embedded stack, match the example patients over HTTP, show the result, stop
	$(BIN)/trialmatch demo

up: $(STAMP) ## Start the embedded stack and keep it running until Ctrl-C
	$(BIN)/trialmatch up

quick: $(STAMP) ## Lint, types, layers and the tests without a database, in under two minutes
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint types layers units

units: $(STAMP)
	$(BIN)/python -m pytest -q -n 2 --hypothesis-profile quick -m "not stack and not slow" $(UNITS)

test: $(STAMP) ## Run every test on two processors, with branch coverage of matching/ and schemas/
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term-missing:skip-covered --durations=10

test-deep: $(STAMP) ## Check the laws on five times as many generated examples
	$(BIN)/python -m pytest -n 2 --hypothesis-profile deep -m hypothesis --durations=10

test-pythons: $(STAMP) ## Test the core on Python 3.11, 3.12 and 3.13, each where it is found
	$(BIN)/python -m tests.meta.environments pythons

test-lowest: $(STAMP) ## Test with the oldest releases that the metadata allows (needs uv)
	$(BIN)/python -m tests.meta.environments lowest

check: lint types layers ## Lint, types, layers, and whether the trials and the printed docs hold
	$(BIN)/trialmatch trials check
	$(BIN)/trialmatch trials test
	$(BIN)/python -m tests.spec.manual --check

lint: $(STAMP) ## Style, with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## Types, with mypy --strict
	$(BIN)/mypy

layers: $(STAMP) ## Imports point inwards, with import-linter
	$(BIN)/lint-imports

spec: $(STAMP) ## Only the criteria specification
	$(BIN)/python -m pytest tests/spec -q

docs: $(STAMP) ## Print the criteria manual, the definitions and the trial library into docs/
	$(BIN)/python -m tests.spec.manual

bench: $(STAMP) ## Measure: matching, notes, pages, registries, re-screens, the queue, and recovery from killed parts
	$(BIN)/python -m benchmarks match
	$(BIN)/python -m benchmarks queue
	$(BIN)/python -m benchmarks page
	$(BIN)/python -m benchmarks extract
	$(BIN)/python -m benchmarks rescreen
	$(BIN)/python -m benchmarks screen --rows 10000
	$(BIN)/python -m benchmarks screen --rows 100000
	$(BIN)/python -m benchmarks screen --rows 1000000
	$(BIN)/python -m benchmarks batch
	$(BIN)/python -m benchmarks kill-worker
	$(BIN)/python -m benchmarks kill-batch

lock: ## Update the locks; pins that still fit the ranges stay (needs uv)
	uv pip compile setup.cfg --extra all --generate-hashes --no-header --python-version 3.11 -q -o requirements.lock
	uv pip compile setup.cfg --all-extras --generate-hashes --no-header --python-version 3.11 -q -o requirements-dev.lock

clean: ## Remove what was built and what the embedded stack stored
	rm -rf .venv build dist *.egg-info var .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
