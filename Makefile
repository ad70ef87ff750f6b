# The commands of the project. `make demo` and `make test` set up everything they need.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
BIN := .venv/bin
DOCS ?=
PASSAGES ?= 20000

.PHONY: help setup demo serve test lint bench clean
.SILENT:

help:
	echo "make demo [DOCS=Ordner]  einrichten, Ordner (sonst samples/) einlesen, Dienst auf 127.0.0.1:8000 starten"
	echo "make serve               den Dienst mit den vorhandenen Daten starten"
	echo "make test                alle Prüfungen und Tests"
	echo "make lint                nur die Prüfungen des Quelltextes"
	echo "make bench [PASSAGES=N]  Messungen von Geschwindigkeit, die erste mit N Passagen (20000)"
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
	tests/bench/peers.sh
	export PYTHONPATH=.
	for size in $(PASSAGES); do $(BIN)/python tests/bench/bench_scale.py --passages "$$size"; done
	for name in vectors embedder reading service widget; do $(BIN)/python "tests/bench/bench_$$name.py"; done

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
