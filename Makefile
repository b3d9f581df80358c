# Works on a machine that has Python 3.11 or newer with venv, git and make: `make demo`, `make test`.
# With an environment of one's own, installed from requirements-dev.lock: make check BIN=/path/to/env/bin

PYTHON ?= python3
VENV ?= .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
INSTALL_PROJECT = $(PIP) install --no-deps --no-build-isolation --editable .

ifeq ($(origin BIN), undefined)
BIN := $(VENV)/bin
DEMO_READY := $(VENV)/.demo
DEV_READY := $(VENV)/.dev
endif

.DEFAULT_GOAL := help
.PHONY: help venv demo test check lint types contracts coverage package-test bench live-all soak shots lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(DEV_READY) ## create the environment with everything that tests and checks need

demo: $(DEMO_READY) ## open the dashboard on an embedded Traefik with sample applications
	@$(BIN)/python -m specter_tui demo

test: $(DEV_READY) ## run all tests; those whose real part is missing are skipped and say so
	@$(BIN)/python -m pytest

check: lint types contracts coverage package-test ## everything: lint, types, import contracts, tests, the wheel

lint: $(DEV_READY) ## lint and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV_READY) ## mypy --strict
	@$(BIN)/mypy

contracts: $(DEV_READY) ## who may import whom
	@$(BIN)/lint-imports

# Tests with real parts mostly wait, so they run beside the others, which are the ones that coverage is measured of.
coverage: $(DEV_READY) ## all tests: those with real parts beside the others, with coverage of the others
	@live=$$(mktemp); \
	$(BIN)/python -m pytest -m 'live and not soak' -p no:cacheprovider >$$live 2>&1 & \
	others=0; $(BIN)/python -m pytest -m 'not live and not soak' --cov --cov-report=term || others=$$?; \
	wait $$! && real=0 || real=$$?; \
	cat $$live; rm -f $$live; \
	exit $$((others + real))

package-test: $(DEV_READY) ## build the wheel, install it elsewhere and try it there
	@$(BIN)/python tests/package/check_wheel.py

bench: $(DEV_READY) ## the figures for speed and memory, as ratios
	@$(BIN)/python -m tests.bench

live-all: $(DEV_READY) ## the tests against real parts; a missing part is a failure
	@SPECTER_REQUIRE_REAL=1 SPECTER_LIVE_ALL=1 $(BIN)/python -m pytest -m 'live and not soak'

soak: $(DEV_READY) ## the tests that run for a long time
	@$(BIN)/python -m pytest -m soak -rP

shots: $(DEV_READY) ## the pictures in docs/shots, of every view over the demo
	@$(BIN)/python -m tests.shots

lock: ## write the lock files anew, with the newest versions that pyproject.toml allows
	@$(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python tests/package/lock.py

clean: ## remove what make and the tools left behind
	@rm -rf $(VENV) $(VENV)-lock build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo 'Python has no venv here; type: sudo apt-get install -y python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements-demo.lock pyproject.toml | $(VENV)/bin/python
	@echo 'installing what the demo needs into $(VENV) ...'
	@$(PIP) install --require-hashes --requirement requirements-demo.lock
	@$(INSTALL_PROJECT)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo 'installing what the tests need into $(VENV) ...'
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@$(INSTALL_PROJECT)
	@touch $@
