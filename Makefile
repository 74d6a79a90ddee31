# make run    set up, index the articles, serve the page
# make test   set up, run the quick tests
# make setup  what both share: environment, packages, weights
# make native compile llama.cpp for this processor (about five minutes; docs/local-model.md)
PYTHON ?= python3
ARTICLES ?= corpus/articles
HOST ?= 127.0.0.1
PORT ?= 7860
export HOST PORT

BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: run test setup native
.DEFAULT_GOAL := run

run: setup
	@$(BIN)/standardiste index "$(ARTICLES)" --prune
	@$(BIN)/standardiste serve

test: setup
	@$(BIN)/python -m pytest

setup: $(INSTALLED)
	@$(BIN)/python -m embeddings.weights fetch e5-small qwen2.5-coder-1.5b

native: setup
	@$(BIN)/python -m rag.native build

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Standardiste needs Python 3.11 or later; name one: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@echo "Installing Python packages into .venv (a minute or two)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar on --constraint constraints.txt --editable '.[dev]'
	@touch $@
