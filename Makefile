# Shortcuts for developers. Everybody else needs only: python3 manage.py demo | test
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test check format lock coverage audit messages bench

help: ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## Run everything on this machine
	$(PYTHON) manage.py demo

test: ## Run the whole suite
	$(PYTHON) manage.py test

check: ## What CI does
	.ci/run

format: ## Put the code into its shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: ## Run the suite and say which lines no test reaches
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

audit: ## Ask whether a pinned package has a known weakness
	$(BIN)/pip-audit --disable-pip -r requirements.txt

messages: ## Collect the sentences to translate, and compile the translations
	$(BIN)/python manage.py messages

bench: ## Measure how costs grow with the books
	$(BIN)/python manage.py bench

# One resolution for all systems, with hashes and without the address of any registry.
LOCK := uv pip compile --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml

lock: ## Compile the lock files anew from pyproject.toml
	$(LOCK) -o requirements.txt
	$(LOCK) --extra demo -c requirements.txt -o requirements-demo.txt
	$(LOCK) --extra s3 -c requirements.txt -o requirements-s3.txt
	$(LOCK) --extra demo --extra s3 --extra dev -c requirements-demo.txt -c requirements-s3.txt -o requirements-dev.txt
