# Two commands do everything: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: .venv/.installed ## the virtual environment with Madoguchi in it
.venv/.installed: pyproject.toml
	@echo "Making the virtual environment …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || (echo "Python's venv module is missing (Debian: apt install python3-venv)" && false)
	@echo "Installing Madoguchi and what it needs (a minute or so) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[postgres,redis]'
	@touch $@

run: install ## a demo desk on http://127.0.0.1:8000
	@exec $(BIN)/madoguchi serve --demo

test-install: .venv/.tested
.venv/.tested: .venv/.installed pyproject.toml
	@echo "Installing what the tests need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --group dev
	@sh tests/install-browser.sh
	@touch $@

test: test-install ## every test, on SQLite and, where reachable, PostgreSQL and Redis
	@echo "Running every test …"
	@$(BIN)/python -m pytest -n auto --dist loadgroup

check: test-install ## what a change must pass: lint, types, imports, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

bench: test-install ## CPU, memory, weight and latency, beside the peers' figures
	@$(BIN)/python -m benchmarks

bench-live: test-install ## 500 open consoles, 20 messages a second: how late the last screen is right
	@$(BIN)/python -m benchmarks.live

crash: test-install ## kill -9 while mail arrives: prints sent, acknowledged, stored, doubled, lost
	@$(BIN)/python -m tests.crash

screens: test-install ## pictures of every screen in docs/screens
	@$(BIN)/python -m tests.screens

axe: test-install ## axe-core on every page, both languages and themes: prints violations
	@$(BIN)/python -m tests.axe

.PHONY: help install run test-install test check bench bench-live crash screens axe
