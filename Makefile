# The commands of Jiandi. `make help` lists them.
.POSIX:
.PHONY: help setup run test pytest lint fmt schema lock clean
.DEFAULT_GOAL := help

with_python = @PYTHON="$$(sh scripts/python.sh)" && exec "$$PYTHON" -m

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## install everything and prepare the data folder, without starting (DATA=, DEMO=0)
	$(with_python) scripts.run setup

run: ## prepare and start on this machine (PORT=8000, DATA=./data, DEMO=0 for an empty ledger)
	$(with_python) scripts.run

test: ## all checks, then all tests on SQLite and on PostgreSQL + Redis
	$(with_python) scripts.test

pytest: ## the tests alone, on both pairs of servers (ARGS="tests/test_x.py -k name")
	$(with_python) scripts.test pytest $(ARGS)

lint: ## the checks alone
	$(with_python) scripts.test lint

fmt: ## format Python and templates
	$(with_python) scripts.test fmt

schema: ## write docs/api/schema.yaml again from the code
	.venv/bin/python manage.py spectacular --file docs/api/schema.yaml --validate --fail-on-warn

lock: ## write the locks again from pyproject.toml and package.json (needs uv and npm)
	sh scripts/lock.sh

clean: ## remove what the commands installed; the data folder stays
	rm -rf .venv node_modules staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
