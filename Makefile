# The commands of the project. `make demo` and `make test` set up everything they need.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
BIN := .venv/bin
DOCS ?=

.PHONY: help setup demo serve test lint bench clean
.SILENT:

help:
	echo "make demo [DOCS=Ordner]  einrichten, Ordner (sonst samples/) einlesen, Dienst auf 127.0.0.1:8000 starten"
	echo "make serve               den Dienst mit den vorhandenen Daten starten"
	echo "make test                alle Prüfungen und Tests"
	echo "make lint                nur die Prüfungen des Quelltextes"
	echo "make bench               Messungen von Geschwindigkeit und Güte"
	echo "make clean               .venv und Zwischenspeicher löschen; die Daten in var/ bleiben"

setup:
	scripts/install.sh system python web

demo: setup
	exec $(BIN)/python -m app.demo $(if $(DOCS),--docs "$(DOCS)")

serve: setup
	exec $(BIN)/stadtwissen serve

lint:
	scripts/install.sh dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy .

test:
	scripts/install.sh system system-tests
	$(MAKE) --no-print-directory lint
	scripts/install.sh web-tests
	$(BIN)/pytest

bench:
	scripts/install.sh system-tests dev web-tests
	for file in tests/bench/bench_*.py; do PYTHONPATH=. $(BIN)/python "$$file"; done

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
