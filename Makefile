# `make help` lists the targets. Everything is kept inside this folder (.venv, workspace).

PYTHON ?= python3.11
WORKSPACE ?= workspace
LEADS ?= 20000
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.requirements

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long lint bench bench-scoring bench-funnel

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## make the environment .venv (repeated only when requirements.txt changes)
	@cmp -s requirements.txt $(STAMP) || $(MAKE) --no-print-directory install

.PHONY: install
install:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 is needed and '$(PYTHON)' is not it. Fix: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@$(BIN)/python -m orchestration.manifest
	@cp requirements.txt $(STAMP)

demo: setup ## sample extracts, then load, build, check, calibrate, report, publish
	@$(BIN)/bandpass demo --workspace $(WORKSPACE) --leads $(LEADS)

lint: setup ## style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# two workers on two cores: libraries that start a thread per core in each would only wait for each other
test test-long: export OMP_NUM_THREADS = 1
test test-long: export OPENBLAS_NUM_THREADS = 1

test: lint ## everything that must hold: lint, dbt's unit and data tests, the package, the notebooks
	$(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not long" --hypothesis-profile repeatable

test-long: setup ## the same properties with full counts
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

bench: setup ## speed and memory of the main job and of loading
	$(BIN)/python -m benchmarks.main_job
	$(BIN)/python -m benchmarks.bench_loading

bench-scoring: setup ## scores and episodes against the floor of one window pass
	$(BIN)/python -m benchmarks.bench_scoring 20000000

bench-funnel: setup ## funnel marts beyond the scoring, 1,000,000 leads
	$(BIN)/python -m benchmarks.bench_funnel 1000000
